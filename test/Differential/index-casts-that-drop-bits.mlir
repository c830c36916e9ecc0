// A cast from index to 32 bits and back: the bits it drops stay dropped.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %{python} %S/run-differential.py %s

func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %large = arith.constant 4294967296 : index
  %r = memref.alloc() : memref<4xi64>
  scf.for %t = %c0 to %c3 step %c1 {
    scf.parallel (%i) = (%c0) to (%c4) step (%c1) {
      %s = arith.addi %i, %large : index
      %narrow = arith.index_cast %s : index to i32
      %back = arith.index_cast %narrow : i32 to index
      %k = arith.addi %back, %t : index
      %v = arith.index_cast %k : index to i64
      memref.store %v, %r[%i] : memref<4xi64>
      scf.reduce
    }
  }
  %all = memref.cast %r : memref<4xi64> to memref<*xi64>
  call @printMemrefI64(%all) : (memref<*xi64>) -> ()
  memref.dealloc %r : memref<4xi64>
  return
}
