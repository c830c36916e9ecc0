// Calls functions of smooth.mlir with buffers of its own, and checks the result
// against the same arithmetic in C++.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   vyre-compile smooth.mlir --emit=obj -o smooth.o          # also smooth.o.h
//   c++ -include smooth.o.h smooth.cpp smooth.o -lVyreRuntime -o smooth
// after `cmake --install build`, or with -Iruntime/include and
// build/lib/libVyreRuntime.a -ldl -lpthread in place of -lVyreRuntime.
#include "vyre-abi/vyre_abi.h"

#include <cstdio>
#include <vector>

// A row-major descriptor of a vector's elements; nothing is copied.
static vyre_memref_float_1d describe(std::vector<float> &values) {
  return {values.data(), values.data(), 0, {static_cast<int64_t>(values.size())}, {1}};
}

static void smoothHere(std::vector<float> &signal, int rounds) {
  std::vector<float> next(signal);
  for (int round = 0; round < rounds; ++round) {
    for (size_t i = 1; i + 1 < signal.size(); ++i)
      next[i] = ((signal[i - 1] + signal[i]) + signal[i + 1]) / 3.0f;
    signal.swap(next);
  }
}

int main() {
  // The program checks results itself, so failures end it with a message.
  vyreExitOnFailure();
  if (vyreAbiCheck(VYRE_ABI_VERSION) != VYRE_OK)
    return 1;

  std::vector<float> signal(1000), scratch(signal.size());
  for (size_t i = 0; i < signal.size(); ++i)
    signal[i] = static_cast<float>(i * 37 % 101);
  std::vector<float> expected(signal);

  vyre_memref_float_1d signalRef = describe(signal), scratchRef = describe(scratch);
  _mlir_ciface_smooth(&signalRef, &scratchRef, /*rounds=*/20);
  float peak = _mlir_ciface_peak(&signalRef);
  // Kernels may have written into an image of our buffer: wait and copy back.
  if (vyreDeviceSync() != VYRE_OK || vyreHostAccess(nullptr) != VYRE_OK)
    return 1;

  smoothHere(expected, 20);
  for (size_t i = 0; i < signal.size(); ++i)
    if (signal[i] != expected[i]) {
      std::printf("value %zu is %g, expected %g\n", i, signal[i], expected[i]);
      return 1;
    }
  std::printf("%zu values agree, the peak is %g\n", signal.size(), peak);
  return 0;
}
