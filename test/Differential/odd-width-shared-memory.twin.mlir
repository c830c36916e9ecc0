// The twin of odd-width-shared-memory.mlir.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

func.func private @printMemrefI32(memref<*xi32>) attributes {llvm.emit_c_interface}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %m = memref.alloc() : memref<4xi32>
  scf.for %tx = %c0 to %c4 step %c1 {
    %v = arith.index_cast %tx : index to i32
    memref.store %v, %m[%tx] : memref<4xi32>
  }
  %all = memref.cast %m : memref<4xi32> to memref<*xi32>
  call @printMemrefI32(%all) : (memref<*xi32>) -> ()
  memref.dealloc %m : memref<4xi32>
  return
}
