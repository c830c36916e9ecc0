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
  if (problem.empty())
    problem = check("resource-tables", options.tables, {"auto", "always", "never"});
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

/// Registers a pipeline that says which of its options has a wrong value. Upstream's
/// PassPipelineRegistration has no place for that: its builders cannot fail.
static void registerPipeline(StringRef name, StringRef description,
                             void (*build)(OpPassManager &, const vyre::PipelineOptions &)) {
  registerPassPipeline(
      name, description,
      [=](OpPassManager &pm, StringRef text, function_ref<LogicalResult(const Twine &)> error) {
        vyre::PipelineOptions options;
        if (failed(options.parseFromString(text)))
          return failure();
        if (std::string problem = vyre::checkPipelineOptions(options); !problem.empty())
          return error(name + ": " + problem);
        build(pm, options);
        return success();
      },
      [](function_ref<void(const detail::PassOptions &)> show) { show(vyre::PipelineOptions()); });
}

void vyre::registerAllPasses() {
  mlir::registerAllPasses();
  registerVyreTransformsPasses();
  registerVyreConversionPasses();
  registerVyreTargetPasses();
  registerPipeline("vyre-front", "From tensors, linalg, affine and scf loops to gpu.launch",
                   buildFrontPipeline);
  registerPipeline("vyre-optimize",
                   "Decide about launches and build the forms of each launch group",
                   buildOptimizePipeline);
  registerPipeline("vyre-lower", "Lower kernels and the host program to the LLVM dialect",
                   buildLowerPipeline);
  registerPipeline("vyre-pipeline", "vyre-front, vyre-optimize, vyre-lower", buildVyrePipeline);
}
