// Every integer operation of gpu.all_reduce, on two blocks of 40 threads: one
// full subgroup and one of eight.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-run %s --device=host --entry-point-result=void | FileCheck %s

// add:
// CHECK: [-448, 472]
// mul:
// CHECK: [140518137, 2000158401]
// and:
// CHECK: [3, 3]
// or:
// CHECK: [-5, -5]
// xor:
// CHECK: [-360, -480]
// minsi:
// CHECK: [-397, -381]
// maxsi:
// CHECK: [387, 403]
// minui:
// CHECK: [11, 3]
// maxui:
// CHECK: [-13, -5]

func.func private @printMemrefI32(memref<*xi32>)

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = arith.constant 2 : index
  %threads = arith.constant 40 : index
  %ops = arith.constant 9 : index
  %in = memref.alloc() : memref<2x40xi32>
  %out = memref.alloc() : memref<9x2xi32>
  %in_any = memref.cast %in : memref<2x40xi32> to memref<*xi32>
  %out_any = memref.cast %out : memref<9x2xi32> to memref<*xi32>
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
      memref.store %value, %in[%b, %t] : memref<2x40xi32>
    }
  }

  gpu.launch blocks(%bx, %by, %bz) in (%gx = %rows, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %threads, %sy = %c1, %sz = %c1) {
    %v = memref.load %in[%bx, %tx] : memref<2x40xi32>
    %r0 = gpu.all_reduce add %v uniform {} : (i32) -> (i32)
    %r1 = gpu.all_reduce mul %v uniform {} : (i32) -> (i32)
    %r2 = gpu.all_reduce and %v uniform {} : (i32) -> (i32)
    %r3 = gpu.all_reduce or %v uniform {} : (i32) -> (i32)
    %r4 = gpu.all_reduce xor %v uniform {} : (i32) -> (i32)
    %r5 = gpu.all_reduce minsi %v uniform {} : (i32) -> (i32)
    %r6 = gpu.all_reduce maxsi %v uniform {} : (i32) -> (i32)
    %r7 = gpu.all_reduce minui %v uniform {} : (i32) -> (i32)
    %r8 = gpu.all_reduce maxui %v uniform {} : (i32) -> (i32)
    %zero = arith.constant 0 : index
    %leader = arith.cmpi eq, %tx, %zero : index
    scf.if %leader {
      %k0 = arith.constant 0 : index
      memref.store %r0, %out[%k0, %bx] : memref<9x2xi32>
      %k1 = arith.constant 1 : index
      memref.store %r1, %out[%k1, %bx] : memref<9x2xi32>
      %k2 = arith.constant 2 : index
      memref.store %r2, %out[%k2, %bx] : memref<9x2xi32>
      %k3 = arith.constant 3 : index
      memref.store %r3, %out[%k3, %bx] : memref<9x2xi32>
      %k4 = arith.constant 4 : index
      memref.store %r4, %out[%k4, %bx] : memref<9x2xi32>
      %k5 = arith.constant 5 : index
      memref.store %r5, %out[%k5, %bx] : memref<9x2xi32>
      %k6 = arith.constant 6 : index
      memref.store %r6, %out[%k6, %bx] : memref<9x2xi32>
      %k7 = arith.constant 7 : index
      memref.store %r7, %out[%k7, %bx] : memref<9x2xi32>
      %k8 = arith.constant 8 : index
      memref.store %r8, %out[%k8, %bx] : memref<9x2xi32>
    }
    gpu.terminator
  }

  scf.for %o = %c0 to %ops step %c1 {
    %row = memref.subview %out[%o, 0] [1, 2] [1, 1] : memref<9x2xi32> to memref<2xi32, strided<[1], offset: ?>>
    %any = memref.cast %row : memref<2xi32, strided<[1], offset: ?>> to memref<*xi32>
    func.call @printMemrefI32(%any) : (memref<*xi32>) -> ()
  }
  return
}
