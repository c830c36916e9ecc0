// The workers of one cooperative launch, and the barrier between them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// All members run at the same time from beginning to end, so a barrier may
// wait. An abort (timeout, a member's trap) releases every waiting member.
#ifndef VYRE_RT_HOST_GANG_H
#define VYRE_RT_HOST_GANG_H

#include "Pool.h"

#include <array>

namespace vyre::rt::host {

struct Gang {
  KernelCall call = {};
  uint32_t size = 1; // members, fixed before `go`

  // Runs the kernel as the gang of the calling thread and of idle workers, at most
  // `others`.
  void run(ExecState &leader, Pool &pool, uint32_t others);
  // Called by a claimed worker. `released` runs before the gang may vanish.
  template <typename Released> void member(ExecState &state, unsigned index, Released released) {
    runMember(state, index);
    released();
    running.fetch_sub(1, std::memory_order_release);
  }
  // True when all members met; false when the launch was aborted.
  bool barrier();
  // True when all members at most `distance` from `index` have come here as often
  // as this one; false when the launch was aborted.
  bool neighbours(unsigned index, int64_t distance);
  void abort() { aborted.store(true, std::memory_order_release); }

private:
  void runMember(ExecState &state, unsigned index);
  bool expired();

  std::atomic<bool> go{false};
  alignas(64) std::atomic<uint32_t> running{0}; // claimed workers still inside
  alignas(64) std::atomic<uint32_t> arrived{0};
  alignas(64) std::atomic<uint32_t> generation{0};
  std::atomic<bool> aborted{false};
  // How often each member has met its neighbours; set to 0 before `go`. Counts wrap
  // around, and two neighbours' differ by one at most.
  struct alignas(64) Progress {
    std::atomic<uint32_t> count;
  };
  std::array<Progress, Pool::maxWorkers> progress;
};

} // namespace vyre::rt::host

#endif // VYRE_RT_HOST_GANG_H
