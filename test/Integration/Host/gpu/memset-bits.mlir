// gpu.memset of single bits: a byte each.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-run %s --device=host | FileCheck %s
// CHECK: 64

func.func private @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %true = arith.constant true
  %none = arith.constant 0 : i32
  %start = gpu.wait async
  %m, %t0 = gpu.alloc async [%start] () : memref<64xi1>
  %t1 = gpu.memset async [%t0] %m, %true : memref<64xi1>, i1
  gpu.wait [%t1]
  %sum = scf.for %i = %c0 to %c64 step %c1 iter_args(%n = %none) -> i32 {
    %bit = memref.load %m[%i] : memref<64xi1>
    %one = arith.extui %bit : i1 to i32
    %next = arith.addi %n, %one : i32
    scf.yield %next : i32
  }
  vector.print %sum : i32
  %t2 = gpu.dealloc async %m : memref<64xi1>
  return
}
