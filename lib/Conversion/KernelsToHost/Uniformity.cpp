// Which values of a block's body are the same in all its threads: a forward
// fixpoint from the thread ids.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Uniformity.h"
#include "HostKernel.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

using namespace mlir;
using namespace vyre;

Uniformity::Uniformity(Region &body) {
  for (unsigned dim = 0; dim < 3; ++dim)
    mark(body.getArgument(StageOp::kThreadId + dim));
  bool changed = true;
  while (changed) {
    changed = false;
    body.walk([&](Operation *op) { changed |= visit(op); });
  }
}

/// Marks what varies because of `op`; true if something new was marked.
bool Uniformity::visit(Operation *op) {
  bool changed = false;
  bool splits = op->getNumRegions() != 0 && holds<gpu::BarrierOp>(op);
  if (splits) {
    // Taken apart at its barrier; carried values are uniform if all sources are.
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      for (auto [init, argument, yielded, result] :
           llvm::zip(loop.getInitArgs(), loop.getRegionIterArgs(), loop.getYieldedValues(),
                     loop.getResults())) {
        changed |= markIfVarying(init, argument);
        changed |= markIfVarying(yielded, argument);
        changed |= markIfVarying(argument, result);
      }
      return changed;
    }
    if (auto branch = dyn_cast<scf::IfOp>(op)) {
      for (auto [index, result] : llvm::enumerate(branch.getResults())) {
        changed |= markIfVarying(branch.thenYield().getOperand(index), result);
        changed |= markIfVarying(branch.elseYield().getOperand(index), result);
      }
      return changed;
    }
    if (auto loop = dyn_cast<scf::WhileOp>(op)) {
      for (auto [init, argument, yielded] :
           llvm::zip(loop.getInits(), loop.getBeforeArguments(), loop.getYieldOp().getOperands())) {
        changed |= markIfVarying(init, argument);
        changed |= markIfVarying(yielded, argument);
      }
      for (auto [passed, argument, result] : llvm::zip(
               loop.getConditionOp().getArgs(), loop.getAfterArguments(), loop.getResults())) {
        changed |= markIfVarying(passed, argument);
        changed |= markIfVarying(argument, result);
      }
      return changed;
    }
  }
  bool uniform = op->getNumRegions() == 0 && isMemoryEffectFree(op) &&
                 llvm::none_of(op->getOperands(), [&](Value v) { return varying.contains(v); });
  if (uniform)
    return changed;
  for (Value result : op->getResults())
    changed |= mark(result);
  if (!splits) // all of it is run per thread
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (Value argument : block.getArguments())
          changed |= mark(argument);
  return changed;
}
