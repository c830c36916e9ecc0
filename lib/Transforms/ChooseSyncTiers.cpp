// Replaces the grid barriers of persistent kernels by the least synchronization that
// the dependences between their stages need.
//
// Which tier is needed is Analysis's answer (SyncTiers.h). It is asked twice: once
// with what is known about overlap of the kernel's buffers, once as if different
// arguments never overlapped. Where the answers differ, the host compares the
// arguments' address ranges before the launch, and the kernel chooses by the result.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Transforms/Passes.h"

#include "OverlapArgument.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "vyre/Analysis/BufferRoots.h"
#include "vyre/Analysis/LaunchLoops.h"
#include "vyre/Analysis/SyncTiers.h"
#include "vyre/Dialect/Vyre/IR/Remarks.h"

#define DEBUG_TYPE "vyre-choose-sync-tiers"

namespace vyre {
#define GEN_PASS_DEF_CHOOSESYNCTIERSPASS
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

using namespace mlir;
using namespace vyre;

namespace {

/// Rewrites the synchronizations of one persistent kernel.
class TierChooser {
public:
  TierChooser(LaunchPersistentOp launch, gpu::GPUFuncOp kernel, LaunchGroupOp group)
      : launch(launch), kernel(kernel), group(group), builder(kernel.getContext()),
        slots(computeArgumentSlots(launch.getArgs())) {}

  void run() {
    bool oneBlock = launch.getMaxBlocks() == 1;
    std::optional<SmallVector<PlacedTier>> strict =
        computeSyncTiers(kernel, StageAliasing(slots, /*assumesDisjoint=*/false), oneBlock);
    if (!strict) {
      missedRemark(launch, DEBUG_TYPE, "Sync")
          << remarkReason("control-flow: the kernel's control flow is not structured");
      return;
    }
    tiers = *computeSyncTiers(kernel, StageAliasing(slots, /*assumesDisjoint=*/true), oneBlock);
    bool needsCheck = llvm::any_of(llvm::zip(tiers, *strict), [&](auto pair) {
      auto &[disjoint, safe] = pair;
      return disjoint.dependence.tier < safe.dependence.tier &&
             findOverlapAround(disjoint.place, kernel) == Overlap::Unknown;
    });
    Value overlaps = needsCheck ? getOverlapArgument(launch, kernel) : findOverlapArgument(kernel);
    if (!overlaps) // Nothing to compare.
      tiers = *strict;
    settleBranches(*strict);
    if (ArrayAttr known = group.getPersistentSyncsAttr())
      llvm::append_range(syncs, known);
    eraseSyncs();
    for (auto [tier, safe] : llvm::zip(tiers, *strict))
      place(tier, safe, overlaps);
    group.setBarriersPerIteration(countSyncs(SyncScope::Grid));
    group.setNeighboursPerIteration(countSyncs(SyncScope::Neighbours));
    group.setBarriersOnce(countBarriersOnce());
    group.setPersistentSyncsAttr(builder.getArrayAttr(syncs));
  }

private:
  /// Where the kernel has branched on whether buffers overlap, that is what tiers depend on.
  void settleBranches(MutableArrayRef<PlacedTier> strict) {
    for (auto [tier, safe] : llvm::zip(tiers, strict)) {
      Overlap known = findOverlapAround(tier.place, kernel);
      if (known == Overlap::Some)
        tier = safe;
      else if (known == Overlap::None)
        safe = tier;
    }
  }

  void eraseSyncs() {
    SmallVector<SyncOp> syncs;
    kernel.walk([&](SyncOp sync) { syncs.push_back(sync); });
    for (SyncOp sync : syncs)
      sync.erase();
  }

  void createSync(OpBuilder &at, Location loc, SyncTier tier) {
    if (tier.scope != SyncScope::Neighbours) {
      SyncOp::create(at, loc, tier.scope);
      return;
    }
    auto multiply = [&](Value a, Value b) { return at.createOrFold<arith::MulIOp>(loc, a, b); };
    Value blocks =
        multiply(multiply(tier.shape.getGridX(), tier.shape.getGridY()), tier.shape.getGridZ());
    SyncOp::create(at, loc, tier.scope, at.getI64IntegerAttr(tier.distance), blocks);
  }

  void place(const PlacedTier &tier, const PlacedTier &safe, Value overlaps) {
    if (tier.isFirst)
      return;
    Location loc = tier.place->getLoc();
    builder.setInsertionPoint(tier.place);
    bool differs = tier.dependence.tier < safe.dependence.tier;
    if (overlaps && differs) {
      auto branch = scf::IfOp::create(builder, loc, overlaps, /*withElseRegion=*/true);
      OpBuilder then = branch.getThenBodyBuilder(), otherwise = branch.getElseBodyBuilder();
      createSync(then, loc, safe.dependence.tier);
      createSync(otherwise, loc, tier.dependence.tier);
    } else {
      createSync(builder, loc, tier.dependence.tier);
    }
    explain(tier, differs ? &safe : nullptr);
  }

  static std::string nameOf(SyncTier tier) {
    std::string name = stringifySyncScope(tier.scope).str();
    return tier.scope == SyncScope::Neighbours ? name + " " + std::to_string(tier.distance) : name;
  }

  void explain(const PlacedTier &tier, const PlacedTier *safe) {
    StringRef stage = "host access";
    if (auto op = dyn_cast<StageOp>(tier.place); op && op.getKernel())
      stage = op.getKernel()->getLeafReference();
    const Dependence &dependence = tier.dependence;
    StringRef reason = dependence.why;
    if (dependence.tier.scope == SyncScope::None)
      reason = "no other thread needs what ran before";
    auto remark = passedRemark(tier.place, DEBUG_TYPE, "Sync");
    remark << remark::metric("Before", stage) << remark::metric("Tier", nameOf(dependence.tier))
           << remarkReason(reason);
    bool ifOverlap = findOverlapAround(tier.place, kernel) == Overlap::Some;
    if (ifOverlap)
      remark << remark::metric("Condition", "overlap");
    std::string text = (Twine(ifOverlap ? "if arguments overlap, " : "") + "before " + stage +
                        ": " + nameOf(dependence.tier) + " (" + reason)
                           .str();
    if (safe) {
      remark << remark::metric("TierIfBuffersOverlap", nameOf(safe->dependence.tier));
      text += "; if arguments overlap: " + nameOf(safe->dependence.tier);
    }
    syncs.push_back(builder.getStringAttr(text + ")"));
  }

  /// True for a stage with the blocks of all iterations.
  static bool isBatched(const PlacedTier &tier) {
    auto stage = dyn_cast<StageOp>(tier.place);
    return stage && stage.getRoundsAttr();
  }

  /// Barriers in front of such stages.
  int32_t countBarriersOnce() {
    return llvm::count_if(tiers, [](const PlacedTier &tier) {
      return isBatched(tier) && !tier.isFirst && tier.dependence.tier.scope == SyncScope::Grid;
    });
  }

  /// Synchronizations of a kind in one iteration of the group's loop, if no arguments
  /// overlap.
  int32_t countSyncs(SyncScope scope) {
    int64_t count = 0;
    SyncsPerLaunch perLaunch;
    for (const PlacedTier &tier : tiers) {
      if (isBatched(tier) || findOverlapAround(tier.place, kernel) == Overlap::Some)
        continue;
      if (auto stage = dyn_cast<StageOp>(tier.place); stage && stage.getKernel())
        perLaunch.addLaunch(tier.place->getBlock());
      if (tier.isFirst || tier.dependence.tier.scope != scope)
        continue;
      perLaunch.addSync(tier.place->getBlock());
      int64_t times = 1;
      for (Operation *op = tier.place->getParentOp(); op != kernel; op = op->getParentOp())
        if (isGroupLoop(op) && op->getParentOp() != kernel)
          times = std::min<int64_t>(times * getConstantTripCount(op).value_or(1), INT32_MAX);
      count = std::min<int64_t>(count + times, INT32_MAX);
    }
    return countsLaunches(group) ? perLaunch.get() : count;
  }

  LaunchPersistentOp launch;
  gpu::GPUFuncOp kernel;
  LaunchGroupOp group;
  OpBuilder builder;
  SmallVector<SmallVector<uint32_t>> slots;
  SmallVector<PlacedTier> tiers;
  SmallVector<Attribute> syncs; ///< What was placed, in words.
};

struct ChooseSyncTiersPass : public vyre::impl::ChooseSyncTiersPassBase<ChooseSyncTiersPass> {
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
        TierChooser(launch, kernel, group).run();
  }
};

} // namespace
