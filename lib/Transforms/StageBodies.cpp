// Copies kernels into stages: ids and sizes become the stage's, workgroup buffers
// views of one buffer, private ones allocations of a thread.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "StageBodies.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "vyre/Dialect/Vyre/IR/ByteLayout.h"
#include "vyre/Dialect/Vyre/IR/DeviceLimits.h"

using namespace mlir;
using namespace vyre;

namespace {

/// Alignment of workgroup buffers: that of the widest vector access.
constexpr int64_t kSharedAlignment = 16;

/// Replaces what a kernel body reads about its place in the launch by the
/// arguments of the stage around it.
class ShapeRewriter {
public:
  explicit ShapeRewriter(StageOp stage) : stage(stage), builder(stage.getContext()) {}

  void run() {
    SmallVector<Operation *> ops;
    stage.getBody().walk([&](Operation *op) { ops.push_back(op); });
    for (Operation *op : ops) {
      builder.setInsertionPoint(op);
      loc = op->getLoc();
      if (Value value = computeReplacement(op)) {
        op->getResult(0).replaceAllUsesWith(value);
        op->erase();
      }
    }
  }

private:
  /// The virtual value of a physical id or dimension; null for other ops.
  Value computeReplacement(Operation *op) {
    if (auto id = dyn_cast<gpu::ThreadIdOp>(op))
      return arg(StageOp::kThreadId, id.getDimension());
    if (auto id = dyn_cast<gpu::BlockIdOp>(op))
      return arg(StageOp::kBlockId, id.getDimension());
    if (auto size = dyn_cast<gpu::GridDimOp>(op))
      return arg(StageOp::kGridDim, size.getDimension());
    if (auto size = dyn_cast<gpu::BlockDimOp>(op))
      return arg(StageOp::kBlockDim, size.getDimension());
    if (auto id = dyn_cast<gpu::GlobalIdOp>(op))
      return add(mul(arg(StageOp::kBlockId, id.getDimension()),
                     arg(StageOp::kBlockDim, id.getDimension())),
                 arg(StageOp::kThreadId, id.getDimension()));
    if (isa<gpu::LaneIdOp>(op))
      return arith::RemUIOp::create(builder, loc, linearThread(), constant(kSubgroupSize));
    if (isa<gpu::SubgroupIdOp>(op))
      return arith::DivUIOp::create(builder, loc, linearThread(), constant(kSubgroupSize));
    if (isa<gpu::NumSubgroupsOp>(op))
      return arith::DivUIOp::create(builder, loc, add(threads(), constant(kSubgroupSize - 1)),
                                    constant(kSubgroupSize));
    return isa<gpu::SubgroupSizeOp>(op) ? constant(kSubgroupSize) : Value();
  }

  Value arg(unsigned group, unsigned dimension) {
    return stage.getBody().getArgument(group + dimension);
  }
  Value arg(unsigned group, gpu::Dimension dimension) { return arg(group, unsigned(dimension)); }
  Value constant(int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }
  Value add(Value a, Value b) { return arith::AddIOp::create(builder, loc, a, b); }
  Value mul(Value a, Value b) { return arith::MulIOp::create(builder, loc, a, b); }
  Value linearThread() {
    Value upper = add(arg(StageOp::kThreadId, 1),
                      mul(arg(StageOp::kBlockDim, 1), arg(StageOp::kThreadId, 2)));
    return add(arg(StageOp::kThreadId, 0), mul(arg(StageOp::kBlockDim, 0), upper));
  }
  Value threads() {
    return mul(arg(StageOp::kBlockDim, 0),
               mul(arg(StageOp::kBlockDim, 1), arg(StageOp::kBlockDim, 2)));
  }

  StageOp stage;
  OpBuilder builder;
  Location loc = builder.getUnknownLoc();
};
} // namespace

void StageBodies::add(gpu::GPUFuncOp kernel) {
  int64_t end = 0;
  for (BlockArgument buffer : kernel.getWorkgroupAttributions()) {
    auto type = cast<MemRefType>(buffer.getType());
    sharedSpace = type.getMemorySpace();
    offsets[buffer] = end;
    int64_t bytes = type.getNumElements() * int64_t(getByteLayout(type.getElementType()).size);
    end += llvm::alignTo(bytes, kSharedAlignment);
  }
  sharedBytes = std::max(sharedBytes, end);
}

gpu::GPUFuncOp StageBodies::createKernel(OpBuilder &builder, Location loc, StringRef name,
                                         FunctionType type) {
  SmallVector<Type> shared;
  if (sharedBytes > 0)
    shared.push_back(MemRefType::get({sharedBytes}, builder.getI8Type(),
                                     MemRefLayoutAttrInterface(), sharedSpace));
  auto func = gpu::GPUFuncOp::create(builder, loc, name, type, shared);
  func->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), builder.getUnitAttr());
  func->setAttr(attr_name::kPersistent, builder.getUnitAttr());
  if (sharedBytes > 0)
    func.setWorkgroupAttributionAttr(0, LLVM::LLVMDialect::getAlignAttrName(),
                                     builder.getI64IntegerAttr(kSharedAlignment));
  return func;
}

void StageBodies::createViews(OpBuilder &builder, gpu::GPUFuncOp func) {
  for (auto [buffer, offset] : offsets) {
    Value place = arith::ConstantIndexOp::create(builder, func.getLoc(), offset);
    views[buffer] =
        memref::ViewOp::create(builder, func.getLoc(), cast<MemRefType>(buffer.getType()),
                               func.getWorkgroupAttributions()[0], place, ValueRange());
  }
}

void StageBodies::fill(StageOp stage, gpu::GPUFuncOp kernel, ValueRange operands) {
  OpBuilder builder(stage.getContext());
  IRMapping body;
  body.map(kernel.getArguments().take_front(operands.size()), operands);
  for (BlockArgument buffer : kernel.getWorkgroupAttributions())
    body.map(buffer, views.lookup(buffer));
  kernel.getBody().cloneInto(&stage.getBody(), body);
  // What is left of the entry's arguments are private buffers: one per thread.
  Block &entry = stage.getBody().front();
  builder.setInsertionPointToStart(&entry);
  for (BlockArgument buffer : entry.getArguments())
    buffer.replaceAllUsesWith(
        memref::AllocaOp::create(builder, stage.getLoc(), cast<MemRefType>(buffer.getType())));
  entry.eraseArguments(0, entry.getNumArguments());
  for (unsigned i = 0; i < StageOp::kNumArgs; ++i)
    entry.addArgument(builder.getIndexType(), stage.getLoc());
  for (Block &block : stage.getBody()) {
    auto end = dyn_cast<gpu::ReturnOp>(block.getTerminator());
    if (!end)
      continue;
    builder.setInsertionPoint(end);
    YieldOp::create(builder, end.getLoc());
    end.erase();
  }
  ShapeRewriter(stage).run();
}
