// Gauss-Seidel relaxation in the parallel order: first the red points of a
// checkerboard, then the black ones, each a parallel loop with step two.
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

func.func private @kernel_seidel_red_black(%n: i32, %steps: i32, %A: memref<?x40xf64>) {
  %fifth = arith.constant 2.000000e-01 : f64
  %ni = arith.index_cast %n : i32 to index
  %t = arith.index_cast %steps : i32 to index
  affine.for %s = 0 to %t {
    affine.for %colour = 0 to 2 {
      affine.parallel (%i, %h) = (1, 0) to (symbol(%ni) - 1, 38) step (1, 2) {
        // Column 1 or 2 first, whichever has this colour in this row.
        %shift = affine.apply affine_map<(d0, d1, d2) -> (d0 + (d1 + d2) mod 2 + 1)>(%h, %i, %colour)
        %c1 = arith.constant 1 : index
        %left = arith.subi %shift, %c1 : index
        %right = arith.addi %shift, %c1 : index
        %up = arith.subi %i, %c1 : index
        %down = arith.addi %i, %c1 : index
        %0 = memref.load %A[%i, %shift] : memref<?x40xf64>
        %1 = memref.load %A[%i, %left] : memref<?x40xf64>
        %2 = memref.load %A[%i, %right] : memref<?x40xf64>
        %3 = memref.load %A[%up, %shift] : memref<?x40xf64>
        %4 = memref.load %A[%down, %shift] : memref<?x40xf64>
        %5 = arith.addf %0, %1 : f64
        %6 = arith.addf %5, %2 : f64
        %7 = arith.addf %6, %3 : f64
        %8 = arith.addf %7, %4 : f64
        %9 = arith.mulf %8, %fifth : f64
        memref.store %9, %A[%i, %shift] : memref<?x40xf64>
      }
    }
  }
  return
}

func.func @main() {
  %c40 = arith.constant 40 : index
  %n = arith.constant 40 : i32
  %steps = arith.constant 10 : i32
  %A = memref.alloc(%c40) : memref<?x40xf64>
  %A_seed = arith.constant 5 : i32
  call @init_2d(%A, %A_seed, %n) : (memref<?x40xf64>, i32, i32) -> ()
  call @kernel_seidel_red_black(%n, %steps, %A)
      : (i32, i32, memref<?x40xf64>) -> ()
  call @print_hash_2d(%A) : (memref<?x40xf64>) -> ()
  memref.dealloc %A : memref<?x40xf64>
  return
}
