// Nests whose length only run time knows: an inner bound that is an argument, a
// triangle, a while loop that counts down, and host code under a loaded branch. Each
// nest is one persistent kernel, whose launches the host counts beforehand; also
// without any trip of either loop.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %{python} %S/run-differential.py %s
// RUN: vyre-run %s --device=host --mode=persistent --stats=%t.json > %t.out
// RUN: FileCheck %s --check-prefix=STATS --input-file=%t.json
// STATS: "kernel_launches":0,"cooperative_launches":10,
// STATS-SAME: "fallbacks":[]
// RUN: vyre-run %s --device=host --profile=native --explain --stats=%t.auto.json 2>&1 >%t.out \
// RUN:   | FileCheck %s
// The last calls: 12 + 12 * 4 launches, and 11 * 12 / 2.
// CHECK: 60 iterations of 1 launches run as persistent
// CHECK: 66 iterations of 1 launches run as persistent
// The others have too few launches to pay for the set-up of 50 us.
// RUN: FileCheck %s --check-prefix=AUTO --input-file=%t.auto.json
// AUTO: "cooperative_launches":2,

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

func.func private @rectangle(%m: memref<?xi32>, %rows: index, %columns: index)
    attributes {no_inline} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = memref.dim %m, %c0 : memref<?xi32>
  %three = arith.constant 3 : i32
  scf.for %i = %c0 to %rows step %c1 {
    scf.for %j = %c0 to %columns step %c1 {
      scf.parallel (%k) = (%c0) to (%n) step (%c1) {
        %v = memref.load %m[%k] : memref<?xi32>
        %w = arith.muli %v, %three : i32
        memref.store %w, %m[%k] : memref<?xi32>
        scf.reduce
      }
    }
    %wide = arith.index_cast %i : index to i32
    scf.parallel (%k) = (%c0) to (%n) step (%c1) {
      %v = memref.load %m[%k] : memref<?xi32>
      %w = arith.addi %v, %wide : i32
      memref.store %w, %m[%k] : memref<?xi32>
      scf.reduce
    }
  }
  return
}

// Element 0 of the buffer, which kernels change, decides about a store of the host.
func.func private @triangle(%m: memref<?xi32>, %rows: index) attributes {no_inline} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = memref.dim %m, %c0 : memref<?xi32>
  %zero = arith.constant 0 : i32
  scf.for %i = %c0 to %rows step %c1 {
    %first = memref.load %m[%c0] : memref<?xi32>
    %negative = arith.cmpi slt, %first, %zero : i32
    scf.if %negative {
      memref.store %zero, %m[%c0] : memref<?xi32>
    }
    scf.for %j = %c0 to %i step %c1 {
      %wide = arith.index_cast %j : index to i32
      scf.parallel (%k) = (%c0) to (%n) step (%c1) {
        %v = memref.load %m[%k] : memref<?xi32>
        %w = arith.subi %v, %wide : i32
        memref.store %w, %m[%k] : memref<?xi32>
        scf.reduce
      }
    }
  }
  return
}

func.func private @halve(%m: memref<?xi32>, %start: index) attributes {no_inline} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %n = memref.dim %m, %c0 : memref<?xi32>
  %seven = arith.constant 7 : i32
  %end = scf.while (%left = %start) : (index) -> index {
    %goes = arith.cmpi sgt, %left, %c0 : index
    scf.condition(%goes) %left : index
  } do {
  ^bb0(%left: index):
    scf.parallel (%k) = (%c0) to (%n) step (%c1) {
      %v = memref.load %m[%k] : memref<?xi32>
      %w = arith.xori %v, %seven : i32
      memref.store %w, %m[%k] : memref<?xi32>
      scf.reduce
    }
    %half = arith.divui %left, %c2 : index
    scf.yield %half : index
  }
  return
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c12 = arith.constant 12 : index
  %m = memref.alloc() : memref<2100xi32>
  %all = memref.cast %m : memref<2100xi32> to memref<?xi32>
  call @fill(%all) : (memref<?xi32>) -> ()
  call @rectangle(%all, %c0, %c3) : (memref<?xi32>, index, index) -> ()
  call @rectangle(%all, %c3, %c0) : (memref<?xi32>, index, index) -> ()
  call @triangle(%all, %c0) : (memref<?xi32>, index) -> ()
  call @triangle(%all, %c1) : (memref<?xi32>, index) -> ()
  call @halve(%all, %c0) : (memref<?xi32>, index) -> ()
  call @rectangle(%all, %c1, %c1) : (memref<?xi32>, index, index) -> ()
  call @triangle(%all, %c3) : (memref<?xi32>, index) -> ()
  call @rectangle(%all, %c12, %c4) : (memref<?xi32>, index, index) -> ()
  call @triangle(%all, %c12) : (memref<?xi32>, index) -> ()
  call @halve(%all, %c12) : (memref<?xi32>, index) -> ()
  call @print_hash(%all) : (memref<?xi32>) -> ()
  memref.dealloc %m : memref<2100xi32>
  return
}
