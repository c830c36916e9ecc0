// The pipelines as a whole, and registration of everything a tool needs.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Pipelines/Pipelines.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "vyre/Conversion/Passes.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"
#include "vyre/Target/Passes.h"
#include "vyre/Transforms/Passes.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

std::string vyre::checkPipelineOptions(const PipelineOptions &options) {
  auto check = [](StringRef name, StringRef value, ArrayRef<StringRef> known) -> std::string {
    if (llvm::is_contained(known, value))
      return "";
    return ("unknown " + name + " '" + value + "'; expected " + llvm::join(known, ", ")).str();
  };
  std::string problem = check("device", options.device, {"host", "cuda", "fat"});
  if (problem.empty())
    problem = check("mode", options.mode, {"auto", "plain", "graph", "persistent"});
  for (const std::string &chip : options.chips)
    if (problem.empty())
      problem =
          check("chip", chip, {"sm_75", "sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120"});
  return problem;
}

void vyre::buildVyrePipeline(OpPassManager &pm, const PipelineOptions &options) {
  buildFrontPipeline(pm, options);
  buildOptimizePipeline(pm, options);
  buildLowerPipeline(pm, options);
}

void vyre::registerAllDialects(DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::registerAllToLLVMIRTranslations(registry);
  registry.insert<VyreDialect>();
}

void vyre::registerAllPasses() {
  mlir::registerAllPasses();
  registerVyreTransformsPasses();
  registerVyreConversionPasses();
  registerVyreTargetPasses();
  PassPipelineRegistration<PipelineOptions>(
      "vyre-front", "From tensors, linalg, affine and scf loops to gpu.launch", buildFrontPipeline);
  PassPipelineRegistration<PipelineOptions>(
      "vyre-optimize", "Decide about launches and build the forms of each launch group",
      buildOptimizePipeline);
  PassPipelineRegistration<PipelineOptions>(
      "vyre-lower", "Lower kernels and the host program to the LLVM dialect", buildLowerPipeline);
  PassPipelineRegistration<PipelineOptions>(
      "vyre-pipeline", "vyre-front, vyre-optimize, vyre-lower", buildVyrePipeline);
}
