// What surrounds the program's functions in an executable or an object file.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TOOLS_COMPILE_ENTRYPOINT_H
#define VYRE_TOOLS_COMPILE_ENTRYPOINT_H

#include "driver/Remarks.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/IR/Module.h"
#include <string>

namespace vyre::driver {

/// Settings that an executable starts with unless its environment has others:
/// pairs of a variable and its value.
using Defaults = llvm::ArrayRef<std::pair<std::string, std::string>>;

/// Adds `main(argc, argv)`, which prepares the runtime, calls the program's
/// function `entry`, waits for all launches, writes the reports and gives back
/// the entry's integer value or 0. Every other function becomes internal.
/// `ungrouped` is for the explanation of a run.
void addMain(llvm::Module &module, llvm::StringRef entry, Defaults defaults,
             llvm::ArrayRef<Ungrouped> ungrouped);

/// Makes every defined function internal but those named in `names`.
void keepOnly(llvm::Module &module, llvm::ArrayRef<std::string> names);

} // namespace vyre::driver

#endif // VYRE_TOOLS_COMPILE_ENTRYPOINT_H
