// Correlation matrix of a data set: means, deviations with a root and a guard
// against small ones, then a triangle that is mirrored.
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

func.func private @kernel_correlation(%n: i32, %data: memref<?x40xf64>, %corr: memref<?x40xf64>, %mean: memref<?xf64>, %dev: memref<?xf64>) {
  %zero = arith.constant 0.000000e+00 : f64
  %one = arith.constant 1.000000e+00 : f64
  %small = arith.constant 1.000000e-01 : f64
  %ni = arith.index_cast %n : i32 to index
  %nf = arith.sitofp %n : i32 to f64
  affine.parallel (%j) = (0) to (symbol(%ni)) {
    %sum = affine.for %i = 0 to %ni iter_args(%acc = %zero) -> f64 {
      %0 = affine.load %data[%i, %j] : memref<?x40xf64>
      %1 = arith.addf %acc, %0 : f64
      affine.yield %1 : f64
    }
    %2 = arith.divf %sum, %nf : f64
    affine.store %2, %mean[%j] : memref<?xf64>
  }
  affine.parallel (%j) = (0) to (symbol(%ni)) {
    affine.store %zero, %dev[%j] : memref<?xf64>
    affine.for %i = 0 to %ni {
      %0 = affine.load %data[%i, %j] : memref<?x40xf64>
      %1 = affine.load %mean[%j] : memref<?xf64>
      %2 = arith.subf %0, %1 : f64
      %3 = arith.mulf %2, %2 : f64
      %4 = affine.load %dev[%j] : memref<?xf64>
      %5 = arith.addf %4, %3 : f64
      affine.store %5, %dev[%j] : memref<?xf64>
    }
    %6 = affine.load %dev[%j] : memref<?xf64>
    %7 = arith.divf %6, %nf : f64
    %8 = math.sqrt %7 : f64
    %9 = arith.cmpf ole, %8, %small : f64
    %10 = arith.select %9, %one, %8 : f64
    affine.store %10, %dev[%j] : memref<?xf64>
  }
  %root = math.sqrt %nf : f64
  affine.parallel (%i, %j) = (0, 0) to (symbol(%ni), symbol(%ni)) {
    %0 = affine.load %mean[%j] : memref<?xf64>
    %1 = affine.load %data[%i, %j] : memref<?x40xf64>
    %2 = arith.subf %1, %0 : f64
    %3 = affine.load %dev[%j] : memref<?xf64>
    %4 = arith.mulf %root, %3 : f64
    %5 = arith.divf %2, %4 : f64
    affine.store %5, %data[%i, %j] : memref<?x40xf64>
  }
  affine.parallel (%i) = (0) to (symbol(%ni) - 1) {
    affine.store %one, %corr[%i, %i] : memref<?x40xf64>
    affine.for %j = affine_map<(d0) -> (d0 + 1)>(%i) to %ni {
      affine.store %zero, %corr[%i, %j] : memref<?x40xf64>
      affine.for %k = 0 to %ni {
        %0 = affine.load %data[%k, %i] : memref<?x40xf64>
        %1 = affine.load %data[%k, %j] : memref<?x40xf64>
        %2 = arith.mulf %0, %1 : f64
        %3 = affine.load %corr[%i, %j] : memref<?x40xf64>
        %4 = arith.addf %3, %2 : f64
        affine.store %4, %corr[%i, %j] : memref<?x40xf64>
      }
      %5 = affine.load %corr[%i, %j] : memref<?x40xf64>
      affine.store %5, %corr[%j, %i] : memref<?x40xf64>
    }
  }
  affine.store %one, %corr[symbol(%ni) - 1, symbol(%ni) - 1] : memref<?x40xf64>
  return
}

func.func @main() {
  %c40 = arith.constant 40 : index
  %n = arith.constant 40 : i32
  %data = memref.alloc(%c40) : memref<?x40xf64>
  %data_seed = arith.constant 2 : i32
  call @init_2d(%data, %data_seed, %n) : (memref<?x40xf64>, i32, i32) -> ()
  %corr = memref.alloc(%c40) : memref<?x40xf64>
  %corr_seed = arith.constant 1 : i32
  call @init_2d(%corr, %corr_seed, %n) : (memref<?x40xf64>, i32, i32) -> ()
  %mean = memref.alloc(%c40) : memref<?xf64>
  %mean_seed = arith.constant 1 : i32
  call @init_1d(%mean, %mean_seed, %n) : (memref<?xf64>, i32, i32) -> ()
  %dev = memref.alloc(%c40) : memref<?xf64>
  %dev_seed = arith.constant 1 : i32
  call @init_1d(%dev, %dev_seed, %n) : (memref<?xf64>, i32, i32) -> ()
  call @kernel_correlation(%n, %data, %corr, %mean, %dev)
      : (i32, memref<?x40xf64>, memref<?x40xf64>, memref<?xf64>, memref<?xf64>) -> ()
  call @print_hash_2d(%corr) : (memref<?x40xf64>) -> ()
  call @print_hash_1d(%mean) : (memref<?xf64>) -> ()
  call @print_hash_1d(%dev) : (memref<?xf64>) -> ()
  memref.dealloc %data : memref<?x40xf64>
  memref.dealloc %corr : memref<?x40xf64>
  memref.dealloc %mean : memref<?xf64>
  memref.dealloc %dev : memref<?xf64>
  return
}
