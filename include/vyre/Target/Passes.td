// Kernels to device code and ABI records. One file each in lib/Target.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TARGET_PASSES_TD
#define VYRE_TARGET_PASSES_TD

include "mlir/Pass/PassBase.td"

def AddLineInfoPass : Pass<"vyre-add-line-info", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Give device functions line information";
  let description = [{
    Makes each `llvm.func` of a `gpu.module` that has a place in a file a
    subprogram of that file, so that PTX carries `.loc` directives. Line tables
    only: code is not changed. Needs the module in the LLVM dialect. Partner:
    `gpu-module-to-binary`.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def AttachTargetsPass : Pass<"vyre-attach-targets", "::mlir::ModuleOp"> {
  let summary = "Attach NVVM targets to the kernel modules that ask for device code";
  let description = [{
    For every chip in a `gpu.module`'s `vyre.offload` attribute, attaches a
    `#nvvm.target` with a PTX version that knows the chip. Modules that ask for
    none are left alone. Partner: `gpu-module-to-binary`.

    ```mlir
    gpu.module @k attributes {vyre.offload = #vyre.offload<host = false, chips = ["sm_90"]>} { ... }
    // becomes
    gpu.module @k [#nvvm.target<chip = "sm_90", features = "+ptx80">] attributes {...} { ... }
    ```
  }];
  let options = [Option<"optLevel", "opt-level", "int", "2", "Optimization level of device code">];
  let dependentDialects = ["::mlir::NVVM::NVVMDialect"];
}

def FinishDeviceCodePass : Pass<"vyre-finish-device-code", "::mlir::ModuleOp"> {
  let summary = "Check the PTX of every gpu.binary and assemble it where ptxas is found";
  let description = [{
    After `gpu-module-to-binary{format=isa}`. A reference to a `__nv_*` function
    is an error: such a module would fail to load, and the toolkit's library
    would not give the host's results. With `assemble`, PTX is assembled by the
    `ptxas` on PATH or of `toolkit`, and each cubin becomes an object before its
    PTX; without a `ptxas` the PTX alone stays, with a remark.
  }];
  let options = [
    Option<"assemble", "assemble", "bool", "true", "Assemble cubins if ptxas is found">,
    Option<"toolkit", "toolkit", "std::string", "\"\"", "CUDA toolkit to look for ptxas in">
  ];
  let dependentDialects = ["::mlir::gpu::GPUDialect", "::mlir::NVVM::NVVMDialect"];
}

def SetOffloadPass : Pass<"vyre-set-offload", "::mlir::ModuleOp"> {
  let summary = "Say on every kernel module which forms of its kernels to emit";
  let description = [{
    Gives each `gpu.module` without one the attribute `vyre.offload`, with the
    devices that the options name. A module that has the attribute keeps it. Asking
    for neither the host nor a chip, or for an unknown chip, is an error. Partners:
    `vyre-convert-kernels-to-host` and `vyre-attach-targets`, which read it.

    ```mlir
    gpu.module @k { ... }
    // becomes, with host=true chips=sm_90
    gpu.module @k attributes {vyre.offload = #vyre.offload<host = true, chips = ["sm_90"]>} { ... }
    ```
  }];
  let options = [
    Option<"host", "host", "bool", "true", "Emit a host function for each kernel">,
    ListOption<"chips", "chips", "std::string", "NVIDIA chips to emit device code for, as sm_90">
  ];
  let dependentDialects = ["::vyre::VyreDialect"];
}

#endif // VYRE_TARGET_PASSES_TD
