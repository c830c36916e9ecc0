// Finite-difference time domain in two dimensions: four parallel loops per time
// step of three shapes, one of them one-dimensional.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %{python} %S/../../../Differential/run-differential.py %s

func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

// Prints a 64-bit FNV-1a hash over the bits of all elements.
func.func private @print_hash_2d(%m: memref<?x40xf64>) {
  %c0 = arith.constant 0 : index
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %prime = arith.constant 0x100000001b3 : i64
  %n = memref.dim %m, %c0 : memref<?x40xf64>
  %hash = affine.for %i = 0 to %n iter_args(%hi = %basis) -> i64 {
    %row = affine.for %j = 0 to 40 iter_args(%h = %hi) -> i64 {
      %value = affine.load %m[%i, %j] : memref<?x40xf64>
      %bits = arith.bitcast %value : f64 to i64
      %mixed = arith.xori %h, %bits : i64
      %next = arith.muli %mixed, %prime : i64
      affine.yield %next : i64
    }
    affine.yield %row : i64
  }
  %out = memref.alloc() : memref<1xi64>
  memref.store %hash, %out[%c0] : memref<1xi64>
  %any = memref.cast %out : memref<1xi64> to memref<*xi64>
  call @printMemrefI64(%any) : (memref<*xi64>) -> ()
  memref.dealloc %out : memref<1xi64>
  return
}

// Element i becomes ((%p i) mod 13 + 1) / 4.
func.func private @init_1d(%m: memref<?xf64>, %p: i32, %n: i32) {
  %count = arith.index_cast %n : i32 to index
  affine.for %i = 0 to %count {
    %c1 = arith.constant 1 : i32
    %c13 = arith.constant 13 : i32
    %quarter = arith.constant 2.500000e-01 : f64
    %i32 = arith.index_cast %i : index to i32
    %pi = arith.muli %p, %i32 : i32
    %rest = arith.remsi %pi, %c13 : i32
    %up = arith.addi %rest, %c1 : i32
    %f = arith.sitofp %up : i32 to f64
    %value = arith.mulf %f, %quarter : f64
    affine.store %value, %m[%i] : memref<?xf64>
  }
  return
}

// Element (i, j) becomes ((%p i + 3 j + i j) mod 17 + 1) / 8.
func.func private @init_2d(%m: memref<?x40xf64>, %p: i32, %n: i32) {
  %rows = arith.index_cast %n : i32 to index
  affine.for %i = 0 to %rows {
    affine.for %j = 0 to 40 {
      %c1 = arith.constant 1 : i32
      %c3 = arith.constant 3 : i32
      %c17 = arith.constant 17 : i32
      %eighth = arith.constant 1.250000e-01 : f64
      %i32 = arith.index_cast %i : index to i32
      %j32 = arith.index_cast %j : index to i32
      %pi = arith.muli %p, %i32 : i32
      %tj = arith.muli %c3, %j32 : i32
      %ij = arith.muli %i32, %j32 : i32
      %s0 = arith.addi %pi, %tj : i32
      %s1 = arith.addi %s0, %ij : i32
      %rest = arith.remsi %s1, %c17 : i32
      %up = arith.addi %rest, %c1 : i32
      %f = arith.sitofp %up : i32 to f64
      %value = arith.mulf %f, %eighth : f64
      affine.store %value, %m[%i, %j] : memref<?x40xf64>
    }
  }
  return
}

func.func private @kernel_fdtd_2d(%n: i32, %steps: i32, %ex: memref<?x40xf64>, %ey: memref<?x40xf64>, %hz: memref<?x40xf64>, %fict: memref<?xf64>) {
  %half = arith.constant 5.000000e-01 : f64
  %most = arith.constant 7.000000e-01 : f64
  %ni = arith.index_cast %n : i32 to index
  %t = arith.index_cast %steps : i32 to index
  affine.for %s = 0 to %t {
    affine.parallel (%j) = (0) to (symbol(%ni)) {
      %0 = affine.load %fict[%s] : memref<?xf64>
      affine.store %0, %ey[0, %j] : memref<?x40xf64>
    }
    affine.parallel (%i, %j) = (1, 0) to (symbol(%ni), symbol(%ni)) {
      %0 = affine.load %ey[%i, %j] : memref<?x40xf64>
      %1 = affine.load %hz[%i, %j] : memref<?x40xf64>
      %2 = affine.load %hz[%i - 1, %j] : memref<?x40xf64>
      %3 = arith.subf %1, %2 : f64
      %4 = arith.mulf %3, %half : f64
      %5 = arith.subf %0, %4 : f64
      affine.store %5, %ey[%i, %j] : memref<?x40xf64>
    }
    affine.parallel (%i, %j) = (0, 1) to (symbol(%ni), symbol(%ni)) {
      %0 = affine.load %ex[%i, %j] : memref<?x40xf64>
      %1 = affine.load %hz[%i, %j] : memref<?x40xf64>
      %2 = affine.load %hz[%i, %j - 1] : memref<?x40xf64>
      %3 = arith.subf %1, %2 : f64
      %4 = arith.mulf %3, %half : f64
      %5 = arith.subf %0, %4 : f64
      affine.store %5, %ex[%i, %j] : memref<?x40xf64>
    }
    affine.parallel (%i, %j) = (0, 0) to (symbol(%ni) - 1, symbol(%ni) - 1) {
      %0 = affine.load %hz[%i, %j] : memref<?x40xf64>
      %1 = affine.load %ex[%i, %j + 1] : memref<?x40xf64>
      %2 = affine.load %ex[%i, %j] : memref<?x40xf64>
      %3 = arith.subf %1, %2 : f64
      %4 = affine.load %ey[%i + 1, %j] : memref<?x40xf64>
      %5 = arith.addf %3, %4 : f64
      %6 = affine.load %ey[%i, %j] : memref<?x40xf64>
      %7 = arith.subf %5, %6 : f64
      %8 = arith.mulf %7, %most : f64
      %9 = arith.subf %0, %8 : f64
      affine.store %9, %hz[%i, %j] : memref<?x40xf64>
    }
  }
  return
}

func.func @main() {
  %c40 = arith.constant 40 : index
  %n = arith.constant 40 : i32
  %steps = arith.constant 20 : i32
  %ex = memref.alloc(%c40) : memref<?x40xf64>
  %ex_seed = arith.constant 2 : i32
  call @init_2d(%ex, %ex_seed, %n) : (memref<?x40xf64>, i32, i32) -> ()
  %ey = memref.alloc(%c40) : memref<?x40xf64>
  %ey_seed = arith.constant 3 : i32
  call @init_2d(%ey, %ey_seed, %n) : (memref<?x40xf64>, i32, i32) -> ()
  %hz = memref.alloc(%c40) : memref<?x40xf64>
  %hz_seed = arith.constant 5 : i32
  call @init_2d(%hz, %hz_seed, %n) : (memref<?x40xf64>, i32, i32) -> ()
  %fict = memref.alloc(%c40) : memref<?xf64>
  %fict_seed = arith.constant 7 : i32
  call @init_1d(%fict, %fict_seed, %n) : (memref<?xf64>, i32, i32) -> ()
  call @kernel_fdtd_2d(%n, %steps, %ex, %ey, %hz, %fict)
      : (i32, i32, memref<?x40xf64>, memref<?x40xf64>, memref<?x40xf64>, memref<?xf64>) -> ()
  call @print_hash_2d(%ex) : (memref<?x40xf64>) -> ()
  call @print_hash_2d(%ey) : (memref<?x40xf64>) -> ()
  call @print_hash_2d(%hz) : (memref<?x40xf64>) -> ()
  memref.dealloc %ex : memref<?x40xf64>
  memref.dealloc %ey : memref<?x40xf64>
  memref.dealloc %hz : memref<?x40xf64>
  memref.dealloc %fict : memref<?xf64>
  return
}
