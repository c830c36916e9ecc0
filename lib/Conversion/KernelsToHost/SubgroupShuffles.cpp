// Expands the shuffles that `vyre-expand-collectives` left: those that not all
// threads of the block are proven to reach. On the host a subgroup can meet alone,
// so they become an exchange through shared memory between barriers of the
// subgroup. Same meaning as there: the source's lane is taken modulo 32 and valid
// below the width; where not valid, a thread gets its own value back.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "HostKernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "vyre/Dialect/Vyre/IR/DeviceLimits.h"

using namespace mlir;
using namespace vyre;

namespace {

/// Expands the shuffles of one kernel's copy.
class ShuffleExpansion {
public:
  explicit ShuffleExpansion(gpu::GPUFuncOp kernel) : kernel(kernel), builder(kernel.getContext()) {}
  void expand(gpu::ShuffleOp op);

private:
  Value constant(int64_t n) { return arith::ConstantIndexOp::create(builder, loc, n); }
  Value add(Value a, Value b) { return arith::AddIOp::create(builder, loc, a, b); }
  Value mul(Value a, Value b) { return arith::MulIOp::create(builder, loc, a, b); }
  Value isBelow(Value a, Value b) {
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, a, b);
  }
  Value getSourceLane(gpu::ShuffleOp op, Value lane);
  Value getScratch(Type element);
  void meet();

  gpu::GPUFuncOp kernel;
  OpBuilder builder;
  Location loc = UnknownLoc::get(builder.getContext());
  DenseMap<Type, Value> scratch; // per element type: one element per thread
};

Value ShuffleExpansion::getScratch(Type element) {
  Value &buffer = scratch[element];
  if (!buffer)
    buffer = kernel.addWorkgroupAttribution(MemRefType::get({kMaxThreadsPerBlock}, element),
                                            kernel.getLoc());
  return buffer;
}

/// Joins the threads of a subgroup.
void ShuffleExpansion::meet() {
  auto barrier = gpu::BarrierOp::create(builder, loc);
  barrier->setAttr(kSubgroupBarrier, builder.getUnitAttr());
}

/// The lane to read from; one below zero is, without sign, beyond every width.
Value ShuffleExpansion::getSourceLane(gpu::ShuffleOp op, Value lane) {
  Value last = arith::ConstantIntOp::create(builder, loc, kSubgroupSize - 1, 32);
  Value low = arith::AndIOp::create(builder, loc, op.getOffset(), last);
  Value offset = arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(), low);
  switch (op.getMode()) {
  case gpu::ShuffleMode::XOR:
    return arith::XOrIOp::create(builder, loc, lane, offset);
  case gpu::ShuffleMode::DOWN:
    return add(lane, offset);
  case gpu::ShuffleMode::UP:
    return arith::SubIOp::create(builder, loc, lane, offset);
  case gpu::ShuffleMode::IDX:
    return offset;
  }
  llvm_unreachable("covered switch");
}

void ShuffleExpansion::expand(gpu::ShuffleOp op) {
  loc = op.getLoc();
  builder.setInsertionPoint(op);
  Value ids[3], sizes[3];
  for (unsigned i = 0; i != 3; ++i) {
    ids[i] = gpu::ThreadIdOp::create(builder, loc, static_cast<gpu::Dimension>(i));
    sizes[i] = gpu::BlockDimOp::create(builder, loc, static_cast<gpu::Dimension>(i));
  }
  Value thread = add(ids[0], mul(sizes[0], add(ids[1], mul(sizes[1], ids[2]))));
  Value threads = mul(sizes[0], mul(sizes[1], sizes[2]));
  Value lane = arith::RemUIOp::create(builder, loc, thread, constant(kSubgroupSize));
  Value width = arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(), op.getWidth());
  Value source = getSourceLane(op, lane);
  Value valid = isBelow(source, width);
  Value from = add(arith::SubIOp::create(builder, loc, thread, lane), source);
  Value exists = arith::AndIOp::create(builder, loc, valid, isBelow(from, threads));
  Value address = arith::SelectOp::create(builder, loc, exists, from, thread);

  Value buffer = getScratch(op.getValue().getType());
  memref::StoreOp::create(builder, loc, op.getValue(), buffer, thread);
  meet();
  Value result = memref::LoadOp::create(builder, loc, buffer, address);
  meet(); // before anybody writes here again
  op.replaceAllUsesWith(ValueRange{result, valid});
  op.erase();
}

} // namespace

void vyre::expandSubgroupShuffles(gpu::GPUFuncOp kernel) {
  // In a stage the ids are the stage's; none is formed of a kernel with shuffles.
  if (kernel->hasAttr(attr_name::kPersistent))
    return;
  SmallVector<gpu::ShuffleOp> ops;
  kernel.walk([&](gpu::ShuffleOp op) { ops.push_back(op); });
  ShuffleExpansion expansion(kernel);
  for (gpu::ShuffleOp op : ops)
    expansion.expand(op);
}
