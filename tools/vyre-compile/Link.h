// Links an object file with the Vyre runtime into an executable.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TOOLS_COMPILE_LINK_H
#define VYRE_TOOLS_COMPILE_LINK_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace vyre::driver {

/// Links `object` and `libraries` (shared or static libraries and object files) with
/// the static runtime into `executable`. `program` is argv[0], by which the runtime is
/// found. The executable needs libc and libm where it runs, and looks for shared
/// libraries of `libraries` where they are now. False on failure: either `undefined`
/// has the functions that nothing defines, each once, or an error was printed.
bool linkExecutable(llvm::StringRef program, llvm::StringRef object,
                    llvm::ArrayRef<std::string> libraries, llvm::StringRef executable,
                    llvm::SmallVectorImpl<std::string> &undefined);

} // namespace vyre::driver

#endif // VYRE_TOOLS_COMPILE_LINK_H
