// The argument by which a persistent kernel knows whether its buffers overlap.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_TRANSFORMS_OVERLAPARGUMENT_H
#define VYRE_LIB_TRANSFORMS_OVERLAPARGUMENT_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

namespace vyre {

namespace attr_name {
inline constexpr llvm::StringLiteral kOverlapArgument =
    "vyre.overlap_argument"; // i64, on gpu.func: the number of that argument
} // namespace attr_name

/// The argument of `kernel`, an i1; null if it has none.
mlir::Value findOverlapArgument(mlir::gpu::GPUFuncOp kernel);

/// The same, made if it is not there: the host compares the address ranges of the launch's
/// arguments that may overlap, one of each pair written by the kernel. Null if there is
/// nothing to compare, or no way to.
mlir::Value getOverlapArgument(LaunchPersistentOp launch, mlir::gpu::GPUFuncOp kernel);

/// What is known about the buffers where an op of a kernel stands.
enum class Overlap { Unknown, Some, None };
/// Reads it off the branches on the kernel's argument around `op`.
Overlap findOverlapAround(mlir::Operation *op, mlir::gpu::GPUFuncOp kernel);

} // namespace vyre

#endif // VYRE_LIB_TRANSFORMS_OVERLAPARGUMENT_H
