// RUN: split-file %s %t
// RUN: vyre-opt %t/host.mlir --vyre-convert-kernels-to-host --convert-scf-to-cf --vyre-convert-to-llvm --reconcile-unrealized-casts --vyre-emit-kernel-records | FileCheck %s --check-prefix=HOST
// RUN: not vyre-opt %t/neither.mlir --vyre-convert-to-llvm --vyre-emit-kernel-records 2>&1 | FileCheck %s --check-prefix=NEITHER
// RUN: vyre-opt %t/device.mlir --vyre-emit-kernel-records | FileCheck %s --check-prefix=DEVICE

// The entry takes the packed record apart and calls the host function; no device
// op is left.
// HOST: llvm.mlir.global {{.*}}@__vyre_kernel_m_k() {{.*}}: !llvm.struct<
// HOST: llvm.mlir.addressof @[[ENTRY:__vyre_.*]] : !llvm.ptr
// HOST-NOT: gpu.
// Its one memref is operand 1, lies behind the byte of operand 0, has one dimension
// and elements of four bytes.
// HOST: llvm.mlir.global internal constant @__vyre_kernel_m_k_buffers()
// HOST: llvm.mlir.constant(1 : i32)
// HOST: llvm.mlir.constant(8 : i32)
// HOST: llvm.mlir.constant(1 : i32)
// HOST: llvm.mlir.constant(4 : i32)
// HOST: llvm.mlir.constant(3 : i32)
// HOST-NOT: gpu.

// A kernel that nothing can run is an error.
// NEITHER: error: kernel @m::@k has neither device code nor a host form

// Device images are constants of the module, PTX with a closing NUL.
// DEVICE: llvm.mlir.global internal constant @__vyre_image_m_0("CUBIN")
// DEVICE: llvm.mlir.global internal constant @__vyre_image_m_1("PTX\00")
// DEVICE: llvm.mlir.global internal constant @__vyre_images_m()
// DEVICE: llvm.mlir.global internal @__vyre_module_m()
// DEVICE-NOT: gpu.binary

//--- host.mlir
module attributes {gpu.container_module} {
  gpu.module @m {
    gpu.func @k(%b: i1, %m: memref<4xf32>) kernel {
      gpu.return
    }
  }
  func.func @f(%n: index, %b: i1, %m: memref<4xf32>) {
    gpu.launch_func @m::@k blocks in (%n, %n, %n) threads in (%n, %n, %n) args(%b : i1, %m : memref<4xf32>)
    return
  }
}

//--- neither.mlir
module attributes {gpu.container_module} {
  gpu.module @m {
    gpu.func @k() kernel {
      gpu.return
    }
  }
  func.func @f(%n: index) {
    gpu.launch_func @m::@k blocks in (%n, %n, %n) threads in (%n, %n, %n)
    return
  }
}

//--- device.mlir
module attributes {gpu.container_module} {
  llvm.mlir.global external @__vyre_kernel_m_k() {vyre.kernel = @m::@k, vyre.param_bytes = 8 : i64} : !llvm.struct<(i32, i32, ptr, ptr, ptr, i32, i32, ptr, ptr, i32, i32)>
  gpu.binary @m [#gpu.object<#nvvm.target<chip = "sm_90">, bin = "CUBIN">,
                 #gpu.object<#nvvm.target<chip = "sm_90">, assembly = "PTX">]
}
