// The asymmetric fence by membarrier(2).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Wait.h"

#include <linux/membarrier.h>

namespace vyre::rt::host {

bool hasAsymmetricFence() {
  static const bool registered =
      ::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
  return registered;
}

void heavyFence() {
  if (hasAsymmetricFence())
    ::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

} // namespace vyre::rt::host
