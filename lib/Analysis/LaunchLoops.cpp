// Facts about loops that launch kernels, and which of them become groups.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Analysis/LaunchLoops.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Index/IR/IndexDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
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
  // Math functions stay out: their device versions may round differently.
  bool portable = isa_and_present<arith::ArithDialect, index::IndexDialect, affine::AffineDialect,
                                  memref::MemRefDialect>(op->getDialect());
  return portable && op->getNumRegions() == 0 && isMemoryEffectFree(op) ? HostEffect::Pure
                                                                        : HostEffect::Unknown;
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

/// Launches that one pass over `region` makes, capped at what an i32 holds.
static uint64_t countLaunches(Region &region) {
  uint64_t total = 0;
  for (Operation &op : region.getOps()) {
    if (isLaunch(&op)) {
      ++total;
    } else if (auto branch = dyn_cast<scf::IfOp>(op)) {
      total +=
          std::max(countLaunches(branch.getThenRegion()), countLaunches(branch.getElseRegion()));
    } else {
      uint64_t inner = 0;
      for (Region &nested : op.getRegions())
        inner += countLaunches(nested);
      uint64_t trips = inner ? getConstantTripCount(&op).value_or(1) : 0;
      total += inner * std::min<uint64_t>(trips, INT32_MAX);
    }
    total = std::min<uint64_t>(total, INT32_MAX);
  }
  return total;
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
  facts.tripCount = isGroupLoop(loop) ? getConstantTripCount(loop) : std::optional<uint64_t>(1);
  uint64_t launches = 0;
  for (Region &region : loop->getRegions())
    launches += countLaunches(region);
  facts.launchesPerIteration = std::min<uint64_t>(launches, INT32_MAX);
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
      return WalkResult::skip();
    });
    return result;
  }

  Choice choose(Operation *loop) {
    if (!findPersistentBlocker(loop, kernels))
      return {{loop}, true};
    Choice inner = chooseBelow(loop);
    return inner.persistent ? inner : Choice{{loop}, false};
  }

  KernelAnalysis &kernels;
  DenseSet<Operation *> launchLoops;
};
} // namespace

SmallVector<Operation *> vyre::selectGroupLoops(Operation *root, KernelAnalysis &kernels) {
  return GroupSelector(kernels).select(root);
}
