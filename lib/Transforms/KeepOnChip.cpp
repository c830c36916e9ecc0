// Lets each block of a persistent kernel run all iterations of a loop before the next
// block begins, so that what the iterations hand on stays in caches or registers.
//
// The tiers of the loop's synchronizations are the proof: where all of them are `none`
// or `block`, `vyre-choose-sync-tiers` has found no dependence between blocks, in one
// iteration or between two, so the order of blocks does not matter. Where run time
// chooses between tiers, the loop is doubled and each copy has one of the tiers. The
// loop itself is only marked: the devices' lowerings put it into the loop over blocks.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Transforms/Passes.h"

#include "FuseBatch.h"
#include "OverlapArgument.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "vyre/Analysis/BufferRoots.h"
#include "vyre/Analysis/HostGlue.h"
#include "vyre/Analysis/ThreadElements.h"
#include "vyre/Dialect/Vyre/IR/Remarks.h"

#define DEBUG_TYPE "vyre-keep-on-chip"

namespace vyre {
#define GEN_PASS_DEF_KEEPONCHIPPASS
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

using namespace mlir;
using namespace vyre;

namespace {

/// The synchronization that stands alone in `block`; null if there is more, or none.
SyncOp getOnlySync(Block &block) {
  auto sync = dyn_cast<SyncOp>(block.front());
  return sync && sync->getNextNode() == block.getTerminator() ? sync : SyncOp();
}

/// The two synchronizations that a branch on an argument of the kernel chooses between:
/// the first is for buffers that overlap. Nulls if the op is no such branch.
std::pair<SyncOp, SyncOp> getChoice(Operation *op) {
  auto branch = dyn_cast<scf::IfOp>(op);
  if (!branch || branch.getNumResults() > 0 || branch.getElseRegion().empty() ||
      !isa<BlockArgument>(branch.getCondition()) ||
      !isa<gpu::GPUFuncOp>(branch.getCondition().getParentBlock()->getParentOp()))
    return {};
  SyncOp overlap = getOnlySync(*branch.thenBlock()), disjoint = getOnlySync(*branch.elseBlock());
  return overlap && disjoint ? std::pair(overlap, disjoint) : std::pair<SyncOp, SyncOp>();
}

bool holdsStage(Operation *op) {
  return op->walk([](StageOp) { return WalkResult::interrupt(); }).wasInterrupted();
}

/// Collects what a loop is made of and finds what keeps its iterations from running
/// block by block.
class LoopChecker {
public:
  LoopChecker(scf::ForOp loop, gpu::GPUFuncOp kernel) : loop(loop), kernel(kernel) {}

  /// Why the loop cannot be kept on chip; empty if it can, of several synchronizations
  /// to choose between with those for buffers that do not overlap.
  std::string findBlocker() {
    std::string why;
    loop->walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (op == loop)
        return WalkResult::advance();
      if (auto [overlap, disjoint] = getChoice(op); overlap) {
        choices.push_back(cast<scf::IfOp>(op));
        why = choices.front().getCondition() == choices.back().getCondition()
                  ? visit(disjoint)
                  : "control-flow: several conditions choose synchronizations";
        return why.empty() ? WalkResult::skip() : WalkResult::interrupt();
      }
      why = visit(op);
      if (!why.empty())
        return WalkResult::interrupt();
      return isa<StageOp>(op) ? WalkResult::skip() : WalkResult::advance();
    });
    return why.empty() ? findShapeBlocker() : why;
  }

  SmallVector<StageOp> stages;
  SmallVector<scf::IfOp> choices; ///< Branches between two synchronizations.
  bool meets = false;             ///< Threads of a block wait for each other.

private:
  std::string visit(Operation *op) {
    if (auto stage = dyn_cast<StageOp>(op)) {
      if (!stage.getKernel())
        return "host-access: the host reads or writes memory between launches";
      stages.push_back(stage);
      meets |= stage.getBody()
                   .walk([](gpu::BarrierOp) { return WalkResult::interrupt(); })
                   .wasInterrupted();
      return stage.getBody().hasOneBlock() ? "" : "control-flow: a launch's body has branches";
    }
    if (auto sync = dyn_cast<SyncOp>(op)) {
      meets |= sync.getScope() != SyncScope::None;
      if (sync.getScope() == SyncScope::Neighbours || sync.getScope() == SyncScope::Grid)
        return "dependence: blocks need what others did, tier " +
               stringifySyncScope(sync.getScope()).str();
      return "";
    }
    if (isa<scf::ForOp, scf::IfOp>(op))
      return "";
    if (isa<scf::WhileOp>(op))
      return "control-flow: a while loop between launches";
    if (op->hasTrait<OpTrait::IsTerminator>())
      return "";
    return op->getNumRegions() == 0 && isMemoryEffectFree(op)
               ? ""
               : "host-access: the host reads or writes memory between launches";
  }

  std::string findShapeBlocker() {
    for (StageOp stage : stages) {
      if (!llvm::all_of(stage.getOperands(), [&](Value size) { return isOutside(size, loop); }))
        return "launch-shape: grid or block depend on the iteration";
      if (!haveSameShape(stages.front(), stage))
        return "launch-shape: the launches have different grids or blocks";
      if (!stage.getKnownBlockSize())
        return "launch-shape: the block's size is known at run time only";
    }
    // All threads of a physical block would have to meet, not only those with work.
    ArrayRef<int32_t> block = *stages.front().getKnownBlockSize();
    std::optional<ArrayRef<int32_t>> physical = kernel.getKnownBlockSize();
    if (meets && (!physical || (*physical)[0] != block[0] * block[1] * block[2]))
      return "launch-shape: another launch of the kernel has larger blocks";
    return "";
  }

  scf::ForOp loop;
  gpu::GPUFuncOp kernel;
};

/// Marks the loops of one persistent kernel.
class Keeper {
public:
  Keeper(LaunchPersistentOp launch, gpu::GPUFuncOp kernel, LaunchGroupOp group)
      : kernel(kernel), group(group), slots(computeArgumentSlots(launch.getArgs())) {}

  void run() {
    if (ArrayAttr known = group.getPersistentSyncsAttr())
      llvm::append_range(lines, known);
    visit(kernel.getBody());
    for (const FusedBatch &batch : fuseBatches(kernel))
      explain(batch);
    if (!lines.empty())
      group.setPersistentSyncsAttr(ArrayAttr::get(kernel.getContext(), lines));
  }

private:
  /// Tries the outermost loops of stages, and those inside the ones that fail.
  void visit(Region &region) {
    SmallVector<scf::ForOp> loops;
    region.walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (auto loop = dyn_cast<scf::ForOp>(op); loop && holdsStage(loop))
        loops.push_back(loop);
      return isa<scf::ForOp, StageOp>(op) ? WalkResult::skip() : WalkResult::advance();
    });
    for (scf::ForOp loop : loops) {
      LoopChecker checker(loop, kernel);
      std::string blocker = checker.findBlocker();
      if (blocker.empty()) {
        keep(loop, checker);
        continue;
      }
      missedRemark(loop, DEBUG_TYPE, "OnChip") << remarkReason(blocker);
      visit(loop.getRegion());
    }
  }

  void keep(scf::ForOp loop, const LoopChecker &checker) {
    freeResults(loop);
    bool isChoice = !checker.choices.empty();
    if (isChoice)
      addOverlapCopy(loop, checker.choices);
    loop->setAttr(attr_name::kOnChip, UnitAttr::get(loop.getContext()));
    ThreadElements found = findThreadElements(loop, StageAliasing(slots, isChoice));
    for (const ThreadElement &element : found.elements) {
      auto number = IntegerAttr::get(IntegerType::get(loop.getContext(), 64), numElements++);
      for (Operation *access : element.accesses)
        access->setAttr(attr_name::kElement, number);
    }
    for (const SharedBuffer &other : found.others)
      missedRemark(loop, DEBUG_TYPE, "Element")
          << remark::metric("Buffer", nameOf(other.buffer)) << remarkReason(other.why);
    explain(loop, checker, isChoice, found.elements.size());
  }

  static std::string nameOf(Value buffer) {
    auto argument = dyn_cast<BlockArgument>(buffer);
    bool isOfKernel = argument && isa<gpu::GPUFuncOp>(argument.getOwner()->getParentOp());
    return isOfKernel ? "argument " + std::to_string(argument.getArgNumber()) : "inner";
  }

  /// Gives the loop's results to a copy without stages: a block without work does not run
  /// the loop itself.
  void freeResults(scf::ForOp loop) {
    if (loop->use_empty())
      return;
    OpBuilder builder(loop);
    auto copy = cast<scf::ForOp>(builder.clone(*loop));
    SmallVector<Operation *> erased;
    copy.walk([&](Operation *op) {
      if (isa<StageOp, SyncOp>(op))
        erased.push_back(op);
    });
    for (Operation *op : erased)
      op->erase();
    loop->replaceAllUsesWith(copy);
  }

  /// Takes the choice out of the loop, which from now on is for buffers that do not
  /// overlap; a copy has the other synchronizations.
  void addOverlapCopy(scf::ForOp loop, ArrayRef<scf::IfOp> choices) {
    OpBuilder builder(loop);
    IRMapping mapping;
    auto branch =
        scf::IfOp::create(builder, loop.getLoc(), scf::IfOp(choices.front()).getCondition(),
                          /*withElseRegion=*/true);
    branch.getThenBodyBuilder().clone(*loop, mapping);
    for (scf::IfOp choice : llvm::to_vector(choices)) {
      auto copy = cast<scf::IfOp>(mapping.lookup(choice.getOperation()));
      getOnlySync(*copy.thenBlock())->moveBefore(copy);
      copy.erase();
      getOnlySync(*choice.elseBlock())->moveBefore(choice);
      choice->erase();
    }
    loop->moveBefore(branch.elseBlock(), branch.elseBlock()->begin());
  }

  void explain(scf::ForOp loop, const LoopChecker &checker, bool isChoice, size_t elements) {
    StringRef scope = checker.meets ? "block" : "thread";
    passedRemark(loop, DEBUG_TYPE, "OnChip")
        << remark::metric("Stages", checker.stages.size()) << remark::metric("Scope", scope)
        << remark::metric("Elements", elements)
        << remark::metric("Condition", isChoice ? "no-overlap" : "always");
    std::string names;
    for (StageOp stage : checker.stages)
      if (stage.getKernel())
        names += (names.empty() ? "" : ", ") + stage.getKernel()->getLeafReference().str();
    bool ifOverlap = findOverlapAround(loop, kernel) == Overlap::Some;
    std::string line = (ifOverlap ? "if arguments overlap, loop over " : "loop over ") + names +
                       ": block by block, " + std::to_string(elements) +
                       (elements == 1 ? " element" : " elements") + " of a thread in registers";
    lines.push_back(
        StringAttr::get(loop.getContext(), line + (isChoice ? ", unless arguments overlap" : "")));
  }

  void explain(const FusedBatch &batch) {
    passedRemark(batch.stage, DEBUG_TYPE, "OnChip")
        << remark::metric("Batch", batch.launches.front())
        << remark::metric("Stages", batch.launches.size());
    std::string names = llvm::join(batch.launches, ", ");
    lines.push_back(
        StringAttr::get(kernel.getContext(), "batches of " + names + ": block by block"));
  }

  gpu::GPUFuncOp kernel;
  LaunchGroupOp group;
  SmallVector<SmallVector<uint32_t>> slots;
  SmallVector<Attribute> lines; ///< What the group's synchronizations are, in words.
  int64_t numElements = 0;
};

struct KeepOnChipPass : public vyre::impl::KeepOnChipPassBase<KeepOnChipPass> {
  void runOnOperation() override {
    SymbolTableCollection symbols;
    SmallVector<std::pair<LaunchPersistentOp, LaunchGroupOp>> launches;
    getOperation().walk([&](LaunchGroupOp group) {
      group.getPersistent().walk(
          [&](LaunchPersistentOp launch) { launches.push_back({launch, group}); });
    });
    for (auto [launch, group] : launches)
      if (auto kernel =
              symbols.lookupNearestSymbolFrom<gpu::GPUFuncOp>(launch, launch.getKernelAttr()))
        Keeper(launch, kernel, group).run();
  }
};

} // namespace
