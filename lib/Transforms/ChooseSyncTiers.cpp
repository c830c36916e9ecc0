// Replaces the grid barriers of persistent kernels by the least synchronization that
// the dependences between their stages need.
//
// Which tier is needed is Analysis's answer (SyncTiers.h). It is asked twice: once
// with what is known about overlap of the kernel's buffers, once as if different
// arguments never overlapped. Where the answers differ, the host compares the
// arguments' address ranges before the launch, and the kernel chooses by the result.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "vyre/Analysis/BufferRoots.h"
#include "vyre/Analysis/LaunchLoops.h"
#include "vyre/Analysis/SyncTiers.h"
#include "vyre/Dialect/Vyre/IR/ByteLayout.h"
#include "vyre/Dialect/Vyre/IR/Remarks.h"

#define DEBUG_TYPE "vyre-choose-sync-tiers"

namespace vyre {
#define GEN_PASS_DEF_CHOOSESYNCTIERSPASS
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

using namespace mlir;
using namespace vyre;

namespace {

/// Arguments that the kernel writes, or may.
llvm::SmallBitVector computeWritten(ArrayRef<PlacedTier> tiers, gpu::GPUFuncOp kernel) {
  llvm::SmallBitVector written(kernel.getNumArguments());
  for (const PlacedTier &tier : tiers) {
    StageAccesses place = computeStageAccesses(tier.place);
    if (place.unknown)
      return written.set();
    for (const StageAccess &access : place.accesses) {
      if (!access.writes)
        continue;
      for (Value root : findBufferRoots(access.base).values) {
        auto argument = dyn_cast<BlockArgument>(root);
        if (!argument || argument.getOwner() != &kernel.getBody().front())
          return written.set();
        if (argument.getArgNumber() < kernel.getNumArguments()) // Else a workgroup buffer.
          written.set(argument.getArgNumber());
      }
    }
  }
  return written;
}

/// Emits whether address ranges of memrefs overlap.
class OverlapCheck {
public:
  explicit OverlapCheck(Operation *before) : builder(before), loc(before->getLoc()) {}

  /// An i1, true if any of the pairs overlaps.
  Value create(ArrayRef<std::pair<Value, Value>> pairs) {
    Value any;
    for (auto [a, b] : pairs) {
      Range first = rangeOf(a), second = rangeOf(b);
      Value one = compare(arith::CmpIPredicate::ult, first.low, second.high);
      Value two = compare(arith::CmpIPredicate::ult, second.low, first.high);
      Value both = arith::AndIOp::create(builder, loc, one, two);
      any = any ? Value(arith::OrIOp::create(builder, loc, any, both)) : both;
    }
    return any;
  }

private:
  /// Addresses in bytes, `high` past the end. Without an element both are the same.
  struct Range {
    Value low, high;
  };

  Value constant(int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }
  Value compare(arith::CmpIPredicate predicate, Value a, Value b) {
    return arith::CmpIOp::create(builder, loc, predicate, a, b);
  }
  template <typename OpTy> Value fold(Value a, Value b) {
    return builder.createOrFold<OpTy>(loc, a, b);
  }

  Range rangeOf(Value memref) {
    if (auto it = known.find(memref); it != known.end())
      return it->second;
    auto type = cast<MemRefType>(memref.getType());
    auto metadata = memref::ExtractStridedMetadataOp::create(builder, loc, memref);
    Value zero = constant(0), one = constant(1);
    Value low = getValueOrCreateConstantIndexOp(builder, loc, metadata.getConstifiedMixedOffset());
    Value high = low, isEmpty;
    for (auto [size, stride] :
         llvm::zip(metadata.getConstifiedMixedSizes(), metadata.getConstifiedMixedStrides())) {
      Value count = getValueOrCreateConstantIndexOp(builder, loc, size);
      Value span = fold<arith::MulIOp>(fold<arith::SubIOp>(count, one),
                                       getValueOrCreateConstantIndexOp(builder, loc, stride));
      low = fold<arith::AddIOp>(low, fold<arith::MinSIOp>(span, zero));
      high = fold<arith::AddIOp>(high, fold<arith::MaxSIOp>(span, zero));
      Value none = compare(arith::CmpIPredicate::eq, count, zero);
      isEmpty = isEmpty ? fold<arith::OrIOp>(isEmpty, none) : none;
    }
    Value bytes = constant(int64_t(getByteLayout(type.getElementType()).size));
    Value address = memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, memref);
    auto place = [&](Value element) {
      return fold<arith::AddIOp>(address, fold<arith::MulIOp>(element, bytes));
    };
    Range range = {place(low), place(fold<arith::AddIOp>(high, one))};
    if (isEmpty)
      range.high = arith::SelectOp::create(builder, loc, isEmpty, range.low, range.high);
    return known[memref] = range;
  }

  OpBuilder builder;
  Location loc;
  DenseMap<Value, Range> known;
};

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
    bool needsCheck = llvm::any_of(llvm::zip(tiers, *strict), [](auto pair) {
      return std::get<0>(pair).dependence.tier < std::get<1>(pair).dependence.tier;
    });
    Value overlaps = needsCheck ? createOverlapArgument() : Value();
    if (!overlaps) // Nothing to compare.
      tiers = *strict;
    if (ArrayAttr known = group.getPersistentSyncsAttr())
      llvm::append_range(syncs, known);
    eraseSyncs();
    for (auto [tier, safe] : llvm::zip(tiers, *strict))
      place(tier, safe, overlaps);
    group.setBarriersPerIteration(countSyncs(SyncScope::Grid));
    group.setNeighboursPerIteration(countSyncs(SyncScope::Neighbours));
    group.setPersistentSyncsAttr(builder.getArrayAttr(syncs));
  }

private:
  /// Adds an argument to kernel and launch that tells whether buffers overlap.
  Value createOverlapArgument() {
    llvm::SmallBitVector written = computeWritten(tiers, kernel);
    SmallVector<std::pair<Value, Value>> pairs;
    OperandRange args = launch.getArgs();
    for (unsigned a = 0; a < args.size(); ++a)
      for (unsigned b = a + 1; b < args.size(); ++b) {
        bool mayOverlap = llvm::any_of(
            slots[a], [&](uint32_t slot) { return llvm::is_contained(slots[b], slot); });
        if (!mayOverlap || !(written.test(a) || written.test(b)))
          continue;
        if (!isa<MemRefType>(args[a].getType()) || !isa<MemRefType>(args[b].getType()))
          return Value();
        pairs.push_back({args[a], args[b]});
      }
    if (pairs.empty())
      return Value();
    Value check = OverlapCheck(launch).create(pairs);
    unsigned number = kernel.getNumArguments();
    if (failed(kernel.insertArgument(number, builder.getI1Type(), {}, kernel.getLoc())))
      return Value();
    launch.getArgsMutable().append(check);
    return kernel.getArgument(number);
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
    std::string text = ("before " + stage + ": " + nameOf(dependence.tier) + " (" + reason).str();
    if (safe) {
      remark << remark::metric("TierIfBuffersOverlap", nameOf(safe->dependence.tier));
      text += "; if arguments overlap: " + nameOf(safe->dependence.tier);
    }
    syncs.push_back(builder.getStringAttr(text + ")"));
  }

  /// Synchronizations of a kind in one iteration of the group's loop.
  int32_t countSyncs(SyncScope scope) {
    int64_t count = 0;
    SyncsPerLaunch perLaunch;
    for (const PlacedTier &tier : tiers) {
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
