// The host function of a persistent kernel: the code of one worker.
//
// Each stage becomes the worker's share of its virtual blocks (BlockShares.h). A grid
// barrier can end the function, so the structured ops around one become branches.
// A loop that is kept on chip stands between the blocks and their threads, so that
// threads remain the innermost, vectorized loop.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "../BlockShares.h"
#include "../KeptLoops.h"
#include "../Meetings.h"
#include "HostKernel.h"

#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Transforms/DialectConversion.h"
#include "vyre/Dialect/Vyre/IR/DeviceLimits.h"

using namespace mlir;
using namespace vyre;

namespace {

class PersistentLowering {
public:
  explicit PersistentLowering(HostKernel &host) : host(host), rewriter(host.rewriter) {}
  LogicalResult run();

private:
  LogicalResult lowerStage(StageOp stage);
  LogicalResult lowerKeptLoop(scf::ForOp loop, ArrayRef<StageOp> stages);
  BlockShape enterBlocks(StageOp stage);
  Value getNumBlocks(StageOp stage);
  Value emptyIfBadBlock(StageOp stage, Value blocks);
  LogicalResult flatten();
  void lowerMeeting(SyncOp sync);
  Value callMeeting(SyncOp sync);
  Value index(Location loc, int64_t n) { return arith::ConstantIndexOp::create(rewriter, loc, n); }

  HostKernel &host;
  IRRewriter &rewriter;
};

/// The number of the stage's virtual blocks; a size that is not positive means
/// none, whatever the others are.
Value PersistentLowering::getNumBlocks(StageOp stage) {
  Location loc = stage.getLoc();
  Value zero = index(loc, 0), blocks;
  for (Value size : {stage.getGridX(), stage.getGridY(), stage.getGridZ()}) {
    Value positive = arith::MaxSIOp::create(rewriter, loc, size, zero);
    blocks = blocks ? arith::MulIOp::create(rewriter, loc, blocks, positive).getResult() : positive;
  }
  return blocks;
}

/// Fails the launch and gives no blocks if a block of the stage would have no
/// thread or too many. A plain launch's shape is the runtime's to check; a
/// stage's is known only here.
Value PersistentLowering::emptyIfBadBlock(StageOp stage, Value blocks) {
  Location loc = stage.getLoc();
  auto compare = [&](arith::CmpIPredicate predicate, Value a, Value b) -> Value {
    return arith::CmpIOp::create(rewriter, loc, predicate, a, b);
  };
  Value one = index(loc, 1), most = index(loc, kMaxThreadsPerBlock), threads = one;
  Value isBad = compare(arith::CmpIPredicate::ne, one, one);
  for (Value size : {stage.getBlockX(), stage.getBlockY(), stage.getBlockZ()}) {
    Value below = arith::SubIOp::create(rewriter, loc, size, one);
    Value isWrong = compare(arith::CmpIPredicate::uge, below, most);
    isBad = arith::OrIOp::create(rewriter, loc, isBad, isWrong);
    threads = arith::MulIOp::create(rewriter, loc, threads, size);
  }
  isBad =
      arith::OrIOp::create(rewriter, loc, isBad, compare(arith::CmpIPredicate::ugt, threads, most));
  Value zero = index(loc, 0);
  isBad =
      arith::AndIOp::create(rewriter, loc, isBad, compare(arith::CmpIPredicate::ne, blocks, zero));
  auto guard = scf::IfOp::create(rewriter, loc, isBad);
  {
    OpBuilder::InsertionGuard keep(rewriter);
    rewriter.setInsertionPoint(guard.thenYield());
    host.fail(loc, "a block must have at least 1 and at most 1024 threads");
  }
  return arith::SelectOp::create(rewriter, loc, isBad, zero, blocks);
}

/// Emits the loop over the worker's share of the stage's blocks, and goes into it.
BlockShape PersistentLowering::enterBlocks(StageOp stage) {
  Location loc = stage.getLoc();
  using Field = abi::vyre_host_ctx_field;
  SmallVector<Value> gridDim = {stage.getGridX(), stage.getGridY(), stage.getGridZ()};
  SmallVector<Value> blockDim = {stage.getBlockX(), stage.getBlockY(), stage.getBlockZ()};
  Value blocks = getNumBlocks(stage);
  if (std::optional<ArrayRef<int32_t>> known = stage.getKnownBlockSize())
    for (auto [size, number] : llvm::zip(blockDim, *known))
      size = index(loc, number);
  else
    blocks = emptyIfBadBlock(stage, blocks);
  Value worker = host.readContext(loc, Field::worker);
  Value workers = host.readContext(loc, Field::worker_count);
  Value own = enterShare(rewriter, stage, blocks, worker, workers);
  return decodeBlock(rewriter, loc, own, gridDim, blockDim);
}

LogicalResult PersistentLowering::lowerStage(StageOp stage) {
  rewriter.setInsertionPoint(stage);
  BlockShape shape = enterBlocks(stage);
  if (failed(emitBlock(host, stage.getLoc(), stage.getBody(), shape)))
    return failure();
  rewriter.eraseOp(stage);
  return success();
}

/// Each block runs all iterations, and in each the threads of the block.
LogicalResult PersistentLowering::lowerKeptLoop(scf::ForOp loop, ArrayRef<StageOp> stages) {
  rewriter.setInsertionPoint(loop);
  BlockShape shape = enterBlocks(stages.front());
  rewriter.moveOpBefore(loop, rewriter.getInsertionBlock(), rewriter.getInsertionPoint());
  for (StageOp stage : stages) {
    rewriter.setInsertionPoint(stage);
    if (failed(emitBlock(host, stage.getLoc(), stage.getBody(), shape)))
      return failure();
    rewriter.eraseOp(stage);
  }
  return success();
}

/// Makes branches of the structured ops around grid synchronizations.
LogicalResult PersistentLowering::flatten() {
  MLIRContext *context = rewriter.getContext();
  RewritePatternSet patterns(context);
  populateSCFToControlFlowConversionPatterns(patterns);
  ConversionTarget target(*context);
  target.markUnknownOpDynamicallyLegal([](Operation *op) {
    return !isa_and_nonnull<scf::SCFDialect>(op->getDialect()) || !holdsMeeting(op);
  });
  return applyPartialConversion(host.function, target, std::move(patterns));
}

/// Calls the runtime to meet the other workers; gives its status.
Value PersistentLowering::callMeeting(SyncOp sync) {
  Location loc = sync.getLoc();
  SmallVector<Value> arguments = {host.context};
  StringRef name = "vyreHostGridBarrier";
  if (sync.getScope() == SyncScope::Neighbours) {
    Value workers = host.readContext(loc, abi::vyre_host_ctx_field::worker_count);
    Value distance = createPhysicalDistance(rewriter, sync, workers);
    arguments.insert(arguments.begin(),
                     arith::IndexCastOp::create(rewriter, loc, rewriter.getI64Type(), distance));
    name = "vyreHostNeighbourBarrier";
  }
  auto callee = host.records.declareFunction(rewriter, name, rewriter.getI32Type(),
                                             llvm::to_vector(ValueRange(arguments).getTypes()));
  return LLVM::CallOp::create(rewriter, loc, callee, arguments).getResult();
}

/// Meets other workers; returns at once if the launch was aborted.
void PersistentLowering::lowerMeeting(SyncOp sync) {
  Location loc = sync.getLoc();
  rewriter.setInsertionPoint(sync);
  Value status = callMeeting(sync);
  Value zero = arith::ConstantIntOp::create(rewriter, loc, 0, 32);
  Value aborted = arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::ne, status, zero);
  Block *before = sync->getBlock();
  Block *after = rewriter.splitBlock(before, sync->getIterator());
  Region &body = host.function.getBody();
  Block *leave = rewriter.createBlock(&body, body.end());
  func::ReturnOp::create(rewriter, loc);
  rewriter.setInsertionPointToEnd(before);
  cf::CondBranchOp::create(rewriter, loc, aborted, leave, after);
}

LogicalResult PersistentLowering::run() {
  for (auto &[loop, kept] : findKeptLoops(host.function))
    if (failed(lowerKeptLoop(loop, kept)))
      return failure();
  SmallVector<StageOp> stages;
  host.function.walk([&](StageOp stage) { stages.push_back(stage); });
  for (StageOp stage : stages)
    if (failed(lowerStage(stage)))
      return failure();
  if (failed(flatten()))
    return host.function.emitError("cannot branch out of the ops around a grid synchronization");
  SmallVector<SyncOp> syncs;
  host.function.walk([&](SyncOp sync) { syncs.push_back(sync); });
  for (SyncOp sync : syncs) {
    // A worker runs its blocks' threads together: they need not meet.
    if (meetsOtherBlocks(sync)) {
      if (sync->getParentOp() != host.function)
        return sync.emitError("stands in an op that a worker cannot leave");
      lowerMeeting(sync);
    }
    rewriter.eraseOp(sync);
  }
  return success();
}

} // namespace

LogicalResult vyre::emitPersistent(HostKernel &host) { return PersistentLowering(host).run(); }
