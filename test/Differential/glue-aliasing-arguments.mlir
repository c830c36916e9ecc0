// A host store and a host load through one argument, launches on another: both are
// the same memory, which only the caller knows.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %{python} %S/run-differential.py %s
// RUN: vyre-run %s --device=host --mode=persistent --stats=%t.json > %t.out
// RUN: FileCheck %s --check-prefix=STATS --input-file=%t.json
// STATS: "kernel_launches":0,"cooperative_launches":2,
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

func.func private @work(%a: memref<?xi32>, %b: memref<?xi32>, %n: index, %steps: index) -> i32
    attributes {no_inline} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %zero = arith.constant 0 : i32
  %last = scf.for %t = %c0 to %steps step %c1 iter_args(%sum = %zero) -> i32 {
    %wide = arith.index_cast %t : index to i64
    %k = arith.trunci %wide : i64 to i32
    memref.store %k, %b[%c3] : memref<?xi32>
    scf.parallel (%i) = (%c0) to (%n) step (%c1) {
      %p = memref.load %a[%c3] : memref<?xi32>
      %v = memref.load %a[%i] : memref<?xi32>
      %w = arith.addi %v, %p : i32
      %other = arith.cmpi ne, %i, %c3 : index
      scf.if %other {
        memref.store %w, %a[%i] : memref<?xi32>
      }
      scf.reduce
    }
    %seen = memref.load %b[%c1] : memref<?xi32>
    scf.parallel (%i) = (%c0) to (%n) step (%c1) {
      %v = memref.load %a[%i] : memref<?xi32>
      %w = arith.xori %v, %seen : i32
      memref.store %w, %a[%i] : memref<?xi32>
      scf.reduce
    }
    %next = arith.addi %sum, %seen : i32
    scf.yield %next : i32
  }
  return %last : i32
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c20 = arith.constant 20 : index
  %n = arith.constant 3000 : index
  %m = memref.alloc() : memref<3000xi32>
  %all = memref.cast %m : memref<3000xi32> to memref<?xi32>
  call @fill(%all) : (memref<?xi32>) -> ()
  %same = call @work(%all, %all, %n, %c20) : (memref<?xi32>, memref<?xi32>, index, index) -> i32
  call @print_hash(%all) : (memref<?xi32>) -> ()
  %other = memref.alloc() : memref<3000xi32>
  %other_all = memref.cast %other : memref<3000xi32> to memref<?xi32>
  call @fill(%other_all) : (memref<?xi32>) -> ()
  %differ = call @work(%all, %other_all, %n, %c20)
      : (memref<?xi32>, memref<?xi32>, index, index) -> i32
  memref.store %same, %m[%c0] : memref<3000xi32>
  memref.store %differ, %other[%c0] : memref<3000xi32>
  call @print_hash(%all) : (memref<?xi32>) -> ()
  call @print_hash(%other_all) : (memref<?xi32>) -> ()
  memref.dealloc %other : memref<3000xi32>
  memref.dealloc %m : memref<3000xi32>
  return
}
