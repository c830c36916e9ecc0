// How threads of the host device wait: a short spin, then yields, then sleep.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Spinning keeps launches cheap, but kernels and other programs need the cores:
// no wait spins longer than SpinBudget before it sleeps on a futex.
#ifndef VYRE_RT_HOST_WAIT_H
#define VYRE_RT_HOST_WAIT_H

#include "Trace.h"

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace vyre::rt::host {

inline void cpuPause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#endif
}

// Sleeps while `word` holds `expected`, for at most `timeoutNs`. May wake early.
inline void futexWait(std::atomic<uint32_t> &word, uint32_t expected, uint64_t timeoutNs) {
  timespec limit{time_t(timeoutNs / 1000000000u), long(timeoutNs % 1000000000u)};
  ::syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), FUTEX_WAIT_PRIVATE, expected, &limit,
            nullptr, 0);
}

inline void futexWake(std::atomic<uint32_t> &word, int count) {
  ::syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), FUTEX_WAKE_PRIVATE, count, nullptr,
            nullptr, 0);
}

// An asymmetric fence: the side that runs often pays nothing, because the side
// that goes to sleep makes every running thread of the process pass a barrier.
// False where the kernel does not offer that; registers on the first call.
bool hasAsymmetricFence();
// The sleeper's side: between its announcement and its last look.
void heavyFence();

// One bounded spin. step() is false when the budget is used up: sleep then.
class Spinner {
public:
  explicit Spinner(uint64_t yieldBudgetNs) : yieldBudgetNs(yieldBudgetNs) {}

  bool step() {
    if (steps < pauseSteps) {
      ++steps;
      cpuPause();
      return true;
    }
    uint64_t now = nowNs();
    if (deadline == 0)
      deadline = now + yieldBudgetNs;
    ::sched_yield();
    return now < deadline;
  }
  // Spins on for ever, yielding: for waits that must not sleep.
  void stepForever() {
    if (steps < pauseSteps) {
      ++steps;
      cpuPause();
    } else {
      ::sched_yield();
    }
  }
  void reset() {
    steps = 0;
    deadline = 0;
  }

private:
  // About 5 us where a pause takes 50 ns: longer than any hand-over between two
  // running threads, shorter than a wake-up.
  static constexpr uint32_t pauseSteps = 100;
  uint32_t steps = 0;
  uint64_t deadline = 0;
  uint64_t yieldBudgetNs;
};

// What an idle thread spins before it sleeps.
constexpr uint64_t idleYieldNs = 40000;
// Sleeps are bounded so that a lost wake-up costs time, never progress.
constexpr uint64_t sleepBoundNs = 20000000;

} // namespace vyre::rt::host

#endif // VYRE_RT_HOST_WAIT_H
