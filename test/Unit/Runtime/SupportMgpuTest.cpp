// Upstream's GPU calls on the host device: memory, streams and events work, and
// what only a GPU can do fails clearly.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre-abi/vyre_abi.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <string>

extern "C" {
void *mgpuModuleLoad(void *, size_t);
void *mgpuModuleGetFunction(void *, const char *);
void mgpuLaunchKernel(void *, intptr_t, intptr_t, intptr_t, intptr_t, intptr_t, intptr_t, int32_t,
                      vyre_stream, void **, void **, size_t);
vyre_stream mgpuStreamCreate();
void mgpuStreamDestroy(vyre_stream);
void mgpuStreamSynchronize(vyre_stream);
void *mgpuMemAlloc(uint64_t, vyre_stream, bool);
void mgpuMemFree(void *, vyre_stream);
void mgpuMemcpy(void *, void *, size_t, vyre_stream);
void mgpuMemset32(void *, unsigned, size_t, vyre_stream);
void mgpuSetDefaultDevice(int32_t);
}

namespace {

class UseHost : public testing::Environment {
  void SetUp() override { setenv("VYRE_DEVICE", "host", 1); }
};
const auto *environment = testing::AddGlobalTestEnvironment(new UseHost);

std::string reported;

// Fill, copy and free in stream order; any device number is the host.
TEST(SupportMgpu, MemoryOnTheHost) {
  mgpuSetDefaultDevice(3);
  vyre_stream stream = mgpuStreamCreate();
  void *data = mgpuMemAlloc(64, stream, true);
  ASSERT_NE(data, nullptr);
  int32_t copy[16] = {};
  mgpuMemset32(data, 7, 16, stream);
  mgpuMemcpy(copy, data, 64, stream);
  mgpuMemFree(data, stream);
  mgpuStreamSynchronize(stream);
  EXPECT_EQ(copy[15], 7);
  EXPECT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  mgpuStreamDestroy(stream);
}

// A kernel that exists only as a GPU image cannot run here, and says so.
TEST(SupportMgpu, GpuImageFailsOnTheHost) {
  vyreSetFailureHandler([](vyre_status, vyre_cstr message, void *) { reported = message; },
                        nullptr);
  vyre_stream stream = mgpuStreamCreate();
  char image[] = "ptx";
  void *function = mgpuModuleGetFunction(mgpuModuleLoad(image, sizeof(image)), "gpu_only");
  mgpuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, stream, nullptr, nullptr, 0);
  EXPECT_NE(vyreStreamSync(stream), VYRE_OK);
  EXPECT_NE(reported.find("gpu_only"), std::string::npos) << reported;
  mgpuStreamDestroy(stream);
}

} // namespace
