// Expands collectives of a block's or a subgroup's threads into workgroup memory
// and barriers, so that every device combines in the same order.
//
// Each thread writes its value to an element of its own. A reduction halves a
// stride per round: position p takes in position p + stride. The stride is the
// same in all threads and only loads and stores depend on the thread, so no
// barrier is under divergent control flow.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "UniformPlace.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/Utils/GPUUtils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "vyre/Conversion/Passes.h"
#include "vyre/Dialect/Vyre/IR/DeviceLimits.h"
#include "vyre/Dialect/Vyre/IR/Remarks.h"

#define DEBUG_TYPE "vyre-expand-collectives"

namespace vyre {
#define GEN_PASS_DEF_EXPANDCOLLECTIVESPASS
#include "vyre/Conversion/Passes.h.inc"
} // namespace vyre

using namespace mlir;

namespace {

/// Makes one value of two, the first from the thread of the lower position.
using Combine = function_ref<Value(OpBuilder &, Value, Value)>;

/// Threads that reduce together: a thread's own position among them, their
/// distance in linear thread numbers, and half the number of positions, rounded
/// up to a power of two.
struct Team {
  Value position;
  int64_t distance;
  Value firstStride;
};

/// Where a thread takes its value from, as a lane of its subgroup.
struct Source {
  Value lane;  // i32; any value where not valid
  Value valid; // i1
};

class CollectiveExpander {
public:
  explicit CollectiveExpander(gpu::GPUFuncOp kernel);

  void expand(gpu::AllReduceOp op);
  void expand(gpu::SubgroupReduceOp op);
  void expand(gpu::ShuffleOp op);
  void expand(gpu::RotateOp op);

private:
  Value constant(int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }
  Value constant32(int64_t value) { return arith::ConstantIntOp::create(builder, loc, value, 32); }
  template <typename OpTy> Value make(Value a, Value b) { return OpTy::create(builder, loc, a, b); }
  Value compare(arith::CmpIPredicate predicate, Value a, Value b) {
    return arith::CmpIOp::create(builder, loc, predicate, a, b);
  }
  void barrier() { gpu::BarrierOp::create(builder, loc); }
  Value getScratch(Type type);
  Value roundUpToPowerOfTwo(Value count);
  Value reduce(Value value, const Team &team, Combine combine);
  Value exchange(Value value, Source source);
  Value getLane();

  gpu::GPUFuncOp kernel;
  OpBuilder builder;
  Location loc;
  Value thread;    // linear number in the block
  Value count;     // threads of the block
  int64_t maximum; // known bound of `count`
  DenseMap<Type, Value> scratch;
};

CollectiveExpander::CollectiveExpander(gpu::GPUFuncOp kernel)
    : kernel(kernel), builder(kernel.getBody()), loc(kernel.getLoc()),
      maximum(vyre::kMaxThreadsPerBlock) {
  SmallVector<Value, 3> sizes, ids;
  std::optional<ArrayRef<int32_t>> known = kernel.getKnownBlockSize();
  if (known)
    maximum = int64_t((*known)[0]) * (*known)[1] * (*known)[2];
  for (auto dim : {gpu::Dimension::x, gpu::Dimension::y, gpu::Dimension::z}) {
    ids.push_back(gpu::ThreadIdOp::create(builder, loc, dim));
    sizes.push_back(known ? constant((*known)[static_cast<int>(dim)])
                          : Value(gpu::BlockDimOp::create(builder, loc, dim)));
  }
  Value row = make<arith::AddIOp>(make<arith::MulIOp>(ids[2], sizes[1]), ids[1]);
  thread = make<arith::AddIOp>(make<arith::MulIOp>(row, sizes[0]), ids[0]);
  count = known ? constant(maximum)
                : make<arith::MulIOp>(make<arith::MulIOp>(sizes[0], sizes[1]), sizes[2]);
}

/// Workgroup memory with an element per thread; one per type, since every use
/// ends with a barrier.
Value CollectiveExpander::getScratch(Type type) {
  Value &memory = scratch[type];
  if (!memory) {
    auto space = gpu::AddressSpaceAttr::get(kernel.getContext(),
                                            gpu::GPUDialect::getWorkgroupAddressSpace());
    memory = kernel.addWorkgroupAttribution(
        MemRefType::get({maximum}, type, MemRefLayoutAttrInterface(), space), loc);
  }
  return memory;
}

/// The next power of two, by filling the bits below the highest of count - 1.
Value CollectiveExpander::roundUpToPowerOfTwo(Value count) {
  Value bits = make<arith::SubIOp>(count, constant(1));
  for (int64_t shift = 1; shift < 16; shift *= 2)
    bits = make<arith::OrIOp>(bits, make<arith::ShRUIOp>(bits, constant(shift)));
  return make<arith::AddIOp>(bits, constant(1));
}

/// Combines the values of each team; every thread gets its team's result.
Value CollectiveExpander::reduce(Value value, const Team &team, Combine combine) {
  Value memory = getScratch(value.getType());
  Value distance = constant(team.distance);
  memref::StoreOp::create(builder, loc, value, memory, thread);
  barrier();
  auto loop = scf::WhileOp::create(builder, loc, builder.getIndexType(), team.firstStride);
  {
    OpBuilder::InsertionGuard guard(builder);
    Block *before = builder.createBlock(&loop.getBefore(), {}, builder.getIndexType(), loc);
    Value more = compare(arith::CmpIPredicate::ugt, before->getArgument(0), constant(0));
    scf::ConditionOp::create(builder, loc, more, before->getArguments());

    Block *after = builder.createBlock(&loop.getAfter(), {}, builder.getIndexType(), loc);
    Value stride = after->getArgument(0);
    Value other = make<arith::AddIOp>(thread, make<arith::MulIOp>(stride, distance));
    Value takes = make<arith::AndIOp>(
        compare(arith::CmpIPredicate::ult, team.position, stride),
        compare(arith::CmpIPredicate::ult, other, count)); // the last team may be short
    auto branch = scf::IfOp::create(builder, loc, takes);
    {
      OpBuilder::InsertionGuard inner(builder);
      builder.setInsertionPointToStart(branch.thenBlock());
      Value own = memref::LoadOp::create(builder, loc, memory, thread);
      Value taken = memref::LoadOp::create(builder, loc, memory, other);
      memref::StoreOp::create(builder, loc, combine(builder, own, taken), memory, thread);
    }
    barrier();
    Value next = make<arith::ShRUIOp>(stride, constant(1));
    scf::YieldOp::create(builder, loc, next);
  }
  Value first = make<arith::SubIOp>(thread, make<arith::MulIOp>(team.position, distance));
  Value result = memref::LoadOp::create(builder, loc, memory, first);
  barrier(); // before anybody writes here again
  return result;
}

/// Each thread's value of the thread that it names; its own where not valid or
/// where the block has no such thread.
Value CollectiveExpander::exchange(Value value, Source source) {
  Value memory = getScratch(value.getType());
  memref::StoreOp::create(builder, loc, value, memory, thread);
  barrier();
  Value wanted = arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(), source.lane);
  Value lane = make<arith::RemUIOp>(thread, constant(vyre::kSubgroupSize));
  Value other = make<arith::AddIOp>(make<arith::SubIOp>(thread, lane), wanted);
  Value exists =
      make<arith::AndIOp>(source.valid, compare(arith::CmpIPredicate::ult, other, count));
  Value from = arith::SelectOp::create(builder, loc, exists, other, thread);
  Value result = memref::LoadOp::create(builder, loc, memory, from);
  barrier();
  return result;
}

/// The thread's lane as i32.
Value CollectiveExpander::getLane() {
  Value lane = make<arith::RemUIOp>(thread, constant(vyre::kSubgroupSize));
  return arith::IndexCastUIOp::create(builder, loc, builder.getI32Type(), lane);
}

/// Copies the region of a gpu.all_reduce; gives what it yields.
Value cloneCombiner(OpBuilder &builder, gpu::AllReduceOp op, Value a, Value b) {
  Region &body = op.getBody();
  IRMapping mapping;
  mapping.map(body.getArgument(0), a);
  mapping.map(body.getArgument(1), b);
  if (body.hasOneBlock()) {
    for (Operation &inner : body.front().without_terminator())
      builder.clone(inner, mapping);
    return mapping.lookupOrDefault(body.front().getTerminator()->getOperand(0));
  }
  auto execute = scf::ExecuteRegionOp::create(builder, op.getLoc(), a.getType());
  body.cloneInto(&execute.getRegion(), mapping); // drops the mapped arguments
  for (Block &block : execute.getRegion())
    if (auto yield = dyn_cast<gpu::YieldOp>(block.getTerminator())) {
      OpBuilder end = OpBuilder::atBlockEnd(&block);
      scf::YieldOp::create(end, yield.getLoc(), yield.getOperands());
      yield.erase();
    }
  return execute.getResult(0);
}

void CollectiveExpander::expand(gpu::AllReduceOp op) {
  builder.setInsertionPoint(op);
  loc = op.getLoc();
  Value half = make<arith::ShRUIOp>(roundUpToPowerOfTwo(count), constant(1));
  Value result = reduce(op.getValue(), {thread, 1, half}, [&](OpBuilder &at, Value a, Value b) {
    if (!op.getOp())
      return cloneCombiner(at, op, a, b);
    return vector::makeArithReduction(at, loc, gpu::convertReductionKind(*op.getOp()), a, b);
  });
  op.replaceAllUsesWith(result);
  op.erase();
}

void CollectiveExpander::expand(gpu::SubgroupReduceOp op) {
  builder.setInsertionPoint(op);
  loc = op.getLoc();
  int64_t size = op.getClusterSize().value_or(vyre::kSubgroupSize);
  int64_t distance = op.getClusterStride();
  Value step = make<arith::DivUIOp>(thread, constant(distance));
  Value position = make<arith::RemUIOp>(step, constant(size));
  Team team = {position, distance, constant(size / 2)};
  Value result = reduce(op.getValue(), team, [&](OpBuilder &at, Value a, Value b) {
    return vector::makeArithReduction(at, loc, gpu::convertReductionKind(op.getOp()), a, b);
  });
  op.replaceAllUsesWith(result);
  op.erase();
}

void CollectiveExpander::expand(gpu::ShuffleOp op) {
  builder.setInsertionPoint(op);
  loc = op.getLoc();
  Value lane = getLane();
  Value width = op.getWidth();
  Value offset = make<arith::AndIOp>(op.getOffset(), constant32(vyre::kSubgroupSize - 1));
  Source source;
  switch (op.getMode()) {
  case gpu::ShuffleMode::XOR:
    source.lane = make<arith::XOrIOp>(lane, offset);
    break;
  case gpu::ShuffleMode::DOWN:
    source.lane = make<arith::AddIOp>(lane, offset);
    break;
  case gpu::ShuffleMode::UP:
    source.lane = make<arith::SubIOp>(lane, offset);
    break;
  case gpu::ShuffleMode::IDX:
    source.lane = offset;
    break;
  }
  // A lane below zero is, without sign, beyond every width.
  source.valid = compare(arith::CmpIPredicate::ult, source.lane, width);
  Value result = exchange(op.getValue(), source);
  op.replaceAllUsesWith(ValueRange{result, source.valid});
  op.erase();
}

void CollectiveExpander::expand(gpu::RotateOp op) {
  builder.setInsertionPoint(op);
  loc = op.getLoc();
  Value lane = getLane();
  int64_t width = op.getWidth();
  Value turned = make<arith::AndIOp>(make<arith::AddIOp>(lane, constant32(op.getOffset())),
                                     constant32(width - 1));
  Value valid = compare(arith::CmpIPredicate::ult, lane, constant32(width));
  Value result = exchange(op.getValue(), {turned, valid});
  op.replaceAllUsesWith(ValueRange{result, valid});
  op.erase();
}

/// Why `op` cannot be expanded; empty if it can.
StringRef findObstacle(Operation *op, gpu::GPUFuncOp kernel) {
  if (!kernel.isKernel())
    return "in a device function";
  if (auto reduce = dyn_cast<gpu::SubgroupReduceOp>(op))
    if (reduce.getClusterSize().value_or(vyre::kSubgroupSize) >
        vyre::kSubgroupSize / reduce.getClusterStride())
      return "cluster exceeds a subgroup";
  if (auto rotate = dyn_cast<gpu::RotateOp>(op))
    if (rotate.getWidth() > vyre::kSubgroupSize)
      return "width exceeds a subgroup";
  // The flag of gpu.all_reduce is a promise about the whole block; that of
  // gpu.subgroup_reduce is not.
  if (auto reduce = dyn_cast<gpu::AllReduceOp>(op); reduce && reduce.getUniform())
    return "";
  return vyre::isUniformPlace(op, kernel) ? ""
                                          : "not proven to be reached by all threads of a block";
}

struct ExpandCollectivesPass : public vyre::impl::ExpandCollectivesPassBase<ExpandCollectivesPass> {
  using Base::Base;

  void runOnOperation() override {
    for (auto kernel : getOperation().getOps<gpu::GPUFuncOp>())
      expandAll(kernel);
  }

private:
  /// True for a collective that this run is asked to expand.
  bool isWanted(Operation *op) {
    if (isa<gpu::ShuffleOp>(op))
      return shuffles;
    return isa<gpu::AllReduceOp, gpu::SubgroupReduceOp, gpu::RotateOp>(op);
  }

  void expandAll(gpu::GPUFuncOp kernel) {
    SmallVector<Operation *> ops;
    kernel.walk([&](Operation *op) {
      if (!isWanted(op))
        return;
      StringRef obstacle = findObstacle(op, kernel);
      if (obstacle.empty())
        ops.push_back(op);
      else
        vyre::missedRemark(op, DEBUG_TYPE, "NotExpanded")
            << ("'" + op->getName().getStringRef() + "' stays for CUDA alone").str()
            << vyre::remarkReason(obstacle);
    });
    if (ops.empty())
      return;
    CollectiveExpander expander(kernel);
    for (Operation *op : ops) {
      if (auto reduce = dyn_cast<gpu::AllReduceOp>(op))
        expander.expand(reduce);
      else if (auto reduce = dyn_cast<gpu::SubgroupReduceOp>(op))
        expander.expand(reduce);
      else if (auto shuffle = dyn_cast<gpu::ShuffleOp>(op))
        expander.expand(shuffle);
      else
        expander.expand(cast<gpu::RotateOp>(op));
    }
  }
};

} // namespace
