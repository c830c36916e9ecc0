// The ring, its executor and the own thread of a host stream.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "HostStream.h"

#include <cstdlib>

namespace vyre::rt::host {

HostStream::HostStream(Device &owner, Pool &workers, uint64_t timeout)
    : Stream(owner), pool(workers), timeoutMs(timeout), asymmetric(hasAsymmetricFence()),
      ring(new Item[ringSlots]) {}

HostStream::~HostStream() = default;

Item *HostStream::begin(ItemKind kind, uint64_t payloadBytes) {
  void *heap = nullptr;
  if (payloadBytes > maxInlineBytes && !(heap = std::malloc(payloadBytes)))
    return nullptr;
  uint64_t inlineBytes = heap ? sizeof(void *) : payloadBytes;
  uint64_t slots = 1 + (inlineBytes + sizeof(Item) - 1) / sizeof(Item);

  lockProducers();
  uint64_t at = tail.load(std::memory_order_relaxed);
  uint64_t toEnd = ringSlots - at % ringSlots;
  uint64_t pad = slots > toEnd ? toEnd : 0;
  if (at + pad + slots - seenHead > ringSlots) {
    // A full ring means that the executor is behind: give it the core.
    while (at + pad + slots - (seenHead = head.load(std::memory_order_acquire)) > ringSlots)
      ::sched_yield();
  }
  if (pad != 0) {
    Item &filler = slot(at);
    filler.kind = ItemKind::Pad;
    filler.slots = uint16_t(pad);
  }
  Item &item = slot(at + pad);
  item.kind = kind;
  item.heapPayload = heap != nullptr;
  item.slots = uint16_t(slots);
  item.payloadBytes = uint32_t(payloadBytes);
  if (heap)
    *reinterpret_cast<void **>(&item + 1) = heap;
  reserved = at + pad + slots;
  return &item;
}

void HostStream::lockProducers() {
  if (ownedByThread)
    return;
  while (producing.exchange(1, std::memory_order_acquire) != 0)
    while (producing.load(std::memory_order_relaxed) != 0)
      ::sched_yield();
}

void HostStream::commit() {
  // The publication must come before the look at `parked`: the thread sets that
  // and then looks at the tail once more. Its heavy fence orders our two
  // accesses; without one the exchange does.
  if (asymmetric) {
    tail.store(reserved, std::memory_order_release);
    std::atomic_signal_fence(std::memory_order_seq_cst);
  } else {
    tail.exchange(reserved, std::memory_order_seq_cst);
  }
  int state = threadState.load(std::memory_order_relaxed);
  if (state == 0) {
    startThread();
    state = threadState.load(std::memory_order_relaxed);
  }
  if (!ownedByThread)
    producing.store(0, std::memory_order_release);
  if (state == 2)
    drain(); // no thread to be had: the stream is synchronous
  else if (parked.load(std::memory_order_relaxed) != 0)
    wakeThread();
}

void HostStream::startThread() {
  auto entry = [](void *self) -> void * {
    static_cast<HostStream *>(self)->threadMain();
    return nullptr;
  };
  bool started = ::pthread_create(&thread, nullptr, entry, this) == 0;
  threadState.store(started ? 1 : 2, std::memory_order_relaxed);
}

bool HostStream::hasThread() {
  if (threadState.load(std::memory_order_relaxed) == 0)
    startThread();
  return threadState.load(std::memory_order_relaxed) == 1;
}

void HostStream::wakeThread() {
  if (parked.exchange(0, std::memory_order_seq_cst) != 0)
    futexWake(parked, 1);
}

// True when this thread executed what there was up to `limit`; false when
// another thread is executing.
bool HostStream::tryExecute(uint64_t limit) {
  if (executing.load(std::memory_order_relaxed) != 0 ||
      executing.exchange(1, std::memory_order_acquire) != 0)
    return false;
  executeUntil(limit);
  executing.exchange(0, std::memory_order_seq_cst);
  if (syncWaiters.load(std::memory_order_seq_cst) != 0) {
    doneSignal.fetch_add(1, std::memory_order_seq_cst);
    futexWake(doneSignal, INT32_MAX);
  }
  // Items beyond the limit are the own thread's, which may have gone to sleep
  // because it found this thread executing.
  if (parked.load(std::memory_order_seq_cst) != 0 && !idle())
    wakeThread();
  return true;
}

void HostStream::executeUntil(uint64_t limit) {
  ExecState &state = execState();
  sigjmp_buf here;
  sigjmp_buf *outer = state.recovery;
  // All progress is in members, so that a jump back here loses nothing.
  if (sigsetjmp(here, 0) != 0) {
    recoverFromTrap(state);
    finish(slot(head.load(std::memory_order_relaxed)));
  }
  state.recovery = &here;
  for (;;) {
    uint64_t at = head.load(std::memory_order_relaxed);
    if (at >= limit)
      break;
    if (at == seenTail && at == (seenTail = tail.load(std::memory_order_acquire)))
      break;
    Item &item = slot(at);
    execute(item);
    finish(item);
  }
  state.recovery = outer;
}

void HostStream::finish(Item &item) {
  if (item.heapPayload && item.kind != ItemKind::Pad)
    std::free(item.payload());
  head.store(head.load(std::memory_order_relaxed) + item.slots, std::memory_order_release);
}

void HostStream::drain() {
  uint64_t target = tail.load(std::memory_order_acquire);
  Spinner spin(idleYieldNs);
  while (int64_t(head.load(std::memory_order_acquire) - target) < 0) {
    if (tryExecute(target)) {
      continue;
    }
    if (spin.step())
      continue;
    syncWaiters.fetch_add(1, std::memory_order_seq_cst);
    uint32_t seen = doneSignal.load(std::memory_order_seq_cst);
    if (int64_t(head.load(std::memory_order_seq_cst) - target) < 0 &&
        executing.load(std::memory_order_seq_cst) != 0)
      futexWait(doneSignal, seen, sleepBoundNs);
    syncWaiters.fetch_sub(1, std::memory_order_relaxed);
  }
}

void HostStream::close() {
  drain();
  closing.store(true, std::memory_order_seq_cst);
  if (threadState.load(std::memory_order_acquire) == 1) {
    wakeThread();
    ::pthread_join(thread, nullptr);
    threadState.store(0, std::memory_order_relaxed);
  }
}

void HostStream::park() {
  parked.store(1, std::memory_order_seq_cst);
  heavyFence();
  bool nothing = tail.load(std::memory_order_seq_cst) == head.load(std::memory_order_seq_cst) ||
                 executing.load(std::memory_order_seq_cst) != 0;
  if (nothing && !closing.load(std::memory_order_seq_cst))
    futexWait(parked, 1, sleepBoundNs * 50);
  parked.store(0, std::memory_order_relaxed);
}

void HostStream::threadMain() {
  ::pthread_setname_np(::pthread_self(), "vyre-stream");
  Spinner spin(idleYieldNs);
  while (!closing.load(std::memory_order_acquire)) {
    if (!idle() && tryExecute(UINT64_MAX)) {
      spin.reset();
    } else if (!spin.step()) {
      park();
      spin.reset();
    }
  }
}

} // namespace vyre::rt::host
