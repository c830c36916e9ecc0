// Which buffers of a persistent kernel may overlap, by iteration.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Analysis/StageAliasing.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "vyre/Analysis/BufferRoots.h"
#include "vyre/Analysis/HostGlue.h"

using namespace mlir;
using namespace vyre;

/// The kernel's argument that `value` is; null if it is none. Its workgroup buffers are
/// none.
static BlockArgument asKernelArgument(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  auto kernel =
      argument ? dyn_cast<gpu::GPUFuncOp>(argument.getOwner()->getParentOp()) : gpu::GPUFuncOp();
  return kernel && argument.getArgNumber() < kernel.getNumArguments() ? argument : BlockArgument();
}

bool StageAliasing::areRootsDisjoint(Value a, Value b) const {
  if (a == b)
    return false;
  auto globalA = a.getDefiningOp<memref::GetGlobalOp>();
  auto globalB = b.getDefiningOp<memref::GetGlobalOp>();
  BlockArgument argumentA = asKernelArgument(a), argumentB = asKernelArgument(b);
  if (globalA && globalB)
    return globalA.getName() != globalB.getName();
  // The host has no name for a global of the kernel's module.
  if ((globalA && argumentB) || (globalB && argumentA))
    return true;
  if (!argumentA || !argumentB)
    return false;
  return assumesDisjoint || llvm::none_of(slots[argumentA.getArgNumber()], [&](uint32_t slot) {
           return llvm::is_contained(slots[argumentB.getArgNumber()], slot);
         });
}

bool StageAliasing::areAlwaysDisjoint(Value a, Value b) const {
  BufferRoots rootsA = findBufferRoots(a), rootsB = findBufferRoots(b);
  return llvm::all_of(rootsA.values, [&](Value rootA) {
    return llvm::all_of(rootsB.values, [&](Value rootB) { return areRootsDisjoint(rootA, rootB); });
  });
}

namespace {
/// Where a buffer comes from, one step back.
struct Sources {
  SmallVector<Value, 2> values;
  /// The loop whose iterations choose among them; null if there is no choice.
  Operation *loop = nullptr;
};
} // namespace

/// Sources of loop-carried buffers and casts; none for everything else.
static Sources sourcesOf(Value value) {
  if (auto cast = value.getDefiningOp<memref::CastOp>())
    return {{cast.getSource()}};
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    Operation *parent = argument.getOwner()->getParentOp();
    unsigned number = argument.getArgNumber();
    if (auto loop = dyn_cast<scf::ForOp>(parent); loop && number > 0)
      return {{loop.getInitArgs()[number - 1], loop.getYieldedValues()[number - 1]}, loop};
    if (auto loop = dyn_cast<scf::WhileOp>(parent)) {
      if (argument.getOwner() == loop.getAfterBody())
        return {{loop.getConditionOp().getArgs()[number]}};
      return {{loop.getInits()[number], loop.getYieldOp().getOperand(number)}, loop};
    }
    return {};
  }
  unsigned number = cast<OpResult>(value).getResultNumber();
  if (auto loop = value.getDefiningOp<scf::ForOp>())
    return {{loop.getInitArgs()[number], loop.getYieldedValues()[number]}, loop};
  if (auto loop = value.getDefiningOp<scf::WhileOp>())
    return {{loop.getConditionOp().getArgs()[number]}, loop};
  return {};
}

/// Proves by induction over the iterations of loops: while the sources of a pair are
/// looked at, the pair itself counts as disjoint.
bool StageAliasing::areDisjoint(Value a, Value b, DenseSet<Pair> &assumed) const {
  if (a == b)
    return false;
  if (areAlwaysDisjoint(a, b) || !assumed.insert({a, b}).second)
    return true;
  auto selectA = a.getDefiningOp<arith::SelectOp>(), selectB = b.getDefiningOp<arith::SelectOp>();
  if (selectA && selectB && selectA.getCondition() == selectB.getCondition())
    return areDisjoint(selectA.getTrueValue(), selectB.getTrueValue(), assumed) &&
           areDisjoint(selectA.getFalseValue(), selectB.getFalseValue(), assumed);
  if (selectA || selectB) {
    arith::SelectOp select = selectA ? selectA : selectB;
    Value other = selectA ? b : a;
    return areDisjoint(select.getTrueValue(), other, assumed) &&
           areDisjoint(select.getFalseValue(), other, assumed);
  }
  Sources sourcesA = sourcesOf(a), sourcesB = sourcesOf(b);
  // Both step together through the iterations of one loop.
  if (sourcesA.loop && sourcesA.loop == sourcesB.loop &&
      sourcesA.values.size() == sourcesB.values.size() &&
      isa<BlockArgument>(a) == isa<BlockArgument>(b))
    return llvm::all_of(llvm::zip(sourcesA.values, sourcesB.values), [&](auto pair) {
      return areDisjoint(std::get<0>(pair), std::get<1>(pair), assumed);
    });
  auto canStep = [](const Sources &sources, Value other) {
    return !sources.values.empty() && (!sources.loop || isOutside(other, sources.loop));
  };
  // One of the two ways, not either: what a failed attempt assumed need not hold.
  if (!canStep(sourcesA, b)) {
    std::swap(a, b);
    std::swap(sourcesA, sourcesB);
  }
  return canStep(sourcesA, b) &&
         llvm::all_of(sourcesA.values, [&](Value value) { return areDisjoint(value, b, assumed); });
}

bool StageAliasing::areDisjoint(Value a, Value b) const {
  DenseSet<Pair> assumed;
  return areDisjoint(a, b, assumed);
}

/// Adds the kernel's arguments that `value` is one of; false if it may be anything
/// else, such as a part of one.
static bool collectWholeRoots(Value value, llvm::SetVector<Value> &roots, DenseSet<Value> &seen) {
  if (!seen.insert(value).second)
    return true;
  if (asKernelArgument(value)) {
    roots.insert(value);
    return true;
  }
  SmallVector<Value, 2> sources = sourcesOf(value).values;
  if (auto select = value.getDefiningOp<arith::SelectOp>())
    sources = {select.getTrueValue(), select.getFalseValue()};
  return !sources.empty() && llvm::all_of(sources, [&](Value source) {
    return collectWholeRoots(source, roots, seen);
  });
}

bool StageAliasing::areSameOrDisjoint(Value a, Value b) const {
  llvm::SetVector<Value> roots;
  DenseSet<Value> seen;
  if (!collectWholeRoots(a, roots, seen) || !collectWholeRoots(b, roots, seen))
    return false;
  for (auto [number, root] : llvm::enumerate(roots))
    for (Value other : ArrayRef(roots.getArrayRef()).drop_front(number + 1))
      if (!areRootsDisjoint(root, other))
        return false;
  return true;
}
