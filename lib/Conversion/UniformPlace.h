// Whether all threads of a block reach an op of a kernel together.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_CONVERSION_UNIFORMPLACE_H
#define VYRE_LIB_CONVERSION_UNIFORMPLACE_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace vyre {

/// True if it is proven that either all threads of a block execute `op` or none
/// does, equally often: only structured control flow around it, decided by values
/// that are the same in all threads. Errs towards false.
bool isUniformPlace(mlir::Operation *op, mlir::gpu::GPUFuncOp kernel);

} // namespace vyre

#endif // VYRE_LIB_CONVERSION_UNIFORMPLACE_H
