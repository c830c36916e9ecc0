// Host and kernel both use memory from gpu.alloc host_shared, without any copy.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-run %s --device=host --entry-point-result=void | FileCheck %s

// CHECK: [100, 101, 102, 103, 104, 105]

func.func private @printMemrefI32(memref<*xi32>)

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c6 = arith.constant 6 : index
  %shared = gpu.alloc host_shared () : memref<6xi32>
  %any = memref.cast %shared : memref<6xi32> to memref<*xi32>
  scf.for %i = %c0 to %c6 step %c1 {
    %i32 = arith.index_cast %i : index to i32
    memref.store %i32, %shared[%i] : memref<6xi32>
  }
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c6, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    %hundred = arith.constant 100 : i32
    %v = memref.load %shared[%bx] : memref<6xi32>
    %w = arith.addi %v, %hundred : i32
    memref.store %w, %shared[%bx] : memref<6xi32>
    gpu.terminator
  }
  call @printMemrefI32(%any) : (memref<*xi32>) -> ()
  gpu.dealloc %shared : memref<6xi32>
  return
}
