// Runs a body without barriers in plain loops over the threads of a block, and
// picks the emitter for a body.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "HostKernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "vyre/Dialect/Vyre/IR/DeviceLimits.h"

using namespace mlir;
using namespace vyre;

void vyre::emitThreadLoops(OpBuilder &builder, Location loc, const BlockShape &shape,
                           function_ref<void(OpBuilder &, ArrayRef<Value>, Value)> each) {
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  SmallVector<Value, 3> ids(3);
  OpBuilder::InsertionGuard guard(builder);
  Value rows = zero; // (z * sizeY + y) * sizeX
  for (int dim = 2; dim >= 0; --dim) {
    if (getConstantIntValue(shape.blockDim[dim]) == 1) {
      ids[dim] = zero;
    } else {
      auto loop = scf::ForOp::create(builder, loc, zero, shape.blockDim[dim], one);
      builder.setInsertionPointToStart(loop.getBody());
      ids[dim] = loop.getInductionVar();
    }
    rows = arith::AddIOp::create(builder, loc, rows, ids[dim]);
    if (dim > 0)
      rows = arith::MulIOp::create(builder, loc, rows, shape.blockDim[dim - 1]);
  }
  each(builder, ids, rows);
}

/// The twelve values of a stage's arguments.
static SmallVector<Value> getArguments(const BlockShape &shape, ArrayRef<Value> threadId) {
  SmallVector<Value> arguments;
  llvm::append_range(arguments, shape.blockId);
  llvm::append_range(arguments, threadId);
  llvm::append_range(arguments, shape.gridDim);
  llvm::append_range(arguments, shape.blockDim);
  return arguments;
}

bool vyre::isHandedOn(Value buffer) {
  DenseSet<Value> seen = {buffer};
  SmallVector<Value> views = {buffer};
  while (!views.empty()) {
    Value view = views.pop_back_val();
    for (Operation *user : view.getUsers()) {
      if (user->hasTrait<OpTrait::IsTerminator>() || user->getNumRegions() != 0)
        return true;
      for (Value result : user->getResults())
        if (isa<BaseMemRefType>(result.getType()) && seen.insert(result).second)
          views.push_back(result);
    }
  }
  return false;
}

/// Puts the body into the innermost loop.
static void emitPlain(HostKernel &kernel, Location loc, Region &body, const BlockShape &shape) {
  IRRewriter &rewriter = kernel.rewriter;
  emitThreadLoops(rewriter, loc, shape, [&](OpBuilder &, ArrayRef<Value> threadId, Value) {
    SmallVector<Value> arguments = getArguments(shape, threadId);
    if (body.walk([](memref::AllocaOp op) {
              return op.getType().hasStaticShape() && !isHandedOn(op) ? WalkResult::advance()
                                                                      : WalkResult::interrupt();
            })
            .wasInterrupted()) {
      // What cannot be hoisted ends with its thread.
      auto scope = memref::AllocaScopeOp::create(rewriter, loc, TypeRange());
      rewriter.createBlock(&scope.getBodyRegion());
      auto end = memref::AllocaScopeReturnOp::create(rewriter, loc, ValueRange());
      rewriter.setInsertionPoint(end);
    }
    if (body.hasOneBlock()) {
      Operation *yield = body.front().getTerminator();
      rewriter.inlineBlockBefore(&body.front(), rewriter.getInsertionBlock(),
                                 rewriter.getInsertionPoint(), arguments);
      rewriter.eraseOp(yield);
      auto row = dyn_cast<scf::ForOp>(rewriter.getInsertionBlock()->getParentOp());
      if (row && threadId[0] == row.getInductionVar())
        boundThreads(rewriter, row, shape, threadId.drop_front());
      return;
    }
    auto execute = scf::ExecuteRegionOp::create(rewriter, loc, TypeRange());
    for (auto [argument, value] : llvm::zip(body.getArguments(), arguments))
      rewriter.replaceAllUsesWith(argument, value);
    body.front().eraseArguments(0, body.getNumArguments());
    rewriter.inlineRegionBefore(body, execute.getRegion(), execute.getRegion().end());
    for (Block &block : execute.getRegion())
      if (auto yield = dyn_cast<YieldOp>(block.getTerminator())) {
        OpBuilder::InsertionGuard guard(rewriter);
        rewriter.setInsertionPoint(yield);
        rewriter.replaceOpWithNewOp<scf::YieldOp>(yield);
      }
  });
}

void vyre::hoistAllocations(func::FuncOp function) {
  Block &entry = function.getBody().front();
  function.walk([&](memref::AllocaOp op) {
    if (op->getBlock() != &entry && op.getType().hasStaticShape() &&
        op.getSymbolOperands().empty() && !isHandedOn(op))
      op->moveBefore(&entry, entry.begin());
  });
}

BlockShape vyre::decodeBlock(OpBuilder &builder, Location loc, Value linear,
                             ArrayRef<Value> gridDim, ArrayRef<Value> blockDim) {
  BlockShape shape;
  Value rest = linear, zero = arith::ConstantIndexOp::create(builder, loc, 0);
  for (unsigned dim = 0; dim != 3; ++dim) {
    // No division where all further sizes are known to be one.
    bool isLast = llvm::all_of(gridDim.drop_front(dim + 1),
                               [](Value size) { return getConstantIntValue(size) == 1; });
    if (isLast) {
      shape.blockId.push_back(rest);
      rest = zero;
      continue;
    }
    shape.blockId.push_back(arith::RemUIOp::create(builder, loc, rest, gridDim[dim]));
    rest = arith::DivUIOp::create(builder, loc, rest, gridDim[dim]);
  }
  shape.gridDim.assign(gridDim.begin(), gridDim.end());
  shape.blockDim.assign(blockDim.begin(), blockDim.end());
  shape.maxThreads = 1;
  for (Value size : blockDim) {
    std::optional<int64_t> known = getConstantIntValue(size);
    shape.maxThreads = known && shape.maxThreads > 0 ? shape.maxThreads * *known : 0;
  }
  if (shape.maxThreads < 1 || shape.maxThreads > kMaxThreadsPerBlock)
    shape.maxThreads = kMaxThreadsPerBlock;
  return shape;
}

LogicalResult vyre::emitBlock(HostKernel &kernel, Location loc, Region &body,
                              const BlockShape &shape) {
  if (holds<cf::AssertOp>(body))
    return emitFibers(kernel, loc, body, shape); // a failing thread stops alone
  if (!holds<gpu::BarrierOp>(body)) {
    emitPlain(kernel, loc, body, shape);
    return success();
  }
  if (!canSplitBarriers(body))
    return emitFibers(kernel, loc, body, shape);
  emitSplit(kernel, loc, body, shape);
  return success();
}
