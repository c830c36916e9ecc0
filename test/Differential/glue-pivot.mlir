// Elimination with a pivot that the host finds, swaps and stores in every iteration:
// loops, branches and scalars of the host between launches.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %{python} %S/run-differential.py %s
// RUN: vyre-run %s --device=host --mode=persistent --stats=%t.json > %t.out
// RUN: FileCheck %s --check-prefix=STATS --input-file=%t.json
// STATS: "kernel_launches":0,"cooperative_launches":1,
// STATS-SAME: "fallbacks":[]

func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

// Prints a 64-bit FNV-1a hash over the bits of all elements.
func.func private @print_hash(%m: memref<?xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %prime = arith.constant 0x100000001b3 : i64
  %n = memref.dim %m, %c0 : memref<?xi32>
  %hash = scf.for %i = %c0 to %n step %c1 iter_args(%h = %basis) -> i64 {
    %value = memref.load %m[%i] : memref<?xi32>
    %word = arith.extui %value : i32 to i64
    %mixed = arith.xori %h, %word : i64
    %next = arith.muli %mixed, %prime : i64
    scf.yield %next : i64
  }
  %out = memref.alloc() : memref<1xi64>
  memref.store %hash, %out[%c0] : memref<1xi64>
  %any = memref.cast %out : memref<1xi64> to memref<*xi64>
  call @printMemrefI64(%any) : (memref<*xi64>) -> ()
  memref.dealloc %out : memref<1xi64>
  return
}

// Element i becomes 7 i mod 61 - 20, on the host.
func.func private @fill(%m: memref<?xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %seven = arith.constant 7 : i32
  %modulus = arith.constant 61 : i32
  %twenty = arith.constant 20 : i32
  %n = memref.dim %m, %c0 : memref<?xi32>
  scf.for %i = %c0 to %n step %c1 {
    %wide = arith.index_cast %i : index to i64
    %k = arith.trunci %wide : i64 to i32
    %scaled = arith.muli %k, %seven : i32
    %rest = arith.remui %scaled, %modulus : i32
    %w = arith.subi %rest, %twenty : i32
    memref.store %w, %m[%i] : memref<?xi32>
  }
  return
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c60 = arith.constant 60 : index
  %c59 = arith.constant 59 : index
  %all = arith.constant 3600 : index
  %zero = arith.constant 0 : i32
  %seven = arith.constant 7 : i32
  %m = memref.alloc() : memref<3600xi32>
  %m_all = memref.cast %m : memref<3600xi32> to memref<?xi32>
  call @fill(%m_all) : (memref<?xi32>) -> ()
  %pivots = memref.alloca() : memref<60xi32>
  %factor = memref.alloca() : memref<i32>
  scf.for %k = %c0 to %c59 step %c1 {
    // The row with the largest element of column k: a loop of loads.
    %best, %row = scf.for %i = %k to %c60 step %c1
        iter_args(%value = %zero, %at = %k) -> (i32, index) {
      %base = arith.muli %i, %c60 : index
      %place = arith.addi %base, %k : index
      %here = memref.load %m[%place] : memref<3600xi32>
      %more = arith.cmpi sgt, %here, %value : i32
      %v = arith.select %more, %here, %value : i32
      %r = arith.select %more, %i, %at : index
      scf.yield %v, %r : i32, index
    }
    // Swaps the rows: a loop of loads and stores, in a branch.
    %differ = arith.cmpi ne, %row, %k : index
    scf.if %differ {
      scf.for %j = %k to %c60 step %c1 {
        %upper = arith.muli %k, %c60 : index
        %lower = arith.muli %row, %c60 : index
        %a = arith.addi %upper, %j : index
        %b = arith.addi %lower, %j : index
        %x = memref.load %m[%a] : memref<3600xi32>
        %y = memref.load %m[%b] : memref<3600xi32>
        memref.store %y, %m[%a] : memref<3600xi32>
        memref.store %x, %m[%b] : memref<3600xi32>
      }
    }
    memref.store %best, %pivots[%k] : memref<60xi32>
    %odd = arith.muli %best, %seven : i32
    memref.store %odd, %factor[] : memref<i32>
    %first = arith.addi %k, %c1 : index
    scf.parallel (%i, %j) = (%first, %k) to (%c60, %c60) step (%c1, %c1) {
      %times = memref.load %factor[] : memref<i32>
      %base = arith.muli %i, %c60 : index
      %place = arith.addi %base, %j : index
      %upper = arith.muli %k, %c60 : index
      %over = arith.addi %upper, %j : index
      %old = memref.load %m[%place] : memref<3600xi32>
      %top = memref.load %m[%over] : memref<3600xi32>
      %part = arith.muli %times, %top : i32
      %new = arith.subi %old, %part : i32
      memref.store %new, %m[%place] : memref<3600xi32>
      scf.reduce
    }
  }
  %sum = scf.for %k = %c0 to %c59 step %c1 iter_args(%s = %zero) -> i32 {
    %p = memref.load %pivots[%k] : memref<60xi32>
    %t = arith.xori %s, %p : i32
    scf.yield %t : i32
  }
  memref.store %sum, %m[%c0] : memref<3600xi32>
  call @print_hash(%m_all) : (memref<?xi32>) -> ()
  memref.dealloc %m : memref<3600xi32>
  return
}
