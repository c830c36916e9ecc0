// Describes a program's public functions to C.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TOOLS_COMPILE_CHEADER_H
#define VYRE_TOOLS_COMPILE_CHEADER_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"
#include <string>

namespace vyre::driver {

/// Asks for a C wrapper around every public function with a body.
void requestCWrappers(mlir::ModuleOp module);

/// Writes a C header with a struct per memref type and a prototype per public
/// function; gives the header's text. `names` gets the symbols it declares. To be
/// called when arguments are memrefs and functions still func.func. A function
/// with a type that C cannot name is listed in a comment only.
std::string describeFunctions(mlir::ModuleOp module, llvm::SmallVectorImpl<std::string> &names);

} // namespace vyre::driver

#endif // VYRE_TOOLS_COMPILE_CHEADER_H
