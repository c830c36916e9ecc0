// Streams and events, waiting, and the end of kernels that never end.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Core/Process.h"
#include "CudaDevice.h"

#include <algorithm>
#include <chrono>
#include <shared_mutex>
#include <thread>

namespace vyre::rt::cuda {

Status CudaDevice::createStream(StreamRef &stream) {
  VYRE_CU_ENTER(*this);
  auto made = std::make_shared<CudaStream>(*this);
  // Non-blocking: the legacy default stream of other code does not order ours.
  VYRE_CU_TRY(cuStreamCreate, (&made->native, CU_STREAM_NON_BLOCKING), "on " + name());
  made->owned = true;
  madeHandle();
  {
    std::lock_guard<std::mutex> hold(streamsLock);
    streams.insert(made.get());
  }
  stream = std::move(made);
  return {};
}

void CudaDevice::destroyStream(Stream &generic) {
  CudaStream &stream = of(generic);
  Current current(*this);
  // Failures have been kept by the stream; there is nobody else to tell.
  (void)waitForStream(stream);
  forgetUser(stream);
  {
    std::lock_guard<std::mutex> hold(streamsLock);
    streams.erase(&stream);
  }
  // Whoever still waits for the stream does so with its handle.
  std::unique_lock<std::shared_mutex> alone(stream.life);
  // A kernel that did not end keeps its slot, and stays told to end.
  if (stream.barrier.block && stream.drained())
    barriers.give(stream.barrier);
  stream.barrier = {};
  if (stream.ring)
    stream.ring->abandoned = !stream.drained();
  stream.ring = nullptr;
  if (stream.owned && stream.native) {
    (void)api.cuStreamDestroy(stream.native);
    droppedHandle();
  }
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

/// Polls within VYRE_TIMEOUT_MS; true if `finished` said yes.
template <typename F> static bool pollWithinLimit(F finished) {
  uint64_t limitMs = Process::get().options().timeoutMs;
  return pollUntil(std::chrono::steady_clock::now() + std::chrono::milliseconds(limitMs), finished);
}

static Status late(const std::string &device) {
  return {VYRE_TIMEOUT, "work on " + device + " did not finish within " +
                            std::to_string(Process::get().options().timeoutMs) +
                            " ms (VYRE_TIMEOUT_MS)"};
}

/// Tells the persistent kernel of `stream`, which has failed, to end. True if it has.
template <typename F> bool CudaDevice::stopKernel(CudaStream &stream, F finished) {
  // A plain kernel cannot be stopped.
  if (!stream.startedPersistent.load(std::memory_order_acquire))
    return false;
  // Only this stream's kernel: those of other streams may be healthy.
  stream.barrier.abort->store(1);
  bool over = pollWithinLimit(finished);
  if (over) // and nothing is launched on a failed stream
    stream.barrier.abort->store(0);
  return over;
}

/// Fails `stream` for its resident kernel, which makes no progress, and ends that.
Status CudaDevice::endLateKernel(CudaStream &stream) {
  Status status = late(name());
  stream.fail(status);
  stopKernel(stream, [&] { return api.cuStreamQuery(stream.native) != CUDA_ERROR_NOT_READY; });
  return status;
}

/// Polls `finished` within VYRE_TIMEOUT_MS. If that is not enough, fails `stream`
/// (may be null), tells its persistent kernel to end, and polls once more.
/// `over`: it has finished in the end.
template <typename F> Status CudaDevice::waitWithLimit(CudaStream *stream, bool &over, F finished) {
  over = pollWithinLimit(finished);
  if (over)
    return {};
  Status status = late(name());
  if (stream) {
    stream->fail(status);
    over = stopKernel(*stream, finished);
  }
  return status;
}

Status CudaDevice::waitForStream(CudaStream &stream) {
  if (isIdle(stream))
    return stream.failure();
  std::shared_lock<std::shared_mutex> alive(stream.life);
  uint64_t target = stream.issued.load(std::memory_order_acquire);
  if (isIdle(stream)) // destroyed meanwhile
    return stream.failure();
  CUresult result = CUDA_SUCCESS;
  const char *call = "cuStreamQuery";
  Status status;
  if (Process::get().options().timeoutMs > 0) {
    bool over = false;
    status = waitWithLimit(&stream, over, [&] {
      return (result = api.cuStreamQuery(stream.native)) != CUDA_ERROR_NOT_READY;
    });
    if (!over)
      return status;
  }
  // Also after polling: what kernels printed comes out only here.
  if (result == CUDA_SUCCESS) {
    call = "cuStreamSynchronize";
    result = api.cuStreamSynchronize(stream.native);
  }
  if (status.ok())
    status = api.check(result, call, "while waiting for " + name());
  if (!status.ok())
    stream.fail(status);
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
  madeHandle();
  return {};
}

void CudaDevice::destroyEvent(Event *event) {
  Current current(*this);
  // The driver keeps what queued waits still need.
  (void)api.cuEventDestroy(static_cast<CudaEvent *>(event)->native);
  delete static_cast<CudaEvent *>(event);
  droppedHandle();
}

Status CudaDevice::recordEvent(Event &generic, Stream &stream) {
  auto &event = static_cast<CudaEvent &>(generic);
  VYRE_CU_ENTER(*this);
  of(stream).submitted();
  VYRE_CU_TRY(cuEventRecord, (event.native, of(stream).native), "on " + name());
  std::lock_guard<std::mutex> hold(event.lock);
  event.recordedOn = stream.weak_from_this();
  return {};
}

Status CudaDevice::syncEvent(Event &generic) {
  auto &event = static_cast<CudaEvent &>(generic);
  VYRE_CU_ENTER(*this);
  const char *doing = "while waiting for an event on ";
  if (Process::get().options().timeoutMs == 0) {
    VYRE_CU_TRY(cuEventSynchronize, (event.native), doing + name());
    return {};
  }
  StreamRef stream;
  {
    std::lock_guard<std::mutex> hold(event.lock);
    stream = event.recordedOn.lock();
  }
  std::shared_lock<std::shared_mutex> alive;
  if (stream)
    alive = std::shared_lock<std::shared_mutex>(of(*stream).life);
  if (stream && of(*stream).closed.load(std::memory_order_acquire))
    stream.reset(); // nothing of it can be told to end any more
  CUresult result = CUDA_SUCCESS;
  bool over = false;
  Status status = waitWithLimit(stream ? &of(*stream) : nullptr, over, [&] {
    return (result = api.cuEventQuery(event.native)) != CUDA_ERROR_NOT_READY;
  });
  return status.ok() ? api.check(result, "cuEventQuery", doing + name()) : status;
}

Status CudaDevice::waitEvent(Stream &stream, Event &event) {
  VYRE_CU_ENTER(*this);
  of(stream).submitted();
  VYRE_CU_TRY(cuStreamWaitEvent, (of(stream).native, static_cast<CudaEvent &>(event).native, 0),
              "on " + name());
  return {};
}

} // namespace vyre::rt::cuda
