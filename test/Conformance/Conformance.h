// The fixture of the conformance suite and short ways to write launches.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TEST_CONFORMANCE_H
#define VYRE_TEST_CONFORMANCE_H

#include "vyre-abi/vyre_abi.h"
#include "vyre-rt/vyre_rt.h"

#include <cstring>
#include <gtest/gtest.h>
#include <string>

namespace conformance {

// A kernel that exists as a host function. CUDA has no code for it.
struct Kernel {
  vyre_kernel_desc record = {};
  void *state = nullptr;

  Kernel(const char *name, vyre_host_kernel_fn function, size_t paramBytes, uint32_t flags = 0) {
    record.struct_size = sizeof record;
    record.version = VYRE_ABI_VERSION;
    record.name = name;
    record.host_fn = function;
    record.param_bytes = uint32_t(paramBytes);
    record.flags = flags;
    record.runtime_state = &state;
  }
  Kernel(const Kernel &) = delete;
  Kernel &operator=(const Kernel &) = delete;
};

inline vyre_launch_desc launchOf(const void *args, int64_t gridX, int64_t blockX = 1) {
  vyre_launch_desc launch = {};
  launch.struct_size = sizeof launch;
  launch.version = VYRE_ABI_VERSION;
  launch.grid_x = gridX;
  launch.grid_y = launch.grid_z = 1;
  launch.block_x = blockX;
  launch.block_y = launch.block_z = 1;
  launch.args = args;
  launch.location = "suite.mlir:1:2";
  return launch;
}

template <typename Args>
vyre_status run(const Kernel &kernel, const Args &args, int64_t gridX, int64_t blockX = 1,
                vyre_stream stream = nullptr) {
  vyre_launch_desc launch = launchOf(&args, gridX, blockX);
  return vyreLaunch(&kernel.record, &launch, stream);
}

// Selects the device of this process; skips when it is not there. A device that
// is there and does not start fails.
class Device : public testing::Test {
protected:
  void SetUp() override {
    vyre_status status = vyreRtSelectDevice();
    if (status == VYRE_UNAVAILABLE)
      GTEST_SKIP() << vyreRtMessage();
    ASSERT_EQ(status, VYRE_OK) << vyreRtMessage();
  }
};

// For cases whose kernels are host functions.
class HostKernels : public Device {
protected:
  void SetUp() override {
    Device::SetUp();
    if (!IsSkipped() && std::strcmp(vyreRtDeviceName(), "host") != 0)
      GTEST_SKIP() << "the kernels of this case have host code only";
  }
};

// A stream that is destroyed with its scope.
class ScopedStream {
public:
  ScopedStream() : stream(vyreStreamCreate()) {}
  ~ScopedStream() { vyreStreamDestroy(stream); }
  ScopedStream(const ScopedStream &) = delete;
  ScopedStream &operator=(const ScopedStream &) = delete;
  operator vyre_stream() const { return stream; }

private:
  vyre_stream stream;
};

inline std::string failureText(vyre_stream stream) {
  const char *message = "";
  (void)vyreRtStreamFailure(stream, &message);
  return message;
}

} // namespace conformance

#endif // VYRE_TEST_CONFORMANCE_H
