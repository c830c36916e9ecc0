// Builds the kernel of a persistent launch group: a copy of the loop in which
// each launch became a vyre.stage with the launched kernel's body, followed by a
// grid barrier. Shared memory of the stages overlays: between two stages all
// threads meet. What the host did between launches is in GlueStages.cpp.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "PersistentKernel.h"

#include "GlueStages.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"
#include "mlir/Transforms/RegionUtils.h"
#include "vyre/Dialect/Vyre/IR/ByteLayout.h"
#include "vyre/Dialect/Vyre/IR/DeviceLimits.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

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

/// Builds one persistent kernel.
class KernelBuilder {
public:
  KernelBuilder(Operation *loop, KernelAnalysis &kernels)
      : loop(loop), kernels(kernels), builder(loop->getContext()) {}

  PersistentKernel build(StringRef name, std::optional<int64_t> threads,
                         ArrayRef<DeviceResult> results) {
    collectCaptures();
    layOutSharedMemory();
    createFunction(name, threads);
    Operation *copy = builder.clone(*loop, mapping);
    // The copy is in no module yet: symbols resolve from the original.
    SmallVector<std::pair<gpu::LaunchFuncOp, gpu::GPUFuncOp>> launches;
    loop->walk([&](Operation *op) {
      memory.record(op, mapping.lookup(op), kernels);
      if (auto launch = dyn_cast<gpu::LaunchFuncOp>(op))
        launches.push_back(
            {cast<gpu::LaunchFuncOp>(mapping.lookup(op)), kernels.getKernel(launch)});
    });
    for (const DeviceResult &result : results)
      storeResult(copy->getResult(result.number), result);
    gpu::ReturnOp::create(builder, loop->getLoc());
    widenRoots(copy);
    formGlueStages(func.getBody().front(), memory, [&](Type type) { return addSlot(type); });
    for (auto [launch, kernel] : launches)
      replaceByStage(launch, kernel);
    separateReads(func, memory);
    hoistInvariants();
    return {func, copy, arguments, slots, sharedBytes};
  }

private:
  /// Takes what loops compute anew in each iteration out of them: launch sizes that are
  /// the same in all iterations are then seen to be.
  void hoistInvariants() {
    func.walk([](LoopLikeOpInterface inner) {
      if (!inner->getParentOfType<StageOp>())
        moveLoopInvariantCode(inner);
    });
  }

  /// A rank-0 buffer for a value that leaves its thread.
  Value addSlot(Type type) {
    slots.push_back(MemRefType::get({}, type));
    unsigned number = func.getNumArguments();
    (void)func.insertArgument(number, slots.back(), {}, loop->getLoc());
    return func.getArgument(number);
  }

  /// At the kernel's end: stores a result of the loop where the host finds it.
  void storeResult(Value value, const DeviceResult &result) {
    Location loc = loop->getLoc();
    Value stored = value;
    if (isa<MemRefType>(value.getType())) {
      // The buffers are different memory, so the address tells which one it is.
      auto address = [&](Value buffer) -> Value {
        return memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, buffer);
      };
      stored = arith::ConstantIndexOp::create(builder, loc, 0);
      for (auto [number, buffer] : llvm::enumerate(result.buffers)) {
        Value same = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, address(value),
                                           address(mapping.lookup(buffer)));
        Value here = arith::ConstantIndexOp::create(builder, loc, number);
        stored = arith::SelectOp::create(builder, loc, same, here, stored);
      }
    }
    Value slot = addSlot(stored.getType());
    memory.recordSlot(memref::StoreOp::create(builder, loc, stored, slot, ValueRange()), slot);
  }

  /// Makes f32 square roots of the host ones of f64, rounded: the same bits, also
  /// where a device takes an approximation for f32 under fast-math.
  void widenRoots(Operation *copy) {
    SmallVector<math::SqrtOp> roots;
    copy->walk([&](math::SqrtOp root) {
      if (root.getType().isF32())
        roots.push_back(root);
    });
    for (math::SqrtOp root : roots) {
      OpBuilder at(root);
      Value wide = arith::ExtFOp::create(at, root.getLoc(), at.getF64Type(), root.getOperand());
      Value exact = math::SqrtOp::create(at, root.getLoc(), wide);
      root.replaceAllUsesWith(
          arith::TruncFOp::create(at, root.getLoc(), root.getType(), exact).getResult());
      root.erase();
    }
  }

  void collectCaptures() {
    SetVector<Value> captured(loop->operand_begin(), loop->operand_end());
    for (Region &region : loop->getRegions())
      getUsedValuesDefinedAbove(region, captured);
    for (Value value : captured)
      (matchPattern(value, m_Constant()) ? constants : arguments).push_back(value);
  }

  /// Gives each workgroup buffer its offset; buffers of different kernels share.
  void layOutSharedMemory() {
    loop->walk([&](gpu::LaunchFuncOp launch) {
      gpu::GPUFuncOp kernel = kernels.getKernel(launch);
      int64_t end = 0;
      for (BlockArgument buffer : kernel.getWorkgroupAttributions()) {
        auto type = cast<MemRefType>(buffer.getType());
        sharedSpace = type.getMemorySpace();
        offsets[buffer] = end;
        int64_t bytes = type.getNumElements() * int64_t(getByteLayout(type.getElementType()).size);
        end += llvm::alignTo(bytes, kSharedAlignment);
      }
      sharedBytes = std::max(sharedBytes, end);
    });
  }

  void createFunction(StringRef name, std::optional<int64_t> threads) {
    Location loc = loop->getLoc();
    auto type = builder.getFunctionType(ValueRange(arguments).getTypes(), {});
    SmallVector<Type> shared;
    if (sharedBytes > 0)
      shared.push_back(MemRefType::get({sharedBytes}, builder.getI8Type(),
                                       MemRefLayoutAttrInterface(), sharedSpace));
    func = gpu::GPUFuncOp::create(builder, loc, name, type, shared);
    func->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), builder.getUnitAttr());
    func->setAttr(attr_name::kPersistent, builder.getUnitAttr());
    if (threads)
      func.setKnownBlockSize(ArrayRef<int32_t>{int32_t(*threads), 1, 1});
    if (sharedBytes > 0)
      func.setWorkgroupAttributionAttr(0, LLVM::LLVMDialect::getAlignAttrName(),
                                       builder.getI64IntegerAttr(kSharedAlignment));
    builder.setInsertionPointToEnd(&func.getBody().front());
    for (auto [value, argument] : llvm::zip(arguments, func.getArguments()))
      mapping.map(value, argument);
    for (Value constant : constants)
      builder.clone(*constant.getDefiningOp(), mapping);
    createSharedViews();
  }

  /// One view per workgroup buffer of the launched kernels, at the entry.
  void createSharedViews() {
    loop->walk([&](gpu::LaunchFuncOp launch) {
      for (BlockArgument buffer : kernels.getKernel(launch).getWorkgroupAttributions()) {
        if (views.contains(buffer))
          continue;
        Value offset =
            arith::ConstantIndexOp::create(builder, loop->getLoc(), offsets.lookup(buffer));
        views[buffer] =
            memref::ViewOp::create(builder, loop->getLoc(), cast<MemRefType>(buffer.getType()),
                                   func.getWorkgroupAttributions()[0], offset, ValueRange());
      }
    });
  }

  /// The sizes of a launch as index values in front of it.
  SmallVector<Value> createSizes(gpu::LaunchFuncOp launch) {
    gpu::KernelDim3 grid = launch.getGridSizeOperandValues();
    gpu::KernelDim3 block = launch.getBlockSizeOperandValues();
    SmallVector<Value> sizes = {grid.x, grid.y, grid.z, block.x, block.y, block.z};
    for (Value &size : sizes)
      if (!size.getType().isIndex())
        size = arith::IndexCastOp::create(builder, launch.getLoc(), builder.getIndexType(), size);
    return sizes;
  }

  /// The block size as an attribute, if all of it is constant.
  DenseI32ArrayAttr getKnownBlock(gpu::LaunchFuncOp launch) {
    gpu::KernelDim3 block = launch.getBlockSizeOperandValues();
    SmallVector<int32_t> sizes;
    for (Value size : {block.x, block.y, block.z}) {
      APInt value;
      if (!matchPattern(size, m_ConstantInt(&value)))
        return {};
      sizes.push_back(value.getSExtValue());
    }
    return builder.getDenseI32ArrayAttr(sizes);
  }

  void replaceByStage(gpu::LaunchFuncOp launch, gpu::GPUFuncOp kernel) {
    Location loc = launch.getLoc();
    builder.setInsertionPoint(launch);
    SmallVector<Value> sizes = createSizes(launch);
    auto stage = StageOp::create(builder, loc, sizes[0], sizes[1], sizes[2], sizes[3], sizes[4],
                                 sizes[5], launch.getKernelAttr(), getKnownBlock(launch));
    createStageSync(builder, loc);
    fillStage(stage, kernel, launch.getKernelOperands());
    memory.replaceLaunch(launch, stage);
    launch.erase();
  }

  void fillStage(StageOp stage, gpu::GPUFuncOp kernel, ValueRange operands) {
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

  Operation *loop;
  KernelAnalysis &kernels;
  OpBuilder builder;
  gpu::GPUFuncOp func;
  SmallVector<Value> arguments, constants;
  SmallVector<MemRefType> slots;
  IRMapping mapping;
  KernelMemory memory;
  DenseMap<Value, int64_t> offsets;
  DenseMap<Value, Value> views;
  Attribute sharedSpace;
  int64_t sharedBytes = 0;
};
} // namespace

PersistentKernel vyre::buildPersistentKernel(Operation *loop, StringRef name,
                                             std::optional<int64_t> threads,
                                             KernelAnalysis &kernels,
                                             ArrayRef<DeviceResult> results) {
  return KernelBuilder(loop, kernels).build(name, threads, results);
}

void vyre::createStageSync(OpBuilder &builder, Location loc) {
  SyncOp::create(builder, loc, SyncScope::Grid);
}
