// LU decomposition, then forward and backward substitution on the host with a
// scalar alloca.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %{python} %S/../../../Differential/run-differential.py %s
// RUN: vyre-run %s --device=host --mode=persistent --stats=%t.json > %t.out
// RUN: FileCheck %s --check-prefix=STATS --input-file=%t.json
// STATS: "kernel_launches":0,"cooperative_launches":1,
// STATS-SAME: "fallbacks":[]

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

func.func private @kernel_ludcmp(%n: i32, %A: memref<?x40xf64>, %b: memref<?xf64>, %x: memref<?xf64>, %y: memref<?xf64>) {
  %w = memref.alloca() : memref<f64>
  %ni = arith.index_cast %n : i32 to index
  affine.for %k = 0 to %ni {
    affine.parallel (%i) = (%k + 1) to (symbol(%ni)) {
      %0 = affine.load %A[%i, %k] : memref<?x40xf64>
      %1 = affine.load %A[%k, %k] : memref<?x40xf64>
      %2 = arith.divf %0, %1 : f64
      affine.store %2, %A[%i, %k] : memref<?x40xf64>
      affine.for %j = affine_map<(d0) -> (d0 + 1)>(%k) to %ni {
        %3 = affine.load %A[%i, %k] : memref<?x40xf64>
        %4 = affine.load %A[%k, %j] : memref<?x40xf64>
        %5 = arith.mulf %3, %4 : f64
        %6 = affine.load %A[%i, %j] : memref<?x40xf64>
        %7 = arith.subf %6, %5 : f64
        affine.store %7, %A[%i, %j] : memref<?x40xf64>
      }
    }
  }
  affine.for %i = 0 to %ni {
    %0 = affine.load %b[%i] : memref<?xf64>
    affine.store %0, %w[] : memref<f64>
    affine.for %j = 0 to affine_map<(d0) -> (d0)>(%i) {
      %1 = affine.load %A[%i, %j] : memref<?x40xf64>
      %2 = affine.load %y[%j] : memref<?xf64>
      %3 = arith.mulf %1, %2 : f64
      %4 = affine.load %w[] : memref<f64>
      %5 = arith.subf %4, %3 : f64
      affine.store %5, %w[] : memref<f64>
    }
    %6 = affine.load %w[] : memref<f64>
    affine.store %6, %y[%i] : memref<?xf64>
  }
  affine.for %s = 0 to %ni {
    %i = affine.apply affine_map<(d0)[s0] -> (s0 - 1 - d0)>(%s)[%ni]
    %0 = memref.load %y[%i] : memref<?xf64>
    affine.store %0, %w[] : memref<f64>
    affine.for %j = affine_map<(d0)[s0] -> (s0 - d0)>(%s)[%ni] to %ni {
      %1 = affine.load %A[-%s + symbol(%ni) - 1, %j] : memref<?x40xf64>
      %2 = affine.load %x[%j] : memref<?xf64>
      %3 = arith.mulf %1, %2 : f64
      %4 = affine.load %w[] : memref<f64>
      %5 = arith.subf %4, %3 : f64
      affine.store %5, %w[] : memref<f64>
    }
    %6 = affine.load %w[] : memref<f64>
    %7 = memref.load %A[%i, %i] : memref<?x40xf64>
    %8 = arith.divf %6, %7 : f64
    memref.store %8, %x[%i] : memref<?xf64>
  }
  return
}

func.func @main() {
  %c40 = arith.constant 40 : index
  %n = arith.constant 40 : i32
  %A = memref.alloc(%c40) : memref<?x40xf64>
  %A_seed = arith.constant 2 : i32
  call @init_2d(%A, %A_seed, %n) : (memref<?x40xf64>, i32, i32) -> ()
  %b = memref.alloc(%c40) : memref<?xf64>
  %b_seed = arith.constant 3 : i32
  call @init_1d(%b, %b_seed, %n) : (memref<?xf64>, i32, i32) -> ()
  %x = memref.alloc(%c40) : memref<?xf64>
  %x_seed = arith.constant 1 : i32
  call @init_1d(%x, %x_seed, %n) : (memref<?xf64>, i32, i32) -> ()
  %y = memref.alloc(%c40) : memref<?xf64>
  %y_seed = arith.constant 1 : i32
  call @init_1d(%y, %y_seed, %n) : (memref<?xf64>, i32, i32) -> ()
  // A heavy diagonal, so that no pivoting is needed.
  affine.for %i = 0 to 40 {
    %heavy = arith.constant 9.600000e+01 : f64
    affine.store %heavy, %A[%i, %i] : memref<?x40xf64>
  }
  call @kernel_ludcmp(%n, %A, %b, %x, %y)
      : (i32, memref<?x40xf64>, memref<?xf64>, memref<?xf64>, memref<?xf64>) -> ()
  call @print_hash_1d(%x) : (memref<?xf64>) -> ()
  call @print_hash_1d(%y) : (memref<?xf64>) -> ()
  memref.dealloc %A : memref<?x40xf64>
  memref.dealloc %b : memref<?xf64>
  memref.dealloc %x : memref<?xf64>
  memref.dealloc %y : memref<?xf64>
  return
}
