// How little the blocks of a persistent kernel have to synchronize.
//
// A forward data flow over the kernel's structured control flow. Its state says of
// each place that may have run which tier has been met since, on the path where that
// is least. A synchronization stands in front of each place, as late as possible, so
// that one can serve the dependences of several earlier places; its tier is raised
// to what the state does not cover. Tiers only grow, so the flow is repeated until
// none does.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Analysis/SyncTiers.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/MapVector.h"

#include <map>

using namespace mlir;
using namespace vyre;

namespace {

/// By number of a place that may have run: the tier met since.
using Met = std::map<unsigned, SyncTier>;

struct FlowState {
  Met same;    ///< In this iteration of every loop around the place and here.
  Met carried; ///< In an earlier iteration of one of them.

  bool operator==(const FlowState &other) const {
    return same == other.same && carried == other.carried;
  }
};

/// Keeps of each place the lesser tier: either path may have been taken.
void mergeInto(Met &target, const Met &source) {
  for (auto [place, tier] : source) {
    auto [it, inserted] = target.try_emplace(place, tier);
    if (!inserted)
      it->second = std::min(it->second, tier);
  }
}
void mergeInto(FlowState &target, const FlowState &source) {
  mergeInto(target.same, source.same);
  mergeInto(target.carried, source.carried);
}

class TierFlow {
public:
  TierFlow(gpu::GPUFuncOp kernel, const StageAliasing &aliasing, bool oneBlock)
      : kernel(kernel), aliasing(aliasing), oneBlock(oneBlock) {}

  /// False if the kernel holds control flow that is not understood.
  bool run() {
    if (!kernel.getBody().hasOneBlock() || !collectPlaces())
      return false;
    do {
      raised = false;
      FlowState state;
      visitBlock(kernel.getBody().front(), state);
    } while (raised);
    return true;
  }

  SmallVector<PlacedTier> take() { return std::move(tiers); }

private:
  bool collectPlaces() {
    WalkResult result = kernel.getBody().walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (touchesMemoryInKernel(op)) {
        numbers[op] = places.size();
        places.push_back(computeStageAccesses(op));
        tiers.emplace_back().place = op;
        if (auto stage = dyn_cast<StageOp>(op))
          reference = largest(reference, stage);
        return WalkResult::skip();
      }
      if (op->getNumRegions() > 0 && !isa<scf::ForOp, scf::WhileOp, scf::IfOp>(op))
        return WalkResult::interrupt();
      return WalkResult::advance();
    });
    return !result.wasInterrupted();
  }

  /// The stage with more blocks; one of unknown size counts as large.
  static StageOp largest(StageOp a, StageOp b) {
    auto blocksOf = [](StageOp stage) {
      int64_t blocks = 1;
      for (unsigned dim = 0; dim < 3; ++dim) {
        std::optional<int64_t> size = computeStageExtents(stage).sizes[dim];
        if (!size || llvm::MulOverflow(blocks, *size, blocks))
          return INT64_MAX;
      }
      return blocks;
    };
    return a && blocksOf(a) >= blocksOf(b) ? a : b;
  }

  void visitBlock(Block &block, FlowState &state) {
    for (Operation &op : block) {
      if (auto it = numbers.find(&op); it != numbers.end())
        visitPlace(it->second, state);
      else if (auto branch = dyn_cast<scf::IfOp>(op))
        visitIf(branch, state);
      else if (auto loop = dyn_cast<scf::ForOp>(op))
        visitLoop(loop, nullptr, loop.getBody(), state);
      else if (auto loop = dyn_cast<scf::WhileOp>(op))
        visitLoop(loop, loop.getBeforeBody(), loop.getAfterBody(), state);
    }
  }

  void visitIf(scf::IfOp branch, FlowState &state) {
    FlowState other = state;
    visitBlock(branch.getThenRegion().front(), state);
    if (!branch.getElseRegion().empty())
      visitBlock(branch.getElseRegion().front(), other);
    mergeInto(state, other);
  }

  /// `head` runs before every test of the condition, `body` while it holds.
  void visitLoop(Operation *loop, Block *head, Block *body, FlowState &state) {
    FlowState entry = state, exit;
    while (true) {
      FlowState next = entry;
      if (head)
        visitBlock(*head, next);
      exit = next;
      visitBlock(*body, next);
      ageInside(loop, next);
      FlowState merged = entry;
      mergeInto(merged, next);
      if (merged == entry)
        break;
      entry = merged;
    }
    // Seen from outside, earlier iterations of this loop are no others.
    state = exit;
    for (auto [place, tier] : exit.carried)
      if (loop->isAncestor(places[place].op))
        mergeInto(state.same, Met{{place, tier}});
  }

  /// An iteration ends: what ran in it is from an earlier one.
  void ageInside(Operation *loop, FlowState &state) {
    for (auto it = state.same.begin(); it != state.same.end();) {
      if (loop->isAncestor(places[it->first].op)) {
        mergeInto(state.carried, Met{*it});
        it = state.same.erase(it);
      } else {
        ++it;
      }
    }
  }

  void visitPlace(unsigned place, FlowState &state) {
    tiers[place].isFirst &= state.same.empty() && state.carried.empty();
    for (auto [from, met] : state.same)
      require(place, met, lookUp(same, from, place, findDependence));
    for (auto [from, met] : state.carried)
      require(place, met, lookUp(carried, from, place, findCarriedDependence));
    SyncTier now = tiers[place].dependence.tier;
    for (Met *known : {&state.same, &state.carried})
      for (auto &entry : *known)
        entry.second = std::max(entry.second, now);
    state.same[place] = SyncTier();
  }

  void require(unsigned place, SyncTier met, const Dependence &dependence) {
    Dependence &now = tiers[place].dependence;
    if (!(met < dependence.tier) || !(now.tier < dependence.tier))
      return;
    now = dependence;
    raised = true;
  }

  using Cache = DenseMap<std::pair<unsigned, unsigned>, Dependence>;
  template <typename FindT>
  const Dependence &lookUp(Cache &cache, unsigned from, unsigned to, FindT find) {
    auto [it, inserted] = cache.try_emplace({from, to});
    if (inserted) {
      it->second = find(places[from], places[to], aliasing);
      SyncTier &tier = it->second.tier;
      if (oneBlock)
        tier = std::min(tier, SyncTier::block()); // Its threads are all there are.
      // Distances in grids of different sizes cannot be compared.
      if (tier.scope == SyncScope::Neighbours && !haveSameShape(tier.shape, reference))
        tier = SyncTier::grid();
    }
    return it->second;
  }

  gpu::GPUFuncOp kernel;
  const StageAliasing &aliasing;
  bool oneBlock;
  StageOp reference; ///< The one whose neighbours can be told apart.
  SmallVector<StageAccesses> places;
  SmallVector<PlacedTier> tiers;
  DenseMap<Operation *, unsigned> numbers;
  Cache same, carried;
  bool raised = false;
};
} // namespace

std::optional<SmallVector<PlacedTier>>
vyre::computeSyncTiers(gpu::GPUFuncOp kernel, const StageAliasing &aliasing, bool oneBlock) {
  TierFlow flow(kernel, aliasing, oneBlock);
  if (!flow.run())
    return std::nullopt;
  return flow.take();
}
