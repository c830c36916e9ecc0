// Claiming the members of a team, and waiting for their end.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Team.h"

namespace vyre::rt::host {

void Team::run(ExecState &leader, Pool &pool, uint32_t others) {
  uint32_t claimed = pool.claim(*this, others);
  size = claimed + 1;
  running.store(claimed, std::memory_order_relaxed);
  prepare();
  go.store(true, std::memory_order_release);
  runMember(leader, 0);
  Spinner spin(0);
  while (running.load(std::memory_order_acquire) != 0)
    spin.stepForever();
}

void Team::waitForStart() {
  Spinner spin(0);
  while (!go.load(std::memory_order_acquire))
    spin.stepForever();
}

} // namespace vyre::rt::host
