// Options that vyre-run and vyre-compile share, and what they mean.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TOOLS_DRIVER_OPTIONS_H
#define VYRE_TOOLS_DRIVER_OPTIONS_H

#include "vyre/Pipelines/Pipelines.h"
#include "llvm/Support/CommandLine.h"

namespace vyre::driver {

/// Exit codes of the tools (docs/tools.md).
enum ExitCode { kOk = 0, kBadInput = 1, kBadUsage = 2, kRuntimeFailed = 3, kModesDisagree = 4 };

/// The command line options of both tools.
struct SharedOptions {
  llvm::cl::opt<std::string> input{llvm::cl::Positional, llvm::cl::desc("<input.mlir>"),
                                   llvm::cl::init("-")};
  llvm::cl::list<std::string> chips{
      "chip", llvm::cl::desc("NVIDIA chip to emit device code for, as sm_90 (may be repeated)"),
      llvm::cl::CommaSeparated};
  llvm::cl::opt<std::string> entry{"entry", llvm::cl::desc("Function to run"),
                                   llvm::cl::init("main")};
  llvm::cl::list<std::string> sharedLibs{"shared-libs", llvm::cl::CommaSeparated,
                                         llvm::cl::desc("Libraries that the program calls")};
  llvm::cl::opt<bool> fastMath{"fast-math",
                               llvm::cl::desc("Let each device use its own math functions")};
  llvm::cl::opt<bool> reorderFloatAtomics{
      "reorder-float-atomics",
      llvm::cl::desc("Allow persistent forms of kernels whose float atomics depend on the order "
                     "of threads")};
  llvm::cl::opt<bool> earlyStart{
      "early-start",
      llvm::cl::desc("Let kernels for sm_90 and newer start before those in front of them have "
                     "ended (default: true)"),
      llvm::cl::init(true)};
  llvm::cl::opt<std::string> tables{
      "resource-tables",
      llvm::cl::desc("Tables in place of many buffers: auto (24 or more), always or never"),
      llvm::cl::init("auto")};
  llvm::cl::opt<unsigned> optLevel{"O", llvm::cl::desc("Optimization level, 0 to 3"),
                                   llvm::cl::Prefix, llvm::cl::init(3)};
  llvm::cl::opt<std::string> remarksFilter{
      "remarks-filter", llvm::cl::desc("Print remarks of categories that match this regex")};
};

/// Forgets the options that LLVM's libraries registered: some have our names, and
/// none is ours to offer. To be called before any option is made.
void dropLibraryOptions();

/// Parses the command line; on wrong usage prints what is wrong and gives false.
bool parseCommandLine(int argc, char **argv, llvm::StringRef overview);

/// Checks the values of the shared options; prints what is wrong and gives false.
bool checkShared(const SharedOptions &options);

/// Prints `message` as the tool's own error.
void reportError(llvm::StringRef message);

} // namespace vyre::driver

#endif // VYRE_TOOLS_DRIVER_OPTIONS_H
