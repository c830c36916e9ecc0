// RUN: vyre-opt %s --pass-pipeline="builtin.module(gpu.module(vyre-lower-exact-math))" --split-input-file --verify-diagnostics | FileCheck %s

gpu.module @m {
  // Correctly rounded operations become intrinsics that NVPTX expands exactly.
  // CHECK-LABEL: gpu.func @exact
  // CHECK: llvm.call_intrinsic "llvm.sqrt"(%{{.*}}) : (f32) -> f32
  // CHECK: llvm.call_intrinsic "llvm.sqrt"(%{{.*}}) : (f64) -> f64
  // CHECK: llvm.intr.fma
  // CHECK: llvm.call_intrinsic "llvm.fabs"
  // CHECK: llvm.call_intrinsic "llvm.copysign"
  // CHECK: llvm.call_intrinsic "llvm.floor"
  // CHECK: llvm.call_intrinsic "llvm.ceil"
  // CHECK: llvm.intr.trunc
  // CHECK: llvm.call_intrinsic "llvm.roundeven"
  gpu.func @exact(%x: f32, %y: f64, %m: memref<f32>, %n: memref<f64>) kernel {
    %a = math.sqrt %x : f32
    %b = math.sqrt %y : f64
    memref.store %b, %n[] : memref<f64>
    %c = math.fma %a, %x, %x : f32
    %d = math.absf %c : f32
    %e = math.copysign %d, %x : f32
    %f = math.floor %e : f32
    %g = math.ceil %f : f32
    %h = math.trunc %g : f32
    %i = math.roundeven %h : f32
    memref.store %i, %m[] : memref<f32>
    gpu.return
  }
}

// -----

gpu.module @m {
  // Functions that no device rounds correctly must have been expanded before.
  gpu.func @others(%x: f64, %m: memref<f64>) kernel {
    // expected-error @+1 {{'math.erf' on 'f64' has no expansion that gives the same result on every device}}
    %a = math.erf %x : f64
    memref.store %a, %m[] : memref<f64>
    gpu.return
  }
}
