// The twin of helper-with-barrier.mlir.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

func.func private @printMemrefI32(memref<*xi32>) attributes {llvm.emit_c_interface}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c8 = arith.constant 8 : index
  %m = memref.alloc() : memref<8xi32>
  %copy = memref.alloc() : memref<8xi32>
  scf.for %i = %c0 to %c8 step %c1 {
    %k = arith.index_cast %i : index to i32
    %square = arith.muli %k, %k : i32
    memref.store %square, %m[%i] : memref<8xi32>
  }
  scf.for %t = %c0 to %c3 step %c1 {
    memref.copy %m, %copy : memref<8xi32> to memref<8xi32>
    scf.for %tx = %c0 to %c8 step %c1 {
      %next = arith.addi %tx, %c1 : index
      %wrapped = arith.remui %next, %c8 : index
      %v = memref.load %copy[%wrapped] : memref<8xi32>
      memref.store %v, %m[%tx] : memref<8xi32>
    }
  }
  %all = memref.cast %m : memref<8xi32> to memref<*xi32>
  call @printMemrefI32(%all) : (memref<*xi32>) -> ()
  memref.dealloc %copy : memref<8xi32>
  memref.dealloc %m : memref<8xi32>
  return
}
