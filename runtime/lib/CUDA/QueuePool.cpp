// Memory of live queues, made for several at a time and kept for the next one.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "QueuePool.h"
#include "vyre-abi/vyre_queue_state.h"

#include <cstring>

namespace vyre::rt::cuda {

Status QueuePool::grow() {
  // Several at once: a later allocation might have to wait for a resident kernel of
  // another thread, which ends when that thread likes.
  constexpr size_t count = 8;
  const std::string doing = "for the memory of live queues";
  CUdeviceptr states = 0, ringsOnDevice = 0;
  void *rings = nullptr;
  Status status =
      api.check(api.cuMemAlloc(&states, count * VYRE_QUEUE_STATE_BYTES), "cuMemAlloc", doing);
  if (!status.ok())
    return status;
  status =
      api.check(api.cuMemHostAlloc(&rings, count * queueRingBytes, CU_MEMHOSTALLOC_PORTABLE_MAPPED),
                "cuMemHostAlloc", doing);
  if (status.ok())
    status = api.check(api.cuMemHostGetDevicePointer(&ringsOnDevice, rings, 0),
                       "cuMemHostGetDevicePointer", doing);
  if (!status.ok()) {
    if (rings)
      (void)api.cuMemFreeHost(rings);
    (void)api.cuMemFree(states);
    return status;
  }
  chunks.push_back({states, rings});
  for (size_t i = count; i-- > 0;)
    unused.push_back({static_cast<unsigned char *>(rings) + i * queueRingBytes,
                      ringsOnDevice + i * queueRingBytes, states + i * VYRE_QUEUE_STATE_BYTES});
  return {};
}

Status QueuePool::take(QueueMemory &memory) {
  std::lock_guard<std::mutex> hold(lock);
  Status status = unused.empty() ? grow() : Status();
  if (!status.ok())
    return status;
  memory = unused.back();
  unused.pop_back();
  std::memset(memory.ring, 0, VYRE_QUEUE_HEADER_BYTES);
  std::memcpy(memory.ring + VYRE_QUEUE_DEVICE_STATE_OFFSET, &memory.state, sizeof(memory.state));
  return {};
}

void QueuePool::give(const QueueMemory &memory) {
  std::lock_guard<std::mutex> hold(lock);
  unused.push_back(memory);
}

bool QueuePool::used() {
  std::lock_guard<std::mutex> hold(lock);
  return !chunks.empty();
}

void QueuePool::release() {
  std::lock_guard<std::mutex> hold(lock);
  for (const Chunk &chunk : chunks) {
    (void)api.cuMemFree(chunk.states);
    (void)api.cuMemFreeHost(chunk.rings);
  }
  chunks.clear();
  unused.clear();
}

CudaRing::CudaRing(const QueueMemory &taken, std::weak_ptr<QueuePool> from)
    : shared(taken), pool(std::move(from)) {
  memory = shared.ring;
  // Nothing sleeps on the device: a kernel polls, or it has left. A push that does not
  // see that loses nothing, because whoever waits for the item looks again.
  attention = &left();
}

CudaRing::~CudaRing() {
  if (auto alive = pool.lock(); alive && !abandoned.load())
    alive->give(shared);
}

} // namespace vyre::rt::cuda
