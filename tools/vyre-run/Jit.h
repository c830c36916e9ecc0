// Runs a compiled program in this process.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TOOLS_RUN_JIT_H
#define VYRE_TOOLS_RUN_JIT_H

#include "driver/Compile.h"

namespace vyre::driver {

struct RunRequest {
  std::string entry;
  std::string resultType; // void, i32, i64, f32 or f64
  bool printResult;
  unsigned optLevel;
  std::string sanitizer; // what generated code is instrumented with, or empty
  std::vector<std::string> sharedLibs;
};

/// Compiles the module, which is in the LLVM dialect, and calls the entry. Waits
/// for all launches, prints the result if asked and gives the exit code.
int runInProcess(Compilation &compilation, const RunRequest &request);

} // namespace vyre::driver

#endif // VYRE_TOOLS_RUN_JIT_H
