// Registers the vyre dialect.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

#include "mlir/IR/Builders.h"

#include "vyre/Dialect/Vyre/IR/VyreDialect.cpp.inc"
#include "vyre/Dialect/Vyre/IR/VyreEnums.cpp.inc"

void vyre::VyreDialect::initialize() {
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "vyre/Dialect/Vyre/IR/VyreOps.cpp.inc"
      >();
}
