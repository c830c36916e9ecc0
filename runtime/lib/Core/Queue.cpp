// The C functions of live queues: checks, and what happens where there is none.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Call.h"
#include "Check.h"
#include "Counters.h"

using namespace vyre::rt;

namespace {

// A record whose launches this thread makes plainly, because it got no resident kernel.
// Only a hint: asking again would cost time, and tell nothing new.
thread_local const vyre_queue_desc *refusedRecord = nullptr;

Status checkRecord(const vyre_queue_desc *queue, uint32_t kernel) {
  if (!queue || !queue->kernels)
    return {VYRE_INVALID_ARGUMENT, "no live queue to push to"};
  if (!isKnownVersion(queue->version))
    return unknownVersion(queue->version);
  if (kernel >= queue->kernel_count)
    return {VYRE_INVALID_ARGUMENT, "a live queue has no kernel " + std::to_string(kernel)};
  return {};
}

// Launches as if there were no queue. `why` is kept for the reports unless empty.
Status launchInstead(const vyre_queue_desc &queue, const std::string &why,
                     const vyre_kernel_desc &kernel, const vyre_launch_desc &launch, Stream &on) {
  closeThreadQueue();
  if (!why.empty())
    addFallback(std::string(queue.location ? queue.location : "a live queue") +
                ": launched without the queue: " + why);
  on.countLaunch();
  return on.device.launch(kernel, launch, on);
}

// Makes this thread's open queue one for `queue`; VYRE_UNAVAILABLE as LiveQueue::open.
Status openFor(const vyre_queue_desc &queue, Stream &on) {
  if (threadQueue && threadQueue->serves(&queue))
    return {};
  closeThreadQueue();
  if (refusedRecord == &queue)
    return {VYRE_UNAVAILABLE, ""};
  Status status =
      queue.shared_bytes < 0 && !on.device.isHost()
          ? Status(VYRE_UNAVAILABLE, "its dynamic shared memory is known only at run time")
          : LiveQueue::open(queue, on);
  if (status.code() == VYRE_UNAVAILABLE && *status.message())
    refusedRecord = &queue;
  return status;
}

// Everything that the short way does not take.
Status pushSlowly(const vyre_queue_desc *queue, uint32_t kernel, const vyre_launch_desc *launch,
                  uint32_t flags, Stream &on) {
  Status status = checkRecord(queue, kernel);
  bool empty = false;
  if (status.ok())
    status = checkLaunch(queue->kernels[kernel], launch, empty);
  if (!status.ok() || empty) {
    on.device.launchSkipped(on);
    if (threadQueue && !(flags & VYRE_QUEUE_CONCURRENT))
      threadQueue->orderNext();
    return status;
  }
  const vyre_kernel_desc &desc = *queue->kernels[kernel];
  if (on.failed())
    return launchInstead(*queue, "", desc, *launch, on);
  status = openFor(*queue, on);
  if (status.code() == VYRE_UNAVAILABLE)
    return launchInstead(*queue, status.message(), desc, *launch, on);
  if (!status.ok())
    return status;
  if (const char *why = threadQueue->refusal(desc, *launch))
    return launchInstead(*queue, why, desc, *launch, on);
  return threadQueue->push(kernel, *launch, flags);
}

} // namespace

extern "C" {

vyre_status vyreQueuePush(const vyre_queue_desc *queue, uint32_t kernel,
                          const vyre_launch_desc *launch, uint32_t flags) {
  if (LiveQueue *open = threadQueue; open && open->tryPush(queue, kernel, launch, flags))
    return VYRE_OK;
  return onStreamOfQueue(nullptr,
                         [&](Stream &on) { return pushSlowly(queue, kernel, launch, flags, on); });
}

vyre_status vyreQueueClose(void) {
  if (!threadQueue)
    return VYRE_OK;
  return synchronizingQueue(nullptr, [](Stream &on) {
    count(counters().hostSyncs);
    closeThreadQueue();
    return on.failure();
  });
}

} // extern "C"
