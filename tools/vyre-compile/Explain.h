// What was decided at compile time about each group of launches.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TOOLS_COMPILE_EXPLAIN_H
#define VYRE_TOOLS_COMPILE_EXPLAIN_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/JSON.h"

namespace vyre::driver {

/// The explanation of all launch groups in `module`, in the order of the source,
/// with the fields that a run's explanation has. A form that is left to run time
/// is `deferred`. Needs the module between optimizing and lowering.
llvm::json::Value explainGroups(mlir::ModuleOp module);

/// The same for people.
std::string explanationText(const llvm::json::Value &explanation);

} // namespace vyre::driver

#endif // VYRE_TOOLS_COMPILE_EXPLAIN_H
