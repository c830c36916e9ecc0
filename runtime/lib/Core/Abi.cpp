// The C functions for streams, events, memory and launches.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Call.h"
#include "Check.h"
#include "Counters.h"
#include "Trace.h"

using namespace vyre::rt;

static Status invalid(const char *message) { return {VYRE_INVALID_ARGUMENT, message}; }

// Synchronizes one stream by `wait`, as a span of the trace.
template <Status (*wait)(Stream &)> static Status synchronize(Stream &stream) {
  count(counters().hostSyncs);
  if (!tracing())
    return wait(stream);
  uint64_t begin = nowNs();
  Status status = wait(stream);
  traceSpan(stream.id, "sync", "synchronize", begin, nowNs());
  return status;
}

static Status waitForStream(Stream &stream) { return stream.device.sync(stream); }

// The calling thread's default stream: its live queue stays open.
static Status waitForOwn(Stream &stream) {
  return threadQueue ? threadQueue->drain() : stream.device.sync(stream);
}

// Makes `stream` wait for what the calling thread's default stream has.
static Status orderAfterDefault(Stream &stream) {
  Stream *before = Process::get().existingDefaultStream();
  if (!before || before == &stream || before->device.isIdle(*before))
    return {};
  Device &device = before->device;
  Event *event = nullptr;
  Status status = device.createEvent(event);
  if (!status.ok())
    return status;
  status = device.recordEvent(*event, *before);
  if (status.ok())
    status = device.waitEvent(stream, *event);
  device.destroyEvent(event);
  return status;
}

extern "C" {

vyre_stream vyreStreamCreate(void) {
  Process &process = Process::get();
  vyre_stream stream = nullptr;
  closeThreadQueue();
  try {
    stream = process.takeReleased();
    Status status = stream ? Status() : process.createStream(stream);
    if (status.ok())
      status = orderAfterDefault(*stream);
    if (!status.ok())
      process.report(status);
  } catch (const std::exception &) {
  }
  return stream;
}

void vyreStreamRelease(vyre_stream stream) {
  if (stream)
    Process::get().releaseStream(*stream);
}

void vyreStreamDestroy(vyre_stream stream) {
  closeThreadQueue();
  if (stream)
    Process::get().destroyStream(*stream);
}

vyre_status vyreStreamSync(vyre_stream stream) {
  return stream ? synchronizing(stream, synchronize<waitForStream>)
                : synchronizingQueue(nullptr, synchronize<waitForOwn>);
}

vyre_status vyreDeviceSync(void) {
  Process &process = Process::get();
  if (!process.device())
    return synchronizing(nullptr, synchronize<waitForStream>);
  vyre_status first = VYRE_OK;
  for (const StreamRef &stream : process.liveStreams()) {
    vyre_status status = synchronizing(stream.get(), synchronize<syncWork>);
    first = first == VYRE_OK ? status : first;
  }
  return first;
}

vyre_event vyreEventCreate(void) {
  vyre_event event = nullptr;
  vyre_status status = onDevice([&](Device &device) { return device.createEvent(event); });
  return status == VYRE_OK ? event : nullptr;
}

void vyreEventDestroy(vyre_event event) {
  if (event)
    Process::get().device()->destroyEvent(event);
}

vyre_status vyreEventRecord(vyre_event event, vyre_stream stream) {
  return onStream(stream, [&](Stream &on) {
    return event ? on.device.recordEvent(*event, on) : invalid("no event to record");
  });
}

vyre_status vyreEventSync(vyre_event event) {
  return onDevice([&](Device &device) {
    if (!event)
      return invalid("no event to wait for");
    count(counters().hostSyncs);
    Status status = device.syncEvent(*event);
    if (!status.ok())
      Process::get().report(status);
    return status;
  });
}

vyre_status vyreStreamWaitEvent(vyre_stream stream, vyre_event event) {
  return onStream(stream, [&](Stream &on) {
    return event ? on.device.waitEvent(on, *event) : invalid("no event to wait for");
  });
}

void *vyreAlloc(uint64_t bytes, uint32_t kind, vyre_stream stream) {
  void *pointer = nullptr;
  // The caller uses the pointer at once, so a failure cannot wait for the next
  // synchronization: the handler hears of it now.
  vyre_status status = synchronizing(stream, [&](Stream &on) {
    if (kind > VYRE_MEMORY_MIRRORED)
      return invalid("unknown kind of memory");
    return on.device.allocate(pointer, bytes, kind, on);
  });
  return status == VYRE_OK ? pointer : nullptr;
}

vyre_status vyreFree(void *pointer, vyre_stream stream) {
  if (!pointer)
    return VYRE_OK;
  return onStream(stream, [&](Stream &on) { return on.device.free(pointer, on); });
}

void *vyreToDevice(void *pointer) {
  Device *device = Process::get().device();
  return device ? device->toDevice(pointer) : pointer;
}

void *vyreToHost(void *pointer) {
  Device *device = Process::get().device();
  return device ? device->toHost(pointer) : pointer;
}

vyre_status vyreMemcpy(void *dst, const void *src, uint64_t bytes, vyre_stream stream) {
  if (bytes == 0 || (dst == src && dst)) // mirrored memory of one place: both sides are valid
    return VYRE_OK;
  return onStream(stream, [&](Stream &on) {
    if (!dst || !src)
      return invalid("a copy needs a source and a destination");
    return on.device.copy(dst, src, bytes, on);
  });
}

vyre_status vyreMemset(void *dst, uint64_t value, uint32_t element_bytes, uint64_t count,
                       vyre_stream stream) {
  if (count == 0)
    return VYRE_OK;
  return onStream(stream, [&](Stream &on) {
    if (!dst)
      return invalid("a fill needs a destination");
    if (element_bytes != 1 && element_bytes != 2 && element_bytes != 4 && element_bytes != 8)
      return invalid("a fill's elements have 1, 2, 4 or 8 bytes");
    return on.device.fill(dst, value, element_bytes, count, on);
  });
}

vyre_status vyreMemcpyStrided(void *dst, const int64_t *dst_strides, const void *src,
                              const int64_t *src_strides, const int64_t *sizes, int64_t rank,
                              uint64_t element_bytes, vyre_stream stream) {
  constexpr int64_t maxRank = 64;
  return onStream(stream, [&](Stream &on) {
    if (rank < 0 || rank > maxRank || (rank > 0 && (!dst_strides || !src_strides || !sizes)))
      return invalid("a strided copy needs a rank from 0 to 64, sizes and strides");
    for (int64_t i = 0; i != rank; ++i)
      if (sizes[i] <= 0)
        return sizes[i] == 0 ? Status() : invalid("a strided copy has a negative size");
    if (!dst || !src)
      return invalid("a copy needs a source and a destination");
    return on.device.copyStrided({dst, dst_strides, src, src_strides, sizes, rank, element_bytes},
                                 on);
  });
}

vyre_status vyreHostRegister(void *pointer, uint64_t bytes) {
  return onDevice([&](Device &device) { return device.registerHost(pointer, bytes); });
}

vyre_status vyreHostUnregister(void *pointer) {
  return onDevice([&](Device &device) { return device.unregisterHost(pointer); });
}

void *vyrePresent(void *pointer, int64_t low, int64_t high, uint32_t access, vyre_stream stream) {
  void *result = nullptr;
  vyre_status status = onStreamOfQueue(stream, [&](Stream &on) {
    // A GPU may have to allocate and to copy.
    if (!on.device.isHost())
      closeThreadQueue();
    return on.device.present(result, pointer, low, high, access, on);
  });
  return status == VYRE_OK ? result : nullptr;
}

vyre_status vyreHostAccess(vyre_stream stream) {
  return synchronizingQueue(stream, [&](Stream &on) {
    count(counters().hostSyncs);
    if (threadQueue && !stream && on.device.isHost())
      return threadQueue->drain();
    closeThreadQueue(); // a GPU may have to copy
    return on.device.hostAccess(on);
  });
}

vyre_status vyreLaunch(const vyre_kernel_desc *kernel, const vyre_launch_desc *launch,
                       vyre_stream stream) {
  return onStream(stream, [&](Stream &on) {
    if (!isPlainlyLegal(kernel, launch)) {
      bool empty;
      Status status = checkLaunch(kernel, launch, empty);
      if (!status.ok() || empty) {
        on.device.launchSkipped(on);
        return status;
      }
    }
    on.countLaunch();
    return on.device.launch(*kernel, *launch, on);
  });
}

vyre_status vyreLaunchPersistent(const vyre_kernel_desc *kernel, const vyre_launch_desc *launch,
                                 vyre_stream stream) {
  return onStream(stream, [&](Stream &on) {
    bool empty;
    Status status = checkLaunch(kernel, launch, empty);
    if (!status.ok() || empty) {
      on.device.launchSkipped(on);
      return status;
    }
    count(counters().cooperativeLaunches);
    return on.device.launchPersistent(*kernel, *launch, on);
  });
}

void vyreSetFailureHandler(vyre_failure_handler handler, void *user) {
  Process::get().setFailureHandler(handler, user);
}

void vyreExitOnFailure(void) { vyreSetFailureHandler(exitWithFailure, nullptr); }

vyre_status vyreAbiCheck(uint32_t version) {
  Process::get().programStarts();
  return isKnownVersion(version) ? VYRE_OK : VYRE_UNAVAILABLE;
}

} // extern "C"
