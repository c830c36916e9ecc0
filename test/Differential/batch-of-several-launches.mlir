// Iterations of several launches, each on rows of its own: in a batch all iterations of a
// launch come before those of the next.
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
  // Own thread, then the row mirrored, then a launch of half the size.
  affine.for %t = 0 to 24 {
    affine.parallel (%i) = (0) to (600) {
      %v = affine.load %a[%t, %i] : memref<24x600xi32>
      %k = arith.index_cast %t : index to i32
      %w = arith.muli %v, %k : i32
      affine.store %w, %b[%t, %i] : memref<24x600xi32>
    }
    affine.parallel (%i) = (0) to (600) {
      %u = affine.load %b[%t, %i] : memref<24x600xi32>
      %v = affine.load %a[%t, %i] : memref<24x600xi32>
      %w = arith.addi %u, %v : i32
      affine.store %w, %b[%t, %i] : memref<24x600xi32>
    }
    affine.parallel (%i) = (0) to (600) {
      %v = affine.load %b[%t, -%i + 599] : memref<24x600xi32>
      affine.store %v, %c[%t, %i] : memref<24x600xi32>
    }
    affine.parallel (%i) = (0) to (300) {
      %u = affine.load %c[%t, %i] : memref<24x600xi32>
      %v = affine.load %c[%t, %i + 300] : memref<24x600xi32>
      %w = arith.xori %u, %v : i32
      affine.store %w, %a[%t, %i] : memref<24x600xi32>
    }
  }
  // Backwards through the rows, every second one.
  affine.for %s = 0 to 24 step 2 {
    %t = affine.apply affine_map<(d0) -> (23 - d0)>(%s)
    affine.parallel (%i) = (0) to (600) {
      %v = affine.load %a[%t, %i] : memref<24x600xi32>
      %k = arith.index_cast %t : index to i32
      %w = arith.subi %v, %k : i32
      memref.store %w, %b[%t, %i] : memref<24x600xi32>
    }
    affine.parallel (%i) = (0) to (600) {
      %v = memref.load %b[%t, %i] : memref<24x600xi32>
      %w = arith.addi %v, %v : i32
      memref.store %w, %c[%t, %i] : memref<24x600xi32>
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
