// What must be ordered between two stages of a persistent kernel.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_ANALYSIS_STAGEDEPENDENCES_H
#define VYRE_ANALYSIS_STAGEDEPENDENCES_H

#include "vyre/Analysis/StageAccesses.h"
#include "vyre/Analysis/StageAliasing.h"

#include <string>

namespace vyre {

/// How far a dependence reaches, and so what has to meet between its ends.
/// Ordered: each tier orders all that a smaller one does, if those in a kernel that
/// are `neighbours` have stages of one shape.
struct SyncTier {
  SyncScope scope = SyncScope::None;
  /// For `neighbours`: the most virtual blocks, counted x fastest, between the
  /// two ends, and a stage with their grid.
  int64_t distance = 0;
  StageOp shape;

  static SyncTier grid() { return {SyncScope::Grid, 0, {}}; }
  static SyncTier block() { return {SyncScope::Block, 0, {}}; }
  bool operator==(const SyncTier &other) const {
    return scope == other.scope && distance == other.distance;
  }
  bool operator<(const SyncTier &other) const {
    return std::pair(scope, distance) < std::pair(other.scope, other.distance);
  }
};

/// A tier and the accesses that ask for it. Without accesses there is no dependence;
/// with accesses and `none` only one of a thread on itself.
struct Dependence {
  SyncTier tier;
  mlir::Operation *from = nullptr, *to = nullptr;
  std::string why;
  mlir::Value buffer; ///< What the first of the accesses is to; null if that is unknown.
};

/// True if the stages' grids and blocks are equal in every iteration of the kernel's
/// loops, and dealt out alike: a virtual block is in the same place in both.
bool haveSameShape(StageOp a, StageOp b);

/// What must be between `from` and a later `to` of the same iteration of every loop
/// around both.
Dependence findDependence(const StageAccesses &from, const StageAccesses &to,
                          const StageAliasing &aliasing);

/// What must be between `from` and `to` of a later iteration of a loop around both.
Dependence findCarriedDependence(const StageAccesses &from, const StageAccesses &to,
                                 const StageAliasing &aliasing);

} // namespace vyre

#endif // VYRE_ANALYSIS_STAGEDEPENDENCES_H
