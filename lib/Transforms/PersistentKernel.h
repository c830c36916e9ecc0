// Builds the kernel of a persistent launch group: the loop itself, on the device.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_TRANSFORMS_PERSISTENTKERNEL_H
#define VYRE_LIB_TRANSFORMS_PERSISTENTKERNEL_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "vyre/Analysis/KernelFacts.h"

namespace vyre {

struct PersistentKernel {
  mlir::gpu::GPUFuncOp func;
  llvm::SmallVector<mlir::Value> arguments; ///< Host values for its arguments.
  int64_t sharedBytes = 0;                  ///< Static shared memory of the largest stage.
};

/// Builds `func` (in no module yet) from a loop without persistent blockers.
/// `threads` is its physical block size, or nothing if only run time knows.
PersistentKernel buildPersistentKernel(mlir::Operation *loop, llvm::StringRef name,
                                       std::optional<int64_t> threads, KernelAnalysis &kernels);

} // namespace vyre

#endif // VYRE_LIB_TRANSFORMS_PERSISTENTKERNEL_H
