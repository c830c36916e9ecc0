// Launches whose cost grows or falls from iteration to iteration, as a batch.
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
  %a_flat = memref.alloc() : memref<14400xi32>
  %a_all = memref.cast %a_flat : memref<14400xi32> to memref<?xi32>
  call @fill_i32(%a_all) : (memref<?xi32>) -> ()
  %a = memref.expand_shape %a_flat [[0, 1]] output_shape [24, 600] : memref<14400xi32> into memref<24x600xi32>
  %b_flat = memref.alloc() : memref<14400xi32>
  %b_all = memref.cast %b_flat : memref<14400xi32> to memref<?xi32>
  call @fill_i32(%b_all) : (memref<?xi32>) -> ()
  %b = memref.expand_shape %b_flat [[0, 1]] output_shape [24, 600] : memref<14400xi32> into memref<24x600xi32>
  %c_flat = memref.alloc() : memref<14400xi32>
  %c_all = memref.cast %c_flat : memref<14400xi32> to memref<?xi32>
  call @fill_i32(%c_all) : (memref<?xi32>) -> ()
  %c = memref.expand_shape %c_flat [[0, 1]] output_shape [24, 600] : memref<14400xi32> into memref<24x600xi32>
  %c3 = arith.constant 3 : i32
  // Iteration t takes t steps a point.
  affine.for %t = 0 to 24 {
    affine.parallel (%i) = (0) to (600) {
      %v = affine.load %a[%t, %i] : memref<24x600xi32>
      %r = affine.for %k = 0 to affine_map<(d0) -> (d0 * 4)>(%t) iter_args(%x = %v) -> i32 {
        %kk = arith.index_cast %k : index to i32
        %m = arith.muli %x, %c3 : i32
        %n = arith.addi %m, %kk : i32
        affine.yield %n : i32
      }
      affine.store %r, %b[%t, %i] : memref<24x600xi32>
    }
    affine.parallel (%i) = (0) to (600) {
      %v = affine.load %b[%t, %i] : memref<24x600xi32>
      %r = affine.for %k = 0 to affine_map<(d0) -> (96 - d0 * 4)>(%t) iter_args(%x = %v) -> i32 {
        %kk = arith.index_cast %k : index to i32
        %m = arith.xori %x, %kk : i32
        %n = arith.addi %m, %c3 : i32
        affine.yield %n : i32
      }
      affine.store %r, %c[%t, %i] : memref<24x600xi32>
    }
  }
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  call @print_hash_i32(%b_all) : (memref<?xi32>) -> ()
  call @print_hash_i32(%c_all) : (memref<?xi32>) -> ()
  memref.dealloc %a_flat : memref<14400xi32>
  memref.dealloc %b_flat : memref<14400xi32>
  memref.dealloc %c_flat : memref<14400xi32>
  return
}
