// y = transpose(A) (A x): rows in parallel with a sequential sum, then columns
// in parallel.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %{python} %S/../../../Differential/run-differential.py %s

func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

// Prints a 64-bit FNV-1a hash over the bits of all elements.
func.func private @print_hash_1d(%m: memref<?xf64>) {
  %c0 = arith.constant 0 : index
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %prime = arith.constant 0x100000001b3 : i64
  %n = memref.dim %m, %c0 : memref<?xf64>
  %hash = affine.for %i = 0 to %n iter_args(%h = %basis) -> i64 {
    %value = affine.load %m[%i] : memref<?xf64>
    %bits = arith.bitcast %value : f64 to i64
    %mixed = arith.xori %h, %bits : i64
    %next = arith.muli %mixed, %prime : i64
    affine.yield %next : i64
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

func.func private @kernel_atax(%n: i32, %A: memref<?x40xf64>, %x: memref<?xf64>, %y: memref<?xf64>, %tmp: memref<?xf64>) {
  %zero = arith.constant 0.000000e+00 : f64
  %ni = arith.index_cast %n : i32 to index
  affine.parallel (%i) = (0) to (symbol(%ni)) {
    affine.store %zero, %tmp[%i] : memref<?xf64>
    affine.for %j = 0 to %ni {
      %0 = affine.load %tmp[%i] : memref<?xf64>
      %1 = affine.load %A[%i, %j] : memref<?x40xf64>
      %2 = affine.load %x[%j] : memref<?xf64>
      %3 = arith.mulf %1, %2 : f64
      %4 = arith.addf %0, %3 : f64
      affine.store %4, %tmp[%i] : memref<?xf64>
    }
  }
  affine.parallel (%j) = (0) to (symbol(%ni)) {
    %sum = affine.for %i = 0 to %ni iter_args(%acc = %zero) -> f64 {
      %1 = affine.load %A[%i, %j] : memref<?x40xf64>
      %2 = affine.load %tmp[%i] : memref<?xf64>
      %3 = arith.mulf %1, %2 : f64
      %4 = arith.addf %acc, %3 : f64
      affine.yield %4 : f64
    }
    affine.store %sum, %y[%j] : memref<?xf64>
  }
  return
}

func.func @main() {
  %c40 = arith.constant 40 : index
  %n = arith.constant 40 : i32
  %A = memref.alloc(%c40) : memref<?x40xf64>
  %A_seed = arith.constant 3 : i32
  call @init_2d(%A, %A_seed, %n) : (memref<?x40xf64>, i32, i32) -> ()
  %x = memref.alloc(%c40) : memref<?xf64>
  %x_seed = arith.constant 5 : i32
  call @init_1d(%x, %x_seed, %n) : (memref<?xf64>, i32, i32) -> ()
  %y = memref.alloc(%c40) : memref<?xf64>
  %y_seed = arith.constant 1 : i32
  call @init_1d(%y, %y_seed, %n) : (memref<?xf64>, i32, i32) -> ()
  %tmp = memref.alloc(%c40) : memref<?xf64>
  %tmp_seed = arith.constant 1 : i32
  call @init_1d(%tmp, %tmp_seed, %n) : (memref<?xf64>, i32, i32) -> ()
  call @kernel_atax(%n, %A, %x, %y, %tmp)
      : (i32, memref<?x40xf64>, memref<?xf64>, memref<?xf64>, memref<?xf64>) -> ()
  call @print_hash_1d(%y) : (memref<?xf64>) -> ()
  call @print_hash_1d(%tmp) : (memref<?xf64>) -> ()
  memref.dealloc %A : memref<?x40xf64>
  memref.dealloc %x : memref<?xf64>
  memref.dealloc %y : memref<?xf64>
  memref.dealloc %tmp : memref<?xf64>
  return
}
