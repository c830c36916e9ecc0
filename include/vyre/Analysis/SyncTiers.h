// How little the blocks of a persistent kernel have to synchronize.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_ANALYSIS_SYNCTIERS_H
#define VYRE_ANALYSIS_SYNCTIERS_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "vyre/Analysis/StageDependences.h"

namespace vyre {

/// The synchronization in front of one place of a persistent kernel.
struct PlacedTier {
  mlir::Operation *place = nullptr; ///< A stage, or an access that every thread makes.
  Dependence dependence;            ///< The tier, and the dependence that asks for it.
  bool isFirst = true;              ///< Nothing that touches memory can run before it.
};

/// Places of the kernel in program order, each with the least tier such that every
/// dependence on what ran before is covered by a synchronization in between. Nothing
/// if the kernel holds control flow that is not understood. With `oneBlock` the
/// kernel runs on one physical block.
std::optional<llvm::SmallVector<PlacedTier>>
computeSyncTiers(mlir::gpu::GPUFuncOp kernel, const StageAliasing &aliasing, bool oneBlock);

} // namespace vyre

#endif // VYRE_ANALYSIS_SYNCTIERS_H
