// Kernels work on every third column and on a shifted window of a matrix; what
// lies between stays untouched.
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

// Element i becomes 7 i mod 61 - 20, on the host.
func.func private @fill_i32(%m: memref<?xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %seven = arith.constant 7 : i32
  %modulus = arith.constant 61 : i32
  %twenty = arith.constant 20 : i32
  %n = memref.dim %m, %c0 : memref<?xi32>
  scf.for %i = %c0 to %n step %c1 {
    %k = arith.index_cast %i : index to i32
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
  %c5 = arith.constant 5 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  %flat = memref.alloc() : memref<384xi32>
  %flat_all = memref.cast %flat : memref<384xi32> to memref<?xi32>
  call @fill_i32(%flat_all) : (memref<?xi32>) -> ()
  %m = memref.expand_shape %flat [[0, 1]] output_shape [16, 24] : memref<384xi32> into memref<16x24xi32>
  %columns = memref.subview %m[0, 1] [16, 8] [1, 3]
      : memref<16x24xi32> to memref<16x8xi32, strided<[24, 3], offset: 1>>
  scf.for %t = %c0 to %c5 step %c1 {
    %window = memref.subview %m[%t, 2] [4, 8] [2, 1]
        : memref<16x24xi32> to memref<4x8xi32, strided<[48, 1], offset: ?>>
    scf.parallel (%i, %j) = (%c0, %c0) to (%c16, %c8) step (%c1, %c1) {
      %v = memref.load %columns[%i, %j] : memref<16x8xi32, strided<[24, 3], offset: 1>>
      %w = arith.addi %v, %v : i32
      memref.store %w, %columns[%i, %j] : memref<16x8xi32, strided<[24, 3], offset: 1>>
      scf.reduce
    }
    scf.parallel (%i, %j) = (%c0, %c0) to (%c4, %c8) step (%c1, %c1) {
      %v = memref.load %window[%i, %j] : memref<4x8xi32, strided<[48, 1], offset: ?>>
      %j32 = arith.index_cast %j : index to i32
      %w = arith.subi %v, %j32 : i32
      memref.store %w, %window[%i, %j] : memref<4x8xi32, strided<[48, 1], offset: ?>>
      scf.reduce
    }
  }
  call @print_hash_i32(%flat_all) : (memref<?xi32>) -> ()
  memref.dealloc %flat : memref<384xi32>
  return
}
