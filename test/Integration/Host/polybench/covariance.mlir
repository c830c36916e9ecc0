// Covariance matrix of a data set: the triangle is a parallel loop for each row
// that runs in time order, starting at the diagonal.
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

func.func private @kernel_covariance(%n: i32, %data: memref<?x40xf64>, %cov: memref<?x40xf64>, %mean: memref<?xf64>) {
  %zero = arith.constant 0.000000e+00 : f64
  %one = arith.constant 1.000000e+00 : f64
  %ni = arith.index_cast %n : i32 to index
  %nf = arith.sitofp %n : i32 to f64
  %n1 = arith.subf %nf, %one : f64
  affine.parallel (%j) = (0) to (symbol(%ni)) {
    %sum = affine.for %i = 0 to %ni iter_args(%acc = %zero) -> f64 {
      %0 = affine.load %data[%i, %j] : memref<?x40xf64>
      %1 = arith.addf %acc, %0 : f64
      affine.yield %1 : f64
    }
    %2 = arith.divf %sum, %nf : f64
    affine.store %2, %mean[%j] : memref<?xf64>
  }
  affine.parallel (%i, %j) = (0, 0) to (symbol(%ni), symbol(%ni)) {
    %0 = affine.load %mean[%j] : memref<?xf64>
    %1 = affine.load %data[%i, %j] : memref<?x40xf64>
    %2 = arith.subf %1, %0 : f64
    affine.store %2, %data[%i, %j] : memref<?x40xf64>
  }
  affine.for %i = 0 to %ni {
    affine.parallel (%j) = (%i) to (symbol(%ni)) {
      %sum = affine.for %k = 0 to %ni iter_args(%acc = %zero) -> f64 {
        %0 = affine.load %data[%k, %i] : memref<?x40xf64>
        %1 = affine.load %data[%k, %j] : memref<?x40xf64>
        %2 = arith.mulf %0, %1 : f64
        %3 = arith.addf %acc, %2 : f64
        affine.yield %3 : f64
      }
      %4 = arith.divf %sum, %n1 : f64
      affine.store %4, %cov[%i, %j] : memref<?x40xf64>
      affine.store %4, %cov[%j, %i] : memref<?x40xf64>
    }
  }
  return
}

func.func @main() {
  %c40 = arith.constant 40 : index
  %n = arith.constant 40 : i32
  %data = memref.alloc(%c40) : memref<?x40xf64>
  %data_seed = arith.constant 3 : i32
  call @init_2d(%data, %data_seed, %n) : (memref<?x40xf64>, i32, i32) -> ()
  %cov = memref.alloc(%c40) : memref<?x40xf64>
  %cov_seed = arith.constant 1 : i32
  call @init_2d(%cov, %cov_seed, %n) : (memref<?x40xf64>, i32, i32) -> ()
  %mean = memref.alloc(%c40) : memref<?xf64>
  %mean_seed = arith.constant 1 : i32
  call @init_1d(%mean, %mean_seed, %n) : (memref<?xf64>, i32, i32) -> ()
  call @kernel_covariance(%n, %data, %cov, %mean)
      : (i32, memref<?x40xf64>, memref<?x40xf64>, memref<?xf64>) -> ()
  call @print_hash_2d(%cov) : (memref<?x40xf64>) -> ()
  call @print_hash_1d(%mean) : (memref<?xf64>) -> ()
  memref.dealloc %data : memref<?x40xf64>
  memref.dealloc %cov : memref<?x40xf64>
  memref.dealloc %mean : memref<?xf64>
  return
}
