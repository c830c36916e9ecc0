// Private memory that no CPU thread's stack holds: 16 MB for a block's threads,
// with a barrier; and 384 KB of one thread.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-run %s --device=host --mode=plain | FileCheck %s
// RUN: vyre-run %s --device=host --mode=persistent | FileCheck %s
// CHECK: 499500
// CHECK-NEXT: 49

func.func private @sum(%m: memref<1000xi32>) -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c1000 = arith.constant 1000 : index
  %zero = arith.constant 0 : i32
  %s = scf.for %i = %c0 to %c1000 step %c1 iter_args(%n = %zero) -> i32 {
    %v = memref.load %m[%i] : memref<1000xi32>
    %next = arith.addi %n, %v : i32
    scf.yield %next : i32
  }
  return %s : i32
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c8 = arith.constant 8 : index
  %c1000 = arith.constant 1000 : index
  %m = memref.alloc() : memref<1000xi32>
  scf.for %t = %c0 to %c2 step %c1 {
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c1000, %sy = %c1, %sz = %c1) {
      %own = memref.alloca() : memref<4000xi32>
      %k = arith.index_cast %tx : index to i32
      %c4 = arith.constant 4 : index
      %at = arith.muli %tx, %c4 : index
      memref.store %k, %own[%at] : memref<4000xi32>
      gpu.barrier
      %v = memref.load %own[%at] : memref<4000xi32>
      memref.store %v, %m[%tx] : memref<1000xi32>
      gpu.terminator
    }
  }
  %all = func.call @sum(%m) : (memref<1000xi32>) -> i32
  vector.print %all : i32

  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c8, %sy = %c1, %sz = %c1) {
    %own = memref.alloca() : memref<98304xi32>
    %c98304 = arith.constant 98304 : index
    %c4 = arith.constant 4 : index
    %stride = arith.constant 512 : index
    // Half of the threads meet here, half there: threads are fibers.
    %low = arith.cmpi ult, %tx, %c4 : index
    scf.for %i = %c0 to %c98304 step %stride {
      %k = arith.index_cast %tx : index to i32
      memref.store %k, %own[%i] : memref<98304xi32>
    }
    scf.if %low {
      gpu.barrier
    } else {
      gpu.barrier
    }
    %last = arith.constant 97792 : index
    %v = memref.load %own[%last] : memref<98304xi32>
    %square = arith.muli %v, %v : i32
    memref.store %square, %m[%tx] : memref<1000xi32>
    gpu.terminator
  }
  %c7 = arith.constant 7 : index
  %seven = memref.load %m[%c7] : memref<1000xi32>
  vector.print %seven : i32
  return
}
