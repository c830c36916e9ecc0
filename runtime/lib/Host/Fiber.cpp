// Fiber stacks, the switch between them, and the block scheduler.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Fiber.h"
#include "FiberContext.h"

#include <algorithm>
#include <cstdlib>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define VYRE_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define VYRE_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define VYRE_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define VYRE_TSAN 1
#endif
#ifdef VYRE_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef VYRE_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace vyre::rt::host {

namespace {
// Reserved, not touched: only pages that a thread uses take memory.
constexpr size_t stackBytes = 1024 * 1024; // CUDA: 512 KiB of private memory
// Threads of a subgroup, as the compiler numbers lanes.
constexpr size_t subgroupSize = 32;
} // namespace

struct Fiber {
  FiberContext context;
  void *mapping = nullptr; // guard page, then the stack; null for the scheduler
  size_t mappingBytes = 0;
  const void *stackBottom = nullptr;
  size_t stackSize = 0;
  int64_t id[3] = {0, 0, 0};
  bool started = false; // its context is valid: it waits in fiberLoop or at a barrier
  bool finished = true; // its thread of the block has ended
  FiberWait wait = FiberWait::None;
#ifdef VYRE_ASAN
  void *fakeStack = nullptr;
#endif
#ifdef VYRE_TSAN
  void *tsan = nullptr;
#endif

  ~Fiber() {
#ifdef VYRE_TSAN
    if (mapping && tsan)
      __tsan_destroy_fiber(tsan);
#endif
    if (mapping)
      ::munmap(mapping, mappingBytes);
  }

  // False when there is no memory for the stack.
  bool mapStack() {
    size_t page = size_t(::sysconf(_SC_PAGESIZE));
    mappingBytes = stackBytes + page;
    void *memory = ::mmap(nullptr, mappingBytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED)
      return false;
    // The number of mappings is limited; without a guard page the fiber still
    // works, so running out of mappings is not an error.
    (void)!::mprotect(memory, page, PROT_NONE);
    mapping = memory;
    stackBottom = static_cast<char *>(memory) + page;
    stackSize = stackBytes;
#ifdef VYRE_TSAN
    tsan = __tsan_create_fiber(0);
#endif
    return true;
  }
};

// The one switch: saves `from`, continues `to`, and tells the sanitizers.
static void switchFiber(Fiber &from, Fiber &to, bool fromEnds) {
#ifdef VYRE_ASAN
  __sanitizer_start_switch_fiber(fromEnds ? nullptr : &from.fakeStack, to.stackBottom,
                                 to.stackSize);
#endif
#ifdef VYRE_TSAN
  __tsan_switch_to_fiber(to.tsan, 0);
#endif
  (void)fromEnds;
  FiberContext::swap(from.context, to.context);
#ifdef VYRE_ASAN
  __sanitizer_finish_switch_fiber(from.fakeStack, nullptr, nullptr);
#endif
}

FiberBlock::FiberBlock(ExecState &owner) : state(owner), scheduler(new Fiber) {}

FiberBlock::~FiberBlock() {
  for (Fiber *fiber : fibers)
    delete fiber;
  delete scheduler;
}

// The first function of every fiber; finds its block through the thread.
void FiberBlock::entry() {
  FiberBlock *block = execState().fibers;
#ifdef VYRE_ASAN
  Fiber &home = *block->scheduler;
  __sanitizer_finish_switch_fiber(nullptr, &home.stackBottom, &home.stackSize);
#endif
  block->fiberLoop(*block->current);
}

// A fiber runs one thread of a block, then waits here for the next block.
void FiberBlock::fiberLoop(Fiber &self) {
  for (;;) {
    state.inRuntime = false; // the thread's own code, until it calls or returns
    thread(frame, self.id[0], self.id[1], self.id[2], ctx);
    state.inRuntime = true;
    self.finished = true;
    switchFiber(self, *scheduler, false);
  }
}

bool FiberBlock::prepare(size_t count) {
  while (fibers.size() < count) {
    auto fiber = std::make_unique<Fiber>();
    if (!fiber->mapStack())
      return false;
    fibers.push_back(fiber.release());
  }
  for (size_t i = 0; i != count; ++i) {
    Fiber &fiber = *fibers[i];
    fiber.finished = false;
    fiber.wait = FiberWait::None;
    if (fiber.started)
      continue;
    fiber.context.start(const_cast<void *>(fiber.stackBottom), fiber.stackSize, &FiberBlock::entry);
    fiber.started = true;
  }
  used = count;
  return true;
}

void FiberBlock::resume(Fiber &fiber) {
  current = &fiber;
  switchFiber(*scheduler, fiber, false);
  current = nullptr;
}

bool FiberBlock::runSubgroup(size_t first, size_t last) {
  for (;;) {
    bool alive = false, meets = false;
    for (size_t i = first; i != last; ++i) {
      Fiber &fiber = *fibers[i];
      if (!fiber.finished && fiber.wait == FiberWait::None)
        resume(fiber);
      if (fiber.finished)
        continue;
      alive = true;
      meets |= fiber.wait == FiberWait::Subgroup;
    }
    if (!meets)
      return alive;
    for (size_t i = first; i != last; ++i)
      if (fibers[i]->wait == FiberWait::Subgroup)
        fibers[i]->wait = FiberWait::None;
  }
}

bool FiberBlock::run(vyre_host_thread_fn function, void *blockFrame, int64_t x, int64_t y,
                     int64_t z, vyre_host_ctx *context) {
  size_t count = size_t(x) * size_t(y) * size_t(z);
  if (!prepare(count))
    return false;
  thread = function;
  frame = blockFrame;
  ctx = context;
  for (size_t i = 0; i != count; ++i) {
    fibers[i]->id[0] = int64_t(i) % x;
    fibers[i]->id[1] = int64_t(i) / x % y;
    fibers[i]->id[2] = int64_t(i) / x / y;
  }
#ifdef VYRE_TSAN
  scheduler->tsan = __tsan_get_current_fiber();
#endif
  state.inFibers = true;
  for (bool alive = true; alive;) {
    alive = false;
    for (size_t first = 0; first < count; first += subgroupSize)
      alive |= runSubgroup(first, std::min(first + subgroupSize, count));
    for (size_t i = 0; i != count; ++i)
      fibers[i]->wait = FiberWait::None;
  }
  state.inFibers = false;
  return true;
}

void FiberBlock::barrier(FiberWait wait) {
  Fiber &self = *current;
  self.wait = wait;
  switchFiber(self, *scheduler, false);
}

void FiberBlock::exitThread() {
  Fiber &self = *current;
  self.finished = true;
  self.started = false; // its stack is given up where it stands
  switchFiber(self, *scheduler, true);
  __builtin_unreachable();
}

void FiberBlock::announceJump() {
#ifdef VYRE_TSAN
  __tsan_switch_to_fiber(scheduler->tsan, 0);
#endif
#ifdef VYRE_ASAN
  __sanitizer_start_switch_fiber(nullptr, scheduler->stackBottom, scheduler->stackSize);
#endif
}

void FiberBlock::abandon() {
#ifdef VYRE_ASAN
  __sanitizer_finish_switch_fiber(scheduler->fakeStack, nullptr, nullptr);
#endif
  for (size_t i = 0; i != used; ++i)
    fibers[i]->started = false;
  current = nullptr;
}

} // namespace vyre::rt::host
