// The host counts in a global variable and in a stack buffer between launches that
// read both, and looks at them after the loop.
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

memref.global "private" @counter : memref<1xi32> = dense<3>
memref.global "private" constant @table : memref<4xi32> = dense<[2, -7, 11, 5]>

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c25 = arith.constant 25 : index
  %size = arith.constant 2200 : index
  %one = arith.constant 1 : i32
  %m = memref.alloc() : memref<2200xi32>
  %all = memref.cast %m : memref<2200xi32> to memref<?xi32>
  call @fill(%all) : (memref<?xi32>) -> ()
  %stack = memref.alloca() : memref<i8>
  %first = arith.constant 100 : i8
  memref.store %first, %stack[] : memref<i8>
  scf.for %t = %c0 to %c25 step %c1 {
    %counter = memref.get_global @counter : memref<1xi32>
    %table = memref.get_global @table : memref<4xi32>
    %slot = arith.andi %t, %c3 : index
    %add = memref.load %table[%slot] : memref<4xi32>
    %old = memref.load %counter[%c0] : memref<1xi32>
    %new = arith.addi %old, %add : i32
    memref.store %new, %counter[%c0] : memref<1xi32>
    // Wraps around: 8 bits.
    %byte = memref.load %stack[] : memref<i8>
    %low = arith.trunci %new : i32 to i8
    %sum = arith.addi %byte, %low : i8
    %twice = arith.muli %sum, %sum : i8
    memref.store %twice, %stack[] : memref<i8>
    scf.parallel (%i) = (%c0) to (%size) step (%c1) {
      %k = memref.load %counter[%c0] : memref<1xi32>
      %b = memref.load %stack[] : memref<i8>
      %w = arith.extsi %b : i8 to i32
      %v = memref.load %m[%i] : memref<2200xi32>
      %x = arith.muli %v, %k : i32
      %y = arith.addi %x, %w : i32
      memref.store %y, %m[%i] : memref<2200xi32>
      scf.reduce
    }
  }
  %counter = memref.get_global @counter : memref<1xi32>
  %k = memref.load %counter[%c0] : memref<1xi32>
  %b = memref.load %stack[] : memref<i8>
  %w = arith.extsi %b : i8 to i32
  memref.store %k, %m[%c0] : memref<2200xi32>
  memref.store %w, %m[%c1] : memref<2200xi32>
  call @print_hash(%all) : (memref<?xi32>) -> ()
  memref.dealloc %m : memref<2200xi32>
  return
}
