// A three-dimensional grid of three-dimensional blocks; every id and every
// dimension takes part.
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
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c5 = arith.constant 5 : index
  %a = memref.alloc() : memref<720xi32>
  %a_all = memref.cast %a : memref<720xi32> to memref<?xi32>
  call @fill_i32(%a_all) : (memref<?xi32>) -> ()
  scf.for %t = %c0 to %c3 step %c1 {
    %k = arith.index_cast %t : index to i32
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c2, %gy = %c3, %gz = %c4)
               threads(%tx, %ty, %tz) in (%sx = %c5, %sy = %c3, %sz = %c2) {
      %b0 = arith.muli %bz, %gy : index
      %b1 = arith.addi %b0, %by : index
      %b2 = arith.muli %b1, %gx : index
      %b = arith.addi %b2, %bx : index
      %s0 = arith.muli %b, %sz : index
      %s1 = arith.addi %s0, %tz : index
      %s2 = arith.muli %s1, %sy : index
      %s3 = arith.addi %s2, %ty : index
      %s4 = arith.muli %s3, %sx : index
      %i = arith.addi %s4, %tx : index
      %x0 = arith.muli %bx, %tz : index
      %x1 = arith.addi %x0, %ty : index
      %x2 = arith.muli %x1, %bz : index
      %x = arith.index_cast %x2 : index to i32
      %v = memref.load %a[%i] : memref<720xi32>
      %y = arith.muli %v, %k : i32
      %w = arith.addi %y, %x : i32
      memref.store %w, %a[%i] : memref<720xi32>
      gpu.terminator
    }
  }
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  memref.dealloc %a : memref<720xi32>
  return
}
