// Running a cooperative launch on the host.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Gang.h"

#include <algorithm>

namespace vyre::rt::host {

void Gang::prepare() {
  for (unsigned index = 0; index < size; ++index)
    progress[index].count.store(0, std::memory_order_relaxed);
}

void Gang::runMember(ExecState &state, unsigned index) {
  sigjmp_buf here;
  sigjmp_buf *outer = state.recovery;
  state.gang = this;
  if (sigsetjmp(here, 0) == 0) {
    state.recovery = &here;
    if (!callKernel(state, call, 0, 0, index, size))
      abort();
  } else {
    recoverFromTrap(state);
    abort(); // the others must not wait for this member
  }
  state.gang = nullptr;
  state.recovery = outer;
}

// True, once the deadline has passed; the launch then counts as failed.
bool Gang::expired() {
  if (call.deadlineNs == 0 || nowNs() < call.deadlineNs)
    return false;
  call.stream->fail(timeoutFailure(call));
  abort();
  return true;
}

bool Gang::barrier() {
  uint32_t mine = generation.load(std::memory_order_relaxed);
  if (arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == size) {
    arrived.store(0, std::memory_order_relaxed);
    generation.store(mine + 1, std::memory_order_release);
    // A kernel whose barriers all succeed may still never end.
    if ((mine & 63) == 0)
      (void)expired();
    return !aborted.load(std::memory_order_acquire);
  }
  Spinner spin(0);
  for (uint32_t turn = 1; generation.load(std::memory_order_acquire) == mine; ++turn) {
    if (aborted.load(std::memory_order_acquire) || ((turn & 255) == 0 && expired()))
      return false;
    spin.stepForever();
  }
  return !aborted.load(std::memory_order_acquire);
}

bool Gang::neighbours(unsigned index, int64_t distance) {
  std::atomic<uint32_t> &own = progress[index].count;
  uint32_t mine = own.load(std::memory_order_relaxed) + 1;
  own.store(mine, std::memory_order_release);
  int64_t first = std::max<int64_t>(int64_t(index) - distance, 0);
  int64_t last = std::min<int64_t>(int64_t(index) + distance, int64_t(size) - 1);
  for (int64_t other = first; other <= last; ++other) {
    Spinner spin(0);
    for (uint32_t turn = 1;
         int32_t(progress[size_t(other)].count.load(std::memory_order_acquire) - mine) < 0;
         ++turn) {
      if (aborted.load(std::memory_order_acquire) || ((turn & 255) == 0 && expired()))
        return false;
      spin.stepForever();
    }
  }
  if ((mine & 63) == 0)
    (void)expired();
  return !aborted.load(std::memory_order_acquire);
}

} // namespace vyre::rt::host
