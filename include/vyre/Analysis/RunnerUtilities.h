// What is known of the functions that come with MLIR's runners, and with our runtime.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_ANALYSIS_RUNNERUTILITIES_H
#define VYRE_ANALYSIS_RUNNERUTILITIES_H

#include "mlir/IR/Operation.h"

namespace vyre {

/// True for a direct call of a declared function that prints a scalar or reads a clock:
/// it touches no memory of the program and knows nothing of devices.
bool isScalarUtilityCall(mlir::Operation *op);

/// True for a direct call of a declared function that prints or compares memrefs: it
/// reads them, and keeps no pointer to them.
bool isMemRefUtilityCall(mlir::Operation *op);

} // namespace vyre

#endif // VYRE_ANALYSIS_RUNNERUTILITIES_H
