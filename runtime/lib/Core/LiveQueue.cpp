// Pushing, waiting, restarting and closing: the host's side of the protocol.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "LiveQueue.h"
#include "Check.h"
#include "Counters.h"
#include "Trace.h"

#include <algorithm>
#include <cstring>
#include <thread>

namespace vyre::rt {

// Every item with a number that this divides waits for all before it, concurrent or
// not. So `done` moves at least that often, and nobody can be a whole ring behind.
constexpr uint64_t forcedOrder = VYRE_QUEUE_ITEMS / 2;

LiveQueue::LiveQueue(Stream &onStream, std::unique_ptr<QueueRing> memory)
    : stream(onStream), ring(std::move(memory)), onGpu(!onStream.device.isHost()) {}

Status LiveQueue::open(const vyre_queue_desc &queue, Stream &stream) {
  // Kept with the stream, not with the session: page-locked memory is expensive.
  std::unique_ptr<LiveQueue> &kept = stream.queue.kept;
  if (!kept) {
    std::unique_ptr<QueueRing> ring;
    Status status = stream.device.createQueueRing(stream, ring);
    if (!status.ok())
      return status;
    kept = std::make_unique<LiveQueue>(stream, std::move(ring));
  }
  kept->sessionFirst.store(kept->next, std::memory_order_relaxed);
  {
    std::lock_guard<std::mutex> hold(stream.queue.lock);
    if (stream.queue.waiting != 0)
      return {VYRE_UNAVAILABLE, ""};
    stream.queue.open = kept.get();
  }
  Status status = kept->begin(queue);
  if (status.ok()) {
    threadQueue = kept.get();
    return {};
  }
  std::lock_guard<std::mutex> hold(stream.queue.lock);
  stream.queue.open = nullptr;
  return status;
}

Status LiveQueue::begin(const vyre_queue_desc &queue) {
  std::lock_guard<std::mutex> hold(lock);
  record = &queue;
  ring->left().store(0, std::memory_order_relaxed);
  ring->first().store(next, std::memory_order_relaxed);
  ring->tail().store(next, std::memory_order_release); // no longer closed
  Status status = stream.device.startQueue(queue, *ring, stream);
  if (!status.ok())
    return status;
  count(counters().cooperativeLaunches);
  active.store(true, std::memory_order_release);
  return {};
}

const char *LiveQueue::refusal(const vyre_kernel_desc &kernel,
                               const vyre_launch_desc &launch) const {
  if (kernel.param_bytes > VYRE_QUEUE_ARGS_BYTES)
    return "the arguments are more than an item of a live queue holds";
  if (!onGpu)
    return nullptr;
  if (launch.block_x * launch.block_y * launch.block_z > int64_t(record->block_threads))
    return "the block is larger than the resident kernel's";
  if (launch.dynamic_shared_bytes > record->shared_bytes)
    return "the launch needs more shared memory than the resident kernel has";
  return nullptr;
}

bool LiveQueue::tryPush(const vyre_queue_desc *queue, uint32_t kernel,
                        const vyre_launch_desc *launch, uint32_t flags) {
  if (queue != record || kernel >= queue->kernel_count || stream.failed())
    return false;
  const vyre_kernel_desc *desc = queue->kernels[kernel];
  if (!isPlainlyLegal(desc, launch) || refusal(*desc, *launch))
    return false;
  if (next - seenDone >= VYRE_QUEUE_ITEMS) {
    seenDone = ring->done().load(std::memory_order_acquire);
    if (next - seenDone >= VYRE_QUEUE_ITEMS)
      return false;
  }
  put(kernel, *desc, *launch, flags);
  publish();
  return true;
}

Status LiveQueue::push(uint32_t kernel, const vyre_launch_desc &launch, uint32_t flags) {
  seenDone = ring->done().load(std::memory_order_acquire);
  if (next - seenDone >= VYRE_QUEUE_ITEMS) {
    // For half the ring at once: a wait for each slot would cost a wake-up each.
    Status status = waitFor(next - forcedOrder);
    if (!status.ok())
      return status;
    seenDone = ring->done().load(std::memory_order_acquire);
  }
  put(kernel, *record->kernels[kernel], launch, flags);
  publish();
  return {};
}

void LiveQueue::put(uint32_t kernel, const vyre_kernel_desc &desc, const vyre_launch_desc &launch,
                    uint32_t flags) {
  if (next % forcedOrder == 0 || nextIsOrdered)
    flags &= ~uint32_t(VYRE_QUEUE_CONCURRENT);
  nextIsOrdered = false;
  // Read after a failure only, so the line stays the host's while nothing changes.
  std::atomic<const char *> &location = ring->locations[next % VYRE_QUEUE_ITEMS];
  if (location.load(std::memory_order_relaxed) != launch.location)
    location.store(launch.location, std::memory_order_relaxed);
  unsigned char *slot = ring->slot(next);
  *reinterpret_cast<QueueItem *>(slot) = {kernel,
                                          flags,
                                          {launch.grid_x, launch.grid_y, launch.grid_z},
                                          {launch.block_x, launch.block_y, launch.block_z},
                                          launch.dynamic_shared_bytes};
  if (desc.param_bytes != 0)
    std::memcpy(slot + VYRE_QUEUE_ITEM_ARGS_OFFSET, launch.args, desc.param_bytes);
}

void LiveQueue::publish() {
  ++next;
  stream.countItem();
  // The look at `attention` must not come before the item is there for a kernel that
  // is going to sleep. Its heavy fence orders the two; without one the exchange does.
  if (ring->fencesPush) {
    ring->tail().exchange(next, std::memory_order_seq_cst);
  } else {
    ring->tail().store(next, std::memory_order_release);
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  if (ring->attention->load(std::memory_order_relaxed) != 0)
    wake();
}

void LiveQueue::wake() {
  stream.device.wakeQueue(*ring);
  // A failure is the stream's: the next wait finds it.
  if (ring->left().load(std::memory_order_acquire) != 0)
    (void)restart().ok();
}

// Starts the kernel again if it has left and items are waiting for it.
Status LiveQueue::restart() {
  std::lock_guard<std::mutex> hold(lock);
  uint64_t done = ring->done().load(std::memory_order_acquire);
  uint64_t tail = ring->tail().load(std::memory_order_relaxed) & ~VYRE_QUEUE_CLOSED;
  if (!active.load(std::memory_order_relaxed) || done >= tail ||
      ring->left().load(std::memory_order_acquire) == 0)
    return {};
  ring->left().store(0, std::memory_order_relaxed);
  ring->first().store(done, std::memory_order_relaxed);
  Status status = stream.device.startQueue(*record, *ring, stream);
  if (status.ok())
    count(counters().cooperativeLaunches);
  else
    stream.fail(status);
  return status;
}

// Waits until all items before number `items` are done, or certainly never will be: a
// failure, or nothing is resident, so that the owner is opening or closing the queue.
Status LiveQueue::waitFor(uint64_t items) {
  uint64_t last = 0, lastNs = 0;
  for (;;) {
    uint64_t done = ring->done().load(std::memory_order_acquire);
    if (done >= items)
      return {};
    if (!active.load(std::memory_order_acquire))
      return stream.failure();
    Status status;
    if (ring->left().load(std::memory_order_acquire) != 0)
      status = restart();
    uint64_t now = nowNs();
    if (done != last || lastNs == 0) {
      last = done;
      lastNs = now;
    }
    if (status.ok())
      status = stream.device.awaitQueue(*ring, stream, items, now - lastNs);
    if (!status.ok() && status.code() == VYRE_INTERNAL) {
      // What looks like a kernel that ended too early may be one that somebody is
      // just starting again.
      std::lock_guard<std::mutex> hold(lock);
      status = stream.device.awaitQueue(*ring, stream, items, now - lastNs);
    }
    if (!status.ok()) {
      stream.fail(status);
      return status;
    }
  }
}

Status LiveQueue::drain() {
  Status status = waitFor(next);
  return status.ok() ? stream.failure() : status;
}

bool LiveQueue::drainForOther(Status &status) {
  // The first item of the session comes after what the stream had before, and is pushed
  // as soon as the queue is open.
  uint64_t pushed = ring->tail().load(std::memory_order_acquire) & ~VYRE_QUEUE_CLOSED;
  uint64_t items = std::max(pushed, sessionFirst.load(std::memory_order_relaxed) + 1);
  status = waitFor(items);
  if (status.ok())
    status = stream.failure();
  return !status.ok() || ring->done().load(std::memory_order_acquire) >= items;
}

Status LiveQueue::close() {
  ring->tail().exchange(next | VYRE_QUEUE_CLOSED, std::memory_order_seq_cst);
  stream.device.wakeQueue(*ring);
  // Item by item, so that many items are not taken for one that is late.
  Status status = waitFor(next);
  {
    // From here on nobody starts the kernel again.
    std::lock_guard<std::mutex> hold(lock);
    active.store(false, std::memory_order_release);
  }
  Status ended = stream.device.sync(stream);
  status = status.ok() ? ended : status;
  if (status.ok() && ring->done().load(std::memory_order_acquire) < next)
    status = {VYRE_INTERNAL, "the resident kernel of a live queue ended before its items"};
  if (!status.ok())
    stream.fail(status);
  // What a failed stream did not run counts as finished.
  if (ring->done().load(std::memory_order_acquire) < next)
    ring->done().store(next, std::memory_order_release);
  seenDone = next;
  std::lock_guard<std::mutex> hold(stream.queue.lock);
  stream.queue.open = nullptr;
  return status;
}

void closeOpenQueue() noexcept {
  LiveQueue *queue = threadQueue;
  threadQueue = nullptr; // whatever happens: it is not closed twice
  (void)queue->close().ok();
}

Status syncWork(Stream &stream) {
  for (;;) {
    LiveQueue *queue;
    {
      std::lock_guard<std::mutex> hold(stream.queue.lock);
      queue = stream.queue.open;
      if (!queue)
        ++stream.queue.waiting;
    }
    if (!queue)
      break;
    if (Status status; queue->drainForOther(status))
      return status;
    std::this_thread::yield();
  }
  Status status = stream.device.sync(stream);
  std::lock_guard<std::mutex> hold(stream.queue.lock);
  --stream.queue.waiting;
  return status;
}

} // namespace vyre::rt
