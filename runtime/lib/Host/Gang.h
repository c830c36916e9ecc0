// The workers of one cooperative launch, and the barrier between them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// All members run at the same time from beginning to end, so a barrier may
// wait. An abort (timeout, a member's trap) releases every waiting member.
#ifndef VYRE_RT_HOST_GANG_H
#define VYRE_RT_HOST_GANG_H

#include "Team.h"

#include <array>

namespace vyre::rt::host {

class Gang final : public Team {
public:
  KernelCall call = {};

  // True when all members met; false when the launch was aborted.
  bool barrier();
  // True when all members at most `distance` from `index` have come here as often
  // as this one; false when the launch was aborted.
  bool neighbours(unsigned index, int64_t distance);
  void abort() { aborted.store(true, std::memory_order_release); }

private:
  void prepare() override;
  void runMember(ExecState &state, unsigned index) override;
  bool expired();

  alignas(64) std::atomic<uint32_t> arrived{0};
  alignas(64) std::atomic<uint32_t> generation{0};
  std::atomic<bool> aborted{false};
  // How often each member has met its neighbours; set to 0 in prepare. Counts wrap
  // around, and two neighbours' differ by one at most.
  struct alignas(64) Progress {
    std::atomic<uint32_t> count;
  };
  std::array<Progress, Pool::maxWorkers> progress;
};

} // namespace vyre::rt::host

#endif // VYRE_RT_HOST_GANG_H
