// Facts about host code between launches ("glue") that a persistent kernel takes
// along: what depends on memory it reads, and what runs the same on the device.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_ANALYSIS_HOSTGLUE_H
#define VYRE_ANALYSIS_HOSTGLUE_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

#include <optional>

namespace vyre {

/// True if `op` is or holds a launch. What does not is glue.
bool holdsLaunch(mlir::Operation *op);

/// True if `op` stores to memory, or something inside does; launches do not count.
bool holdsStore(mlir::Operation *op);

/// True if `op` reads memory, or something inside does; launches do not count.
bool holdsLoad(mlir::Operation *op);

/// True for math functions that are exact or correctly rounded on every device.
bool isExactMath(mlir::Operation *op);

/// The divisor of an integer division or remainder; null for other ops.
mlir::Value getDivisor(mlir::Operation *op);

/// True if the division cannot trap, as far as constants tell: its divisor is not
/// zero, and not -1 if it is signed.
bool isSafeDivision(mlir::Operation *op);

/// True for glue that only the kernel runs: it loads or stores, or may divide by
/// zero, itself or inside. A host that runs the loop in advance leaves it out.
bool isKernelOnly(mlir::Operation *op);

/// True if the integer is at least 0, as far as the ops that compute it tell.
bool isPlainlyNonNegative(mlir::Value value);

/// True if `value` is defined outside of `loop`: the same in all iterations.
bool isOutside(mlir::Value value, mlir::Operation *loop);

/// The values of a loop that depend on memory that the loop reads, or on other ops
/// that only the kernel runs: a host that runs the loop in advance cannot know them.
class LoadedValues {
public:
  explicit LoadedValues(mlir::Operation *loop);

  bool contains(mlir::Value value) const { return values.contains(value); }
  /// True if no loop but those that only the kernel runs goes on for a loaded number
  /// of times, so that the host can run them all in advance.
  bool isControlKnown() const;
  /// True if an scf.if around `op`, inside the loop, has a loaded condition.
  bool isUnderLoadedBranch(mlir::Operation *op) const;

private:
  bool mark(mlir::ValueRange values);
  bool visit(mlir::Operation *op);

  mlir::Operation *loop;
  llvm::DenseSet<mlir::Value> values;
};

/// The buffers that `result`, of `loop`, may be: values from outside of the loop
/// that it only hands round (iter_args, branches, selects). Nothing if it may be
/// another view, or if two of them may be the same memory.
std::optional<llvm::SetVector<mlir::Value>> findCarriedBuffers(mlir::OpResult result,
                                                               mlir::Operation *loop);

} // namespace vyre

#endif // VYRE_ANALYSIS_HOSTGLUE_H
