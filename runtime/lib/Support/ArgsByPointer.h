// How a launch through upstream's mgpuLaunchKernel reaches the device.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_SUPPORT_ARGSBYPOINTER_H
#define VYRE_SUPPORT_ARGSBYPOINTER_H

#include <cstdint>

namespace vyre::rt {

/// A flag of vyre_kernel_desc that only the runtime sets: `launch->args` is an
/// array of pointers to the arguments (void **), whose sizes only the driver
/// knows, instead of a packed record. Such a kernel has no host function.
constexpr uint32_t kernelArgsByPointer = 1u << 31;

} // namespace vyre::rt

#endif // VYRE_SUPPORT_ARGSBYPOINTER_H
