// Loops of stages whose iterations each block runs in a row.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "KeptLoops.h"

#include "Meetings.h"

using namespace mlir;
using namespace vyre;

static bool isOutside(Value value, Operation *loop) {
  return !loop->isAncestor(value.getParentBlock()->getParentOp());
}

/// True if the stage can stand in a loop over blocks that is outside of `loop`.
static bool canShareBlocks(StageOp stage, scf::ForOp loop) {
  return stage.getBody().hasOneBlock() && stage.getKnownBlockSize() &&
         llvm::all_of(stage.getOperands(), [&](Value size) { return isOutside(size, loop); });
}

/// The stages of a loop that is kept; empty if it is not.
static SmallVector<StageOp> getKeptStages(scf::ForOp loop) {
  if (!loop->hasAttr(attr_name::kOnChip) || !loop->use_empty() || holdsMeeting(loop))
    return {};
  SmallVector<StageOp> stages;
  WalkResult result = loop.getBody()->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (auto stage = dyn_cast<StageOp>(op)) {
      stages.push_back(stage);
      return canShareBlocks(stage, loop) ? WalkResult::skip() : WalkResult::interrupt();
    }
    bool isControl =
        isa<scf::ForOp, scf::IfOp, SyncOp>(op) || op->hasTrait<OpTrait::IsTerminator>();
    bool isPlain = op->getNumRegions() == 0 && isMemoryEffectFree(op);
    return isControl || isPlain ? WalkResult::advance() : WalkResult::interrupt();
  });
  if (result.wasInterrupted())
    return {};
  return stages;
}

SmallVector<KeptLoop> vyre::findKeptLoops(Operation *kernel) {
  SmallVector<KeptLoop> loops;
  kernel->walk<WalkOrder::PreOrder>([&](scf::ForOp loop) {
    SmallVector<StageOp> stages = getKeptStages(loop);
    if (stages.empty())
      return WalkResult::advance();
    loops.push_back({loop, std::move(stages)});
    return WalkResult::skip();
  });
  return loops;
}
