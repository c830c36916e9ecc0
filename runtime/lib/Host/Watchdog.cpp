// The watched threads and the thread that watches them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Watchdog.h"
#include "Exec.h"
#include "Trap.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <signal.h>
#include <system_error>
#include <thread>
#include <vector>

namespace vyre::rt::host {

namespace {

struct Watched {
  std::mutex lock;
  std::vector<ExecState *> states;
};

Watched &watched() {
  static auto *all = new Watched; // outlives exit handlers and all threads
  return *all;
}

void lookAtAll() {
  Watched &all = watched();
  std::lock_guard<std::mutex> hold(all.lock); // a listed thread has not ended
  uint64_t now = nowNs();
  for (ExecState *state : all.states) {
    uint64_t deadline = state->deadlineNs.load(std::memory_order_relaxed);
    if (deadline != 0 && now > deadline)
      ::pthread_kill(state->thread, timeoutSignal());
  }
}

} // namespace

void startWatchdog(uint64_t timeoutMs) {
  static std::once_flag once;
  std::call_once(once, [&] {
    installTimeoutHandler();
    std::chrono::milliseconds period(std::clamp<uint64_t>(timeoutMs / 8, 1, 100));
    try {
      std::thread([period] {
        ::pthread_setname_np(::pthread_self(), "vyre-watchdog");
        for (;;) {
          std::this_thread::sleep_for(period);
          lookAtAll();
        }
      }).detach();
    } catch (const std::system_error &) {
    }
  });
}

void watch(ExecState &state) {
  state.thread = ::pthread_self();
  std::lock_guard<std::mutex> hold(watched().lock);
  watched().states.push_back(&state);
}

void unwatch(ExecState &state) {
  std::lock_guard<std::mutex> hold(watched().lock);
  std::vector<ExecState *> &states = watched().states;
  states.erase(std::remove(states.begin(), states.end(), &state), states.end());
}

} // namespace vyre::rt::host
