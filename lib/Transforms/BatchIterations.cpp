// Turns the loop of a persistent kernel whose iterations are independent into one
// stage over all blocks of all iterations: a batch.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Transforms/Passes.h"

#include "TripCount.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "vyre/Analysis/BufferRoots.h"
#include "vyre/Analysis/LaunchLoops.h"
#include "vyre/Analysis/StageDependences.h"
#include "vyre/Dialect/Vyre/IR/Remarks.h"

#define DEBUG_TYPE "vyre-batch-iterations"

namespace vyre {
#define GEN_PASS_DEF_BATCHITERATIONSPASS
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

using namespace mlir;
using namespace vyre;

namespace {

/// The kernel's only loop over launches, if it stands by itself; null otherwise.
scf::ForOp findLoop(gpu::GPUFuncOp kernel) {
  scf::ForOp loop;
  if (!kernel.getBody().hasOneBlock())
    return {};
  for (Operation &op : kernel.getBody().front()) {
    if (op.getNumRegions() == 0 && !touchesMemoryInKernel(&op))
      continue;
    if (loop || !isa<scf::ForOp>(op))
      return {};
    loop = cast<scf::ForOp>(op);
  }
  return loop;
}

/// Tells it to those who read the group's synchronizations: there are none left to
/// find between iterations.
void explain(LaunchPersistentOp launch) {
  auto group = launch->getParentOfType<LaunchGroupOp>();
  if (!group)
    return;
  Builder builder(launch.getContext());
  group.setPersistentSyncsAttr(builder.getStrArrayAttr(
      {"between iterations: none (a batch: one launch has the blocks of all of them)"}));
}

/// Builds the batch of one loop.
class Batcher {
public:
  Batcher(scf::ForOp loop, LaunchPersistentOp launch) : loop(loop), launch(launch) {}

  /// What keeps the loop from being a batch; empty if nothing does.
  std::string findBlocker() {
    if (loop.getNumResults() > 0)
      return "carried-value: an iteration needs a value of the one before";
    for (Operation &op : *loop.getBody()) {
      if (auto found = dyn_cast<StageOp>(op)) {
        if (stage)
          return "several-launches: an iteration has more than one launch";
        stage = found;
      } else if (op.getNumRegions() > 0 || (touchesMemoryInKernel(&op) && !isa<SyncOp>(op))) {
        return "control-flow: an iteration is more than one launch";
      }
    }
    if (!stage)
      return "control-flow: an iteration is more than one launch";
    for (Value size : stage.getOperands())
      if (!loop.isDefinedOutsideOfLoop(size))
        return "launch-shape: grid or block depend on the iteration";
    return findDependence();
  }

  void rewrite() {
    Location loc = stage.getLoc();
    OpBuilder builder(loop);
    Value trips = createTripCount(builder, loop);
    Value blocks = multiply(builder, loc, stage.getGridX(),
                            multiply(builder, loc, stage.getGridY(), stage.getGridZ()));
    Value one = arith::ConstantIndexOp::create(builder, loc, 1);
    auto batch = StageOp::create(builder, loc, multiply(builder, loc, trips, blocks), one, one,
                                 stage.getBlockX(), stage.getBlockY(), stage.getBlockZ(),
                                 stage.getKernelAttr(), stage.getKnownBlockSizeAttr());
    SyncOp::create(builder, loc, SyncScope::Grid);
    fill(batch, blocks);
    setMaxBlocks();
    loop.erase();
  }

private:
  static Value multiply(OpBuilder &builder, Location loc, Value a, Value b) {
    return builder.createOrFold<arith::MulIOp>(loc, a, b);
  }

  /// A dependence between iterations in words; empty if there is none.
  std::string findDependence() {
    StageAccesses accesses = computeStageAccesses(stage);
    accesses.usesSharedMemory = false; // Each block has its own.
    SmallVector<SmallVector<uint32_t>> slots = computeArgumentSlots(launch.getArgs());
    Dependence found =
        findCarriedDependence(accesses, accesses, StageAliasing(slots, /*assumesDisjoint=*/false));
    return found.from ? "dependence: iterations depend on each other, " + found.why : "";
  }

  /// The body of the stage and what its iteration computes for it, in the terms of
  /// the batch: block b is block b mod n of iteration b / n.
  void fill(StageOp batch, Value blocks) {
    Location loc = stage.getLoc();
    batch.getBody().takeBody(stage.getBody());
    Block &entry = batch.getBody().front();
    OpBuilder builder = OpBuilder::atBlockBegin(&entry);
    auto divide = [&](Value a, Value b) -> std::pair<Value, Value> {
      return {arith::DivUIOp::create(builder, loc, a, b),
              arith::RemUIOp::create(builder, loc, a, b)};
    };
    BlockArgument number = entry.getArgument(StageOp::kBlockId);
    auto [iteration, block] = divide(number, blocks);
    auto [rest, x] = divide(block, stage.getGridX());
    auto [z, y] = divide(rest, stage.getGridY());
    IRMapping mapping;
    mapping.map(loop.getInductionVar(), createCounter(builder, iteration));
    SmallVector<Operation *> inner;
    for (Operation &op : loop.getBody()->without_terminator())
      if (!isa<StageOp, SyncOp>(op))
        inner.push_back(builder.clone(op, mapping));
    SmallPtrSet<Operation *, 8> decoding(inner.begin(), inner.end());
    for (Value value : {iteration, block, rest, x, y, z})
      decoding.insert(value.getDefiningOp());
    std::array<Value, 3> ids = {x, y, z};
    std::array<Value, 3> sizes = {stage.getGridX(), stage.getGridY(), stage.getGridZ()};
    for (unsigned dim = 0; dim < 3; ++dim) {
      entry.getArgument(StageOp::kBlockId + dim).replaceUsesWithIf(ids[dim], [&](OpOperand &use) {
        return !decoding.contains(use.getOwner());
      });
      entry.getArgument(StageOp::kGridDim + dim).replaceAllUsesWith(sizes[dim]);
    }
    for (Operation &op : loop.getBody()->without_terminator())
      for (Value result : op.getResults())
        result.replaceUsesWithIf(mapping.lookupOrDefault(result), [&](OpOperand &use) {
          return batch->isProperAncestor(use.getOwner());
        });
    loop.getInductionVar().replaceUsesWithIf(
        mapping.lookup(loop.getInductionVar()),
        [&](OpOperand &use) { return batch->isProperAncestor(use.getOwner()); });
  }

  /// The loop's counter in an iteration.
  Value createCounter(OpBuilder &builder, Value iteration) {
    Location loc = loop.getLoc();
    Type type = loop.getInductionVar().getType();
    if (!type.isIndex())
      iteration = arith::IndexCastUIOp::create(builder, loc, type, iteration);
    Value offset = builder.createOrFold<arith::MulIOp>(loc, iteration, loop.getStep());
    return builder.createOrFold<arith::AddIOp>(loc, loop.getLowerBound(), offset);
  }

  /// More physical blocks have work now.
  void setMaxBlocks() {
    std::optional<uint64_t> trips = getConstantTripCount(loop);
    std::optional<int64_t> blocks = launch.getMaxBlocks();
    int64_t all;
    if (trips && *trips > 0 && blocks && !llvm::MulOverflow(*blocks, int64_t(*trips), all))
      launch.setMaxBlocks(all);
    else
      launch.removeMaxBlocksAttr();
  }

  scf::ForOp loop;
  LaunchPersistentOp launch;
  StageOp stage;
};

struct BatchIterationsPass : public vyre::impl::BatchIterationsPassBase<BatchIterationsPass> {
  void runOnOperation() override {
    SymbolTableCollection symbols;
    SmallVector<LaunchPersistentOp> launches;
    getOperation().walk([&](LaunchPersistentOp launch) { launches.push_back(launch); });
    for (LaunchPersistentOp launch : launches) {
      auto kernel = symbols.lookupNearestSymbolFrom<gpu::GPUFuncOp>(launch, launch.getKernelAttr());
      scf::ForOp loop = kernel ? findLoop(kernel) : scf::ForOp();
      if (!loop)
        continue;
      Batcher batcher(loop, launch);
      std::string blocker = batcher.findBlocker();
      if (!blocker.empty()) {
        missedRemark(launch, DEBUG_TYPE, "Batch") << remarkReason(blocker);
        continue;
      }
      batcher.rewrite();
      explain(launch);
      passedRemark(launch, DEBUG_TYPE, "Batch")
          << remark::metric("Kernel", launch.getKernel().getLeafReference());
    }
  }
};

} // namespace
