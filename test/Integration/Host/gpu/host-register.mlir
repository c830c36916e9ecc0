// Host memory registered as an unranked memref is read and written by a kernel,
// unregistered, and registered again.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-run %s --device=host --entry-point-result=void | FileCheck %s

// CHECK: [0, 2, 4, 6, 8, 10, 12]
// CHECK: [1, 4, 8, 12, 16, 20, 24]

func.func private @printMemrefF32(memref<*xf32>)

func.func private @scale(%m: memref<?xf32>, %by: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %any = memref.cast %m : memref<?xf32> to memref<*xf32>
  %n = memref.dim %m, %c0 : memref<?xf32>
  gpu.host_register %any : memref<*xf32>
  gpu.launch blocks(%bx, %by_, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %n, %sy = %c1, %sz = %c1) {
    %v = memref.load %m[%tx] : memref<?xf32>
    %w = arith.mulf %v, %by : f32
    memref.store %w, %m[%tx] : memref<?xf32>
    gpu.terminator
  }
  gpu.host_unregister %any : memref<*xf32>
  return
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c7 = arith.constant 7 : index
  %two = arith.constant 2.0 : f32
  %half = arith.constant 0.5 : f32
  %m = memref.alloc(%c7) : memref<?xf32>
  scf.for %i = %c0 to %c7 step %c1 {
    %i32 = arith.index_cast %i : index to i32
    %f = arith.sitofp %i32 : i32 to f32
    memref.store %f, %m[%i] : memref<?xf32>
  }
  %any = memref.cast %m : memref<?xf32> to memref<*xf32>
  call @scale(%m, %two) : (memref<?xf32>, f32) -> ()
  call @printMemrefF32(%any) : (memref<*xf32>) -> ()
  // The host writes while nothing is registered.
  memref.store %half, %m[%c0] : memref<?xf32>
  call @scale(%m, %two) : (memref<?xf32>, f32) -> ()
  call @printMemrefF32(%any) : (memref<*xf32>) -> ()
  return
}
