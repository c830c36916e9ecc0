// Two kernels on two tokens meet: each counts itself in and then spins until
// both have. They end only if both run at once.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-run %s --device=host --entry-point-result=void | FileCheck %s

// CHECK: [2, 2]

module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @meet(%arrived: memref<i32>, %seen: memref<2xi32>, %who: index) kernel {
      %zero = arith.constant 0 : i32
      %one = arith.constant 1 : i32
      %two = arith.constant 2 : i32
      %before = memref.atomic_rmw addi %one, %arrived[] : (i32, memref<i32>) -> i32
      %count = scf.while : () -> i32 {
        %now = memref.atomic_rmw addi %zero, %arrived[] : (i32, memref<i32>) -> i32
        %alone = arith.cmpi slt, %now, %two : i32
        scf.condition(%alone) %now : i32
      } do {
      ^bb0(%now: i32):
        scf.yield
      }
      memref.store %count, %seen[%who] : memref<2xi32>
      gpu.return
    }
  }

  func.func private @printMemrefI32(memref<*xi32>)

  func.func @main() {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %zero = arith.constant 0 : i32
    %arrived = gpu.alloc host_shared () : memref<i32>
    %seen = gpu.alloc host_shared () : memref<2xi32>
    memref.store %zero, %arrived[] : memref<i32>
    memref.store %zero, %seen[%c0] : memref<2xi32>
    memref.store %zero, %seen[%c1] : memref<2xi32>

    %s0 = gpu.wait async
    %s1 = gpu.wait async
    %d0 = gpu.launch_func async [%s0] @kernels::@meet
        blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
        args(%arrived : memref<i32>, %seen : memref<2xi32>, %c0 : index)
    %d1 = gpu.launch_func async [%s1] @kernels::@meet
        blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
        args(%arrived : memref<i32>, %seen : memref<2xi32>, %c1 : index)
    gpu.wait [%d0, %d1]
    %any = memref.cast %seen : memref<2xi32> to memref<*xi32>
    call @printMemrefI32(%any) : (memref<*xi32>) -> ()
    return
  }
}
