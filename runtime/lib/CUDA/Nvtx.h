// Ranges on a profiler's time line, through NVTX.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_CUDA_NVTX_H
#define VYRE_RT_CUDA_NVTX_H

namespace vyre::rt::cuda {

/// NVTX's calls for nested ranges of a thread; null without a profiler.
struct NvtxRanges {
  int (*push)(const char *label) = nullptr;
  int (*pop)() = nullptr;
  explicit operator bool() const { return push && pop; }

  /// Asks the profiler that NVTX_INJECTION64_PATH names (Nsight sets it), else
  /// the library of older tools. Done once.
  static const NvtxRanges &get();
};

} // namespace vyre::rt::cuda

#endif // VYRE_RT_CUDA_NVTX_H
