// What a gpu.launch takes from its surroundings: arguments and sunk values.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Analysis/KernelCaptures.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace vyre;

namespace {
/// Finds the ops worth repeating inside one kernel.
class Sinker {
public:
  explicit Sinker(const llvm::SetVector<Value> &captured) : captured(captured) {}

  /// True if every operand of `op` is in the kernel anyway, so that `op` can be
  /// computed there. Remembers the answer.
  bool canSink(Operation *op) {
    auto [it, inserted] = known.try_emplace(op, false);
    if (!inserted)
      return it->second;
    if (!isCheap(op))
      return false;
    for (Value operand : op->getOperands()) {
      Operation *def = operand.getDefiningOp();
      if (!(def && canSink(def)) && !captured.contains(operand))
        return false;
    }
    order.push_back(op);
    return known[op] = true;
  }

  /// Sinkable ops in dependence order; some may turn out to be unused.
  ArrayRef<Operation *> getOrder() const { return order; }

private:
  /// True for constants and for integer arithmetic of a few instructions that
  /// cannot trap.
  static bool isCheap(Operation *op) {
    if (op->hasTrait<OpTrait::ConstantLike>())
      return true;
    return isa<memref::DimOp, arith::AddIOp, arith::SubIOp, arith::MulIOp, arith::IndexCastOp,
               arith::CmpIOp, arith::SelectOp, arith::MinSIOp, arith::MaxSIOp>(op);
  }

  const llvm::SetVector<Value> &captured;
  DenseMap<Operation *, bool> known;
  SmallVector<Operation *> order;
};
} // namespace

KernelCaptures vyre::computeKernelCaptures(gpu::LaunchOp launch) {
  llvm::SetVector<Value> used;
  getUsedValuesDefinedAbove(launch.getBody(), used);
  Sinker sinker(used);
  KernelCaptures result;
  DenseSet<Operation *> needed;
  for (Value value : used) {
    Operation *def = value.getDefiningOp();
    if (def && sinker.canSink(def))
      needed.insert(def);
    else
      result.operands.insert(value);
  }
  // Users come after what they use: one backward walk keeps what is needed.
  for (Operation *op : llvm::reverse(sinker.getOrder())) {
    if (!needed.contains(op))
      continue;
    result.sunk.push_back(op);
    for (Value operand : op->getOperands())
      if (Operation *def = operand.getDefiningOp(); def && sinker.canSink(def))
        needed.insert(def);
  }
  std::reverse(result.sunk.begin(), result.sunk.end());
  return result;
}
