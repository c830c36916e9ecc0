// Allocation, copies and fills, which need no kernel: they run on every device.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Conformance.h"

#include <cstdlib>
#include <cstring>
#include <vector>

using namespace conformance;

namespace {

// What a device buffer holds, read back through the stream.
template <typename T> std::vector<T> readBack(const void *device, size_t count) {
  std::vector<T> host(count);
  EXPECT_EQ(vyreMemcpy(host.data(), device, count * sizeof(T), nullptr), VYRE_OK);
  EXPECT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  return host;
}

// A fill writes elements of each legal size, little end first, and no more.
TEST_F(Device, FillsElements) {
  for (uint32_t bytes : {1u, 2u, 4u, 8u}) {
    void *buffer = vyreAlloc(64, VYRE_MEMORY_DEVICE, nullptr);
    ASSERT_NE(buffer, nullptr);
    ASSERT_EQ(vyreMemset(buffer, 0, 1, 64, nullptr), VYRE_OK);
    ASSERT_EQ(vyreMemset(buffer, 0x1122334455667788u, bytes, 3, nullptr), VYRE_OK);
    auto seen = readBack<uint8_t>(buffer, 64);
    const uint8_t pattern[] = {0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11};
    for (size_t i = 0; i != 64; ++i)
      EXPECT_EQ(seen[i], i < 3 * bytes ? pattern[i % bytes] : 0) << bytes << " at " << i;
    EXPECT_EQ(vyreFree(buffer, nullptr), VYRE_OK);
  }
}

// Copies go to the device and back in stream order.
TEST_F(Device, CopiesRoundTrip) {
  std::vector<uint32_t> data(100000);
  for (size_t i = 0; i != data.size(); ++i)
    data[i] = uint32_t(i * 2654435761u);
  size_t bytes = data.size() * sizeof(uint32_t);
  void *a = vyreAlloc(bytes, VYRE_MEMORY_DEVICE, nullptr);
  void *b = vyreAlloc(bytes, VYRE_MEMORY_DEVICE, nullptr);
  ASSERT_EQ(vyreMemcpy(a, data.data(), bytes, nullptr), VYRE_OK);
  ASSERT_EQ(vyreMemcpy(b, a, bytes, nullptr), VYRE_OK);
  EXPECT_EQ(readBack<uint32_t>(b, data.size()), data);
  EXPECT_EQ(vyreFree(a, nullptr), VYRE_OK);
  EXPECT_EQ(vyreFree(b, nullptr), VYRE_OK);
}

// A strided copy transposes, and copies one element for rank 0.
TEST_F(Device, CopiesStrided) {
  uint16_t in[6] = {1, 2, 3, 4, 5, 6}, scalar = 9;
  void *buffer = vyreAlloc(sizeof in, VYRE_MEMORY_SHARED, nullptr);
  const int64_t sizes[] = {2, 3}, rows[] = {3, 1}, columns[] = {1, 2};
  ASSERT_EQ(vyreMemcpyStrided(buffer, columns, in, rows, sizes, 2, 2, nullptr), VYRE_OK);
  EXPECT_EQ(readBack<uint16_t>(buffer, 6), (std::vector<uint16_t>{1, 4, 2, 5, 3, 6}));
  ASSERT_EQ(vyreMemcpyStrided(buffer, nullptr, &scalar, nullptr, nullptr, 0, 2, nullptr), VYRE_OK);
  EXPECT_EQ(readBack<uint16_t>(buffer, 2), (std::vector<uint16_t>{9, 4}));
  EXPECT_EQ(vyreFree(buffer, nullptr), VYRE_OK);
}

// Zero bytes give distinct, aligned pointers that are freed like any other.
TEST_F(Device, AllocatesNothing) {
  void *a = vyreAlloc(0, VYRE_MEMORY_DEVICE, nullptr);
  void *b = vyreAlloc(0, VYRE_MEMORY_DEVICE, nullptr);
  ASSERT_NE(a, nullptr);
  EXPECT_NE(a, b);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(a) % 64, 0u);
  EXPECT_EQ(vyreFree(a, nullptr), VYRE_OK);
  EXPECT_EQ(vyreFree(b, nullptr), VYRE_OK);
}

// More memory than there is fails with the size in the message; the failure
// stays in the stream.
TEST_F(Device, OutOfMemoryFails) {
  for (uint64_t bytes : {uint64_t(1) << 50, UINT64_MAX, UINT64_MAX - 63}) {
    ScopedStream stream;
    EXPECT_EQ(vyreAlloc(bytes, VYRE_MEMORY_DEVICE, stream), nullptr);
    EXPECT_EQ(vyreStreamSync(stream), VYRE_OUT_OF_MEMORY);
    EXPECT_NE(failureText(stream).find("out of memory: " + std::to_string(bytes) + " bytes"),
              std::string::npos)
        << failureText(stream);
  }
}

// Whether mirrored memory is two pieces of memory on this device.
bool hasTwoSides() {
  return std::strcmp(vyreRtDeviceName(), "host") != 0 || std::getenv("VYRE_HOST_MIRRORS");
}

// Mirrored memory is reached by the host at one address and by kernels at another;
// copies carry bytes between them, whole or in part, and views keep their distance.
TEST_F(Device, MirrorsMemory) {
  constexpr size_t count = 1000;
  auto *host =
      static_cast<uint32_t *>(vyreAlloc(count * sizeof(uint32_t), VYRE_MEMORY_MIRRORED, nullptr));
  ASSERT_NE(host, nullptr);
  auto *device = static_cast<uint32_t *>(vyreToDevice(host));
  EXPECT_EQ(device != host, hasTwoSides());
  EXPECT_EQ(vyreToDevice(host + 7), device + 7);
  EXPECT_EQ(vyreToHost(device + 7), host + 7);
  EXPECT_EQ(vyreToHost(host), host);
  for (size_t i = 0; i != count; ++i)
    host[i] = uint32_t(i);
  ASSERT_EQ(vyreMemcpy(device, host, count * sizeof(uint32_t), nullptr), VYRE_OK);
  ASSERT_EQ(vyreMemset(device + 10, 77, 4, 5, nullptr), VYRE_OK);
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  EXPECT_EQ(host[10], hasTwoSides() ? 10u : 77u) << "not copied back yet";
  ASSERT_EQ(vyreMemcpy(host, device, count * sizeof(uint32_t), nullptr), VYRE_OK);
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  for (size_t i = 0; i != count; ++i)
    ASSERT_EQ(host[i], i >= 10 && i < 15 ? 77 : i);
  EXPECT_EQ(vyreFree(host, nullptr), VYRE_OK);
  EXPECT_EQ(vyreToDevice(host), host) << "it is no mirrored memory any more";
}

// Other memory has one address, and so has no memory at all.
TEST_F(Device, MirrorsNoOtherMemory) {
  uint32_t local = 0;
  void *device = vyreAlloc(64, VYRE_MEMORY_DEVICE, nullptr);
  void *mirrored = vyreAlloc(0, VYRE_MEMORY_MIRRORED, nullptr);
  ASSERT_NE(mirrored, nullptr);
  for (void *pointer : {static_cast<void *>(&local), device, static_cast<void *>(nullptr)}) {
    EXPECT_EQ(vyreToDevice(pointer), pointer);
    EXPECT_EQ(vyreToHost(pointer), pointer);
  }
  EXPECT_EQ(vyreFree(mirrored, nullptr), VYRE_OK);
  EXPECT_EQ(vyreFree(device, nullptr), VYRE_OK);
}

// Illegal requests are refused.
TEST_F(Device, RefusesNonsense) {
  ScopedStream stream;
  char byte = 0;
  EXPECT_EQ(vyreAlloc(8, 77, stream), nullptr);
  EXPECT_EQ(vyreMemset(&byte, 0, 3, 1, stream), VYRE_INVALID_ARGUMENT);
  EXPECT_EQ(vyreMemset(nullptr, 0, 1, 1, stream), VYRE_INVALID_ARGUMENT);
  EXPECT_EQ(vyreMemcpy(nullptr, &byte, 1, stream), VYRE_INVALID_ARGUMENT);
  EXPECT_EQ(vyreMemcpyStrided(&byte, nullptr, &byte, nullptr, nullptr, 1, 1, stream),
            VYRE_INVALID_ARGUMENT);
  EXPECT_EQ(vyreMemcpyStrided(&byte, nullptr, &byte, nullptr, nullptr, -1, 1, stream),
            VYRE_INVALID_ARGUMENT);
}

// Registration nests and ends.
TEST_F(Device, RegistersHostMemory) {
  std::vector<double> data(4096);
  size_t bytes = data.size() * sizeof(double);
  EXPECT_EQ(vyreHostRegister(data.data(), bytes), VYRE_OK);
  EXPECT_EQ(vyreHostRegister(data.data(), bytes), VYRE_OK);
  EXPECT_EQ(vyreHostUnregister(data.data()), VYRE_OK);
  EXPECT_EQ(vyreHostUnregister(data.data()), VYRE_OK);
}

} // namespace
