// Builds the kernel of a persistent launch group: the loop itself, on the device.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_TRANSFORMS_PERSISTENTKERNEL_H
#define VYRE_LIB_TRANSFORMS_PERSISTENTKERNEL_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "vyre/Analysis/KernelFacts.h"

namespace vyre {

/// A result of the loop that only the kernel knows: a scalar, or which of `buffers`
/// (values from outside of the loop) it ends with.
struct DeviceResult {
  unsigned number;
  llvm::SmallVector<mlir::Value> buffers;
};

struct PersistentKernel {
  mlir::gpu::GPUFuncOp func;
  mlir::Operation *loop;                    ///< In `func`.
  llvm::SmallVector<mlir::Value> arguments; ///< Host values for its arguments.
  /// Types of rank-0 buffers that it needs as its last arguments. Where it ends, the
  /// first ones hold the device results in order: a scalar, or the number of a buffer.
  llvm::SmallVector<mlir::MemRefType> slots;
  int64_t sharedBytes = 0; ///< Static shared memory of the largest stage.
};

/// Builds `func` (in no module yet) from a loop without persistent blockers.
/// `threads` is its physical block size, or nothing if only run time knows.
PersistentKernel buildPersistentKernel(mlir::Operation *loop, llvm::StringRef name,
                                       std::optional<int64_t> threads, KernelAnalysis &kernels,
                                       llvm::ArrayRef<DeviceResult> results);

/// The synchronization after a stage: all later ops see what it wrote.
void createStageSync(mlir::OpBuilder &builder, mlir::Location loc);

} // namespace vyre

#endif // VYRE_LIB_TRANSFORMS_PERSISTENTKERNEL_H
