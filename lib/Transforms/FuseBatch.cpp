// Makes one stage of stages of a batch that each block can run in a row.
//
// The tiers between them are the proof: `none` or `block` in front of a stage says that
// no block needs what another one did in any stage since the last wider tier, so the
// order of blocks does not matter among them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "FuseBatch.h"

#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "vyre/Analysis/StageDependences.h"

using namespace mlir;
using namespace vyre;

namespace {

/// A stage of a batch, and what stands between it and the one before.
struct Link {
  StageOp stage;
  SmallVector<Operation *> between;
  bool meets = false; ///< The threads of a block meet before it.
};

bool holdsBarrier(StageOp stage) {
  return stage.getBody()
      .walk([](gpu::BarrierOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

/// True if all threads of a physical block have work in the stage, so that they can meet.
bool fillsBlock(StageOp stage, gpu::GPUFuncOp kernel) {
  std::optional<ArrayRef<int32_t>> physical = kernel.getKnownBlockSize();
  ArrayRef<int32_t> block = *stage.getKnownBlockSize();
  return physical && (*physical)[0] == block[0] * block[1] * block[2];
}

/// True if the stage can be part of a fused one.
bool canBePart(StageOp stage) {
  return stage.getRoundsAttr() && stage.getKnownBlockSize() && stage.getBody().hasOneBlock();
}

/// The stage after `first` if the two can be one; no stage if not.
Link findNext(StageOp first, gpu::GPUFuncOp kernel) {
  Link link;
  for (Operation *op = first->getNextNode(); op; op = op->getNextNode()) {
    auto sync = dyn_cast<SyncOp>(op);
    if (sync && sync.getScope() != SyncScope::None && sync.getScope() != SyncScope::Block)
      return {};
    link.meets |= sync && sync.getScope() == SyncScope::Block;
    if (auto stage = dyn_cast<StageOp>(op)) {
      bool waits = link.meets || holdsBarrier(first) || holdsBarrier(stage);
      if (canBePart(stage) && haveSameShape(first, stage) &&
          first.getKnownBlockSizeAttr() == stage.getKnownBlockSizeAttr() &&
          (!waits || fillsBlock(stage, kernel)))
        link.stage = stage;
      return link;
    }
    if (!sync && (op->getNumRegions() > 0 || !isMemoryEffectFree(op)))
      return {};
    link.between.push_back(op);
  }
  return {};
}

/// Puts the body of `link` behind that of `first`.
void append(StageOp first, const Link &link, IRRewriter &rewriter) {
  for (Operation *op : link.between) {
    if (isa<SyncOp>(op))
      rewriter.eraseOp(op);
    else
      rewriter.moveOpBefore(op, first);
  }
  Block &into = first.getBody().front();
  Operation *end = into.getTerminator();
  rewriter.setInsertionPoint(end);
  StageOp stage = link.stage;
  if (link.meets)
    gpu::BarrierOp::create(rewriter, stage.getLoc());
  Block &body = stage.getBody().front();
  rewriter.eraseOp(body.getTerminator());
  rewriter.inlineBlockBefore(&body, end, into.getArguments());
  rewriter.eraseOp(stage);
}

std::string nameOf(StageOp stage) {
  return stage.getKernel() ? stage.getKernel()->getLeafReference().str() : "host access";
}

} // namespace

SmallVector<FusedBatch> vyre::fuseBatches(gpu::GPUFuncOp kernel) {
  SmallVector<FusedBatch> fused;
  SmallVector<StageOp> stages;
  kernel.walk([&](StageOp stage) { stages.push_back(stage); });
  IRRewriter rewriter(kernel.getContext());
  llvm::SmallPtrSet<Operation *, 8> gone;
  for (StageOp stage : stages) {
    if (gone.contains(stage) || !canBePart(stage))
      continue;
    FusedBatch batch{stage, {nameOf(stage)}};
    for (Link next = findNext(stage, kernel); next.stage; next = findNext(stage, kernel)) {
      batch.launches.push_back(nameOf(next.stage));
      gone.insert(next.stage);
      append(stage, next, rewriter);
    }
    if (batch.launches.size() > 1)
      fused.push_back(std::move(batch));
  }
  return fused;
}
