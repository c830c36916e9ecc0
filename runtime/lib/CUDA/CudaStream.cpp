// Streams and events, waiting, and the end of kernels that never end.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Core/Process.h"
#include "CudaDevice.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace vyre::rt::cuda {

Status CudaDevice::createStream(StreamRef &stream) {
  VYRE_CU_ENTER(*this);
  auto made = std::make_shared<CudaStream>(*this);
  // Non-blocking: the legacy default stream of other code does not order ours.
  VYRE_CU_TRY(cuStreamCreate, (&made->native, CU_STREAM_NON_BLOCKING), "on " + name());
  made->owned = true;
  stream = std::move(made);
  return {};
}

void CudaDevice::destroyStream(Stream &generic) {
  CudaStream &stream = of(generic);
  Current current(*this);
  // Failures have been kept by the stream; there is nobody else to tell.
  (void)waitForStream(stream);
  {
    std::lock_guard<std::mutex> hold(presentLock);
    presentUsers.erase(stream.id);
    if (table)
      table->removeUser(stream.id);
  }
  // A kernel that did not end keeps its slot, and stays told to end.
  if (stream.barrier.block && stream.drained())
    barriers.give(stream.barrier);
  stream.barrier = {};
  if (stream.owned && stream.native)
    (void)api.cuStreamDestroy(stream.native);
  stream.native = nullptr;
  stream.closed.store(true, std::memory_order_release);
}

/// Polls until `done` says so or `deadline` passes; true if done. Short waits
/// stay responsive, long ones leave the core alone.
template <typename F>
static bool pollUntil(std::chrono::steady_clock::time_point deadline, F done) {
  std::chrono::microseconds pause(1);
  while (!done()) {
    if (std::chrono::steady_clock::now() >= deadline)
      return false;
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::microseconds(500));
  }
  return true;
}

Status CudaDevice::waitForStream(CudaStream &stream) {
  uint64_t target = stream.issued.load(std::memory_order_acquire);
  if (isIdle(stream))
    return stream.failure();
  CUresult result = CUDA_SUCCESS;
  uint64_t limitMs = Process::get().options().timeoutMs;
  Status late;
  if (limitMs > 0) {
    auto finished = [&] {
      return (result = api.cuStreamQuery(stream.native)) != CUDA_ERROR_NOT_READY;
    };
    auto limit = std::chrono::milliseconds(limitMs);
    if (!pollUntil(std::chrono::steady_clock::now() + limit, finished)) {
      late = {VYRE_TIMEOUT, "work on " + name() + " did not finish within " +
                                std::to_string(limitMs) + " ms (VYRE_TIMEOUT_MS)"};
      stream.fail(late);
      if (!stream.startedPersistent.load(std::memory_order_acquire))
        return late; // a plain kernel cannot be stopped
      // Only this stream's kernel: those of other streams may be healthy.
      stream.barrier.abort->store(1);
      if (!pollUntil(std::chrono::steady_clock::now() + limit, finished))
        return late;
    }
  }
  // Also after polling: what kernels printed comes out only here.
  const char *call = result == CUDA_SUCCESS ? "cuStreamSynchronize" : "cuStreamQuery";
  if (result == CUDA_SUCCESS)
    result = api.cuStreamSynchronize(stream.native);
  Status status = late.ok() ? api.check(result, call, "while waiting for " + name()) : late;
  if (!status.ok())
    stream.fail(status);
  if (!late.ok()) // the kernel is over; nothing was launched on the failed stream
    stream.barrier.abort->store(0);
  // Also after a failure: the work is over, and asking again gives no more.
  uint64_t seen = stream.completed.load(std::memory_order_relaxed);
  while (seen < target && !stream.completed.compare_exchange_weak(seen, target)) {
  }
  if (stream.drained())
    stream.startedPersistent.store(false, std::memory_order_release);
  return stream.failure();
}

Status CudaDevice::sync(Stream &stream) {
  VYRE_CU_ENTER(*this);
  return waitForStream(of(stream));
}

bool CudaDevice::isIdle(Stream &generic) {
  CudaStream &stream = of(generic);
  // An adopted stream gets work that nobody tells us of.
  return stream.closed.load(std::memory_order_acquire) ||
         (stream.owned && stream.completed.load(std::memory_order_acquire) >=
                              stream.issued.load(std::memory_order_acquire));
}

Status CudaDevice::createEvent(Event *&event) {
  VYRE_CU_ENTER(*this);
  auto made = std::make_unique<CudaEvent>();
  VYRE_CU_TRY(cuEventCreate, (&made->native, CU_EVENT_DISABLE_TIMING), "on " + name());
  event = made.release();
  return {};
}

void CudaDevice::destroyEvent(Event *event) {
  Current current(*this);
  // The driver keeps what queued waits still need.
  (void)api.cuEventDestroy(static_cast<CudaEvent *>(event)->native);
  delete static_cast<CudaEvent *>(event);
}

Status CudaDevice::recordEvent(Event &event, Stream &stream) {
  VYRE_CU_ENTER(*this);
  of(stream).submitted();
  VYRE_CU_TRY(cuEventRecord, (static_cast<CudaEvent &>(event).native, of(stream).native),
              "on " + name());
  return {};
}

Status CudaDevice::syncEvent(Event &event) {
  VYRE_CU_ENTER(*this);
  VYRE_CU_TRY(cuEventSynchronize, (static_cast<CudaEvent &>(event).native),
              "while waiting for an event on " + name());
  return {};
}

Status CudaDevice::waitEvent(Stream &stream, Event &event) {
  VYRE_CU_ENTER(*this);
  of(stream).submitted();
  VYRE_CU_TRY(cuStreamWaitEvent, (of(stream).native, static_cast<CudaEvent &>(event).native, 0),
              "on " + name());
  return {};
}

} // namespace vyre::rt::cuda
