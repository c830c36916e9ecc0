// Structured remarks of Vyre's passes: one per decision, the category is the
// pass flag.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_DIALECT_VYRE_IR_REMARKS_H
#define VYRE_DIALECT_VYRE_IR_REMARKS_H

#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace vyre {

/// Category, name and enclosing function of a remark about `op`.
inline mlir::remark::RemarkOpts remarkOpts(mlir::Operation *op, llvm::StringRef category,
                                           llvm::StringRef name) {
  llvm::StringRef function;
  if (auto func = op->getParentOfType<mlir::FunctionOpInterface>())
    function = func.getName();
  return mlir::remark::RemarkOpts::name(name).category(category).function(function);
}

/// Something was decided or done: yes.
inline mlir::remark::detail::InFlightRemark
passedRemark(mlir::Operation *op, llvm::StringRef category, llvm::StringRef name) {
  return mlir::remark::passed(op->getLoc(), remarkOpts(op, category, name));
}

/// Something was decided against or not possible: no, and why.
inline mlir::remark::detail::InFlightRemark
missedRemark(mlir::Operation *op, llvm::StringRef category, llvm::StringRef name) {
  return mlir::remark::missed(op->getLoc(), remarkOpts(op, category, name));
}

/// Only run time can decide.
inline mlir::remark::detail::InFlightRemark
deferredRemark(mlir::Operation *op, llvm::StringRef category, llvm::StringRef name) {
  return mlir::remark::analysis(op->getLoc(), remarkOpts(op, category, name));
}

/// The reason of a remark, taken as it is (no format string).
inline mlir::remark::detail::Remark::Arg remarkReason(llvm::StringRef text) {
  return {"Reason", text};
}

} // namespace vyre

#endif // VYRE_DIALECT_VYRE_IR_REMARKS_H
