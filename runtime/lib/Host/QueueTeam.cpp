// The members' loop: waiting for items, running them, leaving.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "QueueTeam.h"

#include <algorithm>

namespace vyre::rt::host {

QueueTeam::QueueTeam(const vyre_queue_desc &record, HostRing &memory, Stream &onStream,
                     uint64_t timeout)
    : queue(record), ring(memory), stream(onStream), timeoutMs(timeout),
      first(memory.first().load(std::memory_order_relaxed)), settledItems(first), published(first) {
}

void QueueTeam::run(ExecState &leader, Pool &pool) {
  uint64_t most = ring.workers;
  if (queue.max_blocks > 0) // more members would only have to be waited for
    most = std::min(most, uint64_t(queue.max_blocks));
  Team::run(leader, pool, uint32_t(most - 1));
}

void QueueTeam::prepare() {
  for (unsigned index = 0; index != size; ++index) {
    ring.members[index].index = index;
    ring.members[index].at = ring.members[index].seen = first;
    ring.members[index].afterOrdered = false;
  }
}

void QueueTeam::runMember(ExecState &state, unsigned index) {
  QueueMember &member = ring.members[index];
  sigjmp_buf here;
  sigjmp_buf *outer = state.recovery;
  // All progress is in `member`, so that a jump back here loses nothing.
  if (sigsetjmp(here, 0) != 0) {
    recoverFromTrap(state);
    arrive(member);
  }
  state.recovery = &here;
  while (awaitItem(member)) {
    runItem(state, member);
    arrive(member);
  }
  state.recovery = outer;
  if (index != 0 || ring.state.load(std::memory_order_relaxed) != HostRing::leaving)
    return;
  // The last that this run does with the ring: it belongs to the next one.
  ring.left().store(1, std::memory_order_seq_cst);
  if (ring.waiters.load(std::memory_order_seq_cst) != 0)
    ring.wakeWaiters();
}

// True when item member.at is there, false when the member is to leave.
bool QueueTeam::awaitItem(QueueMember &member) {
  if (member.at != member.seen)
    return true;
  return member.index == 0 ? pollRing(member) : follow(member);
}

bool QueueTeam::pollRing(QueueMember &member) {
  Spinner spin(idleYieldNs);
  for (;;) {
    uint64_t tail = ring.tail().load(std::memory_order_acquire);
    if ((tail & ~VYRE_QUEUE_CLOSED) != member.at) {
      member.seen = tail & ~VYRE_QUEUE_CLOSED;
      publish(member.seen);
      return true;
    }
    if (!settled(member)) {
      spin.stepForever(); // others still run items
      continue;
    }
    tellDone(member);
    if (tail & VYRE_QUEUE_CLOSED) {
      publish(member.at | leaveFlag);
      return false;
    }
    if (!spin.step()) {
      if (!sleepUntilPush(member)) {
        publish(member.at | leaveFlag);
        return false;
      }
      spin.reset();
    }
  }
}

// True once there is something new in the ring. False when nothing came for so long that
// the kernel leaves; a push after that finds `leaving`.
bool QueueTeam::sleepUntilPush(const QueueMember &member) {
  auto nothingNew = [&] { return ring.tail().load(std::memory_order_seq_cst) == member.at; };
  uint64_t begin = nowNs();
  for (;;) {
    ring.state.store(HostRing::asleep, std::memory_order_seq_cst);
    heavyFence();
    uint64_t elapsed = nowNs() - begin;
    if (elapsed >= ring.idleNs)
      break;
    if (nothingNew())
      futexWait(ring.state, HostRing::asleep, ring.idleNs - elapsed);
    if (!nothingNew()) {
      ring.state.store(HostRing::polling, std::memory_order_relaxed);
      return true;
    }
  }
  ring.state.store(HostRing::leaving, std::memory_order_seq_cst);
  heavyFence();
  if (nothingNew())
    return false;
  ring.state.store(HostRing::polling, std::memory_order_release);
  return true;
}

// As pollRing, for the members who hear of items from member 0.
bool QueueTeam::follow(QueueMember &member) {
  Spinner spin(idleYieldNs);
  for (;;) {
    uint64_t value = published.load(std::memory_order_acquire);
    if ((value & ~leaveFlag) != member.at) {
      member.seen = value & ~leaveFlag;
      return true;
    }
    if (value & leaveFlag)
      return false;
    if (spin.step())
      continue;
    sleepers.fetch_add(1, std::memory_order_seq_cst);
    heavyFence();
    uint32_t seen = signal.load(std::memory_order_seq_cst);
    if (published.load(std::memory_order_seq_cst) == value)
      futexWait(signal, seen, sleepBoundNs * 50);
    sleepers.fetch_sub(1, std::memory_order_relaxed);
    spin.reset();
  }
}

void QueueTeam::publish(uint64_t value) {
  if (size == 1)
    return;
  if (ring.asymmetric) {
    published.store(value, std::memory_order_release);
    std::atomic_signal_fence(std::memory_order_seq_cst);
  } else {
    published.exchange(value, std::memory_order_seq_cst);
  }
  if (sleepers.load(std::memory_order_relaxed) == 0)
    return;
  signal.fetch_add(1, std::memory_order_seq_cst);
  futexWake(signal, INT32_MAX);
}

// True when all members are done with all items before the one where
// `member` is. The sum is exact if that one is in order, or the last: who
// is ahead waits there for it, and once it is reached somebody may already have passed.
bool QueueTeam::settled(const QueueMember &member) const {
  return size == 1 || arrived.load(std::memory_order_acquire) >= (member.at - first) * size;
}

// Member 0, once settled: tells the host.
void QueueTeam::tellDone(const QueueMember &member) {
  if (settledItems == member.at)
    return;
  settledItems = member.at;
  ring.publishDone(member.at);
}

void QueueTeam::runItem(ExecState &state, QueueMember &member) {
  auto &item = *reinterpret_cast<const QueueItem *>(ring.slot(member.at));
  // A concurrent item needs the one in order before it, as that needs all before it.
  bool inOrder = !(item.flags & VYRE_QUEUE_CONCURRENT);
  Spinner spin(0);
  while ((inOrder || member.afterOrdered) && !settled(member))
    spin.stepForever();
  // A host that waits for a free slot hears of it now and then, of the last item at once.
  if (inOrder && member.index == 0 && member.at % itemsPerReport == 0)
    tellDone(member);
  member.afterOrdered = inOrder;
  if (!stream.failed())
    callShare(state, member, item);
}

void QueueTeam::callShare(ExecState &state, QueueMember &member, const QueueItem &item) {
  // Contiguous shares. Those of short concurrent items go round, so that each finds
  // another member free.
  uint64_t turn = item.flags & VYRE_QUEUE_CONCURRENT ? member.at : 0;
  int64_t place = int64_t((member.index + turn) % size);
  int64_t total = item.grid[0] * item.grid[1] * item.grid[2];
  int64_t share = total / size, extra = total % size;
  int64_t begin = place * share + std::min(place, extra);
  int64_t end = begin + share + (place < extra ? 1 : 0);
  if (begin == end)
    return;
  member.call = {queue.kernels[item.kernel],
                 item.args(),
                 {item.grid[0], item.grid[1], item.grid[2]},
                 {item.block[0], item.block[1], item.block[2]},
                 item.dynamicSharedBytes,
                 ring.locations[member.at % VYRE_QUEUE_ITEMS].load(std::memory_order_relaxed),
                 &stream,
                 deadlineAfter(timeoutMs)};
  bool spans = tracing() && stream.isTraced;
  uint64_t beginNs = spans ? nowNs() : 0;
  callKernel(state, member.call, begin, end, member.index, size);
  if (spans)
    traceSpan(stream.id, "kernel", member.call.kernel->name, beginNs, nowNs());
}

// The member is done with its item. What it wrote is visible to who sees the count.
void QueueTeam::arrive(QueueMember &member) {
  ++member.at;
  if (size != 1)
    arrived.fetch_add(1, std::memory_order_acq_rel);
}

} // namespace vyre::rt::host
