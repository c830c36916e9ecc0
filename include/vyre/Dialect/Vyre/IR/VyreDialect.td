// The vyre dialect: what a program says about how its kernels are launched.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_DIALECT_TD
#define VYRE_DIALECT_TD

include "mlir/IR/OpBase.td"

def Vyre_Dialect : Dialect {
  let name = "vyre";
  let cppNamespace = "::vyre";
  let summary = "Launch policies: groups of kernel launches and the forms they can run in";
  let description = [{
    A `vyre.launch_group` wraps a loop (or a run) of kernel launches and holds
    one region per form that was proven legal: plain launches, a recorded graph,
    one persistent kernel. Which region runs is decided by the policy library,
    at run time unless everything was known before.

    Discardable attributes the passes leave on launches and loops:
    `vyre.verdict` (the decisions) and `vyre.reads` / `vyre.writes` (operand
    numbers of the buffers a launch touches).
  }];
  let dependentDialects = ["::mlir::gpu::GPUDialect"];
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = "void registerAttributes();";
}

#endif // VYRE_DIALECT_TD
