// Stages of a batch that each block can run in a row.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_TRANSFORMS_FUSEBATCH_H
#define VYRE_LIB_TRANSFORMS_FUSEBATCH_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

namespace vyre {

/// Several stages that have become one, and the names of their launches.
struct FusedBatch {
  StageOp stage;
  llvm::SmallVector<std::string> launches;
};

/// Makes one stage of successive stages of a batch that have one shape and no more than a
/// synchronization of the block between them: a block's data of one iteration then stays
/// in caches from launch to launch, where all iterations of a launch would drive it out.
llvm::SmallVector<FusedBatch> fuseBatches(mlir::gpu::GPUFuncOp kernel);

} // namespace vyre

#endif // VYRE_LIB_TRANSFORMS_FUSEBATCH_H
