// A CUDA device over the fake driver, and records to launch kernels with.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TEST_CUDAFIXTURE_H
#define VYRE_TEST_CUDAFIXTURE_H

#include "CUDA/CudaDevice.h"
#include "FakeCuda/FakeCuda.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <memory>

namespace vyre::rt::cuda {

inline FakeCuda &fake() {
  static FakeCuda *state = [] {
    void *library = dlopen(VYRE_FAKE_CUDA, RTLD_NOW);
    return reinterpret_cast<FakeCuda *(*)()>(dlsym(library, "fakeCuda"))();
  }();
  return *state;
}

inline long calls(const char *name) {
  return std::count(fake().calls.begin(), fake().calls.end(), name);
}

/// Makes a driver call fail for a scope.
class Failing {
public:
  explicit Failing(const std::string &wish) { setenv("FAKE_CUDA_FAIL", wish.c_str(), 1); }
  ~Failing() { unsetenv("FAKE_CUDA_FAIL"); }
};

/// A module with one kernel that the fake GPU knows by `name`.
struct TestKernel {
  std::vector<vyre_image_desc> images;
  vyre_module_desc module = {};
  vyre_kernel_desc desc = {};

  TestKernel(const char *name, FakeKernel body, uint32_t paramBytes, uint32_t flags = 0) {
    fake().kernels[name] = body;
    addImage(VYRE_IMAGE_PTX, 75, "ptx");
    desc = {sizeof(desc), VYRE_ABI_VERSION, name,    &module, nullptr, flags,
            paramBytes,   nullptr,          nullptr, 0,       0};
  }
  void addImage(uint32_t kind, uint32_t sm, const char *text) {
    images.push_back({sizeof(vyre_image_desc), VYRE_ABI_VERSION, kind, sm, text,
                      std::char_traits<char>::length(text) + 1});
    module = {sizeof(module), VYRE_ABI_VERSION, "m", images.data(), images.size(), nullptr};
  }
  TestKernel(const TestKernel &) = delete;
};

inline vyre_launch_desc launchOf(int64_t grid, int64_t block, const void *args) {
  return {sizeof(vyre_launch_desc),
          VYRE_ABI_VERSION,
          grid,
          1,
          1,
          block,
          1,
          1,
          0,
          args,
          "t.mlir:1:1",
          0};
}

/// Arguments of the kernel `addKernel`: data[i] += value for i < count.
struct AddArgs {
  int32_t *data;
  int64_t count;
  int32_t value;
};
inline void addKernel(const FakeLaunch &launch) {
  AddArgs args;
  ASSERT_EQ(launch.argBytes, sizeof(args));
  std::memcpy(&args, launch.args, sizeof(args));
  for (int64_t i = 0; i < args.count; ++i)
    args.data[i] += args.value;
}

/// The word that ends a persistent kernel, found as the kernel finds it.
inline const volatile uint32_t *abortWord(const FakeLaunch &launch) {
  const unsigned char *block;
  std::memcpy(&block, launch.args + launch.argBytes - sizeof(block), sizeof(block));
  const volatile uint32_t *word;
  std::memcpy(&word, block + VYRE_BARRIER_ABORT_OFFSET, sizeof(word));
  return word;
}

class CudaTest : public testing::Test {
protected:
  void SetUp() override {
    fake() = FakeCuda();
    unsetenv("FAKE_CUDA_FAIL");
    Status status = Driver::load(VYRE_FAKE_CUDA, driver);
    ASSERT_TRUE(status.ok()) << status.message();
    open();
  }
  void open() {
    stream.reset();
    Status status = CudaDevice::open(driver, 0, device);
    ASSERT_TRUE(status.ok()) << status.message();
    status = device->createStream(stream);
    ASSERT_TRUE(status.ok()) << status.message();
  }
  void TearDown() override {
    if (stream)
      device->destroyStream(*stream);
    device.reset();
    stream.reset();
  }
  template <typename T> T *allocate(uint64_t count, uint32_t kind = VYRE_MEMORY_DEVICE) {
    void *pointer = nullptr;
    Status status = device->allocate(pointer, count * sizeof(T), kind, *stream);
    EXPECT_TRUE(status.ok()) << status.message();
    return static_cast<T *>(pointer);
  }

  Driver driver;
  std::unique_ptr<Device> device;
  StreamRef stream;
};

#define EXPECT_OK(expression)                                                                      \
  do {                                                                                             \
    Status status_ = (expression);                                                                 \
    EXPECT_TRUE(status_.ok()) << status_.message();                                                \
  } while (false)

} // namespace vyre::rt::cuda

#endif // VYRE_TEST_CUDAFIXTURE_H
