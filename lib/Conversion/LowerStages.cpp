// Lowers the stages of persistent kernels to physical blocks and threads of a
// GPU.
//
// Each physical block takes the virtual blocks b, b + gridDim, b + 2 gridDim, ...
// of a stage. A grid barrier is: bar.sync; thread 0 fences, adds itself to the
// count and spins on the generation with acquire loads; bar.sync. NVPTX drops
// the ordering and scope of atomicrmw, so the fences are explicit.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "vyre/Conversion/Passes.h"

using namespace mlir;

namespace vyre {
#define GEN_PASS_DEF_LOWERSTAGESPASS
#include "vyre/Conversion/Passes.h.inc"

namespace {

/// Words of the barrier state, one 32-byte sector apart so that spinning on the
/// generation does not disturb the count.
enum StateOffset : int32_t { kCount = 0, kGeneration = 32, kAbort = 64 };

/// Builds ops of index arithmetic at one place.
struct Arithmetic {
  OpBuilder &builder;
  Location loc;
  Value constant(int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }
  Value mul(Value a, Value b) { return arith::MulIOp::create(builder, loc, a, b); }
  Value add(Value a, Value b) { return arith::AddIOp::create(builder, loc, a, b); }
  /// Splits a linear id into x, y, z of an x-fastest shape.
  SmallVector<Value, 3> split(Value linear, Value sizeX, Value sizeY) {
    Value x = arith::RemUIOp::create(builder, loc, linear, sizeX);
    Value rest = arith::DivUIOp::create(builder, loc, linear, sizeX);
    Value y = arith::RemUIOp::create(builder, loc, rest, sizeY);
    Value z = arith::DivUIOp::create(builder, loc, rest, sizeY);
    return {x, y, z};
  }
};

/// True if threads of the stage's blocks meet in its body.
bool hasBarrier(StageOp stage) {
  return stage.getBody()
      .walk([](gpu::BarrierOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

/// The linear number of this thread in its physical block.
Value getLinearThread(Arithmetic math) {
  auto id = [&](gpu::Dimension dim) -> Value {
    return gpu::ThreadIdOp::create(math.builder, math.loc, dim);
  };
  auto size = [&](gpu::Dimension dim) -> Value {
    return gpu::BlockDimOp::create(math.builder, math.loc, dim);
  };
  Value upper =
      math.add(id(gpu::Dimension::y), math.mul(size(gpu::Dimension::y), id(gpu::Dimension::z)));
  return math.add(id(gpu::Dimension::x), math.mul(size(gpu::Dimension::x), upper));
}

class StageLowering {
public:
  StageLowering(gpu::GPUFuncOp kernel, IRRewriter &rewriter) : kernel(kernel), rewriter(rewriter) {}

  LogicalResult lowerStage(StageOp stage);
  void lowerSync(SyncOp sync);

private:
  void emitGridBarrier(Location loc);
  Value stateWord(Location loc, int32_t offset);
  void inlineBody(StageOp stage, ArrayRef<Value> arguments);

  gpu::GPUFuncOp kernel;
  IRRewriter &rewriter;
};

/// Puts the stage's body at the insertion point, once per thread that gets there.
void StageLowering::inlineBody(StageOp stage, ArrayRef<Value> arguments) {
  Region &body = stage.getBody();
  if (body.hasOneBlock()) {
    Block *block = rewriter.getInsertionBlock();
    Operation *yield = body.front().getTerminator();
    rewriter.inlineBlockBefore(&body.front(), block, rewriter.getInsertionPoint(), arguments);
    rewriter.eraseOp(yield);
    return;
  }
  auto execute = scf::ExecuteRegionOp::create(rewriter, stage.getLoc(), TypeRange());
  for (auto [argument, value] : llvm::zip(body.getArguments(), arguments))
    rewriter.replaceAllUsesWith(argument, value);
  body.front().eraseArguments(0, body.getNumArguments());
  rewriter.inlineRegionBefore(body, execute.getRegion(), execute.getRegion().end());
  SmallVector<YieldOp> yields;
  for (Block &block : execute.getRegion())
    if (auto yield = dyn_cast<YieldOp>(block.getTerminator()))
      yields.push_back(yield);
  for (YieldOp yield : yields) {
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPoint(yield);
    rewriter.replaceOpWithNewOp<scf::YieldOp>(yield);
  }
}

LogicalResult StageLowering::lowerStage(StageOp stage) {
  Location loc = stage.getLoc();
  rewriter.setInsertionPoint(stage);
  Arithmetic math{rewriter, loc};
  SmallVector<Value> grid = {stage.getGridX(), stage.getGridY(), stage.getGridZ()};
  SmallVector<Value> block = {stage.getBlockX(), stage.getBlockY(), stage.getBlockZ()};
  Value blocks = math.mul(grid[0], math.mul(grid[1], grid[2]));
  Value threads = math.mul(block[0], math.mul(block[1], block[2]));
  Value first = gpu::BlockIdOp::create(rewriter, loc, gpu::Dimension::x);
  Value step = gpu::GridDimOp::create(rewriter, loc, gpu::Dimension::x);
  Value thread = getLinearThread(math);
  bool meets = hasBarrier(stage);

  auto loop = scf::ForOp::create(rewriter, loc, first, blocks, step);
  rewriter.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> arguments;
  llvm::append_range(arguments, math.split(loop.getInductionVar(), grid[0], grid[1]));
  llvm::append_range(arguments, math.split(thread, block[0], block[1]));
  llvm::append_range(arguments, grid);
  llvm::append_range(arguments, block);
  if (meets) {
    // All threads of the block run it: a barrier under a thread-dependent branch
    // hangs. The pass that built the stage made the sizes equal.
    inlineBody(stage, arguments);
    // The next virtual block reuses this one's shared memory.
    gpu::BarrierOp::create(rewriter, loc);
  } else {
    Value takesPart =
        arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::ult, thread, threads);
    auto guard = scf::IfOp::create(rewriter, loc, takesPart);
    rewriter.setInsertionPointToStart(guard.thenBlock());
    inlineBody(stage, arguments);
  }
  rewriter.eraseOp(stage);
  return success();
}

Value StageLowering::stateWord(Location loc, int32_t offset) {
  Value state = kernel.getArgument(kernel.getNumArguments() - 1);
  return LLVM::GEPOp::create(rewriter, loc, state.getType(), rewriter.getI8Type(), state,
                             ArrayRef<LLVM::GEPArg>{offset});
}

/// Emits a barrier of all blocks. Every thread of the kernel must reach it.
void StageLowering::emitGridBarrier(Location loc) {
  StringRef device = "device";
  Type i32 = rewriter.getI32Type();
  auto number = [&](int32_t n) -> Value {
    return LLVM::ConstantOp::create(rewriter, loc, i32, rewriter.getI32IntegerAttr(n));
  };
  auto fence = [&] { LLVM::FenceOp::create(rewriter, loc, LLVM::AtomicOrdering::acq_rel, device); };
  auto loadGeneration = [&]() -> Value {
    return LLVM::LoadOp::create(rewriter, loc, i32, stateWord(loc, kGeneration), /*alignment=*/4,
                                /*isVolatile=*/false, /*isNonTemporal=*/false,
                                /*isInvariant=*/false, /*isInvariantGroup=*/false,
                                LLVM::AtomicOrdering::acquire, device);
  };
  auto store = [&](Value value, int32_t offset, LLVM::AtomicOrdering ordering) {
    LLVM::StoreOp::create(rewriter, loc, value, stateWord(loc, offset), /*alignment=*/4,
                          /*isVolatile=*/false, /*isNonTemporal=*/false,
                          /*isInvariantGroup=*/false, ordering, device);
  };
  Arithmetic math{rewriter, loc};
  gpu::BarrierOp::create(rewriter, loc);
  Value thread = getLinearThread(math);
  Value leads =
      arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::eq, thread, math.constant(0));
  auto leader = scf::IfOp::create(rewriter, loc, leads);
  {
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPointToStart(leader.thenBlock());
    Value before = loadGeneration();
    fence();
    Value old =
        LLVM::AtomicRMWOp::create(rewriter, loc, LLVM::AtomicBinOp::add, stateWord(loc, kCount),
                                  number(1), LLVM::AtomicOrdering::monotonic, device);
    fence();
    Value blocks = gpu::GridDimOp::create(rewriter, loc, gpu::Dimension::x);
    Value count = arith::IndexCastOp::create(rewriter, loc, i32, blocks);
    Value last = arith::SubIOp::create(rewriter, loc, count, number(1));
    Value isLast = arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::eq, old, last);
    auto branch = scf::IfOp::create(rewriter, loc, TypeRange(), isLast, /*withElse=*/true);
    rewriter.setInsertionPointToStart(branch.thenBlock());
    store(number(0), kCount, LLVM::AtomicOrdering::monotonic);
    Value next = arith::AddIOp::create(rewriter, loc, before, number(1));
    store(next, kGeneration, LLVM::AtomicOrdering::release);
    rewriter.setInsertionPointToStart(branch.elseBlock());
    auto spin = scf::WhileOp::create(rewriter, loc, TypeRange(), ValueRange());
    rewriter.createBlock(&spin.getBefore());
    Value now = loadGeneration();
    Value same = arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::eq, now, before);
    // The runtime sets this word from outside when a time limit has passed.
    Value abort = LLVM::LoadOp::create(rewriter, loc, i32, stateWord(loc, kAbort), /*alignment=*/4,
                                       /*isVolatile=*/false, /*isNonTemporal=*/false,
                                       /*isInvariant=*/false, /*isInvariantGroup=*/false,
                                       LLVM::AtomicOrdering::monotonic, /*syncscope=*/"");
    Value goesOn = arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::eq, abort, number(0));
    Value waits = arith::AndIOp::create(rewriter, loc, same, goesOn);
    scf::ConditionOp::create(rewriter, loc, waits, ValueRange());
    rewriter.createBlock(&spin.getAfter());
    scf::YieldOp::create(rewriter, loc);
    rewriter.setInsertionPointAfter(branch);
    fence();
  }
  gpu::BarrierOp::create(rewriter, loc);
}

void StageLowering::lowerSync(SyncOp sync) {
  rewriter.setInsertionPoint(sync);
  if (sync.getScope() == SyncScope::Block)
    gpu::BarrierOp::create(rewriter, sync.getLoc());
  else if (sync.getScope() != SyncScope::None)
    emitGridBarrier(sync.getLoc()); // neighbours: a grid barrier is stronger
  rewriter.eraseOp(sync);
}

struct LowerStagesPass : public impl::LowerStagesPassBase<LowerStagesPass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    for (auto kernel : getOperation().getOps<gpu::GPUFuncOp>()) {
      if (!kernel->hasAttr(attr_name::kPersistent))
        continue;
      Type pointer = LLVM::LLVMPointerType::get(&getContext());
      if (failed(kernel.insertArgument(kernel.getNumArguments(), pointer, {}, kernel.getLoc())))
        return signalPassFailure();
      StageLowering lowering(kernel, rewriter);
      SmallVector<Operation *> ops;
      kernel.walk([&](Operation *op) {
        if (isa<StageOp, SyncOp>(op))
          ops.push_back(op);
      });
      for (Operation *op : ops) {
        if (auto sync = dyn_cast<SyncOp>(op))
          lowering.lowerSync(sync);
        else if (failed(lowering.lowerStage(cast<StageOp>(op))))
          return signalPassFailure();
      }
    }
  }
};

} // namespace
} // namespace vyre
