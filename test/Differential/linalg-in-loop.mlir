// A time loop over a tensor that a linalg operation updates in every step, and a
// reduction of rows after it.
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

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %c12 = arith.constant 12 : index
  %c20 = arith.constant 20 : index
  %sum = memref.alloc() : memref<12xi32>
  %sum_all = memref.cast %sum : memref<12xi32> to memref<?xi32>
  call @fill_i32(%sum_all) : (memref<?xi32>) -> ()
  %empty = tensor.empty() : tensor<12x20xi32>
  %start = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]}
      outs(%empty : tensor<12x20xi32>) {
  ^bb0(%unused: i32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %p = arith.muli %i, %j : index
    %v = arith.index_cast %p : index to i32
    linalg.yield %v : i32
  } -> tensor<12x20xi32>
  %end = scf.for %t = %c0 to %c5 step %c1 iter_args(%x = %start) -> tensor<12x20xi32> {
    %k = arith.index_cast %t : index to i32
    %next = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]}
        outs(%x : tensor<12x20xi32>) {
    ^bb0(%v: i32):
      %j = linalg.index 1 : index
      %j32 = arith.index_cast %j : index to i32
      %w = arith.addi %v, %k : i32
      %u = arith.xori %w, %j32 : i32
      linalg.yield %u : i32
    } -> tensor<12x20xi32>
    scf.yield %next : tensor<12x20xi32>
  }
  %zero = arith.constant 0 : i32
  %row0 = tensor.empty() : tensor<12xi32>
  %rows0 = linalg.fill ins(%zero : i32) outs(%row0 : tensor<12xi32>) -> tensor<12xi32>
  %rows = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%end : tensor<12x20xi32>) outs(%rows0 : tensor<12xi32>) {
  ^bb0(%v: i32, %acc: i32):
    %three = arith.constant 3 : i32
    %scaled = arith.muli %acc, %three : i32
    %s = arith.addi %scaled, %v : i32
    linalg.yield %s : i32
  } -> tensor<12xi32>
  scf.for %i = %c0 to %c12 step %c1 {
    %v = tensor.extract %rows[%i] : tensor<12xi32>
    memref.store %v, %sum[%i] : memref<12xi32>
  }
  call @print_hash_i32(%sum_all) : (memref<?xi32>) -> ()
  memref.dealloc %sum : memref<12xi32>
  return
}
