// Validation of launches.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Check.h"

namespace vyre::rt {

namespace {

constexpr int64_t maxBlockThreads = 1024, maxBlockZ = 64;
constexpr int64_t maxGridX = INT32_MAX, maxGridYZ = 65535;
// Far above any GPU's shared memory, far below what breaks arithmetic.
constexpr int64_t maxSharedBytes = int64_t(1) << 30;

Status bad(const vyre_kernel_desc &kernel, const vyre_launch_desc &launch,
           const std::string &what) {
  std::string message = "launch of kernel '";
  message += kernel.name ? kernel.name : "?";
  message += "'";
  if (launch.location) {
    message += " at ";
    message += launch.location;
  }
  return {VYRE_INVALID_ARGUMENT, message + ": " + what};
}

std::string triple(int64_t x, int64_t y, int64_t z) {
  return "(" + std::to_string(x) + ", " + std::to_string(y) + ", " + std::to_string(z) + ")";
}

// True when x*y*z of non-negative numbers is at most `limit`.
bool productWithin(int64_t x, int64_t y, int64_t z, int64_t limit) {
  int64_t area, volume;
  return !__builtin_mul_overflow(x, y, &area) && !__builtin_mul_overflow(area, z, &volume) &&
         volume <= limit;
}

} // namespace

Status unknownVersion(uint32_t version) {
  return {VYRE_UNAVAILABLE, "a record of the program has ABI version " + std::to_string(version) +
                                "; this runtime knows 1 to " + std::to_string(VYRE_ABI_VERSION) +
                                ": compile it again or use a newer runtime"};
}

Status checkLaunch(const vyre_kernel_desc *kernel, const vyre_launch_desc *launch, bool &empty) {
  empty = false;
  if (!kernel || !launch)
    return {VYRE_INVALID_ARGUMENT, "a launch needs a kernel and a launch record"};
  if (!isKnownVersion(kernel->version) || !isKnownVersion(launch->version))
    return unknownVersion(isKnownVersion(kernel->version) ? launch->version : kernel->version);
  const vyre_launch_desc &l = *launch;
  if (l.grid_x < 0 || l.grid_y < 0 || l.grid_z < 0)
    return bad(*kernel, l, "negative grid size " + triple(l.grid_x, l.grid_y, l.grid_z));
  if (l.block_x < 0 || l.block_y < 0 || l.block_z < 0)
    return bad(*kernel, l, "negative block size " + triple(l.block_x, l.block_y, l.block_z));
  if (l.block_x == 0 || l.block_y == 0 || l.block_z == 0)
    return bad(*kernel, l, "zero block size " + triple(l.block_x, l.block_y, l.block_z));
  if (!productWithin(l.block_x, l.block_y, l.block_z, maxBlockThreads))
    return bad(*kernel, l,
               "block " + triple(l.block_x, l.block_y, l.block_z) + " has more than 1024 threads");
  if (l.block_z > maxBlockZ)
    return bad(*kernel, l,
               "block " + triple(l.block_x, l.block_y, l.block_z) +
                   " has more than 64 threads in z");
  // A loop may be as long as it likes; where a device cannot take that, it says so.
  bool fits = kernel->flags & VYRE_KERNEL_LOOP_GRID ||
              (l.grid_x <= maxGridX && l.grid_y <= maxGridYZ && l.grid_z <= maxGridYZ);
  if (!fits || !productWithin(l.grid_x, l.grid_y, l.grid_z, INT64_MAX))
    return bad(*kernel, l,
               "grid " + triple(l.grid_x, l.grid_y, l.grid_z) +
                   " is too large: at most 2147483647 x 65535 x 65535 blocks");
  if (l.dynamic_shared_bytes < 0 || l.dynamic_shared_bytes > maxSharedBytes)
    return bad(*kernel, l,
               "dynamic shared memory of " + std::to_string(l.dynamic_shared_bytes) +
                   " bytes is out of range");
  if (kernel->param_bytes != 0 && !l.args)
    return bad(*kernel, l, "the kernel has parameters but no arguments were given");
  empty = l.grid_x == 0 || l.grid_y == 0 || l.grid_z == 0;
  return {};
}

} // namespace vyre::rt
