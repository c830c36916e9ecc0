// Lowerings between dialects; no heuristics. One file each in lib/Conversion.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_CONVERSION_PASSES_H
#define VYRE_CONVERSION_PASSES_H

#include "mlir/Pass/Pass.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

namespace vyre {
#define GEN_PASS_DECL
#include "vyre/Conversion/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "vyre/Conversion/Passes.h.inc"
} // namespace vyre

#endif // VYRE_CONVERSION_PASSES_H
