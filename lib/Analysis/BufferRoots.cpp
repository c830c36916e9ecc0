// Where the memory behind a memref comes from, and which memrefs may overlap.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Analysis/BufferRoots.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

using namespace mlir;
using namespace vyre;

namespace {
/// Walks backwards from one memref to its roots.
class RootFinder {
public:
  explicit RootFinder(function_ref<bool(Value)> isRoot) : isRoot(isRoot) {}

  BufferRoots find(Value value) {
    worklist.push_back(value);
    while (!worklist.empty()) {
      Value next = worklist.pop_back_val();
      if (!visited.insert(next).second)
        continue;
      if ((isRoot && isRoot(next)) || !lookThrough(next))
        result.values.insert(next);
    }
    return std::move(result);
  }

private:
  /// True if `value` has sources instead of memory of its own; queues them.
  bool lookThrough(Value value) {
    if (auto arg = dyn_cast<BlockArgument>(value))
      return lookThroughArgument(arg);
    Operation *op = value.getDefiningOp();
    unsigned number = cast<OpResult>(value).getResultNumber();
    if (auto view = dyn_cast<ViewLikeOpInterface>(op))
      return push(view.getViewSource());
    if (isa<memref::CastOp, memref::ReshapeOp, memref::ExtractStridedMetadataOp>(op))
      return push(op->getOperand(0));
    if (auto select = dyn_cast<arith::SelectOp>(op))
      return push(select.getTrueValue()), push(select.getFalseValue());
    if (auto loop = dyn_cast<scf::ForOp>(op))
      return push(loop.getInitArgs()[number]), push(loop.getYieldedValues()[number]);
    if (auto loop = dyn_cast<scf::WhileOp>(op))
      return push(loop.getConditionOp().getArgs()[number]);
    if (auto branch = dyn_cast<scf::IfOp>(op))
      return push(branch.thenYield().getOperand(number)),
             push(branch.elseYield().getOperand(number));
    if (auto group = dyn_cast<LaunchGroupOp>(op))
      return push(group.getPlain().front().getTerminator()->getOperand(number));
    return false;
  }

  bool lookThroughArgument(BlockArgument arg) {
    Operation *parent = arg.getOwner()->getParentOp();
    unsigned number = arg.getArgNumber();
    if (auto loop = dyn_cast_if_present<scf::ForOp>(parent)) {
      if (number == 0)
        return false;
      return push(loop.getInitArgs()[number - 1]), push(loop.getYieldedValues()[number - 1]);
    }
    if (auto loop = dyn_cast_if_present<scf::WhileOp>(parent)) {
      if (arg.getOwner() == loop.getAfterBody())
        return push(loop.getConditionOp().getArgs()[number]);
      return push(loop.getInits()[number]), push(loop.getYieldOp().getOperand(number));
    }
    return false;
  }

  bool push(Value value) {
    worklist.push_back(value);
    return true;
  }

  function_ref<bool(Value)> isRoot;
  BufferRoots result;
  SmallVector<Value, 4> worklist;
  SmallPtrSet<Value, 8> visited;
};
} // namespace

BufferRoots vyre::findBufferRoots(Value memref, function_ref<bool(Value)> isRoot) {
  BufferRoots roots = RootFinder(isRoot).find(memref);
  for (Value value : roots.values)
    roots.unknown |= !(isRoot && isRoot(value)) && classifyRoot(value) == RootKind::Unknown;
  return roots;
}

RootKind vyre::classifyRoot(Value root) {
  if (auto arg = dyn_cast<BlockArgument>(root)) {
    Operation *parent = arg.getOwner()->getParentOp();
    bool entry = isa_and_present<FunctionOpInterface>(parent) && arg.getOwner()->isEntryBlock();
    return entry ? RootKind::Argument : RootKind::Unknown;
  }
  Operation *op = root.getDefiningOp();
  if (isa<memref::AllocOp, memref::AllocaOp, gpu::AllocOp>(op))
    return RootKind::Allocation;
  return isa<memref::GetGlobalOp>(op) ? RootKind::Global : RootKind::Unknown;
}

/// True unless the two single roots provably share no byte.
static bool rootsMayAlias(Value a, Value b) {
  RootKind kindA = classifyRoot(a), kindB = classifyRoot(b);
  if (a == b || kindA == RootKind::Unknown || kindB == RootKind::Unknown)
    return true;
  if (kindA == RootKind::Allocation || kindB == RootKind::Allocation)
    return false;
  if (kindA == RootKind::Global && kindB == RootKind::Global)
    return a.getDefiningOp<memref::GetGlobalOp>().getName() ==
           b.getDefiningOp<memref::GetGlobalOp>().getName();
  return true;
}

bool vyre::mayAlias(const BufferRoots &a, const BufferRoots &b) {
  if (a.unknown || b.unknown)
    return true;
  return llvm::any_of(a.values, [&](Value rootA) {
    return llvm::any_of(b.values, [&](Value rootB) { return rootsMayAlias(rootA, rootB); });
  });
}

void BufferSlots::add(const BufferRoots &roots) {
  for (Value root : roots.values) {
    bool inserted = false;
    if (classifyRoot(root) == RootKind::Allocation)
      inserted = allocations.try_emplace(root, count).second;
    else if (auto global = root.getDefiningOp<memref::GetGlobalOp>())
      inserted = globals.try_emplace(global.getName(), count).second;
    count += inserted;
  }
}

void BufferSlots::forEachSlot(function_ref<void(uint32_t)> visit) const {
  for (uint32_t slot = 0; slot < count; ++slot)
    visit(slot);
}

void BufferSlots::forEachSlot(const BufferRoots &roots, function_ref<void(uint32_t)> visit) const {
  if (roots.unknown)
    return forEachSlot(visit);
  for (Value root : roots.values) {
    if (auto it = allocations.find(root); it != allocations.end()) {
      visit(it->second);
    } else if (auto global = root.getDefiningOp<memref::GetGlobalOp>()) {
      visit(globals.lookup(global.getName()));
    } else {
      visit(0); // From outside: other such memory and any global.
      for (const auto &entry : globals)
        visit(entry.second);
    }
  }
}

SmallVector<SmallVector<uint32_t>> vyre::computeArgumentSlots(ValueRange arguments) {
  BufferSlots slots;
  SmallVector<BufferRoots> roots;
  for (Value argument : arguments) {
    bool isBuffer = isa<BaseMemRefType>(argument.getType());
    roots.push_back(isBuffer ? findBufferRoots(argument) : BufferRoots());
    slots.add(roots.back());
  }
  SmallVector<SmallVector<uint32_t>> result(arguments.size());
  for (unsigned number = 0; number < roots.size(); ++number)
    slots.forEachSlot(roots[number], [&](uint32_t slot) { result[number].push_back(slot); });
  return result;
}
