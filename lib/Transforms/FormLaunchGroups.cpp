// Wraps loops of kernel launches into vyre.launch_group ops that so far know the
// plain form only. Which loops: Analysis chooses (LaunchLoops.h).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Transforms/Passes.h"

#include "LoopSkeleton.h"
#include "TripCount.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "vyre/Analysis/LaunchLoops.h"
#include "vyre/Dialect/Vyre/IR/Remarks.h"

#define DEBUG_TYPE "vyre-form-launch-groups"

namespace vyre {
#define GEN_PASS_DEF_FORMLAUNCHGROUPSPASS
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

using namespace mlir;
using namespace vyre;

namespace {

/// Emits how often the loop runs. Where its iterations make different numbers of
/// launches, or nobody counts iterations, each launch becomes an iteration of its
/// own; without a count of launches there is none at all.
Value createCount(OpBuilder &builder, LaunchLoopFacts &facts, KernelAnalysis &kernels) {
  if (auto forOp = dyn_cast<scf::ForOp>(facts.loop); forOp && facts.isCounted)
    return createTripCount(builder, forOp);
  if (!isCountedByHost(facts.loop, kernels))
    return Value();
  facts.launchesPerIteration = 1;
  return createLaunchCount(builder, facts.loop);
}

/// Puts a loop into the plain region of a new group.
LaunchGroupOp wrap(LaunchLoopFacts &facts, KernelAnalysis &kernels) {
  Operation *loop = facts.loop;
  OpBuilder builder(loop);
  Value trips = createCount(builder, facts, kernels);
  // Until the persistent form exists, one barrier per launch is its price.
  auto group = LaunchGroupOp::create(builder, loop->getLoc(), loop->getResultTypes(), trips,
                                     facts.launchesPerIteration, facts.launchesPerIteration,
                                     facts.resourceCount, VerdictAttr(), StringAttr(), StringAttr(),
                                     ArrayAttr());
  loop->replaceAllUsesWith(group.getResults());
  Block &body = group.getPlain().emplaceBlock();
  loop->moveBefore(&body, body.end());
  builder.setInsertionPointToEnd(&body);
  YieldOp::create(builder, loop->getLoc(), loop->getResults());
  return group;
}

/// True if the loop has launches that are not outlined yet.
bool hasInlineKernels(const LaunchLoopFacts &facts) {
  return llvm::any_of(facts.launches, llvm::IsaPred<gpu::LaunchOp>);
}

struct FormLaunchGroupsPass : public vyre::impl::FormLaunchGroupsPassBase<FormLaunchGroupsPass> {
  using Base::Base;
  void runOnOperation() override {
    KernelAnalysis kernels(reorderFloatAtomics);
    for (Operation &op : getOperation().getOps())
      if (isa<FunctionOpInterface>(op))
        formGroups(&op, kernels);
  }

private:
  void formGroups(Operation *func, KernelAnalysis &kernels) {
    SmallVector<Operation *> loops = selectGroupLoops(func, kernels);
    explainOuterLoops(func, loops, kernels);
    for (Operation *loop : loops) {
      LaunchLoopFacts facts = computeLaunchLoopFacts(loop);
      if (hasInlineKernels(facts)) {
        missedRemark(loop, DEBUG_TYPE, "Group")
            << remarkReason("not-outlined: run vyre-outline-kernels first");
        continue;
      }
      LaunchGroupOp group = wrap(facts, kernels);
      passedRemark(group, DEBUG_TYPE, "Group")
          << remark::metric("LaunchesPerIteration", facts.launchesPerIteration)
          << remark::metric("Resources", facts.resourceCount)
          << remark::metric("TripCount", facts.tripCount ? std::to_string(*facts.tripCount)
                                                         : std::string("deferred"));
    }
    explainRest(func);
  }

  /// One remark for each loop that stays outside because one inside it can be
  /// persistent, or has a count of its launches, and it cannot or has not.
  void explainOuterLoops(Operation *func, ArrayRef<Operation *> loops, KernelAnalysis &kernels) {
    DenseSet<Operation *> explained;
    for (Operation *loop : loops)
      for (Operation *outer = loop->getParentOp(); outer != func; outer = outer->getParentOp()) {
        if (!isGroupLoop(outer) || !explained.insert(outer).second)
          continue;
        missedRemark(outer, DEBUG_TYPE, "Group") << remarkReason(
            "inner-loop: a loop inside is the group, because of " + whyInner(outer, kernels));
      }
  }

  static std::string whyInner(Operation *outer, KernelAnalysis &kernels) {
    if (!computeLaunchLoopFacts(outer).isCounted)
      return "launch-count: how often the loops inside run is known only while they run";
    std::optional<Refusal> refusal = findPersistentBlocker(outer, kernels);
    return refusal ? refusal->str() : "its form";
  }

  /// Why a launch is in no group, whose loops were explained already.
  static StringRef whyOutside(Operation *launch) {
    for (Operation *op = launch->getParentOp(); op; op = op->getParentOp())
      if (isGroupLoop(op))
        return "beside-group: a loop beside these launches is the group; they stay plain";
    return "no-loop: no scf.for or scf.while repeats these launches; they stay plain";
  }

  /// One remark for each block with launches that no group holds.
  void explainRest(Operation *func) {
    DenseSet<Block *> explained;
    func->walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (isa<LaunchGroupOp>(op) || isa<gpu::LaunchOp>(op))
        return WalkResult::skip();
      if (isa<gpu::LaunchFuncOp>(op) && explained.insert(op->getBlock()).second)
        missedRemark(op, DEBUG_TYPE, "Group") << remarkReason(whyOutside(op));
      return WalkResult::advance();
    });
  }
};

} // namespace
