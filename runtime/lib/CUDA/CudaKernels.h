// Device code: modules are loaded on first use, once; kernels are looked up once.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_CUDA_CUDAKERNELS_H
#define VYRE_RT_CUDA_CUDAKERNELS_H

#include "Driver.h"

#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace vyre::rt::cuda {

class CudaDevice;

/// A kernel in the device's context.
struct CudaKernel {
  CUfunction function = nullptr;
  int maxThreads = 0;
  // Guards what follows.
  mutable std::mutex lock;
  mutable int64_t allowedShared = 0; // dynamic bytes that need no further permission
  mutable std::map<std::pair<int64_t, int64_t>, uint32_t> blocksPerProcessor;
};

class KernelCache {
public:
  explicit KernelCache(CudaDevice &device) : device(device) {}

  /// Finds `desc`, loading its module if needed. The device's context must be
  /// current. A failure is not remembered: the next use tries again.
  Status find(const vyre_kernel_desc &desc, int sm, const CudaKernel *&kernel);
  /// Lets a launch of `kernel` use `bytes` of dynamic shared memory.
  Status allowShared(const CudaKernel &kernel, int64_t bytes) const;
  /// Unloads all modules; the context must be current.
  void unload();

private:
  Status load(const vyre_module_desc &desc, int sm, CUmodule &module);
  Status tryImage(const vyre_module_desc &desc, const vyre_image_desc &image, CUmodule &module);

  CudaDevice &device;
  std::shared_mutex lock;
  std::unordered_map<const vyre_kernel_desc *, std::unique_ptr<CudaKernel>> kernels;
  std::unordered_map<const vyre_module_desc *, CUmodule> modules;
};

/// The images of `desc` that chip `sm` can take, the best first: a cubin for
/// this very chip, then one for an older chip of its generation (the newest
/// first), then fat binaries, then PTX (the newest that is not too new first).
std::vector<const vyre_image_desc *> rankImages(const vyre_module_desc &desc, int sm);

} // namespace vyre::rt::cuda

#endif // VYRE_RT_CUDA_CUDAKERNELS_H
