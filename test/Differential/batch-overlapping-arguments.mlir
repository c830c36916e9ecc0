// A function whose loop is a batch only if its arguments do not overlap, called both ways.
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

// A batch if the arguments do not overlap.
func.func private @two(%x: memref<12x600xi32, strided<[600, 1], offset: ?>>, %y: memref<12x600xi32, strided<[600, 1], offset: ?>>) attributes {no_inline} {
  affine.for %t = 0 to 12 {
    affine.parallel (%i) = (0) to (600) {
      %v = affine.load %x[%t, %i] : memref<12x600xi32, strided<[600, 1], offset: ?>>
      %k = arith.index_cast %t : index to i32
      %w = arith.addi %v, %k : i32
      affine.store %w, %y[%t, %i] : memref<12x600xi32, strided<[600, 1], offset: ?>>
    }
    affine.parallel (%i) = (0) to (600) {
      %v = affine.load %y[%t, %i] : memref<12x600xi32, strided<[600, 1], offset: ?>>
      %w = arith.addi %v, %v : i32
      affine.store %w, %y[%t, %i] : memref<12x600xi32, strided<[600, 1], offset: ?>>
    }
  }
  return
}

func.func @main() {
  %a_flat = memref.alloc() : memref<14400xi32>
  %a_all = memref.cast %a_flat : memref<14400xi32> to memref<?xi32>
  call @fill_i32(%a_all) : (memref<?xi32>) -> ()
  %a = memref.expand_shape %a_flat [[0, 1]] output_shape [24, 600] : memref<14400xi32> into memref<24x600xi32>
  // disjoint halves
  %x0_12 = memref.subview %a[0, 0] [12, 600] [1, 1] : memref<24x600xi32> to memref<12x600xi32, strided<[600, 1]>>
  %x0_12_any = memref.cast %x0_12 : memref<12x600xi32, strided<[600, 1]>> to memref<12x600xi32, strided<[600, 1], offset: ?>>
  %y0_12 = memref.subview %a[12, 0] [12, 600] [1, 1] : memref<24x600xi32> to memref<12x600xi32, strided<[600, 1], offset: 7200>>
  %y0_12_any = memref.cast %y0_12 : memref<12x600xi32, strided<[600, 1], offset: 7200>> to memref<12x600xi32, strided<[600, 1], offset: ?>>
  call @two(%x0_12_any, %y0_12_any) : (memref<12x600xi32, strided<[600, 1], offset: ?>>, memref<12x600xi32, strided<[600, 1], offset: ?>>) -> ()
  // disjoint halves
  %x12_0 = memref.subview %a[12, 0] [12, 600] [1, 1] : memref<24x600xi32> to memref<12x600xi32, strided<[600, 1], offset: 7200>>
  %x12_0_any = memref.cast %x12_0 : memref<12x600xi32, strided<[600, 1], offset: 7200>> to memref<12x600xi32, strided<[600, 1], offset: ?>>
  %y12_0 = memref.subview %a[0, 0] [12, 600] [1, 1] : memref<24x600xi32> to memref<12x600xi32, strided<[600, 1]>>
  %y12_0_any = memref.cast %y12_0 : memref<12x600xi32, strided<[600, 1]>> to memref<12x600xi32, strided<[600, 1], offset: ?>>
  call @two(%x12_0_any, %y12_0_any) : (memref<12x600xi32, strided<[600, 1], offset: ?>>, memref<12x600xi32, strided<[600, 1], offset: ?>>) -> ()
  // overlapping rows, the writer ahead
  %x0_6 = memref.subview %a[0, 0] [12, 600] [1, 1] : memref<24x600xi32> to memref<12x600xi32, strided<[600, 1]>>
  %x0_6_any = memref.cast %x0_6 : memref<12x600xi32, strided<[600, 1]>> to memref<12x600xi32, strided<[600, 1], offset: ?>>
  %y0_6 = memref.subview %a[6, 0] [12, 600] [1, 1] : memref<24x600xi32> to memref<12x600xi32, strided<[600, 1], offset: 3600>>
  %y0_6_any = memref.cast %y0_6 : memref<12x600xi32, strided<[600, 1], offset: 3600>> to memref<12x600xi32, strided<[600, 1], offset: ?>>
  call @two(%x0_6_any, %y0_6_any) : (memref<12x600xi32, strided<[600, 1], offset: ?>>, memref<12x600xi32, strided<[600, 1], offset: ?>>) -> ()
  // overlapping rows, the writer behind
  %x6_0 = memref.subview %a[6, 0] [12, 600] [1, 1] : memref<24x600xi32> to memref<12x600xi32, strided<[600, 1], offset: 3600>>
  %x6_0_any = memref.cast %x6_0 : memref<12x600xi32, strided<[600, 1], offset: 3600>> to memref<12x600xi32, strided<[600, 1], offset: ?>>
  %y6_0 = memref.subview %a[0, 0] [12, 600] [1, 1] : memref<24x600xi32> to memref<12x600xi32, strided<[600, 1]>>
  %y6_0_any = memref.cast %y6_0 : memref<12x600xi32, strided<[600, 1]>> to memref<12x600xi32, strided<[600, 1], offset: ?>>
  call @two(%x6_0_any, %y6_0_any) : (memref<12x600xi32, strided<[600, 1], offset: ?>>, memref<12x600xi32, strided<[600, 1], offset: ?>>) -> ()
  // one row in common
  %x0_11 = memref.subview %a[0, 0] [12, 600] [1, 1] : memref<24x600xi32> to memref<12x600xi32, strided<[600, 1]>>
  %x0_11_any = memref.cast %x0_11 : memref<12x600xi32, strided<[600, 1]>> to memref<12x600xi32, strided<[600, 1], offset: ?>>
  %y0_11 = memref.subview %a[11, 0] [12, 600] [1, 1] : memref<24x600xi32> to memref<12x600xi32, strided<[600, 1], offset: 6600>>
  %y0_11_any = memref.cast %y0_11 : memref<12x600xi32, strided<[600, 1], offset: 6600>> to memref<12x600xi32, strided<[600, 1], offset: ?>>
  call @two(%x0_11_any, %y0_11_any) : (memref<12x600xi32, strided<[600, 1], offset: ?>>, memref<12x600xi32, strided<[600, 1], offset: ?>>) -> ()
  // the same rows
  %x3_3 = memref.subview %a[3, 0] [12, 600] [1, 1] : memref<24x600xi32> to memref<12x600xi32, strided<[600, 1], offset: 1800>>
  %x3_3_any = memref.cast %x3_3 : memref<12x600xi32, strided<[600, 1], offset: 1800>> to memref<12x600xi32, strided<[600, 1], offset: ?>>
  %y3_3 = memref.subview %a[3, 0] [12, 600] [1, 1] : memref<24x600xi32> to memref<12x600xi32, strided<[600, 1], offset: 1800>>
  %y3_3_any = memref.cast %y3_3 : memref<12x600xi32, strided<[600, 1], offset: 1800>> to memref<12x600xi32, strided<[600, 1], offset: ?>>
  call @two(%x3_3_any, %y3_3_any) : (memref<12x600xi32, strided<[600, 1], offset: ?>>, memref<12x600xi32, strided<[600, 1], offset: ?>>) -> ()
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  memref.dealloc %a_flat : memref<14400xi32>
  return
}
