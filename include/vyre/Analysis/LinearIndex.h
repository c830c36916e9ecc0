// Indices of persistent kernels' stages as linear forms over thread and block ids.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_ANALYSIS_LINEARINDEX_H
#define VYRE_ANALYSIS_LINEARINDEX_H

#include "mlir/IR/Value.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

#include <array>
#include <optional>

namespace vyre {

/// A range of integers, both ends included.
struct Interval {
  int64_t low = 0, high = 0;

  bool isZero() const { return low == 0 && high == 0; }
  bool operator==(const Interval &other) const { return low == other.low && high == other.high; }
};

/// A number an index takes: the sum of `ids` times the virtual ids of a stage,
/// of `terms`, and of something in `rest`.
struct LinearIndex {
  /// Coefficients of the block ids x, y, z and the thread ids x, y, z: the first
  /// six arguments of vyre.stage.
  static constexpr unsigned kNumIds = 6;
  std::array<int64_t, kNumIds> ids = {};
  /// Values that are the same for all threads of a stage, each once and with a
  /// coefficient other than 0.
  llvm::SmallVector<std::pair<mlir::Value, int64_t>, 2> terms;
  Interval rest;

  int64_t coefficientOf(mlir::Value value) const;
  bool operator==(const LinearIndex &other) const {
    return ids == other.ids && terms == other.terms && rest == other.rest;
  }
};

/// Sum of `a` and `factor` times `b`; nothing if a coefficient gets so large that
/// sums of products with ids could exceed 64 bits.
std::optional<LinearIndex> addScaled(const LinearIndex &a, const LinearIndex &b, int64_t factor);

/// Values that the ids of a stage take; nothing where the grid has no constant size.
struct StageExtents {
  std::array<std::optional<int64_t>, LinearIndex::kNumIds> sizes;
};
StageExtents computeStageExtents(StageOp stage);

/// The form of an integer value in `stage`; nothing if it has none. In forms of
/// less than 64 bits no operation can have wrapped around.
std::optional<LinearIndex> computeLinearIndex(mlir::Value value, StageOp stage);

} // namespace vyre

#endif // VYRE_ANALYSIS_LINEARINDEX_H
