// RUN: vyre-opt %s --vyre-form-launch-groups --vyre-form-persistent-kernels | FileCheck %s

// How many blocks of a persistent kernel can have work: those of its largest launch.
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @step(%m: memref<64xf32>) kernel {
      %b = gpu.block_id x
      %v = memref.load %m[%b] : memref<64xf32>
      %w = arith.addf %v, %v : f32
      memref.store %w, %m[%b] : memref<64xf32>
      gpu.return
    }
  }

  // CHECK-LABEL: func.func @known
  // CHECK: vyre.launch_persistent {{.*}} {max_blocks = 12 : i64,
  func.func @known(%m: memref<64xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c3 = arith.constant 3 : index
    %c4 = arith.constant 4 : index
    %c100 = arith.constant 100 : index
    scf.for %t = %c0 to %c100 step %c1 {
      gpu.launch_func @kernels::@step blocks in (%c4, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<64xf32>)
      gpu.launch_func @kernels::@step blocks in (%c4, %c3, %c1) threads in (%c1, %c1, %c1) args(%m : memref<64xf32>)
    }
    return
  }

  // Not known here.
  // CHECK-LABEL: func.func @unknown
  // CHECK: vyre.launch_persistent
  // CHECK-NOT: max_blocks
  func.func @unknown(%m: memref<64xf32>, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %c100 = arith.constant 100 : index
    scf.for %t = %c0 to %c100 step %c1 {
      gpu.launch_func @kernels::@step blocks in (%c4, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<64xf32>)
      gpu.launch_func @kernels::@step blocks in (%n, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<64xf32>)
    }
    return
  }
}
