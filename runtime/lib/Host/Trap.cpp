// Signal handlers for traps in kernels.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Entering a kernel saves no signal mask, which would cost a system call per
// launch; the handler restores the interrupted code's mask before it jumps.
#include "Trap.h"
#include "Exec.h"
#include "Fiber.h"

#include <cstdlib>
#include <mutex>
#include <signal.h>
#include <ucontext.h>

namespace vyre::rt::host {

namespace {

constexpr int trapSignals[] = {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGTRAP};
struct sigaction previousActions[NSIG];

// Static TLS: the handler must not allocate.
__attribute__((tls_model("initial-exec"))) thread_local ExecState *currentState = nullptr;

// Leaves the kernel for the code that called it.
[[noreturn]] void jump(ExecState &state) {
  if (state.inFibers)
    state.fibers->announceJump();
  siglongjmp(*state.recovery, 1);
}

// Hands a signal that no kernel raised to the handler that was there before.
void chain(int signal, siginfo_t *info, void *context) {
  struct sigaction &previous = previousActions[signal];
  if (previous.sa_flags & SA_SIGINFO) {
    previous.sa_sigaction(signal, info, context);
  } else if (previous.sa_handler == SIG_IGN && info->si_code <= 0) {
    return;
  } else if (previous.sa_handler == SIG_DFL || previous.sa_handler == SIG_IGN) {
    // The instruction runs again, or the signal is sent again, and ends the
    // process with the default action.
    ::sigaction(signal, &previous, nullptr);
    if (info->si_code <= 0)
      ::raise(signal);
  } else {
    previous.sa_handler(signal);
  }
}

void onTrap(int signal, siginfo_t *info, void *context) {
  ExecState *state = currentState;
  // si_code tells the processor's faults from kill() and raise().
  if (!state || !state->running || !state->recovery || info->si_code <= 0) {
    chain(signal, info, context);
    return;
  }
  state->trapSignal = signal;
  state->trapCode = info->si_code;
  state->trapAddress = info->si_addr;
  // Sanitizers run handlers with every signal blocked, whatever was asked for.
  ::pthread_sigmask(SIG_SETMASK, &static_cast<ucontext_t *>(context)->uc_sigmask, nullptr);
  jump(*state);
}

// Does nothing where the thread left its kernel meanwhile.
void onTimeout(int signal, siginfo_t *, void *context) {
  ExecState *state = currentState;
  if (!state || !state->running || !state->recovery ||
      state->deadlineNs.load(std::memory_order_relaxed) == 0)
    return;
  if (state->inRuntime) {
    state->late = true;
    return;
  }
  state->trapSignal = signal;
  ::pthread_sigmask(SIG_SETMASK, &static_cast<ucontext_t *>(context)->uc_sigmask, nullptr);
  jump(*state);
}

} // namespace

// A program's own signals are seldom among the last real-time ones.
int timeoutSignal() { return SIGRTMAX - 3; }

void installTimeoutHandler() {
  struct sigaction action = {};
  action.sa_sigaction = onTimeout;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART;
  sigemptyset(&action.sa_mask);
  ::sigaction(timeoutSignal(), &action, nullptr);
}

ExecState *trapState() { return currentState; }
void setTrapState(ExecState *state) { currentState = state; }

void installTrapHandlers() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action = {};
    action.sa_sigaction = onTrap;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    for (int signal : trapSignals)
      ::sigaction(signal, &action, &previousActions[signal]);
  });
}

void leaveLateKernel(ExecState &state) {
  state.trapSignal = timeoutSignal();
  jump(state);
}

void leaveKernel(ExecState &state) {
  state.trapSignal = 0;
  jump(state);
}

TrapStack::TrapStack() {
  constexpr size_t bytes = 64 * 1024;
  stack_t present = {};
  if (::sigaltstack(nullptr, &present) == 0 && !(present.ss_flags & SS_DISABLE))
    return; // the program or a sanitizer brought its own
  memory = std::malloc(bytes);
  stack_t wanted = {};
  wanted.ss_sp = memory;
  wanted.ss_size = bytes;
  if (memory && ::sigaltstack(&wanted, nullptr) != 0) {
    std::free(memory);
    memory = nullptr;
  }
}

TrapStack::~TrapStack() {
  if (!memory)
    return;
  stack_t off = {};
  off.ss_flags = SS_DISABLE;
  ::sigaltstack(&off, nullptr);
  std::free(memory);
}

} // namespace vyre::rt::host
