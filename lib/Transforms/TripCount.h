// How often a counted loop runs, as a value.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_TRANSFORMS_TRIPCOUNT_H
#define VYRE_LIB_TRANSFORMS_TRIPCOUNT_H

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"

namespace vyre {

/// Emits the number of iterations as an index value at the insertion point. Exact for
/// all bounds: the difference is taken only where the range is not empty.
mlir::Value createTripCount(mlir::OpBuilder &builder, mlir::scf::ForOp loop);

} // namespace vyre

#endif // VYRE_LIB_TRANSFORMS_TRIPCOUNT_H
