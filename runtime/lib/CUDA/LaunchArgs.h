// A packed argument record in the form that the driver takes it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_CUDA_LAUNCHARGS_H
#define VYRE_RT_CUDA_LAUNCHARGS_H

#include "Core/Status.h"
#include "DriverTypes.h"

#include <cstring>
#include <vector>

namespace vyre::rt::cuda {

/// Refers to itself, so it stays where it is made. The driver copies the bytes
/// during the call that gets extra().
class LaunchArgs {
public:
  LaunchArgs(const void *packed, uint32_t bytes) : size(bytes), data(packed) {
    options[0] = CU_LAUNCH_PARAM_BUFFER_POINTER;
    options[1] = const_cast<void *>(packed);
    options[2] = CU_LAUNCH_PARAM_BUFFER_SIZE;
    options[3] = &size;
    options[4] = CU_LAUNCH_PARAM_END;
  }
  LaunchArgs(const LaunchArgs &) = delete;
  LaunchArgs &operator=(const LaunchArgs &) = delete;

  /// Replaces the pointer in the last 8 bytes, in a copy of the record.
  void setLastPointer(CUdeviceptr value) {
    const auto *bytes = static_cast<const unsigned char *>(data);
    copy.assign(bytes, bytes + size);
    std::memcpy(copy.data() + size - sizeof(value), &value, sizeof(value));
    options[1] = copy.data();
  }

  /// Null for a kernel without arguments.
  void **extra() { return size ? options : nullptr; }

private:
  size_t size;
  const void *data;
  std::vector<unsigned char> copy;
  void *options[5];
};

/// Ok if the launch is within CUDA's limits for grids.
Status checkShape(const vyre_kernel_desc &kernel, const vyre_launch_desc &launch);

} // namespace vyre::rt::cuda

#endif // VYRE_RT_CUDA_LAUNCHARGS_H
