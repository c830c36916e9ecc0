// The lowering pipeline: kernels to host functions and device code, the host
// program to the LLVM dialect.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Affine/Transforms/Passes.h"
#include "mlir/Dialect/Async/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "vyre/Conversion/Passes.h"
#include "vyre/Pipelines/Pipelines.h"
#include "vyre/Target/Passes.h"
#include "vyre/Transforms/Passes.h"

using namespace mlir;
using namespace vyre;

/// Structured code to branches and plain address arithmetic.
static void addStructureLowering(OpPassManager &pm) {
  pm.addPass(createConvertVectorToSCFPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass()); // expanded metadata is affine again
}

/// Kernels to PTX and cubins, one object per chip.
static void addDeviceCode(OpPassManager &pm, const PipelineOptions &options) {
  pm.addPass(createAttachTargetsPass({options.optLevel}));
  OpPassManager &kernels = pm.nest<gpu::GPUModuleOp>();
  kernels.addPass(createLowerStagesPass());
  kernels.addPass(createLowerAwaitLaunchesPass());
  addStructureLowering(kernels);
  if (!options.fastMath)
    kernels.addPass(createLowerExactMathPass());
  kernels.addPass(createConvertGpuOpsToNVVMOps());
  kernels.addPass(createConvertNVVMToLLVMPass());
  kernels.addPass(createCanonicalizerPass());
  kernels.addPass(createCSEPass());
  kernels.addPass(createReconcileUnrealizedCastsPass());
  kernels.addPass(createOrderAtomicLoadsPass());
  kernels.addPass(createAddLineInfoPass()); // line info for profilers
  GpuModuleToBinaryPassOptions binary;
  binary.compilationTarget = "isa";
  binary.toolkitPath = options.toolkit;
  pm.addPass(createGpuModuleToBinaryPass(binary));
  pm.addPass(createFinishDeviceCodePass({options.assemble, options.toolkit}));
}

void vyre::buildLowerPipeline(OpPassManager &pm, const PipelineOptions &options) {
  SetOffloadPassOptions offload;
  offload.host = options.wantsHost();
  if (options.wantsCuda())
    offload.chips.assign(options.chips.begin(), options.chips.end());
  if (options.wantsCuda() && options.chips.empty())
    offload.chips.push_back(kDefaultChip.str());
  pm.addPass(createSetOffloadPass(offload));
  // Before kernels are cloned per device: all clones get the same arithmetic.
  ExpandMathPassOptions math;
  math.fastMath = options.fastMath;
  pm.addPass(createExpandMathPass(math));
  // On a machine without device memory every place is the same one.
  if (options.wantsCuda())
    pm.addPass(createPlaceMemoryPass());
  if (options.wantsCuda() && options.earlyStart)
    pm.addPass(createStartKernelsEarlyPass());
  BindResourceTablesPassOptions tables;
  tables.profile = options.profile;
  tables.tables = options.tables;
  pm.addPass(createBindResourceTablesPass(tables));
  // Host clones of the kernels come first: device lowering consumes the kernels.
  if (options.wantsHost())
    pm.addPass(createConvertKernelsToHostPass());
  pm.addPass(createLowerTableEntriesPass());
  if (options.wantsCuda())
    pm.addNestedPass<gpu::GPUModuleOp>(createFuseKeptLoopsPass());
  pm.addPass(createScheduleStreamsPass());
  pm.addPass(createLowerLaunchGroupsPass());

  // Coroutines are outlined while control flow is still structured.
  pm.addPass(createAsyncToAsyncRuntimePass());
  pm.addPass(createAsyncRuntimeRefCountingPass());
  pm.addPass(createAsyncRuntimeRefCountingOptPass());
  // Kernels stay structured: vyre-lower-stages looks at their loops.
  addStructureLowering(pm.nest<func::FuncOp>());
  pm.addPass(createConvertAsyncToLLVMPass());
  pm.addPass(createConvertToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createOrderAtomicLoadsPass());
  if (options.wantsCuda())
    addDeviceCode(pm, options);
  if (options.records)
    pm.addPass(createEmitKernelRecordsPass());
}
