// Two gpu.all_reduce in one kernel, the second on what the first gave, in blocks
// of 70 threads.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-run %s --device=host --entry-point-result=void | FileCheck %s

// CHECK: [-54, -14, 834]
// CHECK: [441, 393, 1017]

func.func private @printMemrefI32(memref<*xi32>)

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c70 = arith.constant 70 : index
  %in = memref.alloc() : memref<3x70xi32>
  %sums = memref.alloc() : memref<3xi32>
  %spans = memref.alloc() : memref<3xi32>
  %in_any = memref.cast %in : memref<3x70xi32> to memref<*xi32>
  %sums_any = memref.cast %sums : memref<3xi32> to memref<*xi32>
  %spans_any = memref.cast %spans : memref<3xi32> to memref<*xi32>
  gpu.host_register %in_any : memref<*xi32>
  gpu.host_register %sums_any : memref<*xi32>
  gpu.host_register %spans_any : memref<*xi32>

  scf.for %b = %c0 to %c3 step %c1 {
    scf.for %t = %c0 to %c70 step %c1 {
      %flat0 = arith.muli %b, %c70 : index
      %flat1 = arith.addi %flat0, %t : index
      %flat = arith.index_cast %flat1 : index to i32
      %k37 = arith.constant 37 : i32
      %k11 = arith.constant 11 : i32
      %k101 = arith.constant 101 : i32
      %k8 = arith.constant 8 : i32
      %k397 = arith.constant 397 : i32
      %m0 = arith.muli %flat, %k37 : i32
      %m1 = arith.addi %m0, %k11 : i32
      %m2 = arith.remui %m1, %k101 : i32
      %m3 = arith.muli %m2, %k8 : i32
      %value = arith.subi %m3, %k397 : i32
      memref.store %value, %in[%b, %t] : memref<3x70xi32>
    }
  }

  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c3, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c70, %sy = %c1, %sz = %c1) {
    %v = memref.load %in[%bx, %tx] : memref<3x70xi32>
    %sum = gpu.all_reduce add %v uniform {} : (i32) -> (i32)
    // The second reduction depends on the first one's result in every thread.
    %apart = arith.xori %v, %sum : i32
    %span = gpu.all_reduce %apart uniform {
    ^bb0(%l: i32, %r: i32):
      %m = arith.maxsi %l, %r : i32
      gpu.yield %m : i32
    } : (i32) -> (i32)
    // All threads have the result; the last one stores it.
    %last = arith.constant 69 : index
    %leader = arith.cmpi eq, %tx, %last : index
    scf.if %leader {
      memref.store %sum, %sums[%bx] : memref<3xi32>
      memref.store %span, %spans[%bx] : memref<3xi32>
    }
    gpu.terminator
  }

  call @printMemrefI32(%sums_any) : (memref<*xi32>) -> ()
  call @printMemrefI32(%spans_any) : (memref<*xi32>) -> ()
  return
}
