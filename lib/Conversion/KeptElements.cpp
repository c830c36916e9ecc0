// Keeps elements of buffers that one thread works on in a loop in that thread's
// registers: a slot on the stack that LLVM makes a register of.
//
// A thread loads its element before the loop if one of the accesses that run in every
// iteration or in none will run, and stores it after the loop if such a store ran: it
// touches nothing that the loop itself would not have touched.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "KeptLoops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace vyre;

namespace {

/// Operations that are followed from a value back: chains can be longer than a stack is
/// deep. `vyre-keep-on-chip` goes no further.
constexpr unsigned kMaxDepth = 64;

Value bufferOf(Operation *access) {
  auto store = dyn_cast<memref::StoreOp>(access);
  return store ? store.getMemRef() : cast<memref::LoadOp>(access).getMemRef();
}

ValueRange indicesOf(Operation *access) {
  auto store = dyn_cast<memref::StoreOp>(access);
  return store ? ValueRange(store.getIndices())
               : ValueRange(cast<memref::LoadOp>(access).getIndices());
}

class ElementKeeper {
public:
  ElementKeeper(scf::ForOp loop, gpu::GPUFuncOp kernel, IRRewriter &rewriter)
      : loop(loop), kernel(kernel), rewriter(rewriter), loc(loop.getLoc()) {}

  void run() {
    llvm::MapVector<int64_t, SmallVector<Operation *>> elements;
    loop.walk([&](Operation *op) {
      if (auto number = op->getAttrOfType<IntegerAttr>(attr_name::kElement);
          number && isa<memref::LoadOp, memref::StoreOp>(op))
        elements[number.getInt()].push_back(op);
    });
    rewriter.setInsertionPoint(loop);
    for (auto &[number, accesses] : elements)
      if (ownsBuffer(accesses, number))
        keep(accesses);
  }

private:
  /// A condition in front of the loop, null for "always".
  using Condition = std::optional<Value>;

  bool isOutside(Value value) { return !loop->isAncestor(value.getParentBlock()->getParentOp()); }

  /// True if nothing else in the loop uses the buffer, which is one from outside.
  bool ownsBuffer(ArrayRef<Operation *> accesses, int64_t number) {
    Value buffer = bufferOf(accesses.front());
    return isOutside(buffer) &&
           llvm::all_of(buffer.getUsers(),
                        [&](Operation *user) {
                          auto known = user->getAttrOfType<IntegerAttr>(attr_name::kElement);
                          return !loop->isAncestor(user) || (known && known.getInt() == number);
                        }) &&
           llvm::all_of(accesses, [&](Operation *op) { return bufferOf(op) == buffer; });
  }

  /// The value in front of the loop; null if it is not the same in all iterations.
  Value hoist(Value value, unsigned depth = 0) {
    if (isOutside(value))
      return value;
    if (Value known = hoisted.lookupOrNull(value))
      return known;
    Operation *op = value.getDefiningOp();
    if (!op || depth == kMaxDepth || op->getNumRegions() != 0 || !isPure(op))
      return {};
    for (Value operand : op->getOperands()) {
      Value before = hoist(operand, depth + 1);
      if (!before)
        return {};
      hoisted.map(operand, before);
    }
    rewriter.clone(*op, hoisted);
    return hoisted.lookup(value);
  }

  Value conjoin(Value a, Value b) {
    return a && b ? Value(arith::AndIOp::create(rewriter, loc, a, b)) : a ? a : b;
  }

  /// When the access runs, in every iteration; nothing if that depends on it.
  Condition conditionOf(Operation *access) {
    Value all;
    for (Region *region = access->getParentRegion(); region->getParentOp() != loop;
         region = region->getParentRegion()) {
      auto branch = dyn_cast<scf::IfOp>(region->getParentOp());
      Value condition = branch ? hoist(branch.getCondition()) : Value();
      if (!condition)
        return std::nullopt;
      if (region == &branch.getElseRegion()) {
        Value yes = arith::ConstantIntOp::create(rewriter, loc, 1, 1);
        condition = arith::XOrIOp::create(rewriter, loc, condition, yes);
      }
      all = conjoin(all, condition);
    }
    return all;
  }

  /// When any of the accesses runs, in every iteration. Nothing if one of them stands
  /// where it may run although none of those does whose condition is known.
  Condition conditionOfAny(ArrayRef<Operation *> accesses) {
    Condition any;
    SmallVector<Operation *> regular, others;
    for (Operation *access : accesses) {
      Condition one = conditionOf(access);
      (one ? regular : others).push_back(access);
      if (!one)
        continue;
      bool isAlways = !*one || (any && !*any);
      if (isAlways)
        any = Value();
      else
        any = any ? Value(arith::OrIOp::create(rewriter, loc, *any, *one)) : *one;
    }
    bool isCovered = llvm::all_of(others, [&](Operation *access) {
      return llvm::any_of(regular, [&](Operation *other) {
        return other->getParentRegion()->isAncestor(access->getParentRegion());
      });
    });
    return isCovered ? any : std::nullopt;
  }

  void keep(ArrayRef<Operation *> accesses) {
    SmallVector<Operation *> stores;
    llvm::copy_if(accesses, std::back_inserter(stores), llvm::IsaPred<memref::StoreOp>);
    Condition touches = conditionOfAny(accesses);
    Condition writes = stores.empty() ? Condition(Value()) : conditionOfAny(stores);
    SmallVector<Value> indices;
    for (Value index : indicesOf(accesses.front()))
      indices.push_back(hoist(index));
    if (!touches || !writes || llvm::is_contained(indices, Value()))
      return;
    Value buffer = bufferOf(accesses.front());
    Value slot = createSlot(cast<MemRefType>(buffer.getType()).getElementType());
    if (stores.size() < accesses.size()) {
      joinThreads();
      auto guard = scf::IfOp::create(rewriter, loc, conjoin(getRuns(), *touches));
      OpBuilder then = guard.getThenBodyBuilder();
      Value value = memref::LoadOp::create(then, loc, buffer, indices);
      memref::StoreOp::create(then, loc, value, slot, ValueRange());
    }
    if (!stores.empty()) {
      OpBuilder::InsertionGuard back(rewriter);
      Value condition = conjoin(getRuns(), *writes);
      rewriter.setInsertionPointAfter(loop);
      auto guard = scf::IfOp::create(rewriter, loc, condition);
      OpBuilder then = guard.getThenBodyBuilder();
      Value value = memref::LoadOp::create(then, loc, slot, ValueRange());
      memref::StoreOp::create(then, loc, value, buffer, indices);
    }
    replaceAccesses(accesses, slot);
  }

  void replaceAccesses(ArrayRef<Operation *> accesses, Value slot) {
    OpBuilder::InsertionGuard back(rewriter);
    for (Operation *access : accesses) {
      rewriter.setInsertionPoint(access);
      if (auto store = dyn_cast<memref::StoreOp>(access)) {
        memref::StoreOp::create(rewriter, store.getLoc(), store.getValue(), slot, ValueRange());
        rewriter.eraseOp(store);
      } else {
        rewriter.replaceOpWithNewOp<memref::LoadOp>(access, slot, ValueRange());
      }
    }
  }

  /// Only what is made at the kernel's entry becomes a register.
  Value createSlot(Type type) {
    OpBuilder entry = OpBuilder::atBlockBegin(&kernel.getBody().front());
    return memref::AllocaOp::create(entry, loc, MemRefType::get({}, type));
  }

  /// Whether there is an iteration at all.
  Value getRuns() {
    auto order = loop.getUnsignedCmp() ? arith::CmpIPredicate::ult : arith::CmpIPredicate::slt;
    if (!runs)
      runs =
          arith::CmpIOp::create(rewriter, loc, order, loop.getLowerBound(), loop.getUpperBound());
    return runs;
  }

  /// Where threads of a block meet in the loop, what they did before it may only be
  /// visible from there on: the first loads wait for it as well.
  void joinThreads() {
    bool meets =
        loop->walk([](gpu::BarrierOp) { return WalkResult::interrupt(); }).wasInterrupted();
    if (meets && !hasJoined)
      gpu::BarrierOp::create(rewriter, loc);
    hasJoined = true;
  }

  scf::ForOp loop;
  gpu::GPUFuncOp kernel;
  IRRewriter &rewriter;
  Location loc;
  IRMapping hoisted;
  Value runs;
  bool hasJoined = false;
};
} // namespace

void vyre::keepElements(scf::ForOp loop, gpu::GPUFuncOp kernel, IRRewriter &rewriter) {
  ElementKeeper(loop, kernel, rewriter).run();
}
