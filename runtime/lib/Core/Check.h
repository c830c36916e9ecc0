// Argument checks of the C functions. They hold on every device, so devices
// need not repeat them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_CORE_CHECK_H
#define VYRE_RT_CORE_CHECK_H

#include "Status.h"
#include "vyre-abi/vyre_abi.h"

#include <cstdint>

namespace vyre::rt {

// True for a record that a program of this or an older version filled.
inline bool isKnownVersion(uint32_t version) { return version - 1u < VYRE_ABI_VERSION; }
// The failure for one that is not.
Status unknownVersion(uint32_t version);

// A launch must have sizes that a GPU could run. Sets `empty` for a launch with
// a zero grid dimension, which is legal and does nothing.
Status checkLaunch(const vyre_kernel_desc *kernel, const vyre_launch_desc *launch, bool &empty);

// True for usual launches that checkLaunch would accept as not empty; false says
// nothing. Keeps the common path to a few instructions.
inline bool isPlainlyLegal(const vyre_kernel_desc *kernel, const vyre_launch_desc *launch) {
  if (!kernel || !launch)
    return false;
  const vyre_launch_desc &l = *launch;
  constexpr uint64_t smallGrid = uint64_t(1) << 20, maxThreads = 1024, smallShared = 1 << 20;
  constexpr uint64_t maxGridYZ = 65535, maxBlockZ = 64;
  // Negative numbers are huge here, so that one comparison covers both ends.
  uint64_t gridYZ = uint64_t(l.grid_y) | uint64_t(l.grid_z), grid = uint64_t(l.grid_x) | gridYZ;
  uint64_t block = uint64_t(l.block_x) | uint64_t(l.block_y) | uint64_t(l.block_z);
  return isKnownVersion(l.version) && isKnownVersion(kernel->version) && grid < smallGrid &&
         gridYZ <= maxGridYZ && uint64_t(l.block_z) <= maxBlockZ &&
         l.grid_x * l.grid_y * l.grid_z != 0 && block <= maxThreads &&
         uint64_t(l.block_x * l.block_y * l.block_z) - 1 < maxThreads &&
         uint64_t(l.dynamic_shared_bytes) < smallShared &&
         (kernel->param_bytes == 0 || l.args != nullptr);
}

} // namespace vyre::rt

#endif // VYRE_RT_CORE_CHECK_H
