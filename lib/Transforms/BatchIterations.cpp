// Turns the loop of a persistent kernel whose iterations are independent into a batch:
// each stage of an iteration becomes one over the blocks of all iterations.
//
// Iterations are told apart along z, where the grids of an iteration are stacked up: so
// the index of an iteration is a linear form of the block's id, and the pass that chooses
// synchronizations sees which stages of a batch keep to their block.
//
// Where only an overlap of arguments could make iterations depend on each other, the
// kernel keeps the loop beside the batch, and the host's comparison of address ranges
// chooses.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Transforms/Passes.h"

#include "OverlapArgument.h"
#include "TripCount.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "vyre/Analysis/BufferRoots.h"
#include "vyre/Analysis/LaunchLoops.h"
#include "vyre/Analysis/StageDependences.h"
#include "vyre/Dialect/Vyre/IR/Remarks.h"
#include "vyre/Policy/Batch.h"
#include "llvm/Support/Path.h"

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

/// A buffer of the host as a reader of the program knows it.
std::string describeBuffer(Value memref) {
  BufferRoots roots = findBufferRoots(memref);
  Value root = roots.values.empty() ? memref : roots.values.front();
  if (auto argument = dyn_cast<BlockArgument>(root))
    return "argument " + std::to_string(argument.getArgNumber());
  Operation *op = root.getDefiningOp();
  if (auto global = dyn_cast<memref::GetGlobalOp>(op))
    return "@" + global.getName().str();
  std::string name = op->getName().getStringRef().str();
  if (auto place = op->getLoc()->findInstanceOf<FileLineColLoc>())
    name += " at " + llvm::sys::path::filename(place.getFilename()).str() + ":" +
            std::to_string(place.getLine());
  return name;
}

/// What keeps a loop from being a batch.
struct Blocker {
  std::string reason; ///< Empty if nothing does.
  std::string buffer; ///< The one that iterations share, if it is known.
};

/// Builds the batch of one loop.
class Batcher {
public:
  Batcher(scf::ForOp loop, LaunchPersistentOp launch, gpu::GPUFuncOp kernel)
      : loop(loop), launch(launch), kernel(kernel) {}

  Blocker findBlocker();
  void rewrite();

  size_t countStages() const { return stages.size(); }
  /// Those that were launches, and not what the host does between them.
  size_t countLaunches() const {
    return llvm::count_if(stages, [](StageOp stage) { return bool(stage.getKernelAttr()); });
  }
  /// True if the loop stays for arguments that overlap.
  bool keepsLoop() const { return needsCheck; }

private:
  std::string collectStages();
  Blocker findDependence(bool assumesDisjoint);
  Value hoistSize(Value size);
  StageOp createBatch(OpBuilder &builder, StageOp stage, Value trips);
  void fill(StageOp stage, StageOp batch);
  IRMapping copyIteration(OpBuilder &builder, Value iteration);
  Value createCounter(OpBuilder &builder, Value iteration);
  void setMaxBlocks();

  scf::ForOp loop;
  LaunchPersistentOp launch;
  gpu::GPUFuncOp kernel;
  SmallVector<StageOp> stages;
  DenseMap<Value, Value> depths; ///< Of a batch's grid, by that of an iteration's.
  bool needsCheck = false;
};

/// Collects the stages; says what else there is, if anything.
std::string Batcher::collectStages() {
  for (Operation &op : *loop.getBody()) {
    if (auto stage = dyn_cast<StageOp>(op))
      stages.push_back(stage);
    else if (op.getNumRegions() > 0 || (touchesMemoryInKernel(&op) && !isa<SyncOp>(op)))
      return "control-flow: an iteration is more than launches";
  }
  if (stages.empty())
    return "control-flow: an iteration is more than launches";
  for (StageOp stage : stages)
    for (Value size : stage.getOperands())
      if (!loop.isDefinedOutsideOfLoop(size) && !matchPattern(size, m_Constant()))
        return "launch-shape: grid or block depend on the iteration";
  return "";
}

Blocker Batcher::findBlocker() {
  if (loop.getNumResults() > 0)
    return {"carried-value: an iteration needs a value of the one before", ""};
  if (std::string other = collectStages(); !other.empty())
    return {other, ""};
  Blocker dependence = findDependence(/*assumesDisjoint=*/false);
  if (dependence.reason.empty())
    return {};
  // The comparison is made only where it decides.
  needsCheck =
      findDependence(/*assumesDisjoint=*/true).reason.empty() && getOverlapArgument(launch, kernel);
  return needsCheck ? Blocker() : dependence;
}

/// A dependence between iterations, of whichever stages, in words. In a batch all
/// iterations of a stage come before those of the next, so the order of two stages does
/// not help.
Blocker Batcher::findDependence(bool assumesDisjoint) {
  SmallVector<SmallVector<uint32_t>> slots = computeArgumentSlots(launch.getArgs());
  StageAliasing aliasing(slots, assumesDisjoint);
  SmallVector<StageAccesses> accesses;
  for (StageOp stage : stages) {
    accesses.push_back(computeStageAccesses(stage));
    accesses.back().usesSharedMemory = false; // Each block has its own.
  }
  for (const StageAccesses &from : accesses)
    for (const StageAccesses &to : accesses) {
      Dependence found = findCarriedDependence(from, to, aliasing);
      if (!found.from)
        continue;
      Blocker blocker{"dependence: iterations depend on each other, " + found.why, ""};
      BufferRoots roots = found.buffer ? findBufferRoots(found.buffer) : BufferRoots();
      for (Value root : roots.values)
        if (auto argument = dyn_cast<BlockArgument>(root);
            argument && argument.getArgNumber() < launch.getArgs().size() &&
            argument.getOwner() == &kernel.getBody().front())
          blocker.buffer = describeBuffer(launch.getArgs()[argument.getArgNumber()]);
      return blocker;
    }
  return {};
}

/// A size of a stage where the loop begins.
Value Batcher::hoistSize(Value size) {
  if (loop.isDefinedOutsideOfLoop(size))
    return size;
  Operation *copy = size.getDefiningOp()->clone();
  OpBuilder(loop).insert(copy);
  return copy->getResult(0);
}

void Batcher::rewrite() {
  OpBuilder builder(loop);
  Value trips = createTripCount(builder, loop);
  SmallVector<StageOp> batches;
  for (StageOp stage : stages)
    batches.push_back(createBatch(builder, stage, trips));
  if (needsCheck) {
    auto branch = scf::IfOp::create(builder, loop.getLoc(), findOverlapArgument(kernel),
                                    /*withElseRegion=*/true);
    branch.getThenBodyBuilder().clone(*loop);
    for (StageOp batch : batches)
      batch->moveBefore(branch.elseBlock()->getTerminator());
  }
  for (auto [stage, batch] : llvm::zip(stages, batches)) {
    fill(stage, batch);
    builder.setInsertionPointAfter(batch);
    SyncOp::create(builder, batch.getLoc(), SyncScope::Grid);
  }
  setMaxBlocks();
  loop.erase();
}

/// The batch of one stage, without a body. The values it needs stand in front of the
/// loop, so that shapes of stages are comparable.
StageOp Batcher::createBatch(OpBuilder &builder, StageOp stage, Value trips) {
  Location loc = stage.getLoc();
  SmallVector<Value> sizes;
  for (Value size : stage.getOperands())
    sizes.push_back(hoistSize(size));
  Value &depth = depths[sizes[2]];
  if (!depth)
    depth = builder.createOrFold<arith::MulIOp>(loc, trips, sizes[2]);
  auto batch = StageOp::create(builder, loc, sizes[0], sizes[1], depth, sizes[3], sizes[4],
                               sizes[5], stage.getKernelAttr(), stage.getKnownBlockSizeAttr(),
                               builder.getI32IntegerAttr(policy::kBatchRounds));
  stage.getGridZMutable().set(sizes[2]);
  return batch;
}

/// The body of the stage and what its iteration computes for it, in the terms of the
/// batch: z is z mod n of iteration z / n.
void Batcher::fill(StageOp stage, StageOp batch) {
  Location loc = stage.getLoc();
  batch.getBody().takeBody(stage.getBody());
  Block &entry = batch.getBody().front();
  Value depth = stage.getGridZ(), number = entry.getArgument(StageOp::kBlockId + 2);
  SmallVector<OpOperand *> uses;
  for (OpOperand &use : number.getUses())
    uses.push_back(&use);
  OpBuilder builder = OpBuilder::atBlockBegin(&entry);
  Value iteration = builder.createOrFold<arith::DivUIOp>(loc, number, depth);
  Value z = builder.createOrFold<arith::RemUIOp>(loc, number, depth);
  for (OpOperand *use : uses)
    use->set(z);
  entry.getArgument(StageOp::kGridDim + 2).replaceAllUsesWith(depth);
  IRMapping mapping = copyIteration(builder, iteration);
  auto isInBatch = [&](OpOperand &use) { return batch->isProperAncestor(use.getOwner()); };
  auto replace = [&](Value value) {
    value.replaceUsesWithIf(mapping.lookupOrDefault(value), isInBatch);
  };
  replace(loop.getInductionVar());
  for (Operation &op : loop.getBody()->without_terminator())
    llvm::for_each(op.getResults(), replace);
  // Not every stage needs all of it.
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(entry)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

/// Emits what an iteration computes outside of its stages.
IRMapping Batcher::copyIteration(OpBuilder &builder, Value iteration) {
  IRMapping mapping;
  mapping.map(loop.getInductionVar(), createCounter(builder, iteration));
  for (Operation &op : loop.getBody()->without_terminator())
    if (!isa<StageOp, SyncOp>(op))
      builder.clone(op, mapping);
  return mapping;
}

/// The loop's counter in an iteration.
Value Batcher::createCounter(OpBuilder &builder, Value iteration) {
  Location loc = loop.getLoc();
  Type type = loop.getInductionVar().getType();
  if (!type.isIndex())
    iteration = arith::IndexCastUIOp::create(builder, loc, type, iteration);
  Value offset = builder.createOrFold<arith::MulIOp>(loc, iteration, loop.getStep());
  return builder.createOrFold<arith::AddIOp>(loc, loop.getLowerBound(), offset);
}

/// More physical blocks have work now.
void Batcher::setMaxBlocks() {
  std::optional<uint64_t> trips = getConstantTripCount(loop);
  std::optional<int64_t> blocks = launch.getMaxBlocks();
  int64_t all;
  if (trips && *trips > 0 && blocks && !llvm::MulOverflow(*blocks, int64_t(*trips), all))
    launch.setMaxBlocks(all);
  else
    launch.removeMaxBlocksAttr();
}

/// Tells it to those who read the group's synchronizations: there are none left to
/// find between iterations.
void explain(LaunchPersistentOp launch, const Batcher &batcher) {
  auto group = launch->getParentOfType<LaunchGroupOp>();
  if (!group)
    return;
  size_t launches = batcher.countLaunches();
  std::string line = "between iterations: none (a batch: ";
  line +=
      launches == 1 ? "one launch has" : "each of " + std::to_string(launches) + " launches has";
  line += " the blocks of all of them)";
  if (batcher.keepsLoop())
    line += "; if arguments overlap: no batch";
  group.setPersistentSyncsAttr(Builder(launch.getContext()).getStrArrayAttr({line}));
}

struct BatchIterationsPass : public vyre::impl::BatchIterationsPassBase<BatchIterationsPass> {
  void runOnOperation() override {
    SymbolTableCollection symbols;
    SmallVector<LaunchPersistentOp> launches;
    getOperation().walk([&](LaunchPersistentOp launch) { launches.push_back(launch); });
    for (LaunchPersistentOp launch : launches)
      if (auto kernel =
              symbols.lookupNearestSymbolFrom<gpu::GPUFuncOp>(launch, launch.getKernelAttr()))
        visit(launch, kernel);
  }

  void visit(LaunchPersistentOp launch, gpu::GPUFuncOp kernel) {
    scf::ForOp loop = findLoop(kernel);
    if (!loop)
      return;
    Batcher batcher(loop, launch, kernel);
    Blocker blocker = batcher.findBlocker();
    if (!blocker.reason.empty()) {
      auto remark = missedRemark(launch, DEBUG_TYPE, "Batch");
      remark << remarkReason(blocker.reason);
      if (!blocker.buffer.empty())
        remark << remark::metric("Buffer", blocker.buffer);
      return;
    }
    batcher.rewrite();
    explain(launch, batcher);
    passedRemark(launch, DEBUG_TYPE, "Batch")
        << remark::metric("Kernel", launch.getKernel().getLeafReference())
        << remark::metric("Stages", batcher.countStages())
        << remark::metric("Condition", batcher.keepsLoop() ? "no-overlap" : "always");
  }
};

} // namespace
