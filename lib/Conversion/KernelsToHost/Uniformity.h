// Which values of a block's body are the same in all its threads.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_CONVERSION_KERNELSTOHOST_UNIFORMITY_H
#define VYRE_LIB_CONVERSION_KERNELSTOHOST_UNIFORMITY_H

#include "mlir/IR/Region.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseSet.h"

namespace vyre {

/// Finds the values that may vary between threads of one block. Errs towards
/// "varies": only pure ops without regions, of uniform operands, give uniform
/// values, and loads never do, since another thread may write between.
class Uniformity {
public:
  explicit Uniformity(mlir::Region &body);

  bool isUniform(mlir::Value value) const { return !varying.contains(value); }

private:
  bool visit(mlir::Operation *op);
  bool mark(mlir::Value value) { return varying.insert(value).second; }
  bool markIfVarying(mlir::Value from, mlir::Value to) {
    return varying.contains(from) && mark(to);
  }

  llvm::DenseSet<mlir::Value> varying;
};

} // namespace vyre

#endif // VYRE_LIB_CONVERSION_KERNELSTOHOST_UNIFORMITY_H
