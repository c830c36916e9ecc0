// Builds the persistent form of a launch group: its kernel, and the host code that
// checks sizes, launches it and fetches results.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_TRANSFORMS_PERSISTENTFORM_H
#define VYRE_LIB_TRANSFORMS_PERSISTENTFORM_H

#include "PersistentKernel.h"
#include "mlir/Analysis/DataFlowFramework.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

namespace vyre {

/// Knows bounds of integers by range analysis.
class RangeOracle {
public:
  /// False if the analysis failed; then only constants are known.
  bool run(mlir::Operation *root);
  /// True if `value` is proven to be from 0 to `most` as a signed integer.
  bool isWithin(mlir::Value value, int64_t most);

private:
  mlir::DataFlowSolver solver;
  bool ready = false;
};

/// Fills the persistent region of a group whose loop has no persistent blocker and
/// puts the kernel beside those that the loop launches, under a name like `name`.
PersistentKernel buildPersistentForm(LaunchGroupOp group, llvm::StringRef name,
                                     KernelAnalysis &kernels, RangeOracle &ranges,
                                     mlir::SymbolTableCollection &symbols);

} // namespace vyre

#endif // VYRE_LIB_TRANSFORMS_PERSISTENTFORM_H
