// Hands overlapping parts of one array to a compiled function, twice, with a change
// in between, and compares with plain C++.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre-abi/vyre_abi.h"

#include <cstdio>
#include <vector>

/// `size` elements of the array from `begin`, `stride` apart. Unsigned arithmetic
/// wraps as the kernels' does.
struct Part {
  int64_t begin, size, stride;
  uint32_t &at(std::vector<uint32_t> &array, int64_t i) const { return array[begin + i * stride]; }
};
static const Part left = {0, 600, 1}, right = {400, 600, 1}, every = {2, 333, 3};

static vyre_memref_int32_1d describe(std::vector<uint32_t> &array, const Part &part) {
  auto *data = reinterpret_cast<int32_t *>(array.data());
  return {data, data, part.begin, {part.size}, {part.stride}};
}

static uint32_t mixHere(std::vector<uint32_t> &array, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    for (int64_t i = 0; i < left.size; ++i)
      left.at(array, i) *= 3;
    for (int64_t i = 0; i < right.size; ++i)
      right.at(array, i) += uint32_t(i);
    for (int64_t i = 0; i < every.size; ++i)
      every.at(array, i) ^= uint32_t(i);
  }
  uint32_t seen = right.at(array, 0);
  right.at(array, 0) += 3;
  for (int64_t i = 0; i < left.size; ++i)
    left.at(array, i) *= 2;
  return seen;
}

int main() {
  vyreExitOnFailure();
  if (vyreAbiCheck(VYRE_ABI_VERSION) != VYRE_OK)
    return 1;
  std::vector<uint32_t> array(1001);
  for (size_t i = 0; i < array.size(); ++i)
    array[i] = uint32_t(i * 2654435761u);
  std::vector<uint32_t> expected(array);

  for (int call = 0; call < 2; ++call) {
    vyre_memref_int32_1d parts[] = {describe(array, left), describe(array, right),
                                      describe(array, every)};
    auto seen = uint32_t(_mlir_ciface_mix(&parts[0], &parts[1], &parts[2], 5 + call));
    uint32_t want = mixHere(expected, 5 + call);
    if (seen != want) {
      std::printf("call %d saw %u, expected %u\n", call, seen, want);
      return 1;
    }
    for (size_t i = 0; i < array.size(); ++i)
      if (array[i] != expected[i]) {
        std::printf("call %d: element %zu is %u, expected %u\n", call, i, array[i], expected[i]);
        return 1;
      }
    // The device's image of these elements is stale now.
    array[450] = expected[450] = 12345;
    array[999] = expected[999] = 54321;
  }
  std::printf("%zu elements agree after each call\n", array.size());
  return 0;
}
