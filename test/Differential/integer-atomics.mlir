// Many threads update the same counters with atomic add, and, or, max and min in
// a loop; integers make the order irrelevant.
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
  %c8 = arith.constant 8 : index
  %c32 = arith.constant 32 : index
  %i0 = arith.constant 0 : i32
  %i7 = arith.constant 7 : i32
  %a = memref.alloc() : memref<256xi32>
  %a_all = memref.cast %a : memref<256xi32> to memref<?xi32>
  call @fill_i32(%a_all) : (memref<?xi32>) -> ()
  %bins = memref.alloc() : memref<8xi32>
  %bins_all = memref.cast %bins : memref<8xi32> to memref<?xi32>
  call @fill_i32(%bins_all) : (memref<?xi32>) -> ()
  scf.for %t = %c0 to %c5 step %c1 {
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c8, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c32, %sy = %c1, %sz = %c1) {
      %first = arith.muli %bx, %sx : index
      %i = arith.addi %first, %tx : index
      %three = arith.constant 3 : index
      %spread = arith.constant 4 : index
      %k0 = arith.constant 0 : index
      %k4 = arith.constant 4 : index
      %k5 = arith.constant 5 : index
      %k6 = arith.constant 6 : index
      %k7 = arith.constant 7 : index
      %mixed = arith.muli %i, %three : index
      %bin = arith.remui %mixed, %spread : index
      %v = memref.load %a[%i] : memref<256xi32>
      %o0 = memref.atomic_rmw addi %v, %bins[%bin] : (i32, memref<8xi32>) -> i32
      %o1 = memref.atomic_rmw maxs %v, %bins[%k4] : (i32, memref<8xi32>) -> i32
      %o2 = memref.atomic_rmw mins %v, %bins[%k5] : (i32, memref<8xi32>) -> i32
      %o3 = memref.atomic_rmw ori %v, %bins[%k6] : (i32, memref<8xi32>) -> i32
      %o4 = memref.atomic_rmw andi %v, %bins[%k7] : (i32, memref<8xi32>) -> i32
      gpu.terminator
    }
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c8, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c32, %sy = %c1, %sz = %c1) {
      %first = arith.muli %bx, %sx : index
      %i = arith.addi %first, %tx : index
      %spread = arith.constant 8 : index
      %bin = arith.remui %i, %spread : index
      %b = memref.load %bins[%bin] : memref<8xi32>
      %v = memref.load %a[%i] : memref<256xi32>
      %w = arith.xori %b, %v : i32
      memref.store %w, %a[%i] : memref<256xi32>
      gpu.terminator
    }
  }
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  call @print_hash_i32(%bins_all) : (memref<?xi32>) -> ()
  memref.dealloc %bins : memref<8xi32>
  memref.dealloc %a : memref<256xi32>
  return
}
