// Threads of a block exchange data, through global memory between launches and through
// shared memory in one; no block needs another one's. Each block runs all iterations
// in a row, and threads meet in between.
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

func.func private @exchange(%a: memref<640xi32>, %b: memref<640xi32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %c20 = arith.constant 20 : index
  %c31 = arith.constant 31 : index
  %c32 = arith.constant 32 : index
  scf.for %t = %c0 to %n step %c1 {
    %k = arith.index_cast %t : index to i32
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c20, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c32, %sy = %c1, %sz = %c1) {
      %first = arith.muli %bx, %c32 : index
      %x = arith.addi %first, %tx : index
      %m = arith.subi %c31, %tx : index
      %y = arith.addi %first, %m : index
      %u = memref.load %a[%y] : memref<640xi32>
      %v = memref.load %b[%x] : memref<640xi32>
      %w = arith.subi %u, %v : i32
      memref.store %w, %b[%x] : memref<640xi32>
      gpu.terminator
    }
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c20, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c32, %sy = %c1, %sz = %c1)
               workgroup(%tile : memref<32xi32, #gpu.address_space<workgroup>>) {
      %first = arith.muli %bx, %c32 : index
      %x = arith.addi %first, %tx : index
      %m = arith.subi %c31, %tx : index
      %y = arith.addi %first, %m : index
      %u = memref.load %b[%y] : memref<640xi32>
      %w = arith.xori %u, %k : i32
      memref.store %w, %tile[%tx] : memref<32xi32, #gpu.address_space<workgroup>>
      gpu.barrier
      %z = memref.load %tile[%m] : memref<32xi32, #gpu.address_space<workgroup>>
      %old = memref.load %a[%x] : memref<640xi32>
      %new = arith.addi %old, %z : i32
      memref.store %new, %a[%x] : memref<640xi32>
      gpu.terminator
    }
  }
  return
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %c20 = arith.constant 20 : index
  %c31 = arith.constant 31 : index
  %c32 = arith.constant 32 : index
  %a = memref.alloc() : memref<640xi32>
  %b = memref.alloc() : memref<640xi32>
  %a_all = memref.cast %a : memref<640xi32> to memref<?xi32>
  %b_all = memref.cast %b : memref<640xi32> to memref<?xi32>
  call @fill_i32(%a_all) : (memref<?xi32>) -> ()
  call @fill_i32(%b_all) : (memref<?xi32>) -> ()
  call @exchange(%a, %b, %c0) : (memref<640xi32>, memref<640xi32>, index) -> ()
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  call @print_hash_i32(%b_all) : (memref<?xi32>) -> ()
  call @exchange(%a, %b, %c1) : (memref<640xi32>, memref<640xi32>, index) -> ()
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  call @print_hash_i32(%b_all) : (memref<?xi32>) -> ()
  call @exchange(%a, %b, %c9) : (memref<640xi32>, memref<640xi32>, index) -> ()
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  call @print_hash_i32(%b_all) : (memref<?xi32>) -> ()
  memref.dealloc %b : memref<640xi32>
  memref.dealloc %a : memref<640xi32>
  return
}
