// How the C functions begin and end: the thread's live queue is closed, statuses
// become codes, failures stay in the stream, and no exception crosses the boundary.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_CORE_CALL_H
#define VYRE_RT_CORE_CALL_H

#include "LiveQueue.h"
#include "Process.h"

#include <exception>

namespace vyre::rt {

// onStream, for calls that may leave the thread's live queue open.
template <typename Work> vyre_status onStreamOfQueue(vyre_stream handle, Work work) noexcept {
  try {
    Process &process = Process::get();
    Stream *stream = process.resolve(handle);
    if (!stream)
      return process.deviceFailure().code();
    Status status = work(*stream);
    if (!status.ok())
      stream->fail(status);
    return status.code();
  } catch (const std::exception &) {
    return VYRE_OUT_OF_MEMORY; // nothing else in here throws
  }
}

// Runs `work` on the resolved stream. A failure is kept in the stream.
template <typename Work> vyre_status onStream(vyre_stream handle, Work work) noexcept {
  closeThreadQueue();
  return onStreamOfQueue(handle, work);
}

// synchronizing, for calls that may leave the thread's live queue open.
template <typename Work> vyre_status synchronizingQueue(vyre_stream handle, Work work) noexcept {
  try {
    Process &process = Process::get();
    Stream *stream = process.resolve(handle);
    if (!stream) {
      Status failure = process.deviceFailure();
      process.report(failure);
      return failure.code();
    }
    Status status = work(*stream);
    if (!status.ok()) {
      stream->fail(status);
      process.report(*stream);
    }
    return status.code();
  } catch (const std::exception &) {
    return VYRE_OUT_OF_MEMORY;
  }
}

// Like onStream, for calls that wait: hands a failure to the process's handler.
template <typename Work> vyre_status synchronizing(vyre_stream handle, Work work) noexcept {
  closeThreadQueue();
  return synchronizingQueue(handle, work);
}

// For calls that need the device but no stream.
template <typename Work> vyre_status onDevice(Work work) noexcept {
  closeThreadQueue();
  try {
    Process &process = Process::get();
    Device *device = process.device();
    return device ? work(*device).code() : process.deviceFailure().code();
  } catch (const std::exception &) {
    return VYRE_OUT_OF_MEMORY;
  }
}

} // namespace vyre::rt

#endif // VYRE_RT_CORE_CALL_H
