// Sticky failures of streams, and the defaults of the device interface.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Device.h"
#include "LiveQueue.h"

#include <sched.h>

using vyre::rt::Status;

// Distinct over the whole process, so that a trace never mixes two streams.
static uint32_t nextStreamId() {
  static std::atomic<uint32_t> next{0};
  return next.fetch_add(1, std::memory_order_relaxed);
}

vyre_stream_s::vyre_stream_s(vyre::rt::Device &owner) : device(owner), id(nextStreamId()) {}
vyre_stream_s::~vyre_stream_s() = default;
vyre_event_s::~vyre_event_s() = default;

void vyre_stream_s::fail(const Status &status) {
  std::lock_guard<std::mutex> hold(failureLock);
  if (!firstFailure.ok())
    return;
  firstFailure = status;
  unreported = true;
  hasFailed.store(true, std::memory_order_release);
}

Status vyre_stream_s::failure() const {
  if (!failed())
    return {};
  std::lock_guard<std::mutex> hold(failureLock);
  return firstFailure;
}

void vyre_stream_s::clearFailure() {
  std::lock_guard<std::mutex> hold(failureLock);
  firstFailure = Status();
  unreported = false;
  hasFailed.store(false, std::memory_order_release);
}

bool vyre_stream_s::takeUnreported() {
  std::lock_guard<std::mutex> hold(failureLock);
  return std::exchange(unreported, false);
}

namespace vyre::rt {

Device::~Device() = default;
GraphExec::~GraphExec() = default;

bool Device::isIdle(Stream &) { return false; }

void *Device::toDevice(void *pointer) { return pointer; }
void *Device::toHost(void *pointer) { return pointer; }

void Device::launchSkipped(Stream &) {}

Status Device::repeat(GraphExec &exec, uint64_t times, Stream &stream) {
  Status status;
  for (uint64_t i = 0; status.ok() && i != times; ++i)
    status = replay(exec, stream);
  return status;
}

Status Device::runNodes(const std::vector<GraphNode> &nodes, Stream &stream) {
  for (const GraphNode &node : nodes) {
    if (node.empty)
      continue;
    Status status;
    if (node.kind == NodeKind::Copy) {
      status = copy(node.dst, node.src, node.bytes, stream);
    } else if (node.kind == NodeKind::Fill) {
      status = fill(node.dst, node.value, node.elementBytes, node.bytes, stream);
    } else {
      stream.countLaunch();
      status = launch(*node.kernel, node.launch, stream);
    }
    if (!status.ok())
      return status;
  }
  return {};
}

QueueSlot::QueueSlot() = default;
QueueSlot::~QueueSlot() = default;
QueueRing::~QueueRing() = default;

Status Device::createQueueRing(Stream &, std::unique_ptr<QueueRing> &) {
  return {VYRE_UNAVAILABLE, "this device has no live queues"};
}

Status Device::startQueue(const vyre_queue_desc &, QueueRing &, Stream &) {
  return {VYRE_UNAVAILABLE, "this device has no live queues"};
}

void Device::wakeQueue(QueueRing &) {}

Status Device::awaitQueue(QueueRing &, Stream &stream, uint64_t, uint64_t) {
  ::sched_yield();
  return stream.failure();
}

Status Device::adoptContext(void *) {
  return {VYRE_UNAVAILABLE, "this device has no contexts to adopt; select a CUDA device first"};
}

Status Device::adoptStream(void *, StreamRef &) {
  return {VYRE_UNAVAILABLE, "this device has no streams to adopt; select a CUDA device first"};
}

bool Device::marksRanges() { return false; }
void Device::rangePush(const char *) {}
void Device::rangePop() {}

} // namespace vyre::rt
