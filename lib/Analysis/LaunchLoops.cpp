// Facts about loops that launch kernels, and which of them become groups.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Analysis/LaunchLoops.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Index/IR/IndexDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "vyre/Analysis/HostGlue.h"
#include "vyre/Dialect/Vyre/IR/DeviceLimits.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

using namespace mlir;
using namespace vyre;

HostEffect vyre::classifyHostOp(Operation *op) {
  if (isLaunch(op))
    return HostEffect::Launch;
  if (isa<scf::ForOp, scf::WhileOp, scf::IfOp, scf::YieldOp, scf::ConditionOp>(op))
    return HostEffect::Control;
  if (isa<CallOpInterface>(op))
    return HostEffect::Call;
  if (isa<memref::LoadOp, affine::AffineLoadOp>(op))
    return HostEffect::Load;
  if (isa<memref::StoreOp, affine::AffineStoreOp>(op))
    return HostEffect::Store;
  if (isa<memref::CopyOp, gpu::MemcpyOp, gpu::MemsetOp>(op))
    return HostEffect::Copy;
  if (isa<memref::AllocOp, memref::AllocaOp, memref::DeallocOp, memref::ReallocOp, gpu::AllocOp,
          gpu::DeallocOp>(op))
    return HostEffect::Allocation;
  if (isa<gpu::WaitOp, HostSyncOp>(op))
    return HostEffect::Wait;
  // Other math functions stay out: their device versions may round differently.
  if (isExactMath(op))
    return HostEffect::Pure;
  bool portable = isa_and_present<arith::ArithDialect, index::IndexDialect, affine::AffineDialect,
                                  memref::MemRefDialect>(op->getDialect());
  return portable && op->getNumRegions() == 0 && isMemoryEffectFree(op) ? HostEffect::Pure
                                                                        : HostEffect::Unknown;
}

std::array<int64_t, 3> vyre::getGridLimits(Operation *launch) {
  if (launch->hasAttr(attr_name::kLoopGrid))
    return {INT64_MAX, INT64_MAX, INT64_MAX};
  return {kMaxGridX, kMaxGridYZ, kMaxGridYZ};
}

bool vyre::isGroupLoop(Operation *op) { return isa<scf::ForOp, scf::WhileOp>(op); }

std::optional<uint64_t> vyre::getConstantTripCount(Operation *loop) {
  auto forOp = dyn_cast<scf::ForOp>(loop);
  if (!forOp)
    return std::nullopt;
  std::optional<APInt> count = forOp.getStaticTripCount();
  if (!count || count->getActiveBits() > 63)
    return std::nullopt;
  return count->getZExtValue();
}

namespace {
/// Launches, or other ops, that one pass over a region makes: at most what an i32
/// holds.
struct LaunchCount {
  uint64_t launches = 0;
  bool isKnown = true; ///< No loop inside runs a number of times that is no constant.

  void add(const LaunchCount &other) { set(launches + other.launches, isKnown && other.isKnown); }
  void set(uint64_t count, bool known) {
    launches = std::min<uint64_t>(count, INT32_MAX);
    isKnown = known;
  }
};
} // namespace

using IsCounted = function_ref<bool(Operation *)>;

static LaunchCount countInside(Operation *op, IsCounted isCounted);

/// What `op` counts for: of a loop that is known if its trip count is constant; of
/// two branches the longer counts.
static LaunchCount countOp(Operation *op, IsCounted isCounted);

static LaunchCount countRegion(Region &region, IsCounted isCounted) {
  LaunchCount total;
  for (Operation &op : region.getOps())
    total.add(countOp(&op, isCounted));
  return total;
}

/// The count of all regions of `op`, each run once.
static LaunchCount countInside(Operation *op, IsCounted isCounted) {
  LaunchCount total;
  for (Region &region : op->getRegions())
    total.add(countRegion(region, isCounted));
  return total;
}

static LaunchCount countOp(Operation *op, IsCounted isCounted) {
  if (isCounted(op))
    return {1, true};
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    LaunchCount yes = countRegion(branch.getThenRegion(), isCounted);
    LaunchCount no = countRegion(branch.getElseRegion(), isCounted);
    return {std::max(yes.launches, no.launches), yes.isKnown && no.isKnown};
  }
  LaunchCount once = countInside(op, isCounted);
  if (once.launches == 0 || !isa<LoopLikeOpInterface>(op))
    return once;
  std::optional<uint64_t> trips = getConstantTripCount(op);
  if (!trips)
    return {once.launches, false};
  LaunchCount all;
  all.set(once.launches * std::min<uint64_t>(*trips, INT32_MAX), once.isKnown);
  return all;
}

uint32_t vyre::countPerIteration(Operation *loop, function_ref<bool(Operation *)> isCounted) {
  return countInside(loop, isCounted).launches;
}

/// True if no loop in `loop`, and no branch around a launch, depends on memory.
static bool isCountIndependentOfMemory(Operation *loop) {
  LoadedValues loaded(loop);
  if (!loaded.isControlKnown())
    return false;
  return !loop->walk<WalkOrder::PreOrder>([&](Operation *op) {
                if (!isLaunch(op))
                  return WalkResult::advance();
                return loaded.isUnderLoadedBranch(op) ? WalkResult::interrupt()
                                                      : WalkResult::skip();
              })
              .wasInterrupted();
}

bool vyre::isCountedByHost(Operation *loop, KernelAnalysis &kernels) {
  return !findPersistentBlocker(loop, kernels) && isCountIndependentOfMemory(loop);
}

bool vyre::countsLaunches(LaunchGroupOp group) {
  Operation *loop = &group.getPlain().front().front();
  return group.getTripCount() && isGroupLoop(loop) &&
         !(isa<scf::ForOp>(loop) && countInside(loop, isLaunch).isKnown);
}

uint32_t SyncsPerLaunch::get() const {
  uint64_t most = 0, alone = 0;
  for (auto [block, count] : blocks)
    if (count.launches == 0)
      alone += count.syncs;
    else
      most = std::max(most, llvm::divideCeil(count.syncs, count.launches));
  return std::min<uint64_t>(most + alone, INT32_MAX);
}

LaunchLoopFacts vyre::computeLaunchLoopFacts(Operation *loop) {
  LaunchLoopFacts facts;
  facts.loop = loop;
  DenseSet<Value> resources;
  loop->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!isLaunch(op))
      return WalkResult::advance();
    facts.launches.push_back(op);
    for (Value operand : getKernelOperands(op))
      if (isa<BaseMemRefType>(operand.getType()))
        resources.insert(operand);
    return WalkResult::skip();
  });
  LaunchCount count = countInside(loop, isLaunch);
  facts.launchesPerIteration = count.launches;
  facts.isCounted = count.isKnown;
  if (count.isKnown)
    facts.tripCount = isGroupLoop(loop) ? getConstantTripCount(loop) : std::optional<uint64_t>(1);
  facts.resourceCount = resources.size();
  return facts;
}

namespace {
/// Chooses group loops top-down. `parents` holds every loop with a launch in it.
class GroupSelector {
public:
  explicit GroupSelector(KernelAnalysis &kernels) : kernels(kernels) {}

  SmallVector<Operation *> select(Operation *root) {
    root->walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (isLaunch(op)) {
        markParents(op, root);
        return WalkResult::skip();
      }
      return isa<gpu::GPUModuleOp, LaunchGroupOp>(op) ? WalkResult::skip() : WalkResult::advance();
    });
    Choice choice = chooseBelow(root);
    return std::move(choice.loops);
  }

private:
  struct Choice {
    SmallVector<Operation *> loops;
    bool persistent = false; ///< One of them can be a persistent kernel.
    bool counted = false;    ///< Of one of them the launches are known when it starts.
  };

  void markParents(Operation *launch, Operation *root) {
    for (Operation *op = launch->getParentOp(); op && op != root; op = op->getParentOp())
      if (isGroupLoop(op) && !launchLoops.insert(op).second)
        return;
  }

  Choice chooseBelow(Operation *op) {
    Choice result;
    op->walk<WalkOrder::PreOrder>([&](Operation *nested) {
      if (nested == op)
        return WalkResult::advance();
      if (isa<gpu::GPUModuleOp, LaunchGroupOp>(nested))
        return WalkResult::skip();
      if (!launchLoops.contains(nested))
        return WalkResult::advance();
      Choice inner = choose(nested);
      llvm::append_range(result.loops, inner.loops);
      result.persistent |= inner.persistent;
      result.counted |= inner.counted;
      return WalkResult::skip();
    });
    return result;
  }

  Choice choose(Operation *loop) {
    bool isKnown = countInside(loop, isLaunch).isKnown;
    bool persistent = !findPersistentBlocker(loop, kernels);
    bool counted = isKnown && isa<scf::ForOp>(loop);
    bool byHost = persistent && !counted && isCountIndependentOfMemory(loop);
    if (byHost || (isKnown && persistent))
      return {{loop}, true, byHost || counted};
    Choice inner = chooseBelow(loop);
    // Not even by the host.
    if ((!isKnown && inner.counted) || (!persistent && inner.persistent))
      return inner;
    return {{loop}, persistent, counted};
  }

  KernelAnalysis &kernels;
  DenseSet<Operation *> launchLoops;
};
} // namespace

SmallVector<Operation *> vyre::selectGroupLoops(Operation *root, KernelAnalysis &kernels) {
  return GroupSelector(kernels).select(root);
}
