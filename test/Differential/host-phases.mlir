// The host and kernels use one array in turns, outside of loops: a part through a
// view, single elements, and loops of kernels that run no times.
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

// One kernel: m[i] = 3 m[i] + i.
func.func private @step(%m: memref<?xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %three = arith.constant 3 : i32
  %n = memref.dim %m, %c0 : memref<?xi32>
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    %v = memref.load %m[%i] : memref<?xi32>
    %k = arith.index_cast %i : index to i32
    %s = arith.muli %v, %three : i32
    %w = arith.addi %s, %k : i32
    memref.store %w, %m[%i] : memref<?xi32>
    scf.reduce
  }
  return
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %c40 = arith.constant 40 : index
  %n99 = arith.constant -99 : i32
  %a = memref.alloc() : memref<64xi32>
  %all = memref.cast %a : memref<64xi32> to memref<?xi32>
  call @fill_i32(%all) : (memref<?xi32>) -> ()
  scf.for %t = %c0 to %c5 step %c1 {
    func.call @step(%all) : (memref<?xi32>) -> ()
  }
  // One element: the kernels' other elements must survive.
  memref.store %n99, %a[%c40] : memref<64xi32>
  scf.for %t = %c0 to %c3 step %c1 {
    func.call @step(%all) : (memref<?xi32>) -> ()
  }
  %x = memref.load %a[%c3] : memref<64xi32>
  // No trips, which only run time knows: what the host wrote is all there is.
  %bits = arith.index_cast %x : i32 to index
  %zero = arith.andi %bits, %c0 : index
  memref.store %n99, %a[%c1] : memref<64xi32>
  scf.for %t = %c0 to %zero step %c1 {
    func.call @step(%all) : (memref<?xi32>) -> ()
  }
  call @print_hash_i32(%all) : (memref<?xi32>) -> ()
  // A kernel writes the upper half through a view, the host reads all.
  %upper = memref.subview %a[32] [32] [1] : memref<64xi32> to memref<32xi32, strided<[1], offset: 32>>
  %c32 = arith.constant 32 : index
  scf.parallel (%i) = (%c0) to (%c32) step (%c1) {
    %v = memref.load %upper[%i] : memref<32xi32, strided<[1], offset: 32>>
    %w = arith.addi %v, %v : i32
    memref.store %w, %upper[%i] : memref<32xi32, strided<[1], offset: 32>>
    scf.reduce
  }
  %y = memref.load %upper[%c5] : memref<32xi32, strided<[1], offset: 32>>
  memref.store %y, %a[%c0] : memref<64xi32>
  func.call @step(%all) : (memref<?xi32>) -> ()
  call @print_hash_i32(%all) : (memref<?xi32>) -> ()
  memref.dealloc %a : memref<64xi32>
  return
}
