// Operations with tokens and without them in one function: one without waits for
// nothing but must still see what was ordered before it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-run %s --device=host --entry-point-result=void | FileCheck %s

// CHECK: [1, 3, 5, 7, 9, 11]

func.func private @printMemrefI32(memref<*xi32>)

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c6 = arith.constant 6 : index
  %two = arith.constant 2 : i32
  %host = memref.alloc() : memref<6xi32>
  scf.for %i = %c0 to %c6 step %c1 {
    %i32 = arith.index_cast %i : index to i32
    memref.store %i32, %host[%i] : memref<6xi32>
  }
  // Without tokens.
  %a = gpu.alloc () : memref<6xi32>
  gpu.memcpy %a, %host : memref<6xi32>, memref<6xi32>
  // With tokens.
  %t0 = gpu.wait async
  %b, %t1 = gpu.alloc async [%t0] () : memref<6xi32>
  %t2 = gpu.memset async [%t1] %b, %two : memref<6xi32>, i32
  %t3 = gpu.launch async [%t2] blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
      threads(%tx, %ty, %tz) in (%sx = %c6, %sy = %c1, %sz = %c1) {
    %v = memref.load %a[%tx] : memref<6xi32>
    %w = memref.load %b[%tx] : memref<6xi32>
    %x = arith.muli %v, %w : i32
    memref.store %x, %b[%tx] : memref<6xi32>
    gpu.terminator
  }
  gpu.wait [%t3]
  // Without tokens again.
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c6, %sy = %c1, %sz = %c1) {
    %one = arith.constant 1 : i32
    %v = memref.load %b[%tx] : memref<6xi32>
    %x = arith.addi %v, %one : i32
    memref.store %x, %a[%tx] : memref<6xi32>
    gpu.terminator
  }
  // With a token on what the launch above wrote.
  %t4 = gpu.wait async
  %t5 = gpu.memcpy async [%t4] %host, %a : memref<6xi32>, memref<6xi32>
  %t6 = gpu.dealloc async [%t5] %b : memref<6xi32>
  gpu.wait [%t6]
  gpu.dealloc %a : memref<6xi32>
  %any = memref.cast %host : memref<6xi32> to memref<*xi32>
  call @printMemrefI32(%any) : (memref<*xi32>) -> ()
  return
}
