// The host's side of a live queue: a ring of launches that a resident kernel takes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layout: vyre_abi.h. Protocol, memory order and what may go wrong: docs/live-queue.md.
// Items are numbered from 0 for the life of the ring; a session, from opening to
// closing, goes on with the numbers of the one before it.
//
// Who does what: the owning thread pushes, opens and closes. Any thread may drain, and
// start the kernel again when it has left by itself; `lock` orders these starts and
// makes an end of them when the queue is closed.
#ifndef VYRE_RT_CORE_LIVEQUEUE_H
#define VYRE_RT_CORE_LIVEQUEUE_H

#include "Device.h"

namespace vyre::rt {

class LiveQueue {
public:
  LiveQueue(Stream &stream, std::unique_ptr<QueueRing> ring);

  // Opens the calling thread's queue on its default stream, for items of `queue`. None
  // may be open. VYRE_UNAVAILABLE: no resident kernel is to be had, launch instead;
  // without a message, only this time.
  static Status open(const vyre_queue_desc &queue, Stream &stream);

  // True if it takes items of `queue`.
  bool serves(const vyre_queue_desc *queue) const { return queue == record; }
  // Null if the resident kernel can run this launch, else why it cannot.
  const char *refusal(const vyre_kernel_desc &kernel, const vyre_launch_desc &launch) const;

  // Pushes a launch that is in order in every way; false says nothing. Never waits.
  bool tryPush(const vyre_queue_desc *queue, uint32_t kernel, const vyre_launch_desc *launch,
               uint32_t flags);
  // The launch before the next item was empty and gets no number: what it would have
  // waited for, the next item waits for.
  void orderNext() { nextIsOrdered = true; }
  // Pushes a checked launch of a kernel of the record, which refusal() accepts.
  Status push(uint32_t kernel, const vyre_launch_desc &launch, uint32_t flags);

  // Waits for the items pushed so far. Only by the owner.
  Status drain();
  // The same for any thread, at any time, and for what the stream had before. False when
  // the owner opened or closed the queue meanwhile: look again.
  bool drainForOther(Status &status);
  // Waits for all items and the end of the resident kernel. Only by the owner.
  Status close();

private:
  Status begin(const vyre_queue_desc &queue);
  void put(uint32_t kernel, const vyre_kernel_desc &desc, const vyre_launch_desc &launch,
           uint32_t flags);
  void publish();
  void wake();
  Status waitFor(uint64_t items);
  Status restart();

  Stream &stream;
  const std::unique_ptr<QueueRing> ring;
  const bool onGpu;
  // Of the owner.
  const vyre_queue_desc *record = nullptr; // others read it with `lock`
  uint64_t next = 0;                       // number of the next item
  uint64_t seenDone = 0;
  bool nextIsOrdered = false;

  std::atomic<uint64_t> sessionFirst{0}; // number of the session's first item
  std::mutex lock;
  std::atomic<bool> active{false}; // a session; written with `lock`
};

// The calling thread's open queue, or null.
#if defined(__GNUC__)
__attribute__((tls_model("initial-exec")))
#endif
inline thread_local LiveQueue *threadQueue = nullptr;

// Closes it; a failure stays in its stream. Comes first in every call that gives a
// stream work or memory, or may wait for the whole device: a resident kernel ends
// only when it is told to.
void closeOpenQueue() noexcept;
inline void closeThreadQueue() noexcept {
  if (__builtin_expect(threadQueue != nullptr, 0))
    closeOpenQueue();
}

// Waits for the work on a stream of any thread, which the caller keeps alive. What is in a live
// queue is waited for item by item, and the queue stays open.
Status syncWork(Stream &stream);

} // namespace vyre::rt

#endif // VYRE_RT_CORE_LIVEQUEUE_H
