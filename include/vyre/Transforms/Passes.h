// Passes from vyre and gpu IR to vyre IR: one file each in lib/Transforms.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TRANSFORMS_PASSES_H
#define VYRE_TRANSFORMS_PASSES_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

namespace vyre {
#define GEN_PASS_DECL
#include "vyre/Transforms/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

#endif // VYRE_TRANSFORMS_PASSES_H
