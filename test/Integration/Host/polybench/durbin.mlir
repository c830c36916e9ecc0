// Durbin's recursion for Toeplitz systems: scalars in allocas that the host
// reads and writes between parallel loops whose size grows by one each step.
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

func.func private @kernel_durbin(%n: i32, %r: memref<?xf64>, %y: memref<?xf64>) {
  %one = arith.constant 1.000000e+00 : f64
  %zero = arith.constant 0.000000e+00 : f64
  %alpha = memref.alloca() : memref<f64>
  %beta = memref.alloca() : memref<f64>
  %sum = memref.alloca() : memref<1xf64>
  %z = memref.alloca() : memref<40xf64>
  %ni = arith.index_cast %n : i32 to index
  %r0 = affine.load %r[0] : memref<?xf64>
  %m0 = arith.negf %r0 : f64
  affine.store %m0, %y[0] : memref<?xf64>
  affine.store %one, %beta[] : memref<f64>
  affine.store %m0, %alpha[] : memref<f64>
  affine.for %k = 1 to %ni {
    %a = affine.load %alpha[] : memref<f64>
    %aa = arith.mulf %a, %a : f64
    %rest = arith.subf %one, %aa : f64
    %b = affine.load %beta[] : memref<f64>
    %nb = arith.mulf %rest, %b : f64
    affine.store %nb, %beta[] : memref<f64>
    affine.store %zero, %sum[0] : memref<1xf64>
    affine.for %i = 0 to affine_map<(d0) -> (d0)>(%k) {
      %s = affine.load %sum[0] : memref<1xf64>
      %0 = affine.load %r[%k - %i - 1] : memref<?xf64>
      %1 = affine.load %y[%i] : memref<?xf64>
      %2 = arith.mulf %0, %1 : f64
      %3 = arith.addf %s, %2 : f64
      affine.store %3, %sum[0] : memref<1xf64>
    }
    %rk = affine.load %r[%k] : memref<?xf64>
    %s = affine.load %sum[0] : memref<1xf64>
    %top = arith.addf %rk, %s : f64
    %ntop = arith.negf %top : f64
    %na = arith.divf %ntop, %nb : f64
    affine.store %na, %alpha[] : memref<f64>
    affine.parallel (%i) = (0) to (%k) {
      %0 = affine.load %y[%i] : memref<?xf64>
      %1 = affine.load %y[%k - %i - 1] : memref<?xf64>
      %2 = affine.load %alpha[] : memref<f64>
      %3 = arith.mulf %2, %1 : f64
      %4 = arith.addf %0, %3 : f64
      affine.store %4, %z[%i] : memref<40xf64>
    }
    affine.parallel (%i) = (0) to (%k) {
      %0 = affine.load %z[%i] : memref<40xf64>
      affine.store %0, %y[%i] : memref<?xf64>
    }
    %last = affine.load %alpha[] : memref<f64>
    affine.store %last, %y[%k] : memref<?xf64>
  }
  return
}

func.func @main() {
  %c40 = arith.constant 40 : index
  %n = arith.constant 40 : i32
  %r = memref.alloc(%c40) : memref<?xf64>
  %r_seed = arith.constant 5 : i32
  call @init_1d(%r, %r_seed, %n) : (memref<?xf64>, i32, i32) -> ()
  %y = memref.alloc(%c40) : memref<?xf64>
  %y_seed = arith.constant 1 : i32
  call @init_1d(%y, %y_seed, %n) : (memref<?xf64>, i32, i32) -> ()
  call @kernel_durbin(%n, %r, %y)
      : (i32, memref<?xf64>, memref<?xf64>) -> ()
  call @print_hash_1d(%y) : (memref<?xf64>) -> ()
  memref.dealloc %r : memref<?xf64>
  memref.dealloc %y : memref<?xf64>
  return
}
