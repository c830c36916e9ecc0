// Every float operation of gpu.all_reduce, on two blocks of 40 threads.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-run %s --device=host --entry-point-result=void | FileCheck %s

// add: every sum of these halves is exact, so its order does not matter.
// CHECK: [-224, 236]
// minnumf:
// CHECK: [-198.5, -190.5]
// maxnumf:
// CHECK: [193.5, 201.5]
// minimumf:
// CHECK: [-198.5, -190.5]
// maximumf:
// CHECK: [193.5, 201.5]

func.func private @printMemrefF32(memref<*xf32>)

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = arith.constant 2 : index
  %threads = arith.constant 40 : index
  %ops = arith.constant 5 : index
  %in = memref.alloc() : memref<2x40xf32>
  %out = memref.alloc() : memref<5x2xf32>
  %in_any = memref.cast %in : memref<2x40xf32> to memref<*xf32>
  %out_any = memref.cast %out : memref<5x2xf32> to memref<*xf32>
  gpu.host_register %in_any : memref<*xf32>
  gpu.host_register %out_any : memref<*xf32>

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
      %value_i = arith.subi %m3, %k397 : i32
      %half = arith.constant 0.5 : f32
      %value_f = arith.sitofp %value_i : i32 to f32
      %value = arith.mulf %value_f, %half : f32
      memref.store %value, %in[%b, %t] : memref<2x40xf32>
    }
  }

  gpu.launch blocks(%bx, %by, %bz) in (%gx = %rows, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %threads, %sy = %c1, %sz = %c1) {
    %v = memref.load %in[%bx, %tx] : memref<2x40xf32>
    %r0 = gpu.all_reduce add %v uniform {} : (f32) -> (f32)
    %r1 = gpu.all_reduce minnumf %v uniform {} : (f32) -> (f32)
    %r2 = gpu.all_reduce maxnumf %v uniform {} : (f32) -> (f32)
    %r3 = gpu.all_reduce minimumf %v uniform {} : (f32) -> (f32)
    %r4 = gpu.all_reduce maximumf %v uniform {} : (f32) -> (f32)
    %zero = arith.constant 0 : index
    %leader = arith.cmpi eq, %tx, %zero : index
    scf.if %leader {
      %k0 = arith.constant 0 : index
      memref.store %r0, %out[%k0, %bx] : memref<5x2xf32>
      %k1 = arith.constant 1 : index
      memref.store %r1, %out[%k1, %bx] : memref<5x2xf32>
      %k2 = arith.constant 2 : index
      memref.store %r2, %out[%k2, %bx] : memref<5x2xf32>
      %k3 = arith.constant 3 : index
      memref.store %r3, %out[%k3, %bx] : memref<5x2xf32>
      %k4 = arith.constant 4 : index
      memref.store %r4, %out[%k4, %bx] : memref<5x2xf32>
    }
    gpu.terminator
  }

  scf.for %o = %c0 to %ops step %c1 {
    %row = memref.subview %out[%o, 0] [1, 2] [1, 1] : memref<5x2xf32> to memref<2xf32, strided<[1], offset: ?>>
    %any = memref.cast %row : memref<2xf32, strided<[1], offset: ?>> to memref<*xf32>
    func.call @printMemrefF32(%any) : (memref<*xf32>) -> ()
  }
  return
}
