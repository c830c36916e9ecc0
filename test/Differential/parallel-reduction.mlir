// A parallel loop with results, a sum and a maximum, feeds the next launch.
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
  %c6 = arith.constant 6 : index
  %c50 = arith.constant 50 : index
  %i0 = arith.constant 0 : i32
  %im100000 = arith.constant -100000 : i32
  %i97 = arith.constant 97 : i32
  %a = memref.alloc() : memref<50xi32>
  %a_all = memref.cast %a : memref<50xi32> to memref<?xi32>
  call @fill_i32(%a_all) : (memref<?xi32>) -> ()
  scf.for %t = %c0 to %c6 step %c1 {
    %sum, %max = scf.parallel (%i) = (%c0) to (%c50) step (%c1)
        init (%i0, %im100000) -> (i32, i32) {
      %v = memref.load %a[%i] : memref<50xi32>
      scf.reduce(%v, %v : i32, i32) {
      ^bb0(%l: i32, %r: i32):
        %s = arith.addi %l, %r : i32
        scf.reduce.return %s : i32
      }, {
      ^bb0(%l: i32, %r: i32):
        %m = arith.maxsi %l, %r : i32
        scf.reduce.return %m : i32
      }
    }
    scf.parallel (%i) = (%c0) to (%c50) step (%c1) {
      %v = memref.load %a[%i] : memref<50xi32>
      %x = arith.muli %v, %max : i32
      %y = arith.addi %x, %sum : i32
      %w = arith.remsi %y, %i97 : i32
      memref.store %w, %a[%i] : memref<50xi32>
      scf.reduce
    }
  }
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  memref.dealloc %a : memref<50xi32>
  return
}
