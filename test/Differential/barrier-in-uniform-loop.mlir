// Shared memory and barriers in a loop whose bounds are the same for all threads
// but come from an argument.
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
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %c32 = arith.constant 32 : index
  %a = memref.alloc() : memref<96xi32>
  %a_all = memref.cast %a : memref<96xi32> to memref<?xi32>
  call @fill_i32(%a_all) : (memref<?xi32>) -> ()
  scf.for %t = %c0 to %c5 step %c1 {
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c3, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c32, %sy = %c1, %sz = %c1)
               workgroup(%tile : memref<32xi32, #gpu.address_space<workgroup>>) {
      %zero = arith.constant 0 : index
      %one = arith.constant 1 : index
      %size = arith.constant 32 : index
      %first = arith.muli %bx, %sx : index
      %i = arith.addi %first, %tx : index
      %v = memref.load %a[%i] : memref<96xi32>
      memref.store %v, %tile[%tx] : memref<32xi32, #gpu.address_space<workgroup>>
      gpu.barrier
      // Each round every thread adds its right neighbour's value: the second
      // barrier keeps the round's writes behind the round's reads.
      scf.for %round = %zero to %t step %one {
        %next = arith.addi %tx, %one : index
        %from = arith.remui %next, %size : index
        %mine = memref.load %tile[%tx] : memref<32xi32, #gpu.address_space<workgroup>>
        %theirs = memref.load %tile[%from] : memref<32xi32, #gpu.address_space<workgroup>>
        %sum = arith.addi %mine, %theirs : i32
        gpu.barrier
        memref.store %sum, %tile[%tx] : memref<32xi32, #gpu.address_space<workgroup>>
        gpu.barrier
      }
      %w = memref.load %tile[%tx] : memref<32xi32, #gpu.address_space<workgroup>>
      memref.store %w, %a[%i] : memref<96xi32>
      gpu.terminator
    }
  }
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  memref.dealloc %a : memref<96xi32>
  return
}
