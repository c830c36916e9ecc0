// Mirrored memory on a fake GPU: what is allocated, what is copied, what fails.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Core/Counters.h"
#include "Core/MirrorTable.h"
#include "CudaFixture.h"

using namespace vyre::rt;
using namespace vyre::rt::cuda;

namespace {

// Counters of the process, as differences since the test began.
struct Copied {
  uint64_t in = counters().h2dBytes, out = counters().d2hBytes;
  uint64_t h2d() const { return counters().h2dBytes - in; }
  uint64_t d2h() const { return counters().d2hBytes - out; }
};

// Host writes, two kernels, host reads: the program's two copies are the only ones,
// and a kernel works on the device's side without any look-up by the driver.
TEST_F(CudaTest, MirroredMemoryIsCopiedAsTheProgramSays) {
  TestKernel add("add", addKernel, sizeof(AddArgs));
  Copied copied;
  auto *host = allocate<int32_t>(8, VYRE_MEMORY_MIRRORED);
  auto *onDevice = static_cast<int32_t *>(device->toDevice(host));
  ASSERT_NE(onDevice, host);
  for (int32_t i = 0; i < 8; ++i)
    host[i] = i;
  EXPECT_OK(device->copy(onDevice, host, 32, *stream));
  AddArgs args = {onDevice, 8, 10};
  EXPECT_OK(device->launch(add.desc, launchOf(1, 8, &args), *stream));
  EXPECT_OK(device->launch(add.desc, launchOf(1, 8, &args), *stream));
  EXPECT_OK(device->sync(*stream));
  EXPECT_EQ(host[3], 3) << "the host's side is its own";
  EXPECT_OK(device->copy(host, onDevice, 32, *stream));
  EXPECT_OK(device->hostAccess(*stream));
  for (int32_t i = 0; i < 8; ++i)
    EXPECT_EQ(host[i], i + 20);
  EXPECT_EQ(calls("cuMemcpyAsync"), 2);
  EXPECT_EQ(copied.h2d(), 32u);
  EXPECT_EQ(copied.d2h(), 32u);
  EXPECT_EQ(calls("cuMemAllocManaged"), 0);
  EXPECT_OK(device->free(host, *stream));
  EXPECT_EQ(calls("cuMemFreeHost"), 1);
  EXPECT_EQ(calls("cuMemFreeAsync"), 1);
  EXPECT_EQ(device->free(host, *stream).code(), VYRE_INVALID_ARGUMENT);
}

// Without host memory the device's is given back.
TEST_F(CudaTest, MirroredMemoryNeedsBothSides) {
  void *pointer = nullptr;
  {
    Failing failing("cuMemHostAlloc:2");
    EXPECT_EQ(device->allocate(pointer, 64, VYRE_MEMORY_MIRRORED, *stream).code(),
              VYRE_OUT_OF_MEMORY);
  }
  EXPECT_EQ(calls("cuMemAllocAsync"), 1);
  EXPECT_EQ(calls("cuMemFreeAsync"), 1);
  EXPECT_EQ(device->allocate(pointer, uint64_t(1) << 50, VYRE_MEMORY_MIRRORED, *stream).code(),
            VYRE_OUT_OF_MEMORY);
}

// Without pools, and with what is left to the end, both sides are freed.
TEST_F(CudaTest, MirroredMemoryIsFreedWithTheDevice) {
  TearDown();
  fake().memoryPools = 0;
  open();
  auto *freed = allocate<int32_t>(0, VYRE_MEMORY_MIRRORED);
  allocate<int32_t>(4, VYRE_MEMORY_MIRRORED);
  EXPECT_OK(device->free(freed, *stream));
  EXPECT_EQ(calls("cuMemFree"), 1);
  EXPECT_EQ(calls("cuMemFreeHost"), 1);
  TearDown();
  EXPECT_EQ(calls("cuMemFree"), calls("cuMemAlloc"));
  EXPECT_EQ(calls("cuMemFreeHost"), calls("cuMemHostAlloc"));
}

// Addresses of neighbours, of ends and after removal.
TEST(MirrorTable, FindsTheEntryThatHoldsAnAddress) {
  auto at = [](uintptr_t address) { return reinterpret_cast<void *>(address); };
  MirrorTable table;
  EXPECT_EQ(table.toDevice(at(0x1000)), at(0x1000));
  table.add(at(0x1000), at(0x9000), 0x100);
  table.add(at(0x1100), at(0x5000), 0x10);
  EXPECT_EQ(table.toDevice(at(0x1000)), at(0x9000));
  EXPECT_EQ(table.toDevice(at(0x10ff)), at(0x90ff));
  EXPECT_EQ(table.toDevice(at(0x1100)), at(0x5000));
  EXPECT_EQ(table.toDevice(at(0x1110)), at(0x1110));
  EXPECT_EQ(table.toDevice(at(0xfff)), at(0xfff));
  EXPECT_EQ(table.toHost(at(0x500f)), at(0x110f));
  EXPECT_EQ(table.toHost(at(0x8fff)), at(0x8fff));
  void *device = nullptr;
  uint64_t bytes = 0;
  EXPECT_FALSE(table.remove(at(0x1001), device, bytes));
  EXPECT_TRUE(table.remove(at(0x1000), device, bytes));
  EXPECT_EQ(device, at(0x9000));
  EXPECT_EQ(bytes, 0x100u);
  EXPECT_EQ(table.toDevice(at(0x1000)), at(0x1000));
  EXPECT_EQ(table.toHost(at(0x9000)), at(0x9000));
  EXPECT_EQ(table.toDevice(at(0x1105)), at(0x5005));
}

} // namespace
