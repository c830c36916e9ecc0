// How the host waits for a resident kernel of the host device, and wakes it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two sides that each announce something and then look at what the other announced need
// a full fence in between. The side that does so for each item pays nothing: the other
// one, which is about to sleep, makes it pass a barrier (Wait.h).
#include "HostQueue.h"
#include "HostStream.h"

#include <cstdlib>
#include <cstring>
#include <new>

namespace vyre::rt::host {

HostRing::HostRing(unsigned workerCount, uint64_t idle)
    : idleNs(idle), asymmetric(hasAsymmetricFence()), members(new QueueMember[workerCount]),
      workers(workerCount) {
  memory = static_cast<unsigned char *>(std::aligned_alloc(64, queueRingBytes));
  if (!memory)
    throw std::bad_alloc();
  std::memset(memory, 0, queueRingBytes);
  attention = &state;
  fencesPush = !asymmetric;
}

HostRing::~HostRing() { std::free(memory); }

void HostRing::publishDone(uint64_t items) {
  if (asymmetric) {
    done().store(items, std::memory_order_release);
    std::atomic_signal_fence(std::memory_order_seq_cst);
  } else {
    done().exchange(items, std::memory_order_seq_cst);
  }
  if (waiters.load(std::memory_order_relaxed) != 0 &&
      items >= wanted.load(std::memory_order_seq_cst))
    wakeWaiters();
}

void HostRing::wakeWaiters() {
  wanted.store(UINT64_MAX, std::memory_order_seq_cst); // who is not served says so again
  doneSignal.fetch_add(1, std::memory_order_seq_cst);
  futexWake(doneSignal, INT32_MAX);
}

void HostRing::await(uint64_t item) {
  auto over = [&] {
    return done().load(std::memory_order_acquire) >= item ||
           left().load(std::memory_order_acquire) != 0;
  };
  Spinner spin(idleYieldNs);
  while (!over()) {
    if (spin.step())
      continue;
    uint64_t least = wanted.load(std::memory_order_relaxed);
    while (item < least && !wanted.compare_exchange_weak(least, item, std::memory_order_seq_cst))
      ;
    waiters.fetch_add(1, std::memory_order_seq_cst);
    heavyFence();
    uint32_t seen = doneSignal.load(std::memory_order_seq_cst);
    if (!over())
      futexWait(doneSignal, seen, sleepBoundNs);
    waiters.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
}

void HostRing::wakeKernel() {
  uint32_t expected = asleep;
  if (state.compare_exchange_strong(expected, polling, std::memory_order_seq_cst)) {
    futexWake(state, 1);
    return;
  }
  // It has nothing left to do but to go, or sees what was pushed and stays. The
  // caller then knows which.
  Spinner spin(0);
  while (state.load(std::memory_order_acquire) == leaving &&
         left().load(std::memory_order_acquire) == 0)
    spin.stepForever();
}

Status startHostQueue(const vyre_queue_desc &queue, HostRing &ring, HostStream &stream) {
  for (uint32_t i = 0; i != queue.kernel_count; ++i)
    if (const vyre_kernel_desc *kernel = queue.kernels[i]; !kernel || !kernel->host_fn)
      return {VYRE_UNAVAILABLE, std::string("kernel '") +
                                    (kernel && kernel->name ? kernel->name : "?") +
                                    "' has no code for the host device"};
  // Otherwise the pushing thread would run the kernel that waits for its pushes.
  if (!stream.hasThread())
    return {VYRE_UNAVAILABLE, "no thread can be started for the resident kernel"};
  ring.state.store(HostRing::polling, std::memory_order_relaxed);
  Item *item = stream.begin(ItemKind::Queue, 0);
  item->queue = {&queue, &ring};
  stream.commit();
  return {};
}

} // namespace vyre::rt::host
