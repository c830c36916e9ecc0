// 64-bit arguments beyond 32 bits, and products that wrap, survive the way into
// the kernel.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %{python} %S/run-differential.py %s

func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

// Prints a 64-bit FNV-1a hash over the bits of all elements.
func.func private @print_hash_i64(%m: memref<?xi64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %prime = arith.constant 0x100000001b3 : i64
  %n = memref.dim %m, %c0 : memref<?xi64>
  %hash = scf.for %i = %c0 to %n step %c1 iter_args(%h = %basis) -> i64 {
    %value = memref.load %m[%i] : memref<?xi64>
    %mixed = arith.xori %h, %value : i64
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
func.func private @fill_i64(%m: memref<?xi64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %seven = arith.constant 7 : i32
  %modulus = arith.constant 61 : i32
  %twenty = arith.constant 20 : i32
  %n = memref.dim %m, %c0 : memref<?xi64>
  scf.for %i = %c0 to %n step %c1 {
    %k = arith.index_cast %i : index to i32
    %scaled = arith.muli %k, %seven : i32
    %rest = arith.remui %scaled, %modulus : i32
    %w = arith.subi %rest, %twenty : i32
    %v = arith.extsi %w : i32 to i64
    memref.store %v, %m[%i] : memref<?xi64>
  }
  return
}

func.func private @steps(%a: memref<?xi64>, %start: i64, %big: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c32 = arith.constant 32 : index
  scf.for %t = %c0 to %c4 step %c1 iter_args(%x = %start) -> i64 {
    scf.parallel (%i) = (%c0) to (%c32) step (%c1) {
      %v = memref.load %a[%i] : memref<?xi64>
      %j = arith.addi %i, %big : index
      %j64 = arith.index_cast %j : index to i64
      %p = arith.muli %v, %x : i64
      %w = arith.addi %p, %j64 : i64
      memref.store %w, %a[%i] : memref<?xi64>
      scf.reduce
    }
    %y = arith.muli %x, %x : i64
    scf.yield %y : i64
  }
  return
}

func.func @main() {
  %start = arith.constant 6364136223846793005 : i64
  %big = arith.constant 1152921504606846977 : index
  %a = memref.alloc() : memref<32xi64>
  %a_all = memref.cast %a : memref<32xi64> to memref<?xi64>
  call @fill_i64(%a_all) : (memref<?xi64>) -> ()
  call @steps(%a_all, %start, %big) : (memref<?xi64>, i64, index) -> ()
  call @print_hash_i64(%a_all) : (memref<?xi64>) -> ()
  memref.dealloc %a : memref<32xi64>
  return
}
