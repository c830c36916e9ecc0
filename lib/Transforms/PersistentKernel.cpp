// Builds the kernel of a persistent launch group: a copy of the loop in which
// each launch became a vyre.stage with the launched kernel's body, followed by a
// grid barrier. What the host did between launches is in GlueStages.cpp.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "PersistentKernel.h"

#include "GlueStages.h"
#include "StageBodies.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"
#include "mlir/Transforms/RegionUtils.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

using namespace mlir;
using namespace vyre;

namespace {

/// Builds one persistent kernel.
class KernelBuilder {
public:
  KernelBuilder(Operation *loop, KernelAnalysis &kernels)
      : loop(loop), kernels(kernels), builder(loop->getContext()) {}

  PersistentKernel build(StringRef name, std::optional<int64_t> threads,
                         ArrayRef<DeviceResult> results) {
    collectCaptures();
    for (gpu::GPUFuncOp kernel : getKernels())
      bodies.add(kernel);
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
    return {func, copy, arguments, slots, bodies.getSharedBytes()};
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

  /// Kernels of the loop's launches, in order; one may be there twice.
  SmallVector<gpu::GPUFuncOp> getKernels() {
    SmallVector<gpu::GPUFuncOp> found;
    loop->walk([&](gpu::LaunchFuncOp launch) { found.push_back(kernels.getKernel(launch)); });
    return found;
  }

  void createFunction(StringRef name, std::optional<int64_t> threads) {
    Location loc = loop->getLoc();
    auto type = builder.getFunctionType(ValueRange(arguments).getTypes(), {});
    func = bodies.createKernel(builder, loc, name, type);
    if (threads)
      func.setKnownBlockSize(ArrayRef<int32_t>{int32_t(*threads), 1, 1});
    builder.setInsertionPointToEnd(&func.getBody().front());
    for (auto [value, argument] : llvm::zip(arguments, func.getArguments()))
      mapping.map(value, argument);
    for (Value constant : constants)
      builder.clone(*constant.getDefiningOp(), mapping);
    bodies.createViews(builder, func);
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
    bodies.fill(stage, kernel, launch.getKernelOperands());
    memory.replaceLaunch(launch, stage);
    launch.erase();
  }

  Operation *loop;
  KernelAnalysis &kernels;
  OpBuilder builder;
  gpu::GPUFuncOp func;
  SmallVector<Value> arguments, constants;
  SmallVector<MemRefType> slots;
  IRMapping mapping;
  KernelMemory memory;
  StageBodies bodies;
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
