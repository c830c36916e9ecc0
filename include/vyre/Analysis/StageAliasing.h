// Which buffers of a persistent kernel may overlap, by iteration.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_ANALYSIS_STAGEALIASING_H
#define VYRE_ANALYSIS_STAGEALIASING_H

#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"

namespace vyre {

/// Which buffers of a persistent kernel may overlap.
class StageAliasing {
public:
  /// `slots` holds per argument of the kernel the numbers of a BufferSlots that its
  /// memory may be in. With `assumesDisjoint` two different arguments never overlap,
  /// whatever their slots: run time checks.
  StageAliasing(llvm::ArrayRef<llvm::SmallVector<uint32_t>> slots, bool assumesDisjoint)
      : slots(slots), assumesDisjoint(assumesDisjoint) {}

  /// True if the two values, of the same iteration of every loop around both, share
  /// no byte.
  bool areDisjoint(mlir::Value a, mlir::Value b) const;
  /// True if the two, of any iterations, share no byte.
  bool areAlwaysDisjoint(mlir::Value a, mlir::Value b) const;
  /// True if the two, of any iterations, either share no byte or are the same
  /// buffer with the same layout.
  bool areSameOrDisjoint(mlir::Value a, mlir::Value b) const;

private:
  using Pair = std::pair<mlir::Value, mlir::Value>;
  bool areDisjoint(mlir::Value a, mlir::Value b, llvm::DenseSet<Pair> &assumed) const;
  bool areRootsDisjoint(mlir::Value a, mlir::Value b) const;

  llvm::ArrayRef<llvm::SmallVector<uint32_t>> slots;
  bool assumesDisjoint;
};

} // namespace vyre

#endif // VYRE_ANALYSIS_STAGEALIASING_H
