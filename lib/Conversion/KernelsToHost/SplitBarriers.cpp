// Runs a body with barriers in uniform structured control flow: loops over the
// threads, split at every barrier.
//
// Straight-line code between barriers becomes one loop over the threads (a
// segment). A structured op that holds a barrier stays outside the thread loops
// and its regions are split in turn. What is the same in all threads is computed
// once, outside. What varies and crosses a segment's end is either computed
// again (pure ops) or kept in an array with a slot per thread.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "HostKernel.h"
#include "SplitLegality.h"
#include "Uniformity.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace vyre;

namespace {

class Splitter {
public:
  Splitter(HostKernel &kernel, Location loc, Region &body, const BlockShape &shape)
      : kernel(kernel), builder(kernel.rewriter), loc(loc), body(body), shape(shape),
        uniformity(body) {}

  void run();

private:
  /// Per-thread view of the body's values inside one thread loop.
  struct Thread {
    IRMapping values;
    Value number;
  };

  void splitBlock(Block &block);
  void emitSegment(ArrayRef<Operation *> ops);
  void emitThreads(function_ref<void(Thread &)> each);
  void splitFor(scf::ForOp loop);
  void splitIf(scf::IfOp branch);
  void splitWhile(scf::WhileOp loop);
  void store(ArrayRef<std::pair<Value, Value>> moves);
  Value materialize(Thread &thread, Value value);
  Value getSlot(Value value);
  Value getPrivatePart(Thread &thread, Value buffer);

  HostKernel &kernel;
  OpBuilder &builder;
  Location loc;
  Region &body;
  const BlockShape &shape;
  Uniformity uniformity;
  IRMapping uniform;              // body value -> value at block level
  DenseMap<Value, Value> slots;   // body value -> array with an element per thread
  DenseMap<Value, Value> buffers; // private buffer -> bytes of all threads' parts
};

void Splitter::run() {
  for (unsigned dim = 0; dim < 3; ++dim) {
    uniform.map(body.getArgument(StageOp::kBlockId + dim), shape.blockId[dim]);
    uniform.map(body.getArgument(StageOp::kGridDim + dim), shape.gridDim[dim]);
    uniform.map(body.getArgument(StageOp::kBlockDim + dim), shape.blockDim[dim]);
  }
  splitBlock(body.front());
}

/// The per-thread array of a value.
Value Splitter::getSlot(Value value) {
  Value &slot = slots[value];
  if (!slot)
    slot = kernel.allocateFrame(loc, MemRefType::get({shape.maxThreads}, value.getType()));
  return slot;
}

/// The thread's part of the bytes that stand for a private buffer.
Value Splitter::getPrivatePart(Thread &thread, Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  auto plain = MemRefType::get(type.getShape(), type.getElementType());
  Type element = type.getElementType();
  int64_t bytes = element.isIndex() ? 8 : llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
  // Rounded up to a power of two as LLVM does, and parts to whole cache lines.
  bytes = llvm::alignTo(type.getNumElements() * llvm::PowerOf2Ceil(bytes), 64);
  Value &all = buffers[buffer];
  if (!all)
    all =
        kernel.allocateFrame(loc, MemRefType::get({bytes * shape.maxThreads}, builder.getI8Type()));
  Value size = arith::ConstantIndexOp::create(builder, loc, bytes);
  Value shift = arith::MulIOp::create(builder, loc, thread.number, size);
  Value part = memref::ViewOp::create(builder, loc, plain, all, shift, ValueRange());
  if (plain != type)
    part = memref::MemorySpaceCastOp::create(builder, loc, type, part);
  thread.values.map(buffer, part);
  return part;
}

/// The value inside a thread loop: known already, uniform, from its slot, or
/// computed again.
Value Splitter::materialize(Thread &thread, Value value) {
  if (Value known = thread.values.lookupOrNull(value))
    return known;
  if (Value known = uniform.lookupOrNull(value))
    return known;
  if (Value slot = slots.lookup(value)) {
    Value loaded = memref::LoadOp::create(builder, loc, slot, thread.number);
    thread.values.map(value, loaded);
    return loaded;
  }
  Operation *def = value.getDefiningOp();
  if (!def || !body.isAncestor(def->getParentRegion()))
    return value; // from above the body
  if (isPrivateBuffer(def))
    return getPrivatePart(thread, value);
  IRMapping mapping; // it has no regions: nothing but its operands is looked up
  for (Value operand : def->getOperands())
    mapping.map(operand, materialize(thread, operand));
  Operation *copy = builder.clone(*def, mapping);
  for (auto [from, to] : llvm::zip(def->getResults(), copy->getResults()))
    thread.values.map(from, to);
  return thread.values.lookup(value);
}

void Splitter::emitThreads(function_ref<void(Thread &)> each) {
  emitThreadLoops(builder, loc, shape, [&](OpBuilder &, ArrayRef<Value> ids, Value number) {
    Thread thread;
    thread.number = number;
    for (unsigned dim = 0; dim < 3; ++dim)
      thread.values.map(body.getArgument(StageOp::kThreadId + dim), ids[dim]);
    each(thread);
  });
}

/// The results of ops in `segment` that are used outside the segment: directly, or
/// because what is computed from them is computed again there. Users come after
/// what they use, so one pass from the back knows each user's answer.
DenseSet<Value> findCrossing(ArrayRef<Operation *> segment) {
  DenseSet<Operation *> inside(segment.begin(), segment.end());
  DenseSet<Operation *> repeated; // computed again behind the segment's end
  DenseSet<Value> crossing;
  for (Operation *op : llvm::reverse(segment))
    for (Value result : op->getResults()) {
      bool crosses = llvm::any_of(result.getUsers(), [&](Operation *user) {
        Operation *ancestor = op->getBlock()->findAncestorOpInBlock(*user);
        return !ancestor || !inside.contains(ancestor) || repeated.contains(user);
      });
      if (!crosses)
        continue;
      crossing.insert(result);
      if (canRecompute(op))
        repeated.insert(op);
    }
  return crossing;
}

/// One loop over the threads that runs `ops` and keeps what crosses.
void Splitter::emitSegment(ArrayRef<Operation *> ops) {
  auto isMadeOnDemand = [](Operation *op) { return canRecompute(op) || isPrivateBuffer(op); };
  if (llvm::all_of(ops, isMadeOnDemand))
    return;
  DenseSet<Value> crossing = findCrossing(ops);
  emitThreads([&](Thread &thread) {
    for (Operation *op : ops) {
      if (isMadeOnDemand(op))
        continue;
      op->walk([&](Operation *inner) {
        for (Value operand : inner->getOperands()) {
          Operation *scope = operand.getParentBlock()->getParentOp();
          if (!scope || !op->isAncestor(scope)) // defined outside `op`
            thread.values.map(operand, materialize(thread, operand));
        }
      });
      Operation *copy = builder.clone(*op, thread.values);
      for (auto [from, to] : llvm::zip(op->getResults(), copy->getResults()))
        thread.values.map(from, to);
    }
    for (Operation *op : ops) {
      if (isMadeOnDemand(op))
        continue;
      for (Value result : op->getResults())
        if (crossing.contains(result) && canBeKept(result.getType()))
          memref::StoreOp::create(builder, loc, thread.values.lookup(result), getSlot(result),
                                  thread.number);
    }
  });
}

void Splitter::splitBlock(Block &block) {
  SmallVector<Operation *> segment;
  auto flush = [&] {
    if (!segment.empty())
      emitSegment(segment);
    segment.clear();
  };
  for (Operation &op : block.without_terminator()) {
    if (isa<gpu::BarrierOp>(op)) {
      flush();
      continue;
    }
    if (op.getNumRegions() != 0 && holds<gpu::BarrierOp>(&op)) {
      flush();
      if (auto loop = dyn_cast<scf::ForOp>(op))
        splitFor(loop);
      else if (auto branch = dyn_cast<scf::IfOp>(op))
        splitIf(branch);
      else
        splitWhile(cast<scf::WhileOp>(op));
      continue;
    }
    bool isUniform = canRecompute(&op) && llvm::all_of(op.getResults(), [&](Value v) {
                       return uniformity.isUniform(v);
                     });
    if (!isUniform) {
      segment.push_back(&op);
      continue;
    }
    Operation *copy = builder.clone(op, uniform);
    for (auto [from, to] : llvm::zip(op.getResults(), copy->getResults()))
      uniform.map(from, to);
  }
  flush();
}

/// Copies values into other values' slots for every thread: all are read before
/// the first is written, since they may be swapped.
void Splitter::store(ArrayRef<std::pair<Value, Value>> moves) {
  SmallVector<std::pair<Value, Value>> varying;
  for (auto [from, to] : moves)
    if (!uniformity.isUniform(to))
      varying.push_back({from, to});
  if (varying.empty())
    return;
  for (auto [from, to] : varying)
    getSlot(to);
  emitThreads([&](Thread &thread) {
    SmallVector<Value> values;
    for (auto [from, to] : varying)
      values.push_back(materialize(thread, from));
    for (auto [move, value] : llvm::zip(varying, values))
      memref::StoreOp::create(builder, loc, value, getSlot(move.second), thread.number);
  });
}

void Splitter::splitFor(scf::ForOp loop) {
  SmallVector<std::pair<Value, Value>> inits, yields, results;
  SmallVector<Value> uniformInits, uniformArguments, uniformYields, uniformResults;
  for (auto [init, argument, yielded, result] :
       llvm::zip(loop.getInitArgs(), loop.getRegionIterArgs(), loop.getYieldedValues(),
                 loop.getResults())) {
    if (uniformity.isUniform(argument)) {
      uniformInits.push_back(uniform.lookupOrDefault(init));
      uniformArguments.push_back(argument);
      uniformYields.push_back(yielded);
      uniformResults.push_back(result);
    } else {
      inits.push_back({init, argument});
      yields.push_back({yielded, argument});
      results.push_back({argument, result});
    }
  }
  store(inits);
  auto copy =
      scf::ForOp::create(builder, loop.getLoc(), uniform.lookupOrDefault(loop.getLowerBound()),
                         uniform.lookupOrDefault(loop.getUpperBound()),
                         uniform.lookupOrDefault(loop.getStep()), uniformInits);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(copy.getBody());
    uniform.map(loop.getInductionVar(), copy.getInductionVar());
    for (auto [from, to] : llvm::zip(uniformArguments, copy.getRegionIterArgs()))
      uniform.map(from, to);
    splitBlock(*loop.getBody());
    store(yields);
    if (!uniformYields.empty()) {
      SmallVector<Value> values;
      for (Value value : uniformYields)
        values.push_back(uniform.lookupOrDefault(value));
      scf::YieldOp::create(builder, loop.getLoc(), values);
    }
  }
  for (auto [from, to] : llvm::zip(uniformResults, copy.getResults()))
    uniform.map(from, to);
  store(results);
}

void Splitter::splitIf(scf::IfOp branch) {
  SmallVector<unsigned> uniformResults;
  SmallVector<Type> types;
  for (auto [index, result] : llvm::enumerate(branch.getResults()))
    if (uniformity.isUniform(result)) {
      uniformResults.push_back(index);
      types.push_back(result.getType());
    }
  bool hasElse = !branch.getElseRegion().empty();
  auto copy = scf::IfOp::create(builder, branch.getLoc(), types,
                                uniform.lookupOrDefault(branch.getCondition()),
                                /*addThenBlock=*/true, /*addElseBlock=*/hasElse);
  auto emitArm = [&](Block &from, Block &into) {
    OpBuilder::InsertionGuard guard(builder);
    if (!into.empty()) // an if without results has its yields already
      into.back().erase();
    builder.setInsertionPointToStart(&into);
    splitBlock(from);
    SmallVector<std::pair<Value, Value>> moves;
    for (auto [yielded, result] :
         llvm::zip(from.getTerminator()->getOperands(), branch.getResults()))
      moves.push_back({yielded, result});
    store(moves);
    SmallVector<Value> values;
    for (unsigned index : uniformResults)
      values.push_back(uniform.lookupOrDefault(from.getTerminator()->getOperand(index)));
    scf::YieldOp::create(builder, branch.getLoc(), values);
  };
  emitArm(*branch.thenBlock(), *copy.thenBlock());
  if (hasElse)
    emitArm(*branch.elseBlock(), *copy.elseBlock());
  for (auto [index, value] : llvm::zip(uniformResults, copy.getResults()))
    uniform.map(branch.getResult(index), value);
}

void Splitter::splitWhile(scf::WhileOp loop) {
  Location at = loop.getLoc();
  SmallVector<std::pair<Value, Value>> inits, passes, yields, results;
  SmallVector<Value> uniformInits, before, uniformYields;
  for (auto [init, argument, yielded] :
       llvm::zip(loop.getInits(), loop.getBeforeArguments(), loop.getYieldOp().getOperands())) {
    if (uniformity.isUniform(argument)) {
      uniformInits.push_back(uniform.lookupOrDefault(init));
      before.push_back(argument);
      uniformYields.push_back(yielded);
    } else {
      inits.push_back({init, argument});
      yields.push_back({yielded, argument});
    }
  }
  SmallVector<Value> uniformPasses, after, uniformResults;
  SmallVector<Type> types;
  for (auto [passed, argument, result] :
       llvm::zip(loop.getConditionOp().getArgs(), loop.getAfterArguments(), loop.getResults())) {
    if (uniformity.isUniform(argument)) {
      uniformPasses.push_back(passed);
      after.push_back(argument);
      uniformResults.push_back(result);
      types.push_back(argument.getType());
    } else {
      passes.push_back({passed, argument});
      results.push_back({argument, result});
    }
  }
  store(inits);
  auto copy = scf::WhileOp::create(builder, at, types, uniformInits);
  auto fill = [&](Region &into, ArrayRef<Value> from, Block &block,
                  ArrayRef<std::pair<Value, Value>> moves, function_ref<void()> terminate) {
    OpBuilder::InsertionGuard guard(builder);
    SmallVector<Type> argumentTypes = llvm::to_vector(ValueRange(from).getTypes());
    Block *target =
        builder.createBlock(&into, {}, argumentTypes, SmallVector<Location>(from.size(), at));
    for (auto [value, argument] : llvm::zip(from, target->getArguments()))
      uniform.map(value, argument);
    splitBlock(block);
    store(moves);
    terminate();
  };
  auto lookup = [&](ArrayRef<Value> values) {
    return llvm::map_to_vector(values, [&](Value v) { return uniform.lookupOrDefault(v); });
  };
  fill(copy.getBefore(), before, *loop.getBeforeBody(), passes, [&] {
    scf::ConditionOp::create(builder, at,
                             uniform.lookupOrDefault(loop.getConditionOp().getCondition()),
                             lookup(uniformPasses));
  });
  fill(copy.getAfter(), after, *loop.getAfterBody(), yields,
       [&] { scf::YieldOp::create(builder, at, lookup(uniformYields)); });
  for (auto [from, to] : llvm::zip(uniformResults, copy.getResults()))
    uniform.map(from, to);
  store(results);
}

} // namespace

void vyre::emitSplit(HostKernel &kernel, Location loc, Region &body, const BlockShape &shape) {
  Splitter(kernel, loc, body, shape).run();
}
