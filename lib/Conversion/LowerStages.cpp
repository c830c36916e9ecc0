// Lowers the stages of persistent kernels to physical blocks and threads of a
// GPU.
//
// Which virtual blocks of a stage a physical block takes: BlockShares.h.
//
// A grid barrier is: bar.sync; thread 0 fences, adds itself to the count and spins on
// the generation with acquire loads; bar.red, which tells all threads whether one of
// them saw the launch aborted, and then they return. A meeting of neighbours is the
// same with a flag per block in place of count and generation
// (docs/synchronization.md). NVPTX drops the ordering and scope of atomicrmw, so the
// fences are explicit. Items of live queues: LowerQueues.h.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "BlockShares.h"
#include "DeviceCode.h"
#include "LowerQueues.h"
#include "Meetings.h"
#include "PollWhiles.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Transforms/DialectConversion.h"
#include "vyre/Conversion/Passes.h"

using namespace mlir;

namespace vyre {
#define GEN_PASS_DEF_LOWERSTAGESPASS
#include "vyre/Conversion/Passes.h.inc"

namespace {

/// True if threads of the stage's blocks meet in its body.
bool hasBarrier(StageOp stage) {
  return stage.getBody()
      .walk([](gpu::BarrierOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

class StageLowering : DeviceCode {
public:
  /// `queue`: of a resident kernel; null in others.
  StageLowering(gpu::GPUFuncOp kernel, IRRewriter &rewriter, QueueLowering *queue)
      : DeviceCode(kernel, rewriter), queue(queue) {}

  LogicalResult run();

private:
  void lowerStage(StageOp stage);
  void inlineBody(StageOp stage, ArrayRef<Value> arguments);
  LogicalResult flatten();
  LogicalResult lowerSync(SyncOp sync);
  void emitGridBarrier(Location loc);
  void emitNeighbourBarrier(SyncOp sync);
  void emitLeaving(Location loc, Value abort);
  Value emitWaitFor(Location loc, Value flag, Value count);
  Value emitWaitForRange(Location loc, Value thread, Value distance, Value flags, Value count);
  Value emitMeeting(Location loc);
  Value loadGeneration(Location loc);
  void createMeetingCount();

  QueueLowering *queue;
  Value meetings; ///< Slot of each thread: how often its block has met neighbours.
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

void StageLowering::lowerStage(StageOp stage) {
  Location loc = stage.getLoc();
  rewriter.setInsertionPoint(stage);
  Arithmetic math{rewriter, loc};
  SmallVector<Value> grid = {stage.getGridX(), stage.getGridY(), stage.getGridZ()};
  SmallVector<Value> block = {stage.getBlockX(), stage.getBlockY(), stage.getBlockZ()};
  Value blocks = math.mul(grid[0], math.mul(grid[1], grid[2]));
  Value threads = math.mul(block[0], math.mul(block[1], block[2]));
  Value number = gpu::BlockIdOp::create(rewriter, loc, gpu::Dimension::x);
  Value count = gpu::GridDimOp::create(rewriter, loc, gpu::Dimension::x);
  if (queue) // neighbouring items begin with different blocks
    number = arith::RemUIOp::create(rewriter, loc, math.add(number, queue->itemNumber(loc)), count);
  Value thread = math.linearThread();
  bool meets = hasBarrier(stage);

  Value own = enterShare(rewriter, stage, blocks, number, count);
  SmallVector<Value> arguments;
  llvm::append_range(arguments, math.split(own, grid[0], grid[1]));
  llvm::append_range(arguments, math.split(thread, block[0], block[1]));
  llvm::append_range(arguments, grid);
  llvm::append_range(arguments, block);
  if (meets) {
    // All threads of the block run it: a barrier under a thread-dependent branch
    // hangs. The pass that built the stage made the sizes equal.
    inlineBody(stage, arguments);
    // The next virtual block reuses this one's shared memory. What a kept loop stores
    // behind itself is ordered for later stages by this alone, too.
    gpu::BarrierOp::create(rewriter, loc);
  } else {
    Value takesPart =
        arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::ult, thread, threads);
    auto guard = scf::IfOp::create(rewriter, loc, takesPart);
    rewriter.setInsertionPointToStart(guard.thenBlock());
    inlineBody(stage, arguments);
  }
  rewriter.eraseOp(stage);
}

Value StageLowering::loadGeneration(Location loc) {
  return LLVM::LoadOp::create(rewriter, loc, rewriter.getI32Type(), stateWord(loc, kGeneration),
                              /*alignment=*/4, /*isVolatile=*/false, /*isNonTemporal=*/false,
                              /*isInvariant=*/false, /*isInvariantGroup=*/false,
                              LLVM::AtomicOrdering::acquire, "device");
}

/// What one thread of each block does: meets those of the other blocks. Gives
/// nonzero if it saw the launch aborted.
Value StageLowering::emitMeeting(Location loc) {
  StringRef device = "device";
  Type i32 = rewriter.getI32Type();
  auto fence = [&] { LLVM::FenceOp::create(rewriter, loc, LLVM::AtomicOrdering::acq_rel, device); };
  auto store = [&](Value value, int32_t offset, LLVM::AtomicOrdering ordering) {
    LLVM::StoreOp::create(rewriter, loc, value, stateWord(loc, offset), /*alignment=*/4,
                          /*isVolatile=*/false, /*isNonTemporal=*/false,
                          /*isInvariantGroup=*/false, ordering, device);
  };
  Value before = loadGeneration(loc);
  fence();
  Value old =
      LLVM::AtomicRMWOp::create(rewriter, loc, LLVM::AtomicBinOp::add, stateWord(loc, kCount),
                                number(loc, 1), LLVM::AtomicOrdering::monotonic, device);
  fence();
  Value blocks = gpu::GridDimOp::create(rewriter, loc, gpu::Dimension::x);
  Value count = arith::IndexCastOp::create(rewriter, loc, i32, blocks);
  Value last = arith::SubIOp::create(rewriter, loc, count, number(loc, 1));
  Value isLast = equal(loc, old, last);
  auto branch = scf::IfOp::create(rewriter, loc, i32, isLast, /*withElse=*/true);

  rewriter.setInsertionPointToStart(branch.thenBlock());
  store(number(loc, 0), kCount, LLVM::AtomicOrdering::monotonic);
  Value next = arith::AddIOp::create(rewriter, loc, before, number(loc, 1));
  store(next, kGeneration, LLVM::AtomicOrdering::release);
  scf::YieldOp::create(rewriter, loc, emitLook(loc, comesRound(loc, before, kGenerationsPerLook)));

  rewriter.setInsertionPointToStart(branch.elseBlock());
  auto spin = scf::WhileOp::create(rewriter, loc, TypeRange{i32, i32}, number(loc, 0));
  Block *poll = rewriter.createBlock(&spin.getBefore(), {}, i32, loc);
  Value polls = poll->getArgument(0);
  Value same = equal(loc, loadGeneration(loc), before);
  Value abort = emitLook(loc, comesRound(loc, polls, kPollsPerLook));
  Value goesOn = equal(loc, abort, number(loc, 0));
  Value waits = arith::AndIOp::create(rewriter, loc, same, goesOn);
  scf::ConditionOp::create(rewriter, loc, waits, ValueRange{abort, polls});
  Block *again = rewriter.createBlock(&spin.getAfter(), {}, {i32, i32}, {loc, loc});
  Value more = arith::AddIOp::create(rewriter, loc, again->getArgument(1), number(loc, 1));
  scf::YieldOp::create(rewriter, loc, more);
  rewriter.setInsertionPointAfter(spin);
  scf::YieldOp::create(rewriter, loc, spin.getResult(0));

  rewriter.setInsertionPointAfter(branch);
  fence();
  return branch.getResult(0);
}

/// Emits a barrier of all blocks, in place of which stands a branch out of the
/// kernel if the launch was aborted. Every thread of the kernel must reach it.
void StageLowering::emitGridBarrier(Location loc) {
  Type i32 = rewriter.getI32Type();
  gpu::BarrierOp::create(rewriter, loc);
  Value thread = Arithmetic{rewriter, loc}.linearThread();
  Value zero = arith::ConstantIndexOp::create(rewriter, loc, 0);
  auto leader = scf::IfOp::create(rewriter, loc, i32, equal(loc, thread, zero), /*withElse=*/true);
  {
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPointToStart(leader.thenBlock());
    Value abort = emitMeeting(loc);
    scf::YieldOp::create(rewriter, loc, abort);
    rewriter.setInsertionPointToStart(leader.elseBlock());
    scf::YieldOp::create(rewriter, loc, number(loc, 0));
  }
  emitLeaving(loc, leader.getResult(0));
}

/// Joins the block's threads; ends the kernel if `abort` is nonzero in any of them.
void StageLowering::emitLeaving(Location loc, Value abort) {
  auto anyone = NVVM::BarrierReductionAttr::get(rewriter.getContext(), NVVM::BarrierReduction::OR);
  Value aborted =
      NVVM::BarrierOp::create(rewriter, loc, rewriter.getI32Type(),
                              /*barrierId=*/Value(), /*numberOfThreads=*/Value(), anyone, abort)
          .getRes();
  Value leaves =
      arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::ne, aborted, number(loc, 0));
  Block *here = rewriter.getInsertionBlock();
  Block *after = rewriter.splitBlock(here, rewriter.getInsertionPoint());
  Region &body = kernel.getBody();
  Block *leave = rewriter.createBlock(&body, body.end());
  gpu::ReturnOp::create(rewriter, loc);
  rewriter.setInsertionPointToEnd(here);
  cf::CondBranchOp::create(rewriter, loc, leaves, leave, after);
}

/// Waits until the block behind `flag` has met its neighbours `count` times. Gives
/// nonzero if the launch was aborted meanwhile.
Value StageLowering::emitWaitFor(Location loc, Value flag, Value count) {
  OpBuilder::InsertionGuard guard(rewriter);
  Type i32 = rewriter.getI32Type();
  auto spin = scf::WhileOp::create(rewriter, loc, TypeRange{i32, i32}, number(loc, 0));
  Block *poll = rewriter.createBlock(&spin.getBefore(), {}, i32, loc);
  Value polls = poll->getArgument(0);
  Value reached = LLVM::LoadOp::create(rewriter, loc, i32, flag, /*alignment=*/4,
                                       /*isVolatile=*/false, /*isNonTemporal=*/false,
                                       /*isInvariant=*/false, /*isInvariantGroup=*/false,
                                       LLVM::AtomicOrdering::acquire, "device");
  // Counts wrap around: what counts is the sign of the difference.
  Value ahead = arith::SubIOp::create(rewriter, loc, reached, count);
  Value isBehind =
      arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::slt, ahead, number(loc, 0));
  Value abort = emitLook(loc, comesRound(loc, polls, kPollsPerLook));
  Value waits = arith::AndIOp::create(rewriter, loc, isBehind, equal(loc, abort, number(loc, 0)));
  scf::ConditionOp::create(rewriter, loc, waits, ValueRange{abort, polls});
  Block *again = rewriter.createBlock(&spin.getAfter(), {}, {i32, i32}, {loc, loc});
  Value more = arith::AddIOp::create(rewriter, loc, again->getArgument(1), number(loc, 1));
  scf::YieldOp::create(rewriter, loc, more);
  return spin.getResult(0);
}

/// The threads of the block share the neighbours among them and wait for each. Gives
/// nonzero in a thread that saw the launch aborted.
Value StageLowering::emitWaitForRange(Location loc, Value thread, Value distance, Value flags,
                                      Value count) {
  Arithmetic math{rewriter, loc};
  Value block = gpu::BlockIdOp::create(rewriter, loc, gpu::Dimension::x);
  Value blocks = gpu::GridDimOp::create(rewriter, loc, gpu::Dimension::x);
  Value threads = math.blockThreads();
  Value one = math.constant(1);
  // First and one past the last neighbour that exists.
  Value reach = arith::MinUIOp::create(rewriter, loc, block, distance);
  Value first = arith::SubIOp::create(rewriter, loc, block, reach);
  Value end =
      arith::MinUIOp::create(rewriter, loc, blocks, math.add(math.add(block, distance), one));
  auto loop = scf::ForOp::create(rewriter, loc, math.add(first, thread), end, threads,
                                 ValueRange{number(loc, 0)});
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointToStart(loop.getBody());
  Value offset = math.mul(loop.getInductionVar(), math.constant(VYRE_BARRIER_FLAG_BYTES));
  Value bytes = arith::IndexCastOp::create(rewriter, loc, rewriter.getI64Type(), offset);
  Value flag = LLVM::GEPOp::create(rewriter, loc, flags.getType(), rewriter.getI8Type(), flags,
                                   ArrayRef<LLVM::GEPArg>{bytes});
  Value abort = emitWaitFor(loc, flag, count);
  Value any = arith::OrIOp::create(rewriter, loc, loop.getRegionIterArg(0), abort);
  scf::YieldOp::create(rewriter, loc, any);
  return loop.getResult(0);
}

/// Emits a meeting of each block with those near it: every block counts its meetings
/// in a flag of its own, and waits until its neighbours' flags have come as far.
void StageLowering::emitNeighbourBarrier(SyncOp sync) {
  Location loc = sync.getLoc();
  Type i32 = rewriter.getI32Type();
  Arithmetic math{rewriter, loc};
  Value place = stateWord(loc, kFlagsAddress);
  Value flags = LLVM::LoadOp::create(rewriter, loc, place.getType(), place, /*alignment=*/8);
  Value blocks = gpu::GridDimOp::create(rewriter, loc, gpu::Dimension::x);
  Value distance = createPhysicalDistance(rewriter, sync, blocks);
  Value before = LLVM::LoadOp::create(rewriter, loc, i32, meetings);
  Value count = arith::AddIOp::create(rewriter, loc, before, number(loc, 1));
  LLVM::StoreOp::create(rewriter, loc, count, meetings);
  Value thread = math.linearThread();

  gpu::BarrierOp::create(rewriter, loc);
  auto leader = scf::IfOp::create(rewriter, loc, equal(loc, thread, math.constant(0)));
  {
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPointToStart(leader.thenBlock());
    Value block = gpu::BlockIdOp::create(rewriter, loc, gpu::Dimension::x);
    Value offset = math.mul(block, math.constant(VYRE_BARRIER_FLAG_BYTES));
    Value bytes = arith::IndexCastOp::create(rewriter, loc, rewriter.getI64Type(), offset);
    Value own = LLVM::GEPOp::create(rewriter, loc, flags.getType(), rewriter.getI8Type(), flags,
                                    ArrayRef<LLVM::GEPArg>{bytes});
    LLVM::FenceOp::create(rewriter, loc, LLVM::AtomicOrdering::acq_rel, "device");
    LLVM::StoreOp::create(rewriter, loc, count, own, /*alignment=*/4, /*isVolatile=*/false,
                          /*isNonTemporal=*/false, /*isInvariantGroup=*/false,
                          LLVM::AtomicOrdering::release, "device");
  }
  Value abort = emitWaitForRange(loc, thread, distance, flags, count);
  // No block waits longer than its neighbours, so none would ever look.
  Value look =
      emitLook(loc, arith::AndIOp::create(rewriter, loc, equal(loc, thread, math.constant(0)),
                                          comesRound(loc, count, kGenerationsPerLook)));
  LLVM::FenceOp::create(rewriter, loc, LLVM::AtomicOrdering::acq_rel, "device");
  emitLeaving(loc, arith::OrIOp::create(rewriter, loc, abort, look));
}

/// Makes branches of the structured ops around grid synchronizations.
LogicalResult StageLowering::flatten() {
  MLIRContext *context = rewriter.getContext();
  RewritePatternSet patterns(context);
  populateSCFToControlFlowConversionPatterns(patterns);
  ConversionTarget target(*context);
  target.markUnknownOpDynamicallyLegal([](Operation *op) {
    return !isa_and_nonnull<scf::SCFDialect>(op->getDialect()) || !holdsMeeting(op);
  });
  return applyPartialConversion(kernel, target, std::move(patterns));
}

LogicalResult StageLowering::lowerSync(SyncOp sync) {
  rewriter.setInsertionPoint(sync);
  if (meetsOtherBlocks(sync)) {
    if (sync->getParentOp() != kernel)
      return sync.emitError("stands in an op that a kernel cannot return from");
    if (sync.getScope() == SyncScope::Grid)
      emitGridBarrier(sync.getLoc());
    else
      emitNeighbourBarrier(sync);
  } else if (sync.getScope() == SyncScope::Block) {
    gpu::BarrierOp::create(rewriter, sync.getLoc());
  }
  rewriter.eraseOp(sync);
  return success();
}

/// Gives each thread a slot for the count of its block's meetings, which a register
/// takes the place of later.
void StageLowering::createMeetingCount() {
  Location loc = kernel.getLoc();
  rewriter.setInsertionPointToStart(&kernel.getBody().front());
  meetings =
      LLVM::AllocaOp::create(rewriter, loc, LLVM::LLVMPointerType::get(rewriter.getContext()),
                             rewriter.getI32Type(), number(loc, 1));
  LLVM::StoreOp::create(rewriter, loc, number(loc, 0), meetings);
}

LogicalResult StageLowering::run() {
  bool hasNeighbours = kernel
                           .walk([](SyncOp sync) {
                             return sync.getScope() == SyncScope::Neighbours
                                        ? WalkResult::interrupt()
                                        : WalkResult::advance();
                           })
                           .wasInterrupted();
  if (hasNeighbours)
    createMeetingCount();
  SmallVector<StageOp> stages;
  kernel.walk([&](StageOp stage) { stages.push_back(stage); });
  for (StageOp stage : stages)
    lowerStage(stage);
  if (failed(flatten()))
    return kernel.emitError("cannot branch out of the ops around a grid synchronization");
  SmallVector<SyncOp> syncs;
  kernel.walk([&](SyncOp sync) { syncs.push_back(sync); });
  for (SyncOp sync : syncs)
    if (failed(lowerSync(sync)))
      return failure();
  return success();
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
      bool polls = pollWhiles(kernel, rewriter); // before there are loops of Vyre's own
      std::optional<QueueLowering> queue;
      if (kernel->hasAttr(attr_name::kQueue))
        queue.emplace(kernel, rewriter);
      if (queue && failed(queue->prepare()))
        return signalPassFailure();
      if (failed(StageLowering(kernel, rewriter, queue ? &*queue : nullptr).run()))
        return signalPassFailure();
      if (queue)
        queue->run();
      if (polls)
        checkBarriers(kernel, rewriter);
    }
  }
};

} // namespace
} // namespace vyre
