// The host reads an element that the next launch, or the host itself, overwrites at
// once: no thread of a kernel may be late with its read.
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
  %c7 = arith.constant 7 : index
  %c300 = arith.constant 300 : index
  %size = arith.constant 8192 : index
  %zero = arith.constant 0 : i32
  %three = arith.constant 3 : i32
  %m = memref.alloc() : memref<8192xi32>
  %all = memref.cast %m : memref<8192xi32> to memref<?xi32>
  call @fill(%all) : (memref<?xi32>) -> ()
  %end = scf.for %t = %c0 to %c300 step %c1 iter_args(%carried = %zero) -> i32 {
    %seen = memref.load %m[%c7] : memref<8192xi32>
    scf.parallel (%i) = (%c0) to (%size) step (%c1) {
      %v = memref.load %m[%i] : memref<8192xi32>
      %a = arith.addi %v, %seen : i32
      %b = arith.xori %a, %carried : i32
      memref.store %b, %m[%i] : memref<8192xi32>
      scf.reduce
    }
    // Read, overwritten, and read again.
    %before = memref.load %m[%c0] : memref<8192xi32>
    %put = arith.muli %before, %three : i32
    memref.store %put, %m[%c0] : memref<8192xi32>
    %after = memref.load %m[%c0] : memref<8192xi32>
    %odd = arith.andi %after, %three : i32
    %skips = arith.cmpi eq, %odd, %zero : i32
    scf.if %skips {
      memref.store %before, %m[%c0] : memref<8192xi32>
    }
    %sum = arith.addi %before, %after : i32
    %next = arith.addi %sum, %carried : i32
    scf.yield %next : i32
  }
  memref.store %end, %m[%c7] : memref<8192xi32>
  call @print_hash(%all) : (memref<?xi32>) -> ()
  memref.dealloc %m : memref<8192xi32>
  return
}
