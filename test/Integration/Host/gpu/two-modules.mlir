// Two ready-made GPU modules whose kernels have the same name but do different
// things.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-run %s --device=host --entry-point-result=void | FileCheck %s

// CHECK: [10, 12, 14, 16]

module attributes {gpu.container_module} {
  gpu.module @adders {
    gpu.func @apply(%m: memref<?xi32>) kernel {
      %t = gpu.thread_id x
      %five = arith.constant 5 : i32
      %v = memref.load %m[%t] : memref<?xi32>
      %w = arith.addi %v, %five : i32
      memref.store %w, %m[%t] : memref<?xi32>
      gpu.return
    }
  }
  gpu.module @doublers {
    gpu.func @apply(%m: memref<?xi32>) kernel {
      %t = gpu.thread_id x
      %v = memref.load %m[%t] : memref<?xi32>
      %w = arith.addi %v, %v : i32
      memref.store %w, %m[%t] : memref<?xi32>
      gpu.return
    }
  }

  func.func private @printMemrefI32(memref<*xi32>)

  func.func @main() {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %m = memref.alloc(%c4) : memref<?xi32>
    %any = memref.cast %m : memref<?xi32> to memref<*xi32>
    gpu.host_register %any : memref<*xi32>
    scf.for %i = %c0 to %c4 step %c1 {
      %i32 = arith.index_cast %i : index to i32
      memref.store %i32, %m[%i] : memref<?xi32>
    }
    gpu.launch_func @adders::@apply blocks in (%c1, %c1, %c1) threads in (%c4, %c1, %c1)
        args(%m : memref<?xi32>)
    gpu.launch_func @doublers::@apply blocks in (%c1, %c1, %c1) threads in (%c4, %c1, %c1)
        args(%m : memref<?xi32>)
    call @printMemrefI32(%any) : (memref<*xi32>) -> ()
    return
  }
}
