// Upstream's GPU calls and the runtime's own, over the fake driver, as a
// program makes them: through the C functions of the shared library.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "FakeCuda/FakeCuda.h"
#include "vyre-abi/vyre_abi.h"
#include "vyre-rt/vyre_rt.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

extern "C" {
void *mgpuModuleLoad(void *, size_t);
void *mgpuModuleLoadJIT(void *, int, size_t);
void mgpuModuleUnload(void *);
void *mgpuModuleGetFunction(void *, const char *);
void mgpuLaunchKernel(void *, intptr_t, intptr_t, intptr_t, intptr_t, intptr_t, intptr_t, int32_t,
                      vyre_stream, void **, void **, size_t);
vyre_stream mgpuStreamCreate();
void mgpuStreamDestroy(vyre_stream);
void mgpuStreamSynchronize(vyre_stream);
void mgpuStreamWaitEvent(vyre_stream, vyre_event);
vyre_event mgpuEventCreate();
void mgpuEventDestroy(vyre_event);
void mgpuEventRecord(vyre_event, vyre_stream);
void mgpuEventSynchronize(vyre_event);
void *mgpuMemAlloc(uint64_t, vyre_stream, bool);
void mgpuMemFree(void *, vyre_stream);
void mgpuMemcpy(void *, void *, size_t, vyre_stream);
void mgpuMemset32(void *, unsigned, size_t, vyre_stream);
void mgpuMemset16(void *, unsigned short, size_t, vyre_stream);
void mgpuMemHostRegisterMemRef(int64_t, void *, int64_t);
void mgpuMemHostUnregisterMemRef(int64_t, void *, int64_t);
void mgpuSetDefaultDevice(int32_t);
}

namespace {

FakeCuda &fake() {
  static FakeCuda *state = [] {
    void *library = dlopen(VYRE_FAKE_CUDA, RTLD_NOW);
    return reinterpret_cast<FakeCuda *(*)()>(dlsym(library, "fakeCuda"))();
  }();
  return *state;
}

/// Before the runtime is first used: the fake driver is the machine's.
class UseFakeDriver : public testing::Environment {
  void SetUp() override {
    setenv("VYRE_CUDA_DRIVER", VYRE_FAKE_CUDA, 1);
    setenv("VYRE_DEVICE", "cuda:0", 1);
    unsetenv("FAKE_CUDA_FAIL");
  }
};
const auto *environment = testing::AddGlobalTestEnvironment(new UseFakeDriver);

void twice(const FakeLaunch &launch) {
  auto *data = *static_cast<int32_t **>(launch.params[0]);
  int64_t count = *static_cast<int64_t *>(launch.params[1]);
  for (int64_t i = 0; i < count; ++i)
    data[i] *= 2;
}

// A whole program in upstream's calls: load, fill, launch, order, copy, free.
TEST(CudaAbi, UpstreamProgram) {
  fake().kernels["twice"] = twice;
  char image[] = "ptx without a terminator";
  void *module = mgpuModuleLoadJIT(image, 2, sizeof(image) - 1);
  void *function = mgpuModuleGetFunction(module, "twice");
  EXPECT_EQ(function, mgpuModuleGetFunction(module, "twice"));
  vyre_stream stream = mgpuStreamCreate(), other = mgpuStreamCreate();
  void *data = mgpuMemAlloc(64, stream, false);
  mgpuMemset32(data, 21, 16, stream);
  int64_t count = 16;
  void *params[] = {&data, &count};
  mgpuLaunchKernel(function, 1, 1, 1, 16, 1, 1, 0, stream, params, nullptr, 2);
  vyre_event event = mgpuEventCreate();
  mgpuEventRecord(event, stream);
  mgpuStreamWaitEvent(other, event);
  mgpuEventSynchronize(event);
  mgpuEventDestroy(event);
  int32_t host[16] = {};
  mgpuMemcpy(host, data, 64, other);
  mgpuStreamSynchronize(other);
  EXPECT_EQ(host[15], 42);
  mgpuMemset16(data, 7, 2, stream);
  mgpuMemFree(data, stream);
  EXPECT_EQ(vyreStreamSync(stream), VYRE_OK);
  mgpuStreamDestroy(other);
  mgpuStreamDestroy(stream);
  mgpuModuleUnload(module);
}

// Registration takes what the descriptor's elements span, also with a negative
// stride and an offset; an empty memref registers nothing.
TEST(CudaAbi, RegistersTheSpanOfAMemRef) {
  std::vector<int32_t> data(10);
  struct {
    int32_t *allocated, *aligned;
    int64_t offset, sizes[2], strides[2];
  } memref = {data.data(), data.data(), 9, {2, 4}, {-5, -1}},
    empty = {nullptr, nullptr, 0, {0, 4}, {4, 1}};
  mgpuMemHostRegisterMemRef(2, &memref, 4);
  vyre_stream stream = vyreStreamCreate();
  EXPECT_EQ(vyrePresent(data.data() + 1, 0, 4, 3, stream), data.data() + 1);
  mgpuMemHostUnregisterMemRef(2, &memref, 4);
  mgpuMemHostRegisterMemRef(2, &empty, 4);
  mgpuMemHostUnregisterMemRef(2, &empty, 4);
  EXPECT_EQ(vyreStreamSync(stream), VYRE_OK);
  vyreStreamDestroy(stream);
}

std::string reported;

/// Calls that return nothing leave their failure in the stream.
TEST(CudaAbi, FailuresReachTheNextSynchronization) {
  vyreSetFailureHandler([](vyre_status, vyre_cstr message, void *) { reported = message; },
                        nullptr);
  vyre_stream stream = mgpuStreamCreate();
  mgpuLaunchKernel(nullptr, 1, 1, 1, 1, 1, 1, 0, stream, nullptr, nullptr, 0);
  EXPECT_EQ(vyreStreamSync(stream), VYRE_INVALID_ARGUMENT);
  EXPECT_NE(reported.find("could not be loaded"), std::string::npos) << reported;
  mgpuStreamDestroy(stream);

  stream = mgpuStreamCreate();
  char image[] = "BAD image";
  void *function = mgpuModuleGetFunction(mgpuModuleLoad(image, sizeof(image)), "twice");
  mgpuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, stream, nullptr, nullptr, 0);
  EXPECT_EQ(vyreStreamSync(stream), VYRE_UNAVAILABLE);
  mgpuStreamDestroy(stream);
}

// A launch of an empty grid uses nothing of what was prepared for it.
TEST(CudaAbi, EmptyGridPreparesNothing) {
  fake().kernels["twice"] = twice;
  vyre_image_desc image = {sizeof(image), VYRE_ABI_VERSION, VYRE_IMAGE_PTX, 75, "ptx", 4};
  vyre_module_desc module = {sizeof(module), VYRE_ABI_VERSION, "m", &image, 1, nullptr};
  vyre_kernel_desc kernel = {sizeof(kernel), VYRE_ABI_VERSION, "twice", &module, nullptr, 0, 0,
                             nullptr,        nullptr,          0,       0};
  vyre_launch_desc launch = {sizeof(launch), VYRE_ABI_VERSION, 0, 1, 1, 1, 1, 1, 0,
                             nullptr,        nullptr,          0};
  std::vector<int32_t> host(4, 1);
  vyre_stream stream = vyreStreamCreate(), other = vyreStreamCreate();
  auto *first = static_cast<int32_t *>(vyrePresent(host.data(), 0, 16, 3, stream));
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(vyreLaunch(&kernel, &launch, stream), VYRE_OK);
  EXPECT_EQ(vyreHostAccess(other), VYRE_OK);
  host[0] = 50;
  auto *second = static_cast<int32_t *>(vyrePresent(host.data(), 0, 16, 3, stream));
  EXPECT_EQ(second[0], 50);
  EXPECT_EQ(vyreHostAccess(stream), VYRE_OK);
  vyreStreamDestroy(other);
  vyreStreamDestroy(stream);
}

// The residency of a persistent form depends on its shared memory: where that is
// unknown, or does not fit, the group runs plain and says why.
TEST(CudaAbi, PersistentFormNeedsKnownSharedMemory) {
  fake().kernels["grouped"] = [](const FakeLaunch &) {};
  vyre_image_desc image = {sizeof(image), VYRE_ABI_VERSION, VYRE_IMAGE_PTX, 75, "ptx", 4};
  vyre_module_desc module = {sizeof(module), VYRE_ABI_VERSION, "m", &image, 1, nullptr};
  vyre_kernel_desc kernel = {
      sizeof(kernel), VYRE_ABI_VERSION, "grouped", &module, nullptr, VYRE_KERNEL_COOPERATIVE, 8,
      nullptr,        nullptr,          0,         0};
  const struct {
    int64_t bytes;
    const char *note;
  } cases[] = {{4096, nullptr},
               {-1, "persistent form not resident on this device: its dynamic shared memory is "
                    "known only at run time"},
               {300 << 10, "bytes of dynamic shared memory"}};
  for (auto [bytes, note] : cases) {
    vyre_group_desc group = {};
    group.struct_size = sizeof(group);
    group.version = VYRE_ABI_VERSION;
    std::string location = "shared.mlir:" + std::to_string(bytes);
    group.location = location.c_str();
    group.legal_forms = 1u << VYRE_FORM_PLAIN | 1u << VYRE_FORM_PERSISTENT;
    group.launches_per_iteration = 1;
    group.persistent_kernel = &kernel;
    group.persistent_block = 64;
    group.persistent_shared_bytes = bytes;
    int32_t form = vyreGroupSelect(&group, 1000000);
    std::string text(vyreRtStatsJson(nullptr, 0) + 1, '\0');
    vyreRtStatsJson(&text[0], text.size());
    size_t at = text.find(location);
    if (note) {
      EXPECT_EQ(form, VYRE_FORM_PLAIN);
      ASSERT_NE(at, std::string::npos) << text;
      EXPECT_NE(text.find(note, at), std::string::npos) << text;
    } else {
      EXPECT_EQ(form, VYRE_FORM_PERSISTENT);
      EXPECT_EQ(at, std::string::npos) << text;
    }
  }
}

/// Runs a group's plain form under a fake profiler that is loaded by `load`, and
/// ends the process.
void runProfiled(void (*load)()) {
  load();
  void *library = dlopen(VYRE_FAKE_NVTX, RTLD_NOW);
  auto told = reinterpret_cast<const char *(*)()>(dlsym(library, "fakeNvtxLog"));
  vyre_group_desc group = {};
  group.struct_size = sizeof(group);
  group.version = VYRE_ABI_VERSION;
  group.location = "loop.mlir:3:5";
  group.legal_forms = 1u << VYRE_FORM_PLAIN;
  group.launches_per_iteration = 1;
  for (int i = 0; i < 2; ++i) {
    (void)vyreGroupSelect(&group, 10);
    std::string begun = told();
    vyreGroupEnd(&group);
    std::fprintf(stderr, "%s%s", begun.c_str(), told());
  }
  std::_Exit(0);
}
const char *const profile = "^(push loop.mlir:3:5 plain\npop\n){2}$";

// A profiler sees a range around each run of a group, whether it is injected as
// NVTX 3 says or is the older library; without one nothing happens.
TEST(CudaAbiDeathTest, RangesMarkGroups) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(runProfiled([] { setenv("NVTX_INJECTION64_PATH", VYRE_FAKE_NVTX, 1); }),
              testing::ExitedWithCode(0), profile);
  EXPECT_EXIT(runProfiled([] {
                unsetenv("NVTX_INJECTION64_PATH");
                dlopen(VYRE_FAKE_NVTX, RTLD_NOW | RTLD_GLOBAL);
              }),
              testing::ExitedWithCode(0), profile);
}

void nameTheDevice(const char *device) {
  setenv("VYRE_DEVICE", device, 1);
  fake().chip[0] = 7;
  fake().chip[1] = 5;
  bool selected = vyreRtSelectDevice() == VYRE_OK;
  std::fprintf(stderr, "%s\n", selected ? vyreRtDeviceName() : vyreRtMessage());
  std::_Exit(0);
}

// A program without code for the GPU that is there runs on the CPU; a GPU that is
// asked for by name is used all the same.
TEST(CudaAbiDeathTest, OldGpuIsLeftAlone) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  setenv("VYRE_MIN_CHIP", "90", 1);
  EXPECT_EXIT(nameTheDevice("auto"), testing::ExitedWithCode(0), "^host\n$");
  EXPECT_EXIT(nameTheDevice("cuda:0"), testing::ExitedWithCode(0), "^cuda:0\n$");
  setenv("VYRE_MIN_CHIP", "75", 1);
  EXPECT_EXIT(nameTheDevice("auto"), testing::ExitedWithCode(0), "^cuda:0\n$");
  unsetenv("VYRE_MIN_CHIP");
}

// Only the device that the process uses can be asked for.
TEST(CudaAbi, DefaultDevice) {
  mgpuSetDefaultDevice(0);
  EXPECT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  mgpuSetDefaultDevice(5);
  EXPECT_EQ(vyreStreamSync(nullptr), VYRE_UNAVAILABLE);
}

} // namespace
