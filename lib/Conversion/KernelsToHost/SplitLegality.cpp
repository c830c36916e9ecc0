// Decides whether a body can be taken apart at its barriers. Errs towards no:
// fibers run what is refused here.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "SplitLegality.h"
#include "HostKernel.h"
#include "Uniformity.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

using namespace mlir;
using namespace vyre;

bool vyre::canBeKept(Type type) {
  return type.isIntOrIndexOrFloat() || isa<VectorType, ComplexType>(type);
}

bool vyre::canRecompute(Operation *op) {
  return op && op->getNumRegions() == 0 && isMemoryEffectFree(op);
}

bool vyre::isPrivateBuffer(Operation *op) {
  auto buffer = dyn_cast_or_null<memref::AllocaOp>(op);
  return buffer && buffer.getType().hasStaticShape() && buffer.getSymbolOperands().empty() &&
         buffer.getType().getLayout().isIdentity() &&
         buffer.getType().getElementType().isIntOrIndexOrFloat() && !isHandedOn(buffer);
}

namespace {
/// Knows which values can be had in a later part: they are uniform, kept, a
/// thread's part of a buffer, or computed again from what can be had. Remembers
/// its answers: a value may be an operand along very many paths.
class CrossingValues {
public:
  explicit CrossingValues(const Uniformity &uniformity) : uniformity(uniformity) {}

  bool canCross(Value value) {
    if (auto it = known.find(value); it != known.end())
      return it->second;
    bool answer = compute(value);
    known[value] = answer;
    return answer;
  }

private:
  bool compute(Value value) {
    if (uniformity.isUniform(value))
      return true;
    Operation *def = value.getDefiningOp();
    if (isPrivateBuffer(def))
      return true;
    if (canRecompute(def))
      return llvm::all_of(def->getOperands(), [&](Value v) { return canCross(v); });
    return canBeKept(value.getType());
  }

  const Uniformity &uniformity;
  DenseMap<Value, bool> known;
};
} // namespace

/// True if `value`, a result of `op`, is used behind a barrier or by a terminator.
static bool isUsedInLaterPart(Value value, Operation *op) {
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    Operation *ancestor = op->getBlock()->findAncestorOpInBlock(*user);
    if (!ancestor || holds<gpu::BarrierOp>(ancestor) || ancestor->hasTrait<OpTrait::IsTerminator>())
      return true;
    for (Operation *at = op; at != ancestor; at = at->getNextNode())
      if (holds<gpu::BarrierOp>(at))
        return true;
    return false;
  });
}

/// True if every thread takes the same way through an op that holds a barrier,
/// and what the op carries can be kept.
static bool canSplitOp(Operation *op, const Uniformity &uniformity, CrossingValues &values) {
  auto crosses = [&](Value value) { return values.canCross(value); };
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return uniformity.isUniform(loop.getLowerBound()) &&
           uniformity.isUniform(loop.getUpperBound()) && uniformity.isUniform(loop.getStep()) &&
           llvm::all_of(loop.getRegionIterArgs(), crosses);
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return uniformity.isUniform(branch.getCondition()) &&
           llvm::all_of(branch.getResults(), crosses);
  if (auto loop = dyn_cast<scf::WhileOp>(op))
    return uniformity.isUniform(loop.getConditionOp().getCondition()) &&
           llvm::all_of(loop.getBeforeArguments(), crosses) &&
           llvm::all_of(loop.getAfterArguments(), crosses);
  return false;
}

bool vyre::canSplitBarriers(Region &body) {
  if (!body.hasOneBlock())
    return false;
  Uniformity uniformity(body);
  CrossingValues values(uniformity);
  WalkResult result = body.walk([&](Operation *op) {
    // A nest without a barrier is one part: only ops of blocks that are taken
    // apart matter.
    Operation *parent = op->getParentOp();
    bool isTakenApart = parent == body.getParentOp() || holds<gpu::BarrierOp>(parent);
    for (Value value : op->getResults())
      if (isTakenApart && !values.canCross(value) && isUsedInLaterPart(value, op))
        return WalkResult::interrupt();
    if (op->getNumRegions() == 0 || !holds<gpu::BarrierOp>(op))
      return WalkResult::advance();
    return canSplitOp(op, uniformity, values) ? WalkResult::advance() : WalkResult::interrupt();
  });
  return !result.wasInterrupted();
}
