// Memory of live queues: rings that both sides reach, and what only the device needs.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_CUDA_QUEUEPOOL_H
#define VYRE_RT_CUDA_QUEUEPOOL_H

#include "Core/Device.h"
#include "Driver.h"

#include <memory>
#include <mutex>
#include <vector>

namespace vyre::rt::cuda {

struct QueueMemory {
  unsigned char *ring = nullptr; // in page-locked host memory
  CUdeviceptr ringAddress = 0;   // the same as the device sees it
  CUdeviceptr state = 0;         // VYRE_QUEUE_STATE_BYTES in device memory
};

class QueuePool {
public:
  explicit QueuePool(const Driver &driver) : api(driver) {}

  /// Takes memory whose ring has a header of zeros but for the address of `state`. The
  /// device's context must be current, here and in release.
  Status take(QueueMemory &memory);
  /// Gives back what no resident kernel uses any more.
  void give(const QueueMemory &memory);
  bool used();
  void release();

private:
  Status grow();

  struct Chunk {
    CUdeviceptr states;
    void *rings;
  };
  const Driver &api;
  std::mutex lock;
  std::vector<Chunk> chunks;
  std::vector<QueueMemory> unused;
};

/// The ring of one stream. Outlives the device if the stream does.
struct CudaRing final : QueueRing {
  CudaRing(const QueueMemory &taken, std::weak_ptr<QueuePool> from);
  ~CudaRing() override;

  const QueueMemory shared;
  const std::weak_ptr<QueuePool> pool;
  /// Its kernel did not end: nobody else gets its memory.
  std::atomic<bool> abandoned{false};
};

} // namespace vyre::rt::cuda

#endif // VYRE_RT_CUDA_QUEUEPOOL_H
