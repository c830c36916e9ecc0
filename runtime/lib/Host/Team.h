// Workers that run something together, all from its beginning to its end.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_HOST_TEAM_H
#define VYRE_RT_HOST_TEAM_H

#include "Pool.h"

namespace vyre::rt::host {

class Team {
public:
  // Runs as a team of the calling thread and of idle workers, at most `others`.
  void run(ExecState &leader, Pool &pool, uint32_t others);
  // Called by a claimed worker. `released` runs before the team may vanish.
  template <typename Released> void member(ExecState &state, unsigned index, Released released) {
    waitForStart();
    runMember(state, index);
    released();
    running.fetch_sub(1, std::memory_order_release);
  }

protected:
  Team() = default;
  ~Team() = default;
  // The size is known and no member runs yet.
  virtual void prepare() = 0;
  virtual void runMember(ExecState &state, unsigned index) = 0;

  uint32_t size = 1; // members

private:
  void waitForStart();

  std::atomic<bool> go{false};
  alignas(64) std::atomic<uint32_t> running{0}; // claimed workers still inside
};

} // namespace vyre::rt::host

#endif // VYRE_RT_HOST_TEAM_H
