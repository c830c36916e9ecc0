// The host changes what came out of a loop of rotating buffers, and kernels go on
// with it: which allocation that is, only run time knows.
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
  %c7 = arith.constant 7 : index
  %c4 = arith.constant 4 : index
  %c64 = arith.constant 64 : index
  %n99 = arith.constant -99 : i32
  %a = memref.alloc() : memref<64xi32>
  %a_all = memref.cast %a : memref<64xi32> to memref<?xi32>
  call @fill_i32(%a_all) : (memref<?xi32>) -> ()
  %b = memref.alloc() : memref<64xi32>
  %b_all = memref.cast %b : memref<64xi32> to memref<?xi32>
  call @fill_i32(%b_all) : (memref<?xi32>) -> ()
  %r:2 = scf.for %t = %c0 to %c7 step %c1 iter_args(%x = %a, %y = %b) -> (memref<64xi32>, memref<64xi32>) {
    scf.parallel (%i) = (%c0) to (%c64) step (%c1) {
      %next = arith.addi %i, %c1 : index
      %wrapped = arith.remui %next, %c64 : index
      %u = memref.load %x[%i] : memref<64xi32>
      %v = memref.load %x[%wrapped] : memref<64xi32>
      %w = arith.addi %u, %v : i32
      memref.store %w, %y[%i] : memref<64xi32>
      scf.reduce
    }
    scf.yield %y, %x : memref<64xi32>, memref<64xi32>
  }
  %seen = memref.load %r#1[%c4] : memref<64xi32>
  %changed = arith.addi %seen, %n99 : i32
  memref.store %changed, %r#0[%c4] : memref<64xi32>
  %s:2 = scf.for %t = %c0 to %c4 step %c1 iter_args(%x = %r#0, %y = %r#1) -> (memref<64xi32>, memref<64xi32>) {
    scf.parallel (%i) = (%c0) to (%c64) step (%c1) {
      %u = memref.load %x[%i] : memref<64xi32>
      %v = memref.load %y[%i] : memref<64xi32>
      %w = arith.xori %u, %v : i32
      memref.store %w, %y[%i] : memref<64xi32>
      scf.reduce
    }
    scf.yield %y, %x : memref<64xi32>, memref<64xi32>
  }
  %s0 = memref.cast %s#0 : memref<64xi32> to memref<?xi32>
  call @print_hash_i32(%s0) : (memref<?xi32>) -> ()
  %s1 = memref.cast %s#1 : memref<64xi32> to memref<?xi32>
  call @print_hash_i32(%s1) : (memref<?xi32>) -> ()
  memref.dealloc %a : memref<64xi32>
  memref.dealloc %b : memref<64xi32>
  return
}
