// Pass order of Vyre's pipelines, and registration of everything a tool needs.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_PIPELINES_PIPELINES_H
#define VYRE_PIPELINES_PIPELINES_H

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace vyre {

/// The chip that device code is for when none is named.
inline constexpr llvm::StringLiteral kDefaultChip = "sm_90";

/// Options of the pipelines, with the names that the tools use.
struct PipelineOptions : public mlir::PassPipelineOptions<PipelineOptions> {
  Option<std::string> device{*this, "device",
                             llvm::cl::desc("What to emit: host, cuda or fat (both)"),
                             llvm::cl::init("host")};
  Option<std::string> mode{*this, "mode",
                           llvm::cl::desc("Forms to build: auto (all legal ones), plain, graph or "
                                          "persistent"),
                           llvm::cl::init("auto")};
  Option<std::string> profile{*this, "profile",
                              llvm::cl::desc("Device profile that annotations are decided with: "
                                             "native or portable"),
                              llvm::cl::init("native")};
  ListOption<std::string> chips{*this, "chip", llvm::cl::desc("NVIDIA chips, as sm_90 (default)")};
  Option<bool> fastMath{*this, "fast-math",
                        llvm::cl::desc("Let each device use its own math functions"),
                        llvm::cl::init(false)};
  Option<bool> reorderFloatAtomics{
      *this, "reorder-float-atomics",
      llvm::cl::desc("Allow persistent forms of kernels whose float atomics depend on the order "
                     "of threads"),
      llvm::cl::init(false)};
  Option<bool> earlyStart{*this, "early-start",
                          llvm::cl::desc("Let kernels for sm_90 and newer start before those in "
                                         "front of them have ended"),
                          llvm::cl::init(true)};
  Option<std::string> tables{*this, "resource-tables",
                             llvm::cl::desc("Tables in place of many buffers: auto, always or "
                                            "never"),
                             llvm::cl::init("auto")};
  Option<bool> inlineCalls{*this, "inline", llvm::cl::desc("Inline calls first"),
                           llvm::cl::init(true)};
  Option<std::string> toolkit{*this, "toolkit", llvm::cl::desc("CUDA toolkit to look for ptxas in"),
                              llvm::cl::init("")};
  Option<int> optLevel{*this, "opt-level", llvm::cl::desc("Optimization level of device code"),
                       llvm::cl::init(2)};
  Option<bool> assemble{*this, "assemble", llvm::cl::desc("Assemble cubins if ptxas is found"),
                        llvm::cl::init(true)};
  Option<bool> records{*this, "records",
                       llvm::cl::desc("Put device code into the runtime's records; without, it "
                                      "stays in gpu.binary ops"),
                       llvm::cl::init(true)};

  bool wantsHost() const { return device == "host" || device == "fat"; }
  bool wantsCuda() const { return device == "cuda" || device == "fat"; }
};

/// An error text if the options do not fit together, else an empty string.
std::string checkPipelineOptions(const PipelineOptions &options);

/// Tensors, linalg, affine and scf loops to gpu.launch; ready launches pass through.
void buildFrontPipeline(mlir::OpPassManager &pm, const PipelineOptions &options);
/// Decides about launches and builds the forms of each launch group.
void buildOptimizePipeline(mlir::OpPassManager &pm, const PipelineOptions &options);
/// Everything to the LLVM dialect: kernels to host functions and device code,
/// groups to a switch.
void buildLowerPipeline(mlir::OpPassManager &pm, const PipelineOptions &options);
/// All three in order.
void buildVyrePipeline(mlir::OpPassManager &pm, const PipelineOptions &options);

/// Adds every upstream dialect and extension, the translations to LLVM IR, and
/// the vyre dialect.
void registerAllDialects(mlir::DialectRegistry &registry);
/// Registers every upstream pass and Vyre's passes and pipelines.
void registerAllPasses();

} // namespace vyre

#endif // VYRE_PIPELINES_PIPELINES_H
