// Recovery from kernels that trap: signals raised by kernel code become a
// failure of the launch; all others go to whoever handled them before.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_HOST_TRAP_H
#define VYRE_RT_HOST_TRAP_H

namespace vyre::rt::host {

struct ExecState;

// The calling thread's state as the signal handler sees it, or null.
ExecState *trapState();
void setTrapState(ExecState *state);

// Installs the handlers, once per process.
void installTrapHandlers();

// The signal by which the watchdog asks a thread to leave its late kernel, and
// its handler.
int timeoutSignal();
void installTimeoutHandler();

// Leaves the kernel that runs on this thread, without a trap: as if it had
// returned from the launch. Does not return.
[[noreturn]] void leaveKernel(ExecState &state);

// The stack that the handlers of one thread run on, so that a kernel which
// overflows its own stack is caught too.
class TrapStack {
public:
  TrapStack();
  ~TrapStack();
  TrapStack(const TrapStack &) = delete;
  TrapStack &operator=(const TrapStack &) = delete;

private:
  void *memory = nullptr;
};

} // namespace vyre::rt::host

#endif // VYRE_RT_HOST_TRAP_H
