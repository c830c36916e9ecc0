// Calls kernels and keeps the per-thread state that they run with.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Exec.h"
#include "Fiber.h"
#include "Trap.h"
#include "Watchdog.h"

#include <cstdio>
#include <cstdlib>
#include <signal.h>

namespace vyre::rt::host {

ExecState::~ExecState() {
  delete fibers;
  std::free(scratch.memory);
  for (Frame &block : frames)
    std::free(block.memory);
}

void *ExecState::grow(Frame &block, size_t bytes) {
  if (bytes > block.bytes) {
    std::free(block.memory);
    block.bytes = (bytes + 4095) / 4096 * 4096;
    block.memory = std::aligned_alloc(64, block.bytes);
    if (!block.memory)
      block.bytes = 0;
  }
  return block.memory;
}

void *ExecState::sharedScratch(int64_t bytes) { return grow(scratch, size_t(bytes)); }

void *ExecState::frame(size_t number, size_t bytes) {
  if (number >= frames.size())
    frames.resize(number + 1);
  return grow(frames[number], bytes);
}

namespace {
// Ends with the thread. The pointer beside it makes the usual look-up one load,
// and is what the trap handler reads.
struct ExecOwner {
  ExecState state;
  TrapStack stack;
  ExecOwner() { watch(state); }
  ~ExecOwner() {
    unwatch(state);
    setTrapState(nullptr);
  }
};
} // namespace

ExecState &execState() {
  if (ExecState *ready = trapState())
    return *ready;
  static thread_local ExecOwner owner;
  installTrapHandlers();
  setTrapState(&owner.state);
  return owner.state;
}

bool callKernel(ExecState &state, const KernelCall &call, int64_t begin, int64_t end,
                int64_t worker, int64_t workers) {
  vyre_host_ctx &ctx = state.ctx;
  ctx.dynamic_shared = nullptr;
  if (call.dynamicSharedBytes > 0) {
    ctx.dynamic_shared = state.sharedScratch(call.dynamicSharedBytes);
    if (!ctx.dynamic_shared) {
      call.stream->fail(kernelFailure(call, "out of memory for its shared memory"));
      return false;
    }
  }
  ctx.struct_size = sizeof ctx;
  ctx.version = VYRE_ABI_VERSION;
  ctx.block_begin = begin;
  ctx.block_end = end;
  ctx.grid_x = call.grid[0];
  ctx.grid_y = call.grid[1];
  ctx.grid_z = call.grid[2];
  ctx.block_x = call.block[0];
  ctx.block_y = call.block[1];
  ctx.block_z = call.block[2];
  ctx.worker = worker;
  ctx.worker_count = workers;
  ctx.dynamic_shared_bytes = call.dynamicSharedBytes;
  ctx.runtime_state = &state;
  state.running = &call;
  if (call.deadlineNs != 0) {
    state.late = false;
    state.deadlineNs.store(call.deadlineNs, std::memory_order_relaxed);
  }
  call.kernel->host_fn(call.args, &ctx);
  state.running = nullptr;
  if (call.deadlineNs != 0)
    state.deadlineNs.store(0, std::memory_order_relaxed);
  return true;
}

Status kernelFailure(const KernelCall &call, const std::string &what) {
  std::string message = "kernel '";
  message += call.kernel->name ? call.kernel->name : "?";
  message += "'";
  if (call.location) {
    message += " launched at ";
    message += call.location;
  }
  return {VYRE_KERNEL_FAILED, message + ": " + what};
}

Status timeoutFailure(const KernelCall &call) {
  return {VYRE_TIMEOUT, kernelFailure(call, "did not end within VYRE_TIMEOUT_MS").message()};
}

// The cause in words.
static std::string trapText(int signal, int code, const void *address) {
  char place[32];
  std::snprintf(place, sizeof place, "%p", address);
  switch (signal) {
  case SIGFPE:
    return code == FPE_INTDIV ? "integer division by zero" : "arithmetic trap";
  case SIGILL:
  case SIGTRAP:
    return "trap";
  default:
    return std::string("illegal memory access at ") + place;
  }
}

void recoverFromTrap(ExecState &state) {
  const KernelCall *call = state.running;
  state.running = nullptr;
  state.inRuntime = state.late = false;
  state.deadlineNs.store(0, std::memory_order_relaxed);
  if (state.inFibers) {
    state.inFibers = false;
    state.fibers->abandon();
  }
  if (state.trapSignal == timeoutSignal())
    call->stream->fail(timeoutFailure(*call));
  else if (state.trapSignal != 0)
    call->stream->fail(
        kernelFailure(*call, trapText(state.trapSignal, state.trapCode, state.trapAddress)));
  state.trapSignal = 0;
}

} // namespace vyre::rt::host
