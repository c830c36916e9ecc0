// Loops that run no time at all, with host code inside and results: a counted loop
// and a while loop whose flag is clear at once.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %{python} %S/run-differential.py %s
// RUN: vyre-run %s --device=host --mode=persistent --stats=%t.json > %t.out
// RUN: FileCheck %s --check-prefix=STATS --input-file=%t.json
// STATS: "kernel_launches":0,"cooperative_launches":8,
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

func.func private @work(%m: memref<?xi32>, %flag: memref<1xi32>, %steps: index) -> (i32, i32)
    attributes {no_inline} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = memref.dim %m, %c0 : memref<?xi32>
  %zero = arith.constant 0 : i32
  %five = arith.constant 5 : i32
  %a = scf.for %t = %c0 to %steps step %c1 iter_args(%x = %five) -> i32 {
    scf.parallel (%i) = (%c0) to (%n) step (%c1) {
      %v = memref.load %m[%i] : memref<?xi32>
      %w = arith.addi %v, %x : i32
      memref.store %w, %m[%i] : memref<?xi32>
      scf.reduce
    }
    %y = memref.load %m[%c1] : memref<?xi32>
    memref.store %zero, %m[%c0] : memref<?xi32>
    scf.yield %y : i32
  }
  %b = scf.while (%x = %a) : (i32) -> i32 {
    %f = memref.load %flag[%c0] : memref<1xi32>
    %more = arith.cmpi ne, %f, %zero : i32
    scf.condition(%more) %x : i32
  } do {
  ^bb0(%x: i32):
    scf.parallel (%i) = (%c0) to (%n) step (%c1) {
      %v = memref.load %m[%i] : memref<?xi32>
      %w = arith.xori %v, %x : i32
      memref.store %w, %m[%i] : memref<?xi32>
      scf.reduce
    }
    memref.store %zero, %flag[%c0] : memref<1xi32>
    %y = arith.addi %x, %five : i32
    scf.yield %y : i32
  }
  return %a, %b : i32, i32
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %m = memref.alloc() : memref<2100xi32>
  %all = memref.cast %m : memref<2100xi32> to memref<?xi32>
  call @fill(%all) : (memref<?xi32>) -> ()
  %flag = memref.alloc() : memref<1xi32>
  memref.store %zero, %flag[%c0] : memref<1xi32>
  %a0, %b0 = call @work(%all, %flag, %c0) : (memref<?xi32>, memref<1xi32>, index) -> (i32, i32)
  memref.store %one, %flag[%c0] : memref<1xi32>
  %a1, %b1 = call @work(%all, %flag, %c0) : (memref<?xi32>, memref<1xi32>, index) -> (i32, i32)
  memref.store %one, %flag[%c0] : memref<1xi32>
  %a2, %b2 = call @work(%all, %flag, %c1) : (memref<?xi32>, memref<1xi32>, index) -> (i32, i32)
  %a3, %b3 = call @work(%all, %flag, %c3) : (memref<?xi32>, memref<1xi32>, index) -> (i32, i32)
  memref.store %b0, %m[%c0] : memref<2100xi32>
  memref.store %b1, %m[%c1] : memref<2100xi32>
  memref.store %b2, %m[%c2] : memref<2100xi32>
  %x = arith.xori %a3, %b3 : i32
  memref.store %x, %m[%c3] : memref<2100xi32>
  call @print_hash(%all) : (memref<?xi32>) -> ()
  memref.dealloc %flag : memref<1xi32>
  memref.dealloc %m : memref<2100xi32>
  return
}
