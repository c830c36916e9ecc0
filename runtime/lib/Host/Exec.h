// State of a thread that executes kernels, and the one place where kernels are
// called: with recovery from traps.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_HOST_EXEC_H
#define VYRE_RT_HOST_EXEC_H

#include "Device.h"
#include "Trace.h"

#include <atomic>
#include <csetjmp>
#include <cstddef>
#include <pthread.h>
#include <vector>

namespace vyre::rt::host {

class FiberBlock;
class Gang;

// What every worker of one launch needs to know.
struct KernelCall {
  const vyre_kernel_desc *kernel;
  const void *args;
  int64_t grid[3];
  int64_t block[3];
  int64_t dynamicSharedBytes;
  const char *location;
  Stream *stream;      // where a failure goes
  uint64_t deadlineNs; // when it is late; 0: never
};

// One per thread that has ever run a kernel; found again through
// vyre_host_ctx.runtime_state.
struct ExecState {
  // Where a trap continues. Null while no kernel may be interrupted.
  sigjmp_buf *volatile recovery = nullptr;
  // The call in progress: set exactly while kernel code runs, so that a fault
  // in the runtime itself is never taken for the kernel's.
  const KernelCall *volatile running = nullptr;
  volatile int trapSignal = 0;
  volatile int trapCode = 0;
  void *volatile trapAddress = nullptr;
  // While kernel code calls the runtime, which a timeout must not interrupt.
  volatile bool inRuntime = false;
  volatile bool late = false; // a timeout came then
  // Of the call in progress; read by the watchdog.
  std::atomic<uint64_t> deadlineNs{0};
  pthread_t thread = {};

  Gang *gang = nullptr;         // the cooperative launch this thread is part of
  FiberBlock *fibers = nullptr; // created on first need
  bool inFibers = false;        // a block's fibers are running on this thread
  vyre_host_ctx ctx = {};
  // The executor's launch. Not on its stack: a trap unwinds that before the
  // failure is described.
  KernelCall launch = {};

  ~ExecState();
  // Scratch for dynamic shared memory, 64-byte aligned; null when there is none
  // to be had.
  void *sharedScratch(int64_t bytes);

  // A large slot of a kernel's frame; null when there is no memory for it.
  void *frame(size_t number, size_t bytes);

private:
  struct Frame {
    void *memory = nullptr;
    size_t bytes = 0;
  };
  // Memory of at least `bytes`, that of `block` if it is large enough.
  static void *grow(Frame &block, size_t bytes);

  Frame scratch;
  std::vector<Frame> frames;
};

// Leaves the kernel on this thread because its time is up. Does not return.
[[noreturn]] void leaveLateKernel(ExecState &state);

// Held by every function that kernels call, while it runs.
class RuntimeSection {
public:
  explicit RuntimeSection(ExecState &owner) : state(owner) { state.inRuntime = true; }
  ~RuntimeSection() {
    state.inRuntime = false;
    if (state.late)
      leaveLateKernel(state);
  }
  RuntimeSection(const RuntimeSection &) = delete;
  RuntimeSection &operator=(const RuntimeSection &) = delete;

private:
  ExecState &state;
};

// The calling thread's state. Installs the trap handlers on first use.
ExecState &execState();

// Calls the kernel for blocks [begin, end) as worker `worker` of `workers`.
// state.recovery must be set. False when shared memory could not be had.
bool callKernel(ExecState &state, const KernelCall &call, int64_t begin, int64_t end,
                int64_t worker, int64_t workers);

// Records on the call's stream what the trap in `state` was, and cleans up after
// the interrupted kernel. To be called after the jump to state.recovery.
void recoverFromTrap(ExecState &state);

// The deadline of a call that starts now; 0 without a timeout.
inline uint64_t deadlineAfter(uint64_t timeoutMs) {
  return timeoutMs == 0 ? 0 : nowNs() + timeoutMs * 1000000u;
}

// A failure of `call` with the kernel's name and place in the message.
Status kernelFailure(const KernelCall &call, const std::string &what);
Status timeoutFailure(const KernelCall &call);

} // namespace vyre::rt::host

#endif // VYRE_RT_HOST_EXEC_H
