// Whether all threads of a block reach an op of a kernel together.
//
// A value is uniform if nothing that varies between threads can be reached from
// it. Values that depend on themselves (carried by a loop) are uniform if all
// else they depend on is, so one walk with a set of visited values decides.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "UniformPlace.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;

namespace {

/// Collects what a value depends on, until something varies.
class UniformValues {
public:
  explicit UniformValues(gpu::GPUFuncOp kernel) : kernel(kernel) {}

  /// True if all of `values` are the same in all threads of a block.
  bool areUniform(ValueRange values);

private:
  bool expand(Value value);
  bool expandResult(OpResult result);
  bool expandArgument(BlockArgument argument);
  /// Requires `values` to be uniform as well; always true.
  bool require(ValueRange values) {
    for (Value value : values)
      if (visited.insert(value).second)
        work.push_back(value);
    return true;
  }

  gpu::GPUFuncOp kernel;
  llvm::DenseSet<Value> visited;
  SmallVector<Value> work;
};

bool UniformValues::areUniform(ValueRange values) {
  require(values);
  while (!work.empty())
    if (!expand(work.pop_back_val()))
      return false;
  return true;
}

/// False if `value` may vary; else requires what it depends on.
bool UniformValues::expand(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return expandArgument(argument);
  return expandResult(cast<OpResult>(value));
}

bool UniformValues::expandResult(OpResult result) {
  Operation *op = result.getOwner();
  unsigned index = result.getResultNumber();
  if (isa<gpu::BlockIdOp, gpu::BlockDimOp, gpu::GridDimOp, gpu::SubgroupSizeOp,
          gpu::NumSubgroupsOp>(op))
    return true;
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return require(branch.getCondition()) && require(branch.thenYield().getOperand(index)) &&
           require(branch.elseYield().getOperand(index));
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return require({loop.getLowerBound(), loop.getUpperBound(), loop.getStep()}) &&
           require(loop.getRegionIterArgs()[index]);
  if (auto loop = dyn_cast<scf::WhileOp>(op))
    return require(loop.getConditionOp().getCondition()) &&
           require(loop.getConditionOp().getArgs()[index]);
  if (isa_and_nonnull<gpu::GPUDialect>(op->getDialect()))
    return false; // thread ids, and what is exchanged between threads
  return op->getNumRegions() == 0 && isMemoryEffectFree(op) && require(op->getOperands());
}

bool UniformValues::expandArgument(BlockArgument argument) {
  Block *block = argument.getOwner();
  Operation *op = block->getParentOp();
  unsigned index = argument.getArgNumber();
  if (op == kernel.getOperation())
    return block->isEntryBlock() && index < kernel.getNumArguments();
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    if (index == 0)
      return require({loop.getLowerBound(), loop.getUpperBound(), loop.getStep()});
    return require(loop.getInitArgs()[index - 1]) && require(loop.getYieldedValues()[index - 1]);
  }
  if (auto loop = dyn_cast<scf::WhileOp>(op)) {
    if (block == loop.getAfterBody())
      return require(loop.getConditionOp().getArgs()[index]);
    return require(loop.getInits()[index]) && require(loop.getYieldOp().getOperand(index));
  }
  return false;
}

/// True if `parent` runs its regions alike in all threads.
bool runsUniformly(Operation *parent, gpu::GPUFuncOp kernel) {
  UniformValues values(kernel);
  if (auto branch = dyn_cast<scf::IfOp>(parent))
    return values.areUniform(branch.getCondition());
  if (auto loop = dyn_cast<scf::ForOp>(parent))
    return values.areUniform({loop.getLowerBound(), loop.getUpperBound(), loop.getStep()});
  if (auto loop = dyn_cast<scf::WhileOp>(parent))
    return values.areUniform(loop.getConditionOp().getCondition());
  return isa<scf::ExecuteRegionOp>(parent);
}

} // namespace

bool vyre::isUniformPlace(Operation *op, gpu::GPUFuncOp kernel) {
  for (; op != kernel.getOperation(); op = op->getParentOp()) {
    // Any block but the first is reached by branches, which are not looked at.
    if (!op->getBlock()->isEntryBlock())
      return false;
    Operation *parent = op->getParentOp();
    if (parent != kernel.getOperation() && !runsUniformly(parent, kernel))
      return false;
  }
  return true;
}
