// A loop of launches without its launches: what the host can run in advance.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "LoopSkeleton.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "vyre/Analysis/HostGlue.h"

using namespace mlir;
using namespace vyre;

/// Takes host code that only the kernel runs out of a loop's copy.
static void dropGlue(OpBuilder &builder, Operation *copy) {
  OpBuilder::InsertionGuard guard(builder);
  SmallVector<Operation *> glue;
  copy->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!isKernelOnly(op))
      return WalkResult::advance();
    glue.push_back(op);
    return WalkResult::skip();
  });
  for (Operation *op : glue) {
    builder.setInsertionPoint(op);
    for (Value result : op->getResults())
      if (!result.use_empty() && result.getType().isIntOrIndexOrFloat())
        result.replaceAllUsesWith(arith::ConstantOp::create(builder, op->getLoc(),
                                                            builder.getZeroAttr(result.getType())));
    op->erase();
  }
}

Operation *vyre::cloneSkeleton(OpBuilder &builder, Operation *loop, IRMapping &mapping) {
  Operation *copy = builder.clone(*loop, mapping);
  dropGlue(builder, copy);
  return copy;
}

Value vyre::createHostCell(OpBuilder &builder, Operation *user, MemRefType type) {
  OpBuilder::InsertionGuard guard(builder);
  auto func = user->getParentOfType<FunctionOpInterface>();
  builder.setInsertionPointToStart(&func.getFunctionBody().front());
  return memref::AllocaOp::create(builder, user->getLoc(), type);
}

Value vyre::createLaunchCount(OpBuilder &builder, Operation *loop) {
  Location loc = loop->getLoc();
  auto number = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  Value cell = createHostCell(builder, loop, MemRefType::get({}, builder.getIndexType()));
  memref::StoreOp::create(builder, loc, number(0), cell, ValueRange());
  Value one = number(1);
  IRMapping mapping;
  Operation *copy = cloneSkeleton(builder, loop, mapping);
  SmallVector<gpu::LaunchFuncOp> launches;
  copy->walk([&](gpu::LaunchFuncOp launch) { launches.push_back(launch); });
  {
    OpBuilder::InsertionGuard guard(builder);
    for (gpu::LaunchFuncOp launch : launches) {
      builder.setInsertionPoint(launch);
      Value before = memref::LoadOp::create(builder, loc, cell, ValueRange());
      Value after = arith::AddIOp::create(builder, loc, before, one);
      memref::StoreOp::create(builder, loc, after, cell, ValueRange());
      launch.erase();
    }
  }
  return memref::LoadOp::create(builder, loc, cell, ValueRange());
}
