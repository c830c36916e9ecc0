// The state that grid barriers of persistent kernels need, and the word that
// ends such a kernel.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_CUDA_BARRIERPOOL_H
#define VYRE_RT_CUDA_BARRIERPOOL_H

#include "Driver.h"

#include <atomic>
#include <mutex>
#include <vector>

namespace vyre::rt::cuda {

/// What the kernels of one stream share: they never overlap.
struct BarrierSlot {
  using AbortWord = std::atomic<uint32_t>;
  static_assert(sizeof(AbortWord) == 4 && AbortWord::is_always_lock_free);

  CUdeviceptr block = 0;        // VYRE_BARRIER_STATE_BYTES in device memory
  CUdeviceptr abortAddress = 0; // `abort` as the device sees it
  CUdeviceptr flags = 0;        // VYRE_BARRIER_FLAG_BYTES for each of flagCount blocks
  uint32_t flagCount = 0;
  AbortWord *abort = nullptr; // in page-locked host memory: writing it needs
                              // neither a queue nor a free processor of the GPU
};

class BarrierPool {
public:
  explicit BarrierPool(const Driver &driver) : api(driver) {}

  /// Takes a slot and, in the order of `stream`, tells its block where its abort
  /// word lies. The device's context must be current, here and below.
  Status take(BarrierSlot &slot, CUstream stream);
  /// Gives the slot, whose kernels are over, zeroed flags for `blocks` blocks, in the
  /// order of `stream`.
  Status clearFlags(BarrierSlot &slot, uint32_t blocks, CUstream stream);
  /// Gives back a slot whose kernels are over.
  void give(const BarrierSlot &slot);
  bool used();
  void release();

private:
  Status grow();
  /// Writes an address into the slot's state, in the order of `stream`.
  Status tellAddress(const BarrierSlot &slot, uint64_t offset, CUdeviceptr address,
                     CUstream stream);

  struct Chunk {
    CUdeviceptr blocks;
    void *words;
  };
  const Driver &api;
  std::mutex lock;
  std::vector<Chunk> chunks;
  std::vector<CUdeviceptr> flags;
  std::vector<BarrierSlot> unused;
};

} // namespace vyre::rt::cuda

#endif // VYRE_RT_CUDA_BARRIERPOOL_H
