// Synchronizations between blocks in persistent kernels, as far as the devices'
// lowerings share them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_CONVERSION_MEETINGS_H
#define VYRE_LIB_CONVERSION_MEETINGS_H

#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

namespace vyre {

/// True if blocks wait for other blocks there, which can end the kernel.
bool meetsOtherBlocks(SyncOp sync);

/// True if `op` is or holds such a synchronization.
bool holdsMeeting(mlir::Operation *op);

/// Emits how far apart physical blocks can be whose virtual blocks are neighbours at
/// the `neighbours` synchronization. With P physical blocks, virtual block v of n runs
/// on a block in [(v + 1) P / n - 1, (v + 1) P / n), so at a virtual distance of d two
/// are at most ceil(d P / n) apart.
mlir::Value createPhysicalDistance(mlir::OpBuilder &builder, SyncOp sync,
                                   mlir::Value physicalBlocks);

} // namespace vyre

#endif // VYRE_LIB_CONVERSION_MEETINGS_H
