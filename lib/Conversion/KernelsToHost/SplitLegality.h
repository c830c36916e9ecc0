// What may be taken apart at barriers, and what can cross from one part to the
// next.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_CONVERSION_KERNELSTOHOST_SPLITLEGALITY_H
#define VYRE_LIB_CONVERSION_KERNELSTOHOST_SPLITLEGALITY_H

#include "Uniformity.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace vyre {

/// True if a value of this type can be kept in a per-thread array.
bool canBeKept(mlir::Type type);

/// True if `op` can be computed again wherever its operands are.
bool canRecompute(mlir::Operation *op);

/// True if `op` allocates a buffer of fixed size and plain layout: each thread
/// can have a part of one large buffer.
bool isPrivateBuffer(mlir::Operation *op);

/// True if `value` can be had in a later part: it is uniform, kept, a thread's
/// part of a buffer, or computed again from what can be had.
bool canCross(mlir::Value value, const Uniformity &uniformity);

} // namespace vyre

#endif // VYRE_LIB_CONVERSION_KERNELSTOHOST_SPLITLEGALITY_H
