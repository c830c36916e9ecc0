// The optimizing pipeline: what to do about each group of launches.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "vyre/Conversion/Passes.h"
#include "vyre/Pipelines/Pipelines.h"
#include "vyre/Transforms/Passes.h"

using namespace mlir;
using namespace vyre;

void vyre::buildOptimizePipeline(OpPassManager &pm, const PipelineOptions &options) {
  pm.addPass(createSplitIndexCastsPass()); // before anything folds them
  pm.addPass(createWidenLoopCountersPass());
  pm.addPass(createOutlineKernelsPass());
  pm.addPass(createSymbolDCEPass()); // helpers that only kernels called
  // What devices would compute differently is expanded while there is one body.
  pm.addNestedPass<gpu::GPUModuleOp>(createExpandCollectivesPass({options.wantsHost()}));
  ExpandMathPassOptions math;
  math.fastMath = options.fastMath;
  pm.addPass(createExpandMathPass(math));
  // Kernels are functions now, so nothing can leak between host and device.
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());

  // Facts and verdicts, on launches and then on groups of them.
  AnnotateLaunchPolicyPassOptions annotate;
  annotate.profile = options.profile;
  annotate.mode = options.mode;
  pm.addPass(createAnnotateLaunchPolicyPass(annotate));
  pm.addPass(createFormLaunchGroupsPass({options.reorderFloatAtomics}));
  if (options.mode != "plain" && options.mode != "graph") {
    pm.addPass(createFormPersistentKernelsPass({options.reorderFloatAtomics}));
    pm.addPass(createFormLiveQueuesPass({options.reorderFloatAtomics}));
    pm.addPass(createBatchIterationsPass());
    pm.addPass(createChooseSyncTiersPass());
    pm.addPass(createKeepOnChipPass());
  }
  if (options.mode != "plain" && options.mode != "persistent")
    pm.addPass(createFormGraphRegionsPass());
  DecideLaunchGroupsPassOptions decide;
  decide.profile = options.profile;
  decide.mode = options.mode;
  pm.addPass(createDecideLaunchGroupsPass(decide));
}
