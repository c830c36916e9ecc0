// What host code between launches computes, and from what. Everything here errs
// towards "depends on loaded memory" and "not proven".
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Analysis/HostGlue.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Index/IR/IndexOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "vyre/Analysis/BufferRoots.h"
#include "vyre/Analysis/LaunchLoops.h"

using namespace mlir;
using namespace vyre;

/// True if `op`, or something inside that is no launch, is of the given kind.
template <typename Kind> static bool holds(Operation *op, Kind isKind) {
  return op
      ->walk<WalkOrder::PreOrder>([&](Operation *nested) {
        if (isKind(nested))
          return WalkResult::interrupt();
        return isLaunch(nested) ? WalkResult::skip() : WalkResult::advance();
      })
      .wasInterrupted();
}

bool vyre::holdsLaunch(Operation *op) { return holds(op, isLaunch); }

bool vyre::holdsStore(Operation *op) {
  return holds(op, [](Operation *nested) { return classifyHostOp(nested) == HostEffect::Store; });
}

bool vyre::holdsLoad(Operation *op) {
  return holds(op, [](Operation *nested) { return classifyHostOp(nested) == HostEffect::Load; });
}

bool vyre::isExactMath(Operation *op) {
  if (!isa<math::AbsFOp, math::AbsIOp, math::CeilOp, math::CopySignOp, math::CountLeadingZerosOp,
           math::CountTrailingZerosOp, math::CtPopOp, math::FloorOp, math::FmaOp, math::RoundEvenOp,
           math::SqrtOp, math::TruncOp>(op))
    return false;
  Type type = op->getResult(0).getType();
  return type.isF32() || type.isF64() || type.isSignlessInteger();
}

Value vyre::getDivisor(Operation *op) {
  bool divides =
      isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp, arith::CeilDivSIOp,
          arith::CeilDivUIOp, arith::FloorDivSIOp, index::DivSOp, index::DivUOp, index::RemSOp,
          index::RemUOp, index::CeilDivSOp, index::CeilDivUOp, index::FloorDivSOp>(op);
  return divides ? op->getOperand(1) : Value();
}

bool vyre::isSafeDivision(Operation *op) {
  APInt divisor;
  return matchPattern(getDivisor(op), m_ConstantInt(&divisor)) && !divisor.isZero() &&
         !divisor.isAllOnes();
}

bool vyre::isKernelOnly(Operation *op) {
  return !holdsLaunch(op) && holds(op, [](Operation *nested) {
    HostEffect effect = classifyHostOp(nested);
    return effect == HostEffect::Load || effect == HostEffect::Store ||
           (getDivisor(nested) && !isSafeDivision(nested));
  });
}

bool vyre::isPlainlyNonNegative(Value value) {
  APInt number;
  if (matchPattern(value, m_ConstantInt(&number)))
    return number.isNonNegative();
  Operation *op = value.getDefiningOp();
  auto isAtLeast = [&](unsigned operand, int64_t least) {
    return matchPattern(op->getOperand(operand), m_ConstantInt(&number)) && number.sge(least);
  };
  if (!op)
    return false;
  if (isa<arith::DivUIOp>(op)) // at most half of what an unsigned integer holds
    return isAtLeast(1, 2);
  if (isa<arith::ShRUIOp, arith::RemUIOp>(op))
    return isAtLeast(1, 1);
  if (isa<arith::ExtUIOp>(op))
    return true;
  if (isa<arith::IndexCastOp, arith::ExtSIOp>(op))
    return isPlainlyNonNegative(op->getOperand(0)) &&
           (isa<arith::ExtSIOp>(op) || value.getType().isIndex());
  if (isa<arith::MaxSIOp, arith::AndIOp>(op))
    return isPlainlyNonNegative(op->getOperand(0)) || isPlainlyNonNegative(op->getOperand(1));
  if (isa<arith::MinSIOp>(op))
    return isPlainlyNonNegative(op->getOperand(0)) && isPlainlyNonNegative(op->getOperand(1));
  return false;
}

bool vyre::isOutside(Value value, Operation *loop) {
  return !loop->isAncestor(value.getParentBlock()->getParentOp());
}

//===----------------------------------------------------------------------===//
// Values that depend on loads
//===----------------------------------------------------------------------===//

LoadedValues::LoadedValues(Operation *loop) : loop(loop) {
  for (bool changed = true; changed;) {
    changed = false;
    loop->walk<WalkOrder::PreOrder>([&](Operation *op) {
      changed |= visit(op);
      return isLaunch(op) ? WalkResult::skip() : WalkResult::advance();
    });
  }
}

/// Gives true if one of the values was not marked before.
bool LoadedValues::mark(ValueRange marked) {
  bool changed = false;
  for (Value value : marked)
    changed |= values.insert(value).second;
  return changed;
}

/// Marks what follows from the marks of the op's operands; true if that is news.
bool LoadedValues::visit(Operation *op) {
  auto isLoaded = [&](Value value) { return contains(value); };
  bool changed = false;
  auto carry = [&](ValueRange sources, ValueRange targets) {
    for (auto [source, target] : llvm::zip(sources, targets))
      if (isLoaded(source))
        changed |= mark(target);
  };
  // All results of a branch or loop that is left out, also a mere counter.
  if (isKernelOnly(op))
    changed |= mark(op->getResults());
  if (auto each = dyn_cast<scf::ForOp>(op)) {
    if (llvm::any_of(ValueRange{each.getLowerBound(), each.getUpperBound(), each.getStep()},
                     isLoaded)) {
      changed |= mark(each.getBody()->getArguments());
      changed |= mark(each.getResults());
    }
    for (ValueRange next : {ValueRange(each.getInitArgs()), ValueRange(each.getYieldedValues())}) {
      carry(next, each.getRegionIterArgs());
      carry(next, each.getResults());
    }
    return changed;
  }
  if (auto again = dyn_cast<scf::WhileOp>(op)) {
    scf::ConditionOp end = again.getConditionOp();
    if (isLoaded(end.getCondition()))
      changed |= mark(again.getResults());
    carry(again.getInits(), again.getBeforeArguments());
    carry(again.getYieldOp().getOperands(), again.getBeforeArguments());
    carry(end.getArgs(), again.getAfterArguments());
    carry(end.getArgs(), again.getResults());
    return changed;
  }
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    if (isLoaded(branch.getCondition()))
      changed |= mark(branch.getResults());
    if (branch.getNumResults() > 0) {
      carry(branch.thenYield().getOperands(), branch.getResults());
      carry(branch.elseYield().getOperands(), branch.getResults());
    }
    return changed;
  }
  return changed | (llvm::any_of(op->getOperands(), isLoaded) && mark(op->getResults()));
}

bool LoadedValues::isControlKnown() const {
  auto isKnown = [&](Operation *op) {
    if (auto each = dyn_cast<scf::ForOp>(op))
      return !contains(each.getLowerBound()) && !contains(each.getUpperBound()) &&
             !contains(each.getStep());
    auto again = dyn_cast<scf::WhileOp>(op);
    return !again || !contains(again.getConditionOp().getCondition());
  };
  return !loop->walk<WalkOrder::PreOrder>([&](Operation *op) {
                if (isLaunch(op) || isKernelOnly(op))
                  return WalkResult::skip();
                return isKnown(op) ? WalkResult::advance() : WalkResult::interrupt();
              })
              .wasInterrupted();
}

bool LoadedValues::isUnderLoadedBranch(Operation *op) const {
  for (Operation *outer = op->getParentOp(); outer && outer != loop; outer = outer->getParentOp())
    if (auto branch = dyn_cast<scf::IfOp>(outer); branch && contains(branch.getCondition()))
      return true;
  return false;
}

//===----------------------------------------------------------------------===//
// Buffers that a loop hands round
//===----------------------------------------------------------------------===//

/// The values that `value` is one of, if it comes out of structured control flow
/// or a select; nothing if it is made by another op.
static std::optional<SmallVector<Value>> getSources(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  Operation *op = argument ? argument.getOwner()->getParentOp() : value.getDefiningOp();
  unsigned number = argument ? argument.getArgNumber() : cast<OpResult>(value).getResultNumber();
  if (auto each = dyn_cast<scf::ForOp>(op)) {
    if (argument)
      --number; // The first is the counter, and no buffer.
    return SmallVector<Value>{each.getInitArgs()[number], each.getYieldedValues()[number]};
  }
  if (auto again = dyn_cast<scf::WhileOp>(op)) {
    if (argument && argument.getOwner() == again.getBeforeBody())
      return SmallVector<Value>{again.getInits()[number], again.getYieldOp().getOperand(number)};
    return SmallVector<Value>{again.getConditionOp().getArgs()[number]};
  }
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return SmallVector<Value>{branch.thenYield().getOperand(number),
                              branch.elseYield().getOperand(number)};
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return SmallVector<Value>{select.getTrueValue(), select.getFalseValue()};
  return std::nullopt;
}

std::optional<SetVector<Value>> vyre::findCarriedBuffers(OpResult result, Operation *loop) {
  SetVector<Value> found, seen;
  seen.insert(result);
  for (size_t i = 0; i < seen.size(); ++i) {
    if (seen[i] != result && isOutside(seen[i], loop)) {
      found.insert(seen[i]);
      continue;
    }
    std::optional<SmallVector<Value>> sources = getSources(seen[i]);
    if (!sources)
      return std::nullopt;
    seen.insert(sources->begin(), sources->end());
  }
  for (size_t i = 0; i < found.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (mayAlias(findBufferRoots(found[i]), findBufferRoots(found[j])))
        return std::nullopt;
  return found;
}
