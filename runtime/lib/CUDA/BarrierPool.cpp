// Blocks of barrier state and their abort words, made many at a time.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "BarrierPool.h"

#include <new>

namespace vyre::rt::cuda {

Status BarrierPool::grow() {
  // Many at once: a later allocation might have to wait for a running kernel.
  constexpr size_t count = 256;
  const std::string doing = "for the state of grid barriers";
  CUdeviceptr blocks = 0, wordsOnDevice = 0;
  void *words = nullptr;
  Status status =
      api.check(api.cuMemAlloc(&blocks, count * VYRE_BARRIER_STATE_BYTES), "cuMemAlloc", doing);
  if (!status.ok())
    return status;
  status = api.check(api.cuMemHostAlloc(&words, count * sizeof(BarrierSlot::AbortWord),
                                        CU_MEMHOSTALLOC_PORTABLE_MAPPED),
                     "cuMemHostAlloc", doing);
  if (status.ok())
    status = api.check(api.cuMemHostGetDevicePointer(&wordsOnDevice, words, 0),
                       "cuMemHostGetDevicePointer", doing);
  if (!status.ok()) {
    if (words)
      (void)api.cuMemFreeHost(words);
    (void)api.cuMemFree(blocks);
    return status;
  }
  chunks.push_back({blocks, words});
  auto *word = static_cast<BarrierSlot::AbortWord *>(words);
  for (size_t i = count; i-- > 0;)
    unused.push_back({blocks + i * VYRE_BARRIER_STATE_BYTES, wordsOnDevice + i * sizeof(*word), 0,
                      0, new (word + i) BarrierSlot::AbortWord(0)});
  return {};
}

Status BarrierPool::take(BarrierSlot &slot, CUstream stream) {
  BarrierSlot taken;
  {
    std::lock_guard<std::mutex> hold(lock);
    Status status = unused.empty() ? grow() : Status();
    if (!status.ok())
      return status;
    taken = unused.back();
    unused.pop_back();
  }
  Status status = tellAddress(taken, VYRE_BARRIER_ABORT_OFFSET, taken.abortAddress, stream);
  if (!status.ok()) {
    give(taken);
    return status;
  }
  slot = taken;
  return {};
}

Status BarrierPool::tellAddress(const BarrierSlot &slot, uint64_t offset, CUdeviceptr address,
                                CUstream stream) {
  CUdeviceptr cell = slot.block + offset;
  // Device memory is little-endian.
  CUresult result = api.cuMemsetD32Async(cell, static_cast<uint32_t>(address), 1, stream);
  if (result == CUDA_SUCCESS)
    result = api.cuMemsetD32Async(cell + 4, static_cast<uint32_t>(address >> 32), 1, stream);
  return api.check(result, "cuMemsetD32Async", "for the state of a grid barrier");
}

Status BarrierPool::clearFlags(BarrierSlot &slot, uint32_t blocks, CUstream stream) {
  const std::string doing = "for the flags of a kernel's blocks";
  if (slot.flagCount < blocks) {
    CUdeviceptr bigger = 0;
    Status status = api.check(api.cuMemAlloc(&bigger, uint64_t(blocks) * VYRE_BARRIER_FLAG_BYTES),
                              "cuMemAlloc", doing);
    if (!status.ok())
      return status;
    {
      // The smaller ones stay until the end: a kernel in the stream may use them.
      std::lock_guard<std::mutex> hold(lock);
      flags.push_back(bigger);
    }
    // Their address stays in the state: nothing clears it between launches.
    status = tellAddress(slot, VYRE_BARRIER_FLAGS_OFFSET, bigger, stream);
    if (!status.ok())
      return status;
    slot.flags = bigger;
    slot.flagCount = blocks;
  }
  return api.check(
      api.cuMemsetD8Async(slot.flags, 0, uint64_t(blocks) * VYRE_BARRIER_FLAG_BYTES, stream),
      "cuMemsetD8Async", doing);
}

void BarrierPool::give(const BarrierSlot &slot) {
  slot.abort->store(0, std::memory_order_relaxed);
  std::lock_guard<std::mutex> hold(lock);
  unused.push_back(slot);
}

bool BarrierPool::used() {
  std::lock_guard<std::mutex> hold(lock);
  return !chunks.empty();
}

void BarrierPool::release() {
  std::lock_guard<std::mutex> hold(lock);
  for (const Chunk &chunk : chunks) {
    (void)api.cuMemFree(chunk.blocks);
    (void)api.cuMemFreeHost(chunk.words);
  }
  for (CUdeviceptr block : flags)
    (void)api.cuMemFree(block);
  chunks.clear();
  flags.clear();
  unused.clear();
}

} // namespace vyre::rt::cuda
