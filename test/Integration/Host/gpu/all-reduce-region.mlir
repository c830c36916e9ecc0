// gpu.all_reduce with its operation given as a region, on three blocks of 25
// threads, less than a subgroup.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-run %s --device=host --entry-point-result=void | FileCheck %s

// CHECK: [275, -565, 211]

func.func private @printMemrefI32(memref<*xi32>)

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = arith.constant 3 : index
  %threads = arith.constant 25 : index
  %ops = arith.constant 1 : index
  %in = memref.alloc() : memref<3x25xi32>
  %out = memref.alloc() : memref<1x3xi32>
  %in_any = memref.cast %in : memref<3x25xi32> to memref<*xi32>
  %out_any = memref.cast %out : memref<1x3xi32> to memref<*xi32>
  gpu.host_register %in_any : memref<*xi32>
  gpu.host_register %out_any : memref<*xi32>

  scf.for %b = %c0 to %rows step %c1 {
    scf.for %t = %c0 to %threads step %c1 {
      %flat0 = arith.muli %b, %threads : index
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
      memref.store %value, %in[%b, %t] : memref<3x25xi32>
    }
  }

  gpu.launch blocks(%bx, %by, %bz) in (%gx = %rows, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %threads, %sy = %c1, %sz = %c1) {
    %v = memref.load %in[%bx, %tx] : memref<3x25xi32>
    %r0 = gpu.all_reduce %v uniform {
    ^bb0(%l: i32, %r: i32):
      %x = arith.xori %l, %r : i32
      %y = arith.andi %l, %r : i32
      %two = arith.constant 2 : i32
      %z = arith.muli %y, %two : i32
      // l + r, the long way: carries, then the sum without them.
      %w = arith.addi %x, %z : i32
      gpu.yield %w : i32
    } : (i32) -> (i32)
    %zero = arith.constant 0 : index
    %leader = arith.cmpi eq, %tx, %zero : index
    scf.if %leader {
      %k0 = arith.constant 0 : index
      memref.store %r0, %out[%k0, %bx] : memref<1x3xi32>
    }
    gpu.terminator
  }

  scf.for %o = %c0 to %ops step %c1 {
    %row = memref.subview %out[%o, 0] [1, 3] [1, 1] : memref<1x3xi32> to memref<3xi32, strided<[1], offset: ?>>
    %any = memref.cast %row : memref<3xi32, strided<[1], offset: ?>> to memref<*xi32>
    func.call @printMemrefI32(%any) : (memref<*xi32>) -> ()
  }
  return
}
