// Links an object file with the Vyre runtime into an executable.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TOOLS_COMPILE_LINK_H
#define VYRE_TOOLS_COMPILE_LINK_H

#include "llvm/ADT/StringRef.h"

namespace vyre::driver {

/// Links `object` into `executable` with the C++ compiler found on this machine
/// and the static runtime that lies beside the tool `program`. The result needs
/// libc and libm where it runs, nothing else. False after a printed error.
bool linkExecutable(llvm::StringRef program, llvm::StringRef object, llvm::StringRef executable);

} // namespace vyre::driver

#endif // VYRE_TOOLS_COMPILE_LINK_H
