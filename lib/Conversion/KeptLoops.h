// Loops of stages whose iterations each block runs in a row (`vyre.on_chip`), as far as
// the devices' lowerings share them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_CONVERSION_KEPTLOOPS_H
#define VYRE_LIB_CONVERSION_KEPTLOOPS_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/PatternMatch.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

namespace vyre {

/// A loop that may go into the loop over blocks, and its stages.
using KeptLoop = std::pair<mlir::scf::ForOp, llvm::SmallVector<StageOp>>;

/// Such loops in a kernel, none inside another. One that is marked but no longer of the
/// form that `vyre-keep-on-chip` marks is a loop like any other.
llvm::SmallVector<KeptLoop> findKeptLoops(mlir::Operation *kernel);

/// Loads what the accesses in `loop` with the attribute `vyre.element` touch into a slot
/// per thread before it, and stores it once after it. `loop` is in the body of a stage.
void keepElements(mlir::scf::ForOp loop, mlir::gpu::GPUFuncOp kernel, mlir::IRRewriter &rewriter);

} // namespace vyre

#endif // VYRE_LIB_CONVERSION_KEPTLOOPS_H
