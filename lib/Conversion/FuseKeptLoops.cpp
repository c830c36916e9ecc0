// Makes one stage of each loop of stages that is kept on chip, for GPUs: a block's
// threads then run all iterations, and what only one of them touches is in registers.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "KeptLoops.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "vyre/Conversion/Passes.h"

using namespace mlir;

namespace vyre {
#define GEN_PASS_DEF_FUSEKEPTLOOPSPASS
#include "vyre/Conversion/Passes.h.inc"

namespace {

void fuseLoop(scf::ForOp loop, ArrayRef<StageOp> stages, IRRewriter &rewriter) {
  StageOp first = stages.front();
  Location loc = loop.getLoc();
  rewriter.setInsertionPoint(loop);
  auto whole =
      StageOp::create(rewriter, loc, first.getGridX(), first.getGridY(), first.getGridZ(),
                      first.getBlockX(), first.getBlockY(), first.getBlockZ(),
                      first.getKernelAttr(), first.getKnownBlockSizeAttr(), first.getRoundsAttr());
  SmallVector<Type> types(StageOp::kNumArgs, rewriter.getIndexType());
  SmallVector<Location> places(StageOp::kNumArgs, loc);
  Block *body = rewriter.createBlock(&whole.getBody(), {}, types, places);
  auto end = YieldOp::create(rewriter, loc);
  rewriter.moveOpBefore(loop, end);
  for (StageOp stage : stages) {
    Block &inner = stage.getBody().front();
    rewriter.eraseOp(inner.getTerminator());
    rewriter.inlineBlockBefore(&inner, stage, body->getArguments());
    rewriter.eraseOp(stage);
  }
  SmallVector<SyncOp> syncs;
  loop.walk([&](SyncOp sync) { syncs.push_back(sync); });
  for (SyncOp sync : syncs) {
    rewriter.setInsertionPoint(sync);
    if (sync.getScope() == SyncScope::Block)
      gpu::BarrierOp::create(rewriter, sync.getLoc());
    rewriter.eraseOp(sync);
  }
}

struct FuseKeptLoopsPass : public impl::FuseKeptLoopsPassBase<FuseKeptLoopsPass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    for (auto kernel : getOperation().getOps<gpu::GPUFuncOp>()) {
      if (!kernel->hasAttr(attr_name::kPersistent))
        continue;
      for (auto &[loop, stages] : findKeptLoops(kernel)) {
        fuseLoop(loop, stages, rewriter);
        keepElements(loop, kernel, rewriter);
      }
    }
  }
};

} // namespace
} // namespace vyre
