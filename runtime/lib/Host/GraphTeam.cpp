// The queue of ready nodes, and its members' loop.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "GraphTeam.h"

#include <algorithm>
#include <new>

namespace vyre::rt::host {

GraphTeam::GraphTeam(const HostGraphReplay &values, uint64_t times, Pool &pool, uint64_t timeoutMs)
    : values(values), plan(values.order()), stream(values.stream()), pool(pool),
      timeoutMs(timeoutMs), timesLeft(times),
      waiting(new (std::nothrow) std::atomic<uint32_t>[plan.size()]),
      queue(new (std::nothrow) std::atomic<uint64_t>[plan.size()]) {}

void GraphTeam::run(ExecState &leader) { Team::run(leader, pool, plan.width() - 1); }

void GraphTeam::prepare() {
  for (uint32_t slot = 0; slot != plan.size(); ++slot)
    queue[slot].store(0, std::memory_order_relaxed);
  beginReplay();
}

// Nobody has a node now.
void GraphTeam::beginReplay() {
  --timesLeft;
  done.store(0, std::memory_order_relaxed);
  for (uint32_t node = 0; node != plan.size(); ++node)
    waiting[node].store(plan.waits(node), std::memory_order_relaxed);
  for (uint32_t node = 0; node != plan.size(); ++node)
    if (plan.waits(node) == 0)
      put(node);
}

void GraphTeam::put(uint32_t node) {
  uint64_t at = tail.fetch_add(1, std::memory_order_relaxed);
  uint64_t round = at / plan.size() + 1;
  queue[at % plan.size()].store(round << 32 | node, std::memory_order_release);
}

// A ready node, or none.
uint32_t GraphTeam::take() {
  uint64_t at = head.load(std::memory_order_relaxed);
  for (;;) {
    uint64_t slot = queue[at % plan.size()].load(std::memory_order_acquire);
    if (slot >> 32 != at / plan.size() + 1)
      return none;
    if (head.compare_exchange_weak(at, at + 1, std::memory_order_relaxed))
      return uint32_t(slot);
  }
}

// Passes on that `node` is done. The node to go on with, or none.
uint32_t GraphTeam::complete(uint32_t node, bool goesOn) {
  uint32_t next = none;
  for (const uint32_t *to = plan.followersBegin(node); to != plan.followersEnd(node); ++to) {
    if (waiting[*to].fetch_sub(1, std::memory_order_acq_rel) != 1)
      continue;
    // This thread has the caches; but what waits in the queue must advance too.
    bool isNext = next == none && (goesOn || head.load(std::memory_order_relaxed) ==
                                                 tail.load(std::memory_order_relaxed));
    if (isNext)
      next = *to;
    else
      put(*to);
  }
  if (done.fetch_add(1, std::memory_order_acq_rel) + 1 != plan.size())
    return next;
  if (timesLeft != 0 && !stream.failed())
    beginReplay();
  else
    finished.store(true, std::memory_order_release);
  return none;
}

void GraphTeam::runMember(ExecState &state, unsigned) {
  sigjmp_buf here;
  sigjmp_buf *outer = state.recovery;
  volatile uint32_t current = none, inRow = 0; // survive a trap's jump
  if (sigsetjmp(here, 0) != 0) {
    recoverFromTrap(state);
    current = complete(current, false); // the others must not wait for it
  }
  state.recovery = &here;
  Spinner spin(0);
  while (!finished.load(std::memory_order_acquire)) {
    uint32_t node = current == none ? take() : current;
    current = node;
    if (node == none) {
      spin.stepForever();
      continue;
    }
    spin.reset();
    // A failed stream runs no more nodes, but passes them on.
    if (!stream.failed())
      values.runNode(node, state, pool, timeoutMs);
    inRow = inRow + 1;
    current = complete(node, inRow % rowLength != 0);
  }
  state.recovery = outer;
}

} // namespace vyre::rt::host
