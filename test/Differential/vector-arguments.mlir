// A vector is a kernel argument, and the kernel loads and stores vectors.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %{python} %S/run-differential.py %s

func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

// Prints a 64-bit FNV-1a hash over the bits of all elements.
func.func private @print_hash_f32(%m: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %prime = arith.constant 0x100000001b3 : i64
  %n = memref.dim %m, %c0 : memref<?xf32>
  %hash = scf.for %i = %c0 to %n step %c1 iter_args(%h = %basis) -> i64 {
    %value = memref.load %m[%i] : memref<?xf32>
    %bits = arith.bitcast %value : f32 to i32
    %word = arith.extui %bits : i32 to i64
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
func.func private @fill_f32(%m: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %seven = arith.constant 7 : i32
  %modulus = arith.constant 61 : i32
  %twenty = arith.constant 20 : i32
  %n = memref.dim %m, %c0 : memref<?xf32>
  scf.for %i = %c0 to %n step %c1 {
    %k = arith.index_cast %i : index to i32
    %scaled = arith.muli %k, %seven : i32
    %rest = arith.remui %scaled, %modulus : i32
    %w = arith.subi %rest, %twenty : i32
    %v = arith.sitofp %w : i32 to f32
    memref.store %v, %m[%i] : memref<?xf32>
  }
  return
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %a = memref.alloc() : memref<64xf32>
  %a_all = memref.cast %a : memref<64xf32> to memref<?xf32>
  call @fill_f32(%a_all) : (memref<?xf32>) -> ()
  %v0 = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : vector<4xf32>
  %half = arith.constant dense<0.5> : vector<4xf32>
  %end = scf.for %t = %c0 to %c4 step %c1 iter_args(%vec = %v0) -> vector<4xf32> {
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c2, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c8, %sy = %c1, %sz = %c1) {
      %four = arith.constant 4 : index
      %first = arith.muli %bx, %sx : index
      %i = arith.addi %first, %tx : index
      %at = arith.muli %i, %four : index
      %old = vector.load %a[%at] : memref<64xf32>, vector<4xf32>
      %new = arith.addf %old, %vec : vector<4xf32>
      vector.store %new, %a[%at] : memref<64xf32>, vector<4xf32>
      gpu.terminator
    }
    %next = arith.mulf %vec, %half : vector<4xf32>
    scf.yield %next : vector<4xf32>
  }
  call @print_hash_f32(%a_all) : (memref<?xf32>) -> ()
  memref.dealloc %a : memref<64xf32>
  return
}
