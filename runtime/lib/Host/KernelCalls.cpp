// The functions that host-lowered kernels call.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Exec.h"
#include "Fiber.h"
#include "Gang.h"
#include "Trap.h"

#include <cstdarg>
#include <cstdio>

using namespace vyre::rt;
using namespace vyre::rt::host;

static ExecState &stateOf(vyre_host_ctx *ctx) {
  return *static_cast<ExecState *>(ctx->runtime_state);
}

// Fails the launch that `state` is running.
static void failLaunch(ExecState &state, const std::string &what) {
  const KernelCall *call = state.running;
  if (call)
    call->stream->fail(kernelFailure(*call, what));
}

extern "C" {

int32_t vyreHostGridBarrier(vyre_host_ctx *ctx) {
  ExecState &state = stateOf(ctx);
  RuntimeSection section(state);
  if (state.gang)
    return state.gang->barrier() ? 0 : 1;
  failLaunch(state, "a grid barrier needs a cooperative launch");
  return 1;
}

int32_t vyreHostNeighbourBarrier(int64_t distance, vyre_host_ctx *ctx) {
  ExecState &state = stateOf(ctx);
  RuntimeSection section(state);
  if (state.gang)
    return state.gang->neighbours(unsigned(ctx->worker), distance) ? 0 : 1;
  failLaunch(state, "waiting for neighbours needs a cooperative launch");
  return 1;
}

void vyreHostRunFibers(vyre_host_thread_fn thread, void *frame, int64_t x, int64_t y, int64_t z,
                       vyre_host_ctx *ctx) {
  ExecState &state = stateOf(ctx);
  RuntimeSection section(state);
  if (x <= 0 || y <= 0 || z <= 0)
    return;
  if (!state.fibers)
    state.fibers = new FiberBlock(state);
  if (!state.fibers->run(thread, frame, x, y, z, ctx)) {
    failLaunch(state, "out of memory for the stacks of a block's threads");
    leaveKernel(state);
  }
}

void vyreHostFiberBarrier(vyre_host_ctx *ctx) {
  ExecState &state = stateOf(ctx);
  RuntimeSection section(state);
  if (state.inFibers)
    state.fibers->barrier(FiberWait::Block);
}

void vyreHostFiberSubgroupBarrier(vyre_host_ctx *ctx) {
  ExecState &state = stateOf(ctx);
  RuntimeSection section(state);
  if (state.inFibers)
    state.fibers->barrier(FiberWait::Subgroup);
}

void vyreHostAssertFail(vyre_cstr message, vyre_cstr file, uint32_t line, vyre_cstr function,
                        const int64_t *block, const int64_t *thread, vyre_host_ctx *ctx) {
  ExecState &state = stateOf(ctx);
  RuntimeSection section(state);
  std::fprintf(stderr,
               "%s:%u: %s: block: [%lld,%lld,%lld], thread: [%lld,%lld,%lld] Assertion `%s` "
               "failed.\n",
               file, line, function, (long long)block[0], (long long)block[1], (long long)block[2],
               (long long)thread[0], (long long)thread[1], (long long)thread[2], message);
  failLaunch(state, std::string("device assertion `") + message + "` failed");
  if (state.inFibers)
    state.fibers->exitThread();
  leaveKernel(state);
}

void vyreHostFail(vyre_cstr message, vyre_host_ctx *ctx) {
  ExecState &state = stateOf(ctx);
  RuntimeSection section(state);
  failLaunch(state, message);
}

void *vyreHostFrame(vyre_host_ctx *ctx, int64_t number, int64_t bytes) {
  ExecState &state = stateOf(ctx);
  void *memory;
  {
    RuntimeSection section(state);
    memory = state.frame(size_t(number), size_t(bytes));
    if (!memory)
      failLaunch(state, "out of memory for the private memory of a block's threads");
  }
  if (!memory)
    leaveKernel(state);
  return memory;
}

int32_t vyreHostPrintf(vyre_cstr format, ...) {
  RuntimeSection section(execState());
  va_list arguments;
  va_start(arguments, format);
  int written = std::vprintf(format, arguments);
  va_end(arguments);
  return written;
}

} // extern "C"
