// What was decided at compile time about each group of launches.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TOOLS_COMPILE_EXPLAIN_H
#define VYRE_TOOLS_COMPILE_EXPLAIN_H

#include "driver/Remarks.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/ArrayRef.h"

namespace vyre::driver {

/// The explanation of all launch groups in `module`, in the order of the source,
/// and of what is in no group, as JSON in the layout that a run's explanation has.
/// What is left to run time is `deferred`. Needs the module between optimizing and
/// lowering.
std::string explanationJson(mlir::ModuleOp module, llvm::ArrayRef<Ungrouped> ungrouped);

/// The same for people.
std::string explanationText(mlir::ModuleOp module, llvm::ArrayRef<Ungrouped> ungrouped);

} // namespace vyre::driver

#endif // VYRE_TOOLS_COMPILE_EXPLAIN_H
