// Memref descriptors as upstream MLIR passes them across a C call, and the one
// view of them that the support library works with.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_SUPPORT_MEMREF_H
#define VYRE_SUPPORT_MEMREF_H

#include <cstddef>
#include <cstdint>

#if defined(__GNUC__)
#define VYRE_SUPPORT_EXPORT extern "C" __attribute__((visibility("default")))
#else
#define VYRE_SUPPORT_EXPORT extern "C"
#endif

namespace vyre::rt::support {

/// `memref<*xT>`: a rank and a pointer to a ranked descriptor of that rank.
struct UnrankedDescriptor {
  int64_t rank;
  void *descriptor;
};

/// The part of a ranked descriptor that every rank has. `rank` sizes and then
/// `rank` strides follow it in memory.
struct DescriptorHead {
  void *allocated;
  void *aligned;
  int64_t offset;
};
static_assert(sizeof(DescriptorHead) == 24, "sizes must follow the offset without padding");

/// A descriptor of any rank. `sizes` and `strides` are null for rank 0;
/// strides and the offset count elements.
template <typename T> struct MemRefView {
  int64_t rank = 0;
  T *data = nullptr;
  int64_t offset = 0;
  const int64_t *sizes = nullptr;
  const int64_t *strides = nullptr;

  MemRefView(int64_t rank, const void *descriptor) : rank(rank) {
    const auto *head = static_cast<const DescriptorHead *>(descriptor);
    data = static_cast<T *>(head->aligned);
    offset = head->offset;
    if (rank > 0) {
      sizes = reinterpret_cast<const int64_t *>(head + 1);
      strides = sizes + rank;
    }
  }
  explicit MemRefView(const UnrankedDescriptor &unranked)
      : MemRefView(unranked.rank, unranked.descriptor) {}

  /// True if no element is in the shape.
  bool empty() const {
    for (int64_t dim = 0; dim < rank; ++dim)
      if (sizes[dim] <= 0)
        return true;
    return false;
  }
};

/// Elements that a shape reaches, relative to data + offset: [low, high).
struct ElementRange {
  int64_t low;
  int64_t high;
};

/// The element range of a shape whose strides may be negative or zero. An empty
/// shape reaches nothing: {0, 0}.
template <typename T> ElementRange reach(const MemRefView<T> &view) {
  if (view.empty())
    return {0, 0};
  ElementRange range = {0, 1};
  for (int64_t dim = 0; dim < view.rank; ++dim) {
    int64_t span = (view.sizes[dim] - 1) * view.strides[dim];
    (span < 0 ? range.low : range.high) += span;
  }
  return range;
}

} // namespace vyre::rt::support

#endif // VYRE_SUPPORT_MEMREF_H
