// Which memref values of a module's host code may hold which allocations.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_ANALYSIS_MEMREFFLOW_H
#define VYRE_ANALYSIS_MEMREFFLOW_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

namespace vyre {

/// The flow of memrefs through views, selects, structured control flow, blocks
/// and direct calls. Flow-insensitive: it answers "may", for the whole module
/// outside of kernels. Invalid after the module changes.
class MemRefFlow {
public:
  explicit MemRefFlow(mlir::ModuleOp module);

  /// Where the memory of `value` may come from: values that nothing known flows
  /// into, such as results of allocations, arguments of functions that unknown
  /// code may call, and results of ops this analysis does not know.
  llvm::SetVector<mlir::Value> rootsOf(mlir::Value value) const;
  /// `root` and every value that may hold its memory.
  llvm::SetVector<mlir::Value> aliasesOf(mlir::Value root) const;
  /// True if memory of `value` itself may get out of sight: it is returned to
  /// unknown callers, stored as a value, or handed to an op that this analysis
  /// does not know. Arguments of calls to unseen code do not count.
  bool escapes(mlir::Value value) const { return escaping.contains(value); }

  /// The values that `value` hands its memory to in one step.
  llvm::ArrayRef<mlir::Value> targetsOf(mlir::Value value) const {
    auto known = to.find(value);
    return known == to.end() ? llvm::ArrayRef<mlir::Value>() : known->second;
  }

private:
  void visit(mlir::Operation *op);
  void visitRegions(mlir::Operation *op);
  void visitCalls(mlir::Operation *op);
  void connect(mlir::ValueRange from, mlir::ValueRange to);
  void escape(mlir::ValueRange values);

  llvm::DenseMap<mlir::Value, llvm::SmallVector<mlir::Value, 2>> from, to;
  llvm::DenseSet<mlir::Value> escaping;
  llvm::DenseMap<mlir::StringAttr, mlir::Operation *> functions;
  llvm::DenseSet<mlir::Operation *> open; // functions that unknown code may call
};

} // namespace vyre

#endif // VYRE_ANALYSIS_MEMREFFLOW_H
