// A chain of gpu operations on tokens: two branches from one token, joined by a
// launch that waits for both.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-run %s --device=host --entry-point-result=void | FileCheck %s

// CHECK: [0, 4, 8, 12, 16]

func.func private @printMemrefI32(memref<*xi32>)

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %three = arith.constant 3 : i32
  %host = memref.alloc() : memref<5xi32>
  scf.for %i = %c0 to %c5 step %c1 {
    %i32 = arith.index_cast %i : index to i32
    memref.store %i32, %host[%i] : memref<5xi32>
  }
  %t0 = gpu.wait async
  %a, %t1 = gpu.alloc async [%t0] () : memref<5xi32>
  %b, %t2 = gpu.alloc async [%t0] () : memref<5xi32>
  %t3 = gpu.memcpy async [%t1] %a, %host : memref<5xi32>, memref<5xi32>
  %t4 = gpu.memset async [%t2] %b, %three : memref<5xi32>, i32
  %t5 = gpu.launch async [%t3, %t4]
      blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
      threads(%tx, %ty, %tz) in (%sx = %c5, %sy = %c1, %sz = %c1) {
    %v = memref.load %a[%tx] : memref<5xi32>
    %w = memref.load %b[%tx] : memref<5xi32>
    %x = arith.muli %v, %w : i32
    %y = arith.addi %x, %v : i32
    memref.store %y, %b[%tx] : memref<5xi32>
    gpu.terminator
  }
  %t6 = gpu.memcpy async [%t5] %host, %b : memref<5xi32>, memref<5xi32>
  %t7 = gpu.dealloc async [%t6] %a : memref<5xi32>
  %t8 = gpu.dealloc async [%t7] %b : memref<5xi32>
  gpu.wait [%t8]
  %any = memref.cast %host : memref<5xi32> to memref<*xi32>
  call @printMemrefI32(%any) : (memref<*xi32>) -> ()
  return
}
