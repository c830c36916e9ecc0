// The small helpers that compiled programs call: memref.copy of strided
// memory, allocation hooks, clocks, random numbers and sorting.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Core/Process.h"
#include "MemRef.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <numeric>
#include <random>

using namespace vyre::rt;
using namespace vyre::rt::support;

namespace {

/// Copies dimensions `dim` and inwards; a dimension that is dense on both sides
/// goes as one block.
void copyDimension(int64_t elementBytes, const MemRefView<char> &src, const MemRefView<char> &dst,
                   int64_t dim, const char *from, char *to) {
  if (dim == src.rank) {
    std::memmove(to, from, elementBytes);
    return;
  }
  bool last = dim + 1 == src.rank;
  if (last && src.strides[dim] == 1 && dst.strides[dim] == 1) {
    std::memmove(to, from, elementBytes * src.sizes[dim]);
    return;
  }
  for (int64_t i = 0; i < src.sizes[dim]; ++i)
    copyDimension(elementBytes, src, dst, dim + 1, from + i * src.strides[dim] * elementBytes,
                  to + i * dst.strides[dim] * elementBytes);
}

/// aligned_alloc asks for a size that is a multiple of the alignment.
void *allocateAligned(uint64_t alignment, uint64_t bytes) {
  alignment = std::max<uint64_t>(alignment, alignof(std::max_align_t));
  if (bytes > UINT64_MAX - alignment)
    return nullptr;
  return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
}

/// Programs use their memory unseen: the failure is told before null goes back.
void *checkAllocated(void *memory, uint64_t bytes) {
  if (!memory && bytes != 0)
    Process::get().report(Status(VYRE_OUT_OF_MEMORY, "out of memory: " + std::to_string(bytes) +
                                                         " bytes for a memref"));
  return memory;
}

template <typename T> void sortPrefix(uint64_t count, void *descriptor) {
  MemRefView<T> view(1, descriptor);
  if (view.sizes[0] < 0 || view.strides[0] != 1)
    return;
  T *first = view.data + view.offset;
  std::sort(first, first + std::min<uint64_t>(count, view.sizes[0]));
}

} // namespace

VYRE_SUPPORT_EXPORT void memrefCopy(int64_t elementBytes, UnrankedDescriptor *source,
                                    UnrankedDescriptor *target) {
  MemRefView<char> src(*source), dst(*target);
  if (src.empty() || dst.empty())
    return;
  copyDimension(elementBytes, src, dst, 0, src.data + src.offset * elementBytes,
                dst.data + dst.offset * elementBytes);
}

VYRE_SUPPORT_EXPORT void *mlirAlloc(uint64_t bytes) { return std::malloc(bytes); }
VYRE_SUPPORT_EXPORT void mlirFree(void *pointer) { std::free(pointer); }
VYRE_SUPPORT_EXPORT void *mlirAlignedAlloc(uint64_t alignment, uint64_t bytes) {
  return allocateAligned(alignment, bytes);
}
VYRE_SUPPORT_EXPORT void mlirAlignedFree(void *pointer) { std::free(pointer); }

// The names under use-generic-functions of finalize-memref-to-llvm.
VYRE_SUPPORT_EXPORT void *_mlir_memref_to_llvm_alloc(uint64_t bytes) {
  return checkAllocated(std::malloc(bytes), bytes);
}
VYRE_SUPPORT_EXPORT void *_mlir_memref_to_llvm_aligned_alloc(uint64_t alignment, uint64_t bytes) {
  return checkAllocated(allocateAligned(alignment, bytes), bytes);
}
VYRE_SUPPORT_EXPORT void _mlir_memref_to_llvm_free(void *pointer) { std::free(pointer); }

VYRE_SUPPORT_EXPORT void printFlops(double flops) {
  std::fprintf(stderr, "%lf GFLOPS\n", flops / 1.0e9);
}

/// Seconds since the epoch, as a program's own timing code expects.
VYRE_SUPPORT_EXPORT double rtclock() {
  using Seconds = std::chrono::duration<double>;
  return Seconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

VYRE_SUPPORT_EXPORT int64_t _mlir_ciface_nanoTime() {
  auto now = std::chrono::high_resolution_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}
VYRE_SUPPORT_EXPORT int64_t nanoTime() { return _mlir_ciface_nanoTime(); }

VYRE_SUPPORT_EXPORT void *rtsrand(uint64_t seed) {
  return new (std::nothrow) std::mt19937(static_cast<std::mt19937::result_type>(seed));
}
VYRE_SUPPORT_EXPORT uint64_t rtrand(void *generator, uint64_t bound) {
  // Both ends are included: programs rely on upstream's sequence of numbers.
  std::uniform_int_distribution<uint64_t> distribution(0, bound);
  return distribution(*static_cast<std::mt19937 *>(generator));
}
VYRE_SUPPORT_EXPORT void rtdrand(void *generator) { delete static_cast<std::mt19937 *>(generator); }

VYRE_SUPPORT_EXPORT void _mlir_ciface_shuffle(void *descriptor, void *generator) {
  MemRefView<uint64_t> view(1, descriptor);
  if (view.sizes[0] <= 0 || view.strides[0] != 1)
    return;
  uint64_t *first = view.data + view.offset;
  std::iota(first, first + view.sizes[0], uint64_t(0));
  std::shuffle(first, first + view.sizes[0], *static_cast<std::mt19937 *>(generator));
}

VYRE_SUPPORT_EXPORT void _mlir_ciface_stdSortI64(uint64_t count, void *descriptor) {
  sortPrefix<int64_t>(count, descriptor);
}
VYRE_SUPPORT_EXPORT void _mlir_ciface_stdSortF64(uint64_t count, void *descriptor) {
  sortPrefix<double>(count, descriptor);
}
VYRE_SUPPORT_EXPORT void _mlir_ciface_stdSortF32(uint64_t count, void *descriptor) {
  sortPrefix<float>(count, descriptor);
}
