// Which virtual blocks of a stage a physical block or worker runs, the same on all
// devices.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_CONVERSION_BLOCKSHARES_H
#define VYRE_LIB_CONVERSION_BLOCKSHARES_H

#include "mlir/IR/Builders.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

namespace vyre {

/// Emits the loop over the virtual blocks of `stage`, `blocks` in all, that physical block
/// `number` of `count` runs, and goes into it. Gives the linear number of the block.
///
/// Without `rounds` that is the share [number * blocks / count, (number + 1) * blocks /
/// count). With `rounds` the blocks are cut into runs of ceil(blocks / (count * rounds)),
/// and every round gives each physical block one. Every second round goes backwards, so
/// that nobody always gets the dearer run where costs rise or fall with the number.
mlir::Value enterShare(mlir::OpBuilder &builder, StageOp stage, mlir::Value blocks,
                       mlir::Value number, mlir::Value count);

} // namespace vyre

#endif // VYRE_LIB_CONVERSION_BLOCKSHARES_H
