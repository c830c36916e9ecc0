// What the stages of a persistent kernel read and write, and where.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_ANALYSIS_STAGEACCESSES_H
#define VYRE_ANALYSIS_STAGEACCESSES_H

#include "vyre/Analysis/LinearIndex.h"

namespace vyre {

/// One access to memory that other blocks can see.
struct StageAccess {
  mlir::Operation *op = nullptr;
  /// The buffer, outside of the stage and with views in the stage looked through.
  mlir::Value base;
  /// Per dimension of `base`; empty if the place is not known at all.
  llvm::SmallVector<std::optional<LinearIndex>> indices;
  bool writes = false;
};

/// A place of a persistent kernel that runs between two synchronizations: a
/// vyre.stage, or an access outside of stages that every thread makes.
struct StageAccesses {
  mlir::Operation *op = nullptr;
  StageOp stage; ///< Null for an access that every thread makes.
  llvm::SmallVector<StageAccess> accesses;
  bool usesSharedMemory = false;
  mlir::Operation *unknown = nullptr; ///< An op that may touch anything; null if none.
};

/// Accesses of the op and of what is in it. Private memory does not count.
StageAccesses computeStageAccesses(mlir::Operation *op);

/// True for what computeStageAccesses is about: a stage, or an op outside of stages
/// that touches memory and neither is nor holds a stage or a synchronization.
bool touchesMemoryInKernel(mlir::Operation *op);

} // namespace vyre

#endif // VYRE_ANALYSIS_STAGEACCESSES_H
