// The front pipeline: host programs (tensors, linalg, affine, scf) to launches.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Pipelines/Pipelines.h"

#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "vyre/Dialect/Vyre/IR/DeviceLimits.h"
#include "vyre/Transforms/Passes.h"

using namespace mlir;

void vyre::buildFrontPipeline(OpPassManager &pm, const PipelineOptions &options) {
  pm.addPass(createSplitIndexCastsPass()); // before anything folds them
  pm.addPass(createWidenLoopCountersPass());
  // One body to look at: a launch behind a call is harder to group with others.
  // Affine ops cannot be inlined into scf loops, so they are lowered first. The
  // inliner's own clean-up would dissolve parallel loops of one iteration.
  pm.addPass(createLowerAffinePass());
  if (options.inlineCalls)
    pm.addPass(createInlinerPass({}, [](OpPassManager &) {}));

  // Tensors to buffers, buffers to scf.parallel with plain bounds.
  pm.addPass(createBufferizeProgramPass());
  pm.addNestedPass<func::FuncOp>(createConvertLinalgToParallelLoopsPass());
  pm.addPass(createForallToParallelLoopPass());
  pm.addPass(createLowerAffinePass());
  pm.addNestedPass<func::FuncOp>(createSimplifyHostPass());

  // A CPU wants long rows: one vector loop per row of a block, with its checks
  // for overlap. With CUDA in play the GPU's shapes serve both.
  MapParallelLoopsPassOptions map;
  if (!options.wantsCuda()) {
    map.block1d = {kMaxThreadsPerBlock};
    map.block2d = {kMaxThreadsPerBlock / 2, 1};
    map.block3d = {kMaxThreadsPerBlock / 2, 1, 1};
  }
  pm.addNestedPass<func::FuncOp>(createMapParallelLoopsPass(map));
}
