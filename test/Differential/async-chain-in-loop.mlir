// Launches, copies and fills in a chain of tokens that the loop carries, waited
// for once at the end.
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
  %c16 = arith.constant 16 : index
  %i7 = arith.constant 7 : i32
  %a = memref.alloc() : memref<64xi32>
  %a_all = memref.cast %a : memref<64xi32> to memref<?xi32>
  call @fill_i32(%a_all) : (memref<?xi32>) -> ()
  %b = memref.alloc() : memref<64xi32>
  %b_all = memref.cast %b : memref<64xi32> to memref<?xi32>
  call @fill_i32(%b_all) : (memref<?xi32>) -> ()
  %t0 = gpu.wait async
  %da, %t1 = gpu.alloc async [%t0] () : memref<64xi32>
  %db, %t2 = gpu.alloc async [%t1] () : memref<64xi32>
  %t3 = gpu.memcpy async [%t2] %da, %a : memref<64xi32>, memref<64xi32>
  %t4 = gpu.memset async [%t3] %db, %i7 : memref<64xi32>, i32
  %end = scf.for %t = %c0 to %c6 step %c1 iter_args(%token = %t4) -> !gpu.async.token {
    %k = arith.index_cast %t : index to i32
    %u0 = gpu.launch async [%token] blocks(%bx, %by, %bz) in (%gx = %c4, %gy = %c1, %gz = %c1)
        threads(%tx, %ty, %tz) in (%sx = %c16, %sy = %c1, %sz = %c1) {
      %first = arith.muli %bx, %sx : index
      %i = arith.addi %first, %tx : index
      %x = memref.load %da[%i] : memref<64xi32>
      %y = memref.load %db[%i] : memref<64xi32>
      %xk = arith.addi %x, %k : i32
      %z = arith.muli %xk, %y : i32
      memref.store %z, %db[%i] : memref<64xi32>
      gpu.terminator
    }
    %u1 = gpu.memcpy async [%u0] %da, %db : memref<64xi32>, memref<64xi32>
    scf.yield %u1 : !gpu.async.token
  }
  %t5 = gpu.memcpy async [%end] %b, %da : memref<64xi32>, memref<64xi32>
  %t6 = gpu.dealloc async [%t5] %da : memref<64xi32>
  %t7 = gpu.dealloc async [%t6] %db : memref<64xi32>
  gpu.wait [%t7]
  call @print_hash_i32(%b_all) : (memref<?xi32>) -> ()
  memref.dealloc %b : memref<64xi32>
  memref.dealloc %a : memref<64xi32>
  return
}
