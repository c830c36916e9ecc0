// VYRE_TIMEOUT_MS on the CUDA device, over the fake driver: stuck kernels are told
// to stop where they can be, and nobody waits for ever.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Core/Process.h"
#include "CudaFixture.h"

using namespace vyre::rt;
using namespace vyre::rt::cuda;

namespace {

/// A persistent kernel that spins in its barrier until it is told to end.
void spinForever(const FakeLaunch &launch) { fake().stuck[launch.stream] = abortWord(launch); }
/// A plain one that nobody can end.
void runForever(const FakeLaunch &launch) { fake().stuck[launch.stream] = nullptr; }

class CudaTimeoutTest : public CudaTest {
protected:
  void SetUp() override {
    CudaTest::SetUp();
    fake().kernels = {{"persistent", spinForever}, {"plain", runForever}};
    ASSERT_TRUE(Process::get().setOption("VYRE_TIMEOUT_MS", "20").ok());
  }
  void TearDown() override {
    fake().stuck.clear();
    CudaTest::TearDown();
    ASSERT_TRUE(Process::get().setOption("VYRE_TIMEOUT_MS", "0").ok());
  }
  TestKernel persistent{"persistent", spinForever, 8, VYRE_KERNEL_COOPERATIVE};
  TestKernel plain{"plain", runForever, 0};
  uint64_t slot = 0;
};

// A persistent kernel is told to stop, through memory and without any queue of
// the GPU; a plain one is given up. Both fail their stream.
TEST_F(CudaTimeoutTest, EndsAStuckKernel) {
  EXPECT_OK(device->launchPersistent(persistent.desc, launchOf(1, 32, &slot), *stream));
  long before = fake().calls.size();
  EXPECT_EQ(device->sync(*stream).code(), VYRE_TIMEOUT);
  EXPECT_TRUE(fake().stuck.empty());
  EXPECT_TRUE(stream->failed());
  for (size_t i = before; i < fake().calls.size(); ++i)
    EXPECT_EQ(fake().calls[i].find("cuMem"), std::string::npos) << fake().calls[i];
  StreamRef other;
  EXPECT_OK(device->createStream(other));
  EXPECT_OK(device->launch(plain.desc, launchOf(1, 32, nullptr), *other));
  EXPECT_EQ(device->sync(*other).code(), VYRE_TIMEOUT);
  EXPECT_EQ(fake().stuck.size(), 1u);
  fake().stuck.clear();
  device->destroyStream(*other);
}

// A timeout of one stream leaves the persistent kernels of the others alone.
TEST_F(CudaTimeoutTest, EndsOnlyTheStuckKernel) {
  StreamRef healthy;
  EXPECT_OK(device->createStream(healthy));
  static const volatile uint32_t *healthyWord;
  TestKernel running(
      "running", [](const FakeLaunch &launch) { healthyWord = abortWord(launch); }, 8,
      VYRE_KERNEL_COOPERATIVE);
  EXPECT_OK(device->launchPersistent(running.desc, launchOf(1, 32, &slot), *healthy));
  EXPECT_OK(device->launchPersistent(persistent.desc, launchOf(1, 32, &slot), *stream));
  EXPECT_NE(fake().stuck.begin()->second, healthyWord);
  EXPECT_EQ(device->sync(*stream).code(), VYRE_TIMEOUT);
  EXPECT_EQ(*healthyWord, 0u);
  EXPECT_OK(device->sync(*healthy));
  device->destroyStream(*healthy);
}

// After a failure was cleared the stream's next persistent kernel may run.
TEST_F(CudaTimeoutTest, StreamIsUsableAgain) {
  EXPECT_OK(device->launchPersistent(persistent.desc, launchOf(1, 32, &slot), *stream));
  EXPECT_EQ(device->sync(*stream).code(), VYRE_TIMEOUT);
  stream->clearFailure();
  static uint32_t seen;
  TestKernel next(
      "next", [](const FakeLaunch &launch) { seen = *abortWord(launch) + 1; }, 8,
      VYRE_KERNEL_COOPERATIVE);
  EXPECT_OK(device->launchPersistent(next.desc, launchOf(1, 32, &slot), *stream));
  EXPECT_EQ(seen, 1u);
  EXPECT_OK(device->sync(*stream));
}

// What a kernel prints comes out in cuStreamSynchronize, also after polling.
TEST_F(CudaTimeoutTest, PollingEndsWithASynchronization) {
  auto *data = allocate<int32_t>(1);
  EXPECT_OK(device->fill(data, 1, 4, 1, *stream));
  long before = calls("cuStreamSynchronize");
  EXPECT_OK(device->sync(*stream));
  EXPECT_EQ(calls("cuStreamSynchronize"), before + 1);
  EXPECT_OK(device->free(data, *stream));
}

// Waiting for an event has the limit too, and ends the kernel that it waits for.
TEST_F(CudaTimeoutTest, EventsHaveTheLimit) {
  Event *event = nullptr;
  EXPECT_OK(device->createEvent(event));
  EXPECT_OK(device->recordEvent(*event, *stream));
  EXPECT_OK(device->syncEvent(*event));
  EXPECT_OK(device->launchPersistent(persistent.desc, launchOf(1, 32, &slot), *stream));
  EXPECT_OK(device->recordEvent(*event, *stream));
  EXPECT_EQ(device->syncEvent(*event).code(), VYRE_TIMEOUT);
  EXPECT_TRUE(stream->failed());
  EXPECT_TRUE(fake().stuck.empty());
  device->destroyEvent(event);
}

// The driver frees no memory of a stream that is stuck: it would wait for it.
TEST_F(CudaTimeoutTest, FreeHasTheLimit) {
  auto *shared = allocate<int32_t>(4, VYRE_MEMORY_SHARED);
  EXPECT_OK(device->launch(plain.desc, launchOf(1, 32, nullptr), *stream));
  EXPECT_EQ(device->free(shared, *stream).code(), VYRE_TIMEOUT);
  EXPECT_EQ(calls("cuMemFree"), 0);
  fake().stuck.clear();
  EXPECT_EQ(device->free(shared, *stream).code(), VYRE_TIMEOUT) << "the stream stays failed";
  EXPECT_EQ(calls("cuMemFree"), 1);
}

// Nor either side of mirrored memory: both are kept, and freed together later.
TEST_F(CudaTimeoutTest, FreeOfMirroredMemoryHasTheLimit) {
  auto *host = allocate<int32_t>(4, VYRE_MEMORY_MIRRORED);
  EXPECT_OK(device->launch(plain.desc, launchOf(1, 32, nullptr), *stream));
  EXPECT_EQ(device->free(host, *stream).code(), VYRE_TIMEOUT);
  EXPECT_EQ(calls("cuMemFreeHost") + calls("cuMemFreeAsync"), 0);
  EXPECT_NE(device->toDevice(host), host);
  fake().stuck.clear();
  EXPECT_EQ(device->free(host, *stream).code(), VYRE_TIMEOUT) << "the stream stays failed";
  EXPECT_EQ(calls("cuMemFreeHost"), 1);
  EXPECT_EQ(calls("cuMemFreeAsync"), 1);
}

} // namespace
