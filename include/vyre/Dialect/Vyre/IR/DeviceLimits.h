// Sizes that every supported device has in common.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_DIALECT_VYRE_IR_DEVICELIMITS_H
#define VYRE_DIALECT_VYRE_IR_DEVICELIMITS_H

#include <cstdint>

namespace vyre {

/// The most threads that a block may have; the runtime refuses larger ones.
inline constexpr int64_t kMaxThreadsPerBlock = 1024;
/// The most that a block may have along z: CUDA's limit.
inline constexpr int64_t kMaxBlockZ = 64;
/// The most blocks that a grid may have along x, and along y or z: CUDA's limits.
inline constexpr int64_t kMaxGridX = 2147483647, kMaxGridYZ = 65535;
/// Threads of a subgroup (warp).
inline constexpr int64_t kSubgroupSize = 32;
/// The most bytes of arguments that an item of a live queue holds: the ABI's limit.
inline constexpr int64_t kMaxItemArgumentBytes = 960;

} // namespace vyre

#endif // VYRE_DIALECT_VYRE_IR_DEVICELIMITS_H
