// Gram-Schmidt orthogonalization: a norm in an alloca that the host takes the
// root of, then columns to the right in parallel.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %{python} %S/../../../Differential/run-differential.py %s
// RUN: vyre-run %s --device=host --mode=persistent --stats=%t.json > %t.out
// RUN: FileCheck %s --check-prefix=STATS --input-file=%t.json
// STATS: "kernel_launches":0,"cooperative_launches":1,
// STATS-SAME: "fallbacks":[]

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

func.func private @kernel_gramschmidt(%n: i32, %A: memref<?x40xf64>, %R: memref<?x40xf64>, %Q: memref<?x40xf64>) {
  %zero = arith.constant 0.000000e+00 : f64
  %norm = memref.alloca() : memref<f64>
  %ni = arith.index_cast %n : i32 to index
  affine.for %k = 0 to %ni {
    affine.store %zero, %norm[] : memref<f64>
    affine.for %i = 0 to %ni {
      %0 = affine.load %A[%i, %k] : memref<?x40xf64>
      %1 = arith.mulf %0, %0 : f64
      %2 = affine.load %norm[] : memref<f64>
      %3 = arith.addf %2, %1 : f64
      affine.store %3, %norm[] : memref<f64>
    }
    %square = affine.load %norm[] : memref<f64>
    %root = math.sqrt %square : f64
    affine.store %root, %R[%k, %k] : memref<?x40xf64>
    affine.parallel (%i) = (0) to (symbol(%ni)) {
      %0 = affine.load %A[%i, %k] : memref<?x40xf64>
      %1 = affine.load %R[%k, %k] : memref<?x40xf64>
      %2 = arith.divf %0, %1 : f64
      affine.store %2, %Q[%i, %k] : memref<?x40xf64>
    }
    affine.parallel (%j) = (%k + 1) to (symbol(%ni)) {
      affine.store %zero, %R[%k, %j] : memref<?x40xf64>
      affine.for %i = 0 to %ni {
        %0 = affine.load %Q[%i, %k] : memref<?x40xf64>
        %1 = affine.load %A[%i, %j] : memref<?x40xf64>
        %2 = arith.mulf %0, %1 : f64
        %3 = affine.load %R[%k, %j] : memref<?x40xf64>
        %4 = arith.addf %3, %2 : f64
        affine.store %4, %R[%k, %j] : memref<?x40xf64>
      }
      affine.for %i = 0 to %ni {
        %0 = affine.load %A[%i, %j] : memref<?x40xf64>
        %1 = affine.load %Q[%i, %k] : memref<?x40xf64>
        %2 = affine.load %R[%k, %j] : memref<?x40xf64>
        %3 = arith.mulf %1, %2 : f64
        %4 = arith.subf %0, %3 : f64
        affine.store %4, %A[%i, %j] : memref<?x40xf64>
      }
    }
  }
  return
}

func.func @main() {
  %c40 = arith.constant 40 : index
  %n = arith.constant 40 : i32
  %A = memref.alloc(%c40) : memref<?x40xf64>
  %A_seed = arith.constant 2 : i32
  call @init_2d(%A, %A_seed, %n) : (memref<?x40xf64>, i32, i32) -> ()
  %R = memref.alloc(%c40) : memref<?x40xf64>
  %R_seed = arith.constant 3 : i32
  call @init_2d(%R, %R_seed, %n) : (memref<?x40xf64>, i32, i32) -> ()
  %Q = memref.alloc(%c40) : memref<?x40xf64>
  %Q_seed = arith.constant 5 : i32
  call @init_2d(%Q, %Q_seed, %n) : (memref<?x40xf64>, i32, i32) -> ()
  call @kernel_gramschmidt(%n, %A, %R, %Q)
      : (i32, memref<?x40xf64>, memref<?x40xf64>, memref<?x40xf64>) -> ()
  call @print_hash_2d(%R) : (memref<?x40xf64>) -> ()
  call @print_hash_2d(%Q) : (memref<?x40xf64>) -> ()
  memref.dealloc %A : memref<?x40xf64>
  memref.dealloc %R : memref<?x40xf64>
  memref.dealloc %Q : memref<?x40xf64>
  return
}
