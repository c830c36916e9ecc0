// One buffer of bytes is seen as i32 by one launch and as i64 by the next: types
// do not tell buffers apart.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %{python} %S/run-differential.py %s

func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

// Prints a 64-bit FNV-1a hash over the bits of all elements.
func.func private @print_hash_i32(%m: memref<?xi32>) {
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

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c6 = arith.constant 6 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %bytes = memref.alloc() : memref<256xi8>
  %narrow = memref.view %bytes[%c0][%c64] : memref<256xi8> to memref<?xi32>
  %wide = memref.view %bytes[%c128][] : memref<256xi8> to memref<16xi64>
  scf.for %i = %c0 to %c64 step %c1 {
    %j = arith.index_cast %i : index to i32
    memref.store %j, %narrow[%i] : memref<?xi32>
  }
  scf.for %t = %c0 to %c6 step %c1 {
    scf.parallel (%i) = (%c0) to (%c32) step (%c1) {
      // From the lower half to the upper one, where the other view lies.
      %to = arith.addi %i, %c32 : index
      %v = memref.load %narrow[%i] : memref<?xi32>
      %u = memref.load %narrow[%to] : memref<?xi32>
      %w = arith.addi %v, %u : i32
      memref.store %w, %narrow[%to] : memref<?xi32>
      scf.reduce
    }
    affine.parallel (%i) = (0) to (16) {
      %three = arith.constant 3 : i64
      %v = affine.load %wide[%i] : memref<16xi64>
      %w = arith.muli %v, %three : i64
      affine.store %w, %wide[%i] : memref<16xi64>
    }
    scf.parallel (%i) = (%c0) to (%c32) step (%c1) {
      %from = arith.addi %i, %c32 : index
      %v = memref.load %narrow[%from] : memref<?xi32>
      memref.store %v, %narrow[%i] : memref<?xi32>
      scf.reduce
    }
  }
  call @print_hash_i32(%narrow) : (memref<?xi32>) -> ()
  memref.dealloc %bytes : memref<256xi8>
  return
}
