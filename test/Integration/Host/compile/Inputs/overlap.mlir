// A function for a C++ program that hands in overlapping parts of one array
// (overlap.cpp). Each kernel writes one part in place, so their order decides what the
// common elements are; the host reads and writes one element between.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
!part = memref<?xi32, strided<[?], offset: ?>>

func.func @mix(%left: !part, %right: !part, %every: !part, %rounds: i32) -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %three = arith.constant 3 : i32
  %n = memref.dim %left, %c0 : !part
  %m = memref.dim %right, %c0 : !part
  %k = memref.dim %every, %c0 : !part
  %count = arith.index_cast %rounds : i32 to index
  scf.for %round = %c0 to %count step %c1 {
    scf.parallel (%i) = (%c0) to (%n) step (%c1) {
      %v = memref.load %left[%i] : !part
      %w = arith.muli %v, %three : i32
      memref.store %w, %left[%i] : !part
      scf.reduce
    }
    scf.parallel (%i) = (%c0) to (%m) step (%c1) {
      %v = memref.load %right[%i] : !part
      %j = arith.index_cast %i : index to i32
      %w = arith.addi %v, %j : i32
      memref.store %w, %right[%i] : !part
      scf.reduce
    }
    scf.parallel (%i) = (%c0) to (%k) step (%c1) {
      %v = memref.load %every[%i] : !part
      %j = arith.index_cast %i : index to i32
      %w = arith.xori %v, %j : i32
      memref.store %w, %every[%i] : !part
      scf.reduce
    }
  }
  // Element 0 of the right part is also an element of the left one.
  %seen = memref.load %right[%c0] : !part
  %next = arith.addi %seen, %three : i32
  memref.store %next, %right[%c0] : !part
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    %v = memref.load %left[%i] : !part
    %w = arith.addi %v, %v : i32
    memref.store %w, %left[%i] : !part
    scf.reduce
  }
  return %seen : i32
}
