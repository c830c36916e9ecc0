// Knows functions of MLIR's runners by name, as upstream's lowerings do.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Analysis/RunnerUtilities.h"

#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace vyre;

/// The name of a declared function that is called directly; empty for other ops.
static StringRef getDeclaredCallee(Operation *op) {
  auto call = dyn_cast<CallOpInterface>(op);
  auto callee =
      call ? dyn_cast_or_null<FunctionOpInterface>(call.resolveCallable()) : FunctionOpInterface();
  return callee && callee.isExternal() ? callee.getName() : StringRef();
}

bool vyre::isScalarUtilityCall(Operation *op) {
  return llvm::is_contained({"printI64", "printU64", "printF16", "printBF16", "printF32",
                             "printF64", "printString", "printOpen", "printClose", "printComma",
                             "printNewline", "printFlops", "rtclock", "nanoTime"},
                            getDeclaredCallee(op));
}

bool vyre::isMemRefUtilityCall(Operation *op) {
  StringRef name = getDeclaredCallee(op);
  return name.starts_with("printMemref") || name.starts_with("verifyMemRef");
}
