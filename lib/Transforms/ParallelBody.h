// What of a parallel loop's body a kernel can hold, and how it gets there.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_TRANSFORMS_PARALLELBODY_H
#define VYRE_LIB_TRANSFORMS_PARALLELBODY_H

#include "mlir/Dialect/SCF/IR/SCF.h"
#include <string>

namespace vyre {

/// Why the body of `loop` cannot run in a kernel; empty if it can. Allocations of
/// known size up to `maxPrivateBytes` that are freed in their block can.
std::string whyHostOnly(mlir::scf::ParallelOp loop, int64_t maxPrivateBytes);

/// Spells `loop` as sequential loops; reductions combine in iteration order.
/// Returns the outermost one, null if the loop has no dimension to loop over.
mlir::Operation *lowerToSequential(mlir::scf::ParallelOp loop);

/// Makes the body of `loop`, which passed whyHostOnly, what a thread runs:
/// sequential inner loops, private buffers instead of allocations, element loops
/// instead of copies, globals outside and constants inside.
void prepareBody(mlir::scf::ParallelOp loop);

} // namespace vyre

#endif // VYRE_LIB_TRANSFORMS_PARALLELBODY_H
