// What values and ops of a body need to be taken apart at barriers.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_CONVERSION_KERNELSTOHOST_SPLITLEGALITY_H
#define VYRE_LIB_CONVERSION_KERNELSTOHOST_SPLITLEGALITY_H

#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace vyre {

/// True if a value of this type can be kept in a per-thread array.
bool canBeKept(mlir::Type type);

/// True if `op` can be computed again wherever its operands are.
bool canRecompute(mlir::Operation *op);

/// True if `op` allocates a buffer of fixed size and plain layout: each thread
/// can have a part of one large buffer.
bool isPrivateBuffer(mlir::Operation *op);

} // namespace vyre

#endif // VYRE_LIB_CONVERSION_KERNELSTOHOST_SPLITLEGALITY_H
