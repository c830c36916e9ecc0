// The threads of one block as fibers: for kernels whose barriers cannot be
// split at compile time.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// All fibers of a block run on one OS thread, one after the other, each until
// it reaches a barrier or ends. When every live fiber of a subgroup has had its
// turn, those at a subgroup's barrier go on; when all of them wait for the block
// or have ended, the next subgroup has its turn. Then the next round begins.
#ifndef VYRE_RT_HOST_FIBER_H
#define VYRE_RT_HOST_FIBER_H

#include "Exec.h"

#include <vector>

namespace vyre::rt::host {

// A saved machine context and the stack it lives on.
struct Fiber;

// Whom a fiber waits for.
enum class FiberWait { None, Subgroup, Block };

class FiberBlock {
public:
  explicit FiberBlock(ExecState &state);
  ~FiberBlock();
  FiberBlock(const FiberBlock &) = delete;
  FiberBlock &operator=(const FiberBlock &) = delete;

  // Runs x*y*z fibers to their ends. False when their stacks could not be had.
  bool run(vyre_host_thread_fn thread, void *frame, int64_t x, int64_t y, int64_t z,
           vyre_host_ctx *ctx);
  // From inside a fiber: lets the others arrive, then returns.
  void barrier(FiberWait wait);
  // From inside a fiber: ends it.
  [[noreturn]] void exitThread();
  // Before a jump out of a fiber: tells the sanitizers which stack comes next.
  void announceJump();
  // After a jump out of a fiber: forgets all fibers of the block.
  void abandon();

private:
  static void entry();
  void fiberLoop(Fiber &self);
  bool prepare(size_t count);
  void resume(Fiber &fiber);
  // Runs fibers [first, last), one subgroup, until each has ended or waits for
  // the block. False when all have ended.
  bool runSubgroup(size_t first, size_t last);

  ExecState &state;
  std::vector<Fiber *> fibers; // stacks are kept for the next block
  size_t used = 0;             // fibers of the block that is running
  Fiber *scheduler;
  Fiber *current = nullptr;
  vyre_host_thread_fn thread = nullptr;
  void *frame = nullptr;
  vyre_host_ctx *ctx = nullptr;
};

} // namespace vyre::rt::host

#endif // VYRE_RT_HOST_FIBER_H
