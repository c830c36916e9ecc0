// mlir-opt with every upstream dialect and pass plus Vyre's.
//
// The command line is read here and not by upstream's MlirOptMain, which ends the
// process with exit code 1 for wrong usage and for wrong input alike.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

#include "driver/Options.h"
#include "mlir/Debug/Counter.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Support/Timing.h"
#include "vyre/Pipelines/Pipelines.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace vyre::driver;
namespace cl = llvm::cl;

/// Makes the options that mlir-opt has.
static void registerUpstreamOptions(mlir::DialectRegistry &registry) {
  mlir::MlirOptMainConfig::registerCLOptions(registry);
  mlir::registerAsmPrinterCLOptions();
  mlir::registerMLIRContextCLOptions();
  mlir::registerPassManagerCLOptions();
  mlir::registerDefaultTimingManagerCLOptions();
  mlir::tracing::DebugCounter::registerCLOptions();
}

/// True if the passes and pipelines that were named can be built; prints what is
/// wrong. Nothing is run.
static bool checkPipeline(const mlir::MlirOptMainConfig &config) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  mlir::PassManager passes(&context);
  return mlir::succeeded(config.setupPassPipeline(passes));
}

/// Runs the passes over `input`; gives the exit code.
static int runPasses(const mlir::MlirOptMainConfig &config, llvm::StringRef input,
                     llvm::StringRef output, mlir::DialectRegistry &registry) {
  std::string error;
  std::unique_ptr<llvm::MemoryBuffer> buffer = mlir::openInputFile(input, &error);
  if (!buffer) {
    reportError(error);
    return kBadInput;
  }
  std::unique_ptr<llvm::ToolOutputFile> file = mlir::openOutputFile(output, &error);
  if (!file) {
    reportError(error);
    return kBadUsage;
  }
  if (mlir::failed(mlir::MlirOptMain(file->os(), std::move(buffer), registry, config)))
    return kBadInput;
  file->keep();
  return kOk;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  mlir::DialectRegistry registry;
  vyre::registerAllDialects(registry);
  vyre::registerAllPasses();
  cl::opt<std::string> input(cl::Positional, cl::desc("<input file>"), cl::init("-"));
  cl::opt<std::string> output("o", cl::desc("Output filename"), cl::value_desc("filename"),
                              cl::init("-"));
  registerUpstreamOptions(registry);
  if (!parseCommandLine(argc, argv, "Vyre optimizer driver\n"))
    return kBadUsage;

  auto config = mlir::MlirOptMainConfig::createFromCLOptions();
  if (config.shouldShowDialects() || config.shouldListPasses())
    return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, input, output, registry));
  if (!checkPipeline(config))
    return kBadUsage;
  return runPasses(config, input, output, registry);
}
