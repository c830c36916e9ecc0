// What a gpu.launch takes from its surroundings: arguments and sunk values.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_ANALYSIS_KERNELCAPTURES_H
#define VYRE_ANALYSIS_KERNELCAPTURES_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace vyre {

struct KernelCaptures {
  /// Values that become kernel arguments, in the order of the outlined
  /// function: operand numbers on a `gpu.launch` are positions in this list.
  llvm::SetVector<mlir::Value> operands;
  /// Constants and cheap index computations that are repeated inside the
  /// kernel, each before its users.
  llvm::SmallVector<mlir::Operation *> sunk;
};

/// A computation is sunk only when that adds no argument to the kernel.
KernelCaptures computeKernelCaptures(mlir::gpu::LaunchOp launch);

} // namespace vyre

#endif // VYRE_ANALYSIS_KERNELCAPTURES_H
