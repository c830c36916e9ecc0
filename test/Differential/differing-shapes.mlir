// Three dependent launches per iteration with different grids and blocks: a
// merged kernel must give each its own ids.
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
  %c4 = arith.constant 4 : index
  %c6 = arith.constant 6 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  %c12 = arith.constant 12 : index
  %c96 = arith.constant 96 : index
  %c32 = arith.constant 32 : index
  %c3 = arith.constant 3 : index
  %a = memref.alloc() : memref<96xi32>
  %a_all = memref.cast %a : memref<96xi32> to memref<?xi32>
  call @fill_i32(%a_all) : (memref<?xi32>) -> ()
  %b = memref.alloc() : memref<96xi32>
  %b_all = memref.cast %b : memref<96xi32> to memref<?xi32>
  call @fill_i32(%b_all) : (memref<?xi32>) -> ()
  scf.for %t = %c0 to %c6 step %c1 {
    %k = arith.index_cast %t : index to i32
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c6, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c16, %sy = %c1, %sz = %c1) {
      %first = arith.muli %bx, %sx : index
      %i = arith.addi %first, %tx : index
      %v = memref.load %a[%i] : memref<96xi32>
      %w = arith.addi %v, %k : i32
      memref.store %w, %b[%i] : memref<96xi32>
      gpu.terminator
    }
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c4, %gy = %c3, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c4, %sy = %c1, %sz = %c1) {
      %two = arith.constant 2 : index
      %size = arith.constant 96 : index
      %row = arith.muli %by, %gx : index
      %cell = arith.addi %row, %bx : index
      %first = arith.muli %cell, %sx : index
      %half = arith.addi %first, %tx : index
      %i = arith.muli %half, %two : index
      %one = arith.constant 1 : index
      %reverse = arith.subi %size, %i : index
      %from = arith.subi %reverse, %one : index
      %v = memref.load %b[%from] : memref<96xi32>
      memref.store %v, %a[%i] : memref<96xi32>
      gpu.terminator
    }
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c3)
               threads(%tx, %ty, %tz) in (%sx = %c8, %sy = %c4, %sz = %c1) {
      %rows = arith.muli %bz, %sy : index
      %row = arith.addi %rows, %ty : index
      %cells = arith.muli %row, %sx : index
      %i = arith.addi %cells, %tx : index
      %v = memref.load %a[%i] : memref<96xi32>
      %u = memref.load %b[%i] : memref<96xi32>
      %w = arith.xori %v, %u : i32
      memref.store %w, %b[%i] : memref<96xi32>
      gpu.terminator
    }
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c3, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c32, %sy = %c1, %sz = %c1) {
      %first = arith.muli %bx, %sx : index
      %i = arith.addi %first, %tx : index
      %v = memref.load %b[%i] : memref<96xi32>
      memref.store %v, %a[%i] : memref<96xi32>
      gpu.terminator
    }
  }
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  memref.dealloc %a : memref<96xi32>
  memref.dealloc %b : memref<96xi32>
  return
}
