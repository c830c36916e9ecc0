// Kernels to device code and ABI records. One file each in lib/Target.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TARGET_PASSES_H
#define VYRE_TARGET_PASSES_H

#include "mlir/Pass/Pass.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

namespace vyre {
#define GEN_PASS_DECL
#include "vyre/Target/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "vyre/Target/Passes.h.inc"
} // namespace vyre

#endif // VYRE_TARGET_PASSES_H
