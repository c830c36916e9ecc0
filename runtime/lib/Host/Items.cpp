// Fills and strided copies.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Items.h"

#include <algorithm>
#include <cstring>

namespace vyre::rt::host {

template <typename T> static void fillAs(void *dst, uint64_t value, uint64_t count) {
  auto *out = static_cast<unsigned char *>(dst);
  T element = T(value);
  // memcpy: the destination of a fill need not be aligned for T.
  for (uint64_t i = 0; i != count; ++i)
    std::memcpy(out + i * sizeof(T), &element, sizeof(T));
}

void fillMemory(void *dst, uint64_t value, uint32_t elementBytes, uint64_t count) {
  switch (elementBytes) {
  case 1:
    std::memset(dst, int(value & 0xff), count);
    break;
  case 2:
    fillAs<uint16_t>(dst, value, count);
    break;
  case 4:
    fillAs<uint32_t>(dst, value, count);
    break;
  default:
    fillAs<uint64_t>(dst, value, count);
  }
}

// Copies dimension `dim` and those inside it.
static void copyDimension(const StridedCopy &copy, int64_t dim, char *dst, const char *src) {
  auto bytes = int64_t(copy.elementBytes);
  if (dim == copy.rank) {
    std::memmove(dst, src, copy.elementBytes);
    return;
  }
  int64_t size = copy.sizes[dim], to = copy.dstStrides[dim], from = copy.srcStrides[dim];
  if (dim + 1 == copy.rank && to == 1 && from == 1) {
    std::memmove(dst, src, size_t(size * bytes));
    return;
  }
  for (int64_t i = 0; i < size; ++i)
    copyDimension(copy, dim + 1, dst + i * to * bytes, src + i * from * bytes);
}

void copyStrided(const StridedCopy &copy) {
  if (std::any_of(copy.sizes, copy.sizes + copy.rank, [](int64_t size) { return size <= 0; }))
    return;
  copyDimension(copy, 0, static_cast<char *>(copy.dst), static_cast<const char *>(copy.src));
}

} // namespace vyre::rt::host
