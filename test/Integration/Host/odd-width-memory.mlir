// An array of i65 takes 16 bytes an element, in memory that the host allocates too.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-run %s --device=host --mode=plain | FileCheck %s
// RUN: vyre-run %s --device=host --mode=persistent | FileCheck %s
// Every element is 6 (2^64 + 13) modulo 2^65, which is 78: with the first one the sum is
// 2^64 + 13 + 78,000, of which the test prints a quarter.
// CHECK: 4611686018427407407
func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = arith.constant 1000 : index
  %steps = arith.constant 5 : index
  %v = arith.constant 18446744073709551629 : i65
  %m = memref.alloc(%n) : memref<?xi65>
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    memref.store %v, %m[%i] : memref<?xi65>
    scf.reduce
  }
  scf.for %t = %c0 to %steps step %c1 {
    scf.parallel (%i) = (%c0) to (%n) step (%c1) {
      %x = memref.load %m[%i] : memref<?xi65>
      %y = arith.addi %x, %v : i65
      memref.store %y, %m[%i] : memref<?xi65>
      scf.reduce
    }
  }
  %sum = scf.for %i = %c0 to %n step %c1 iter_args(%s = %v) -> i65 {
    %x = memref.load %m[%i] : memref<?xi65>
    %r = arith.addi %s, %x : i65
    scf.yield %r : i65
  }
  %c2 = arith.constant 2 : i65
  %shifted = arith.shrui %sum, %c2 : i65
  %out = arith.trunci %shifted : i65 to i64
  vector.print %out : i64
  memref.dealloc %m : memref<?xi65>
  return
}
