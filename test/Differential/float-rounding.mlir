// Sums, products, quotients and roots of f32 and f64 whose last bits show any
// contraction or approximation.
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

// Prints a 64-bit FNV-1a hash over the bits of all elements.
func.func private @print_hash_f64(%m: memref<?xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %prime = arith.constant 0x100000001b3 : i64
  %n = memref.dim %m, %c0 : memref<?xf64>
  %hash = scf.for %i = %c0 to %n step %c1 iter_args(%h = %basis) -> i64 {
    %value = memref.load %m[%i] : memref<?xf64>
    %bits = arith.bitcast %value : f64 to i64
    %mixed = arith.xori %h, %bits : i64
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

// Element i becomes 7 i mod 61 - 20, on the host.
func.func private @fill_f64(%m: memref<?xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %seven = arith.constant 7 : i32
  %modulus = arith.constant 61 : i32
  %twenty = arith.constant 20 : i32
  %n = memref.dim %m, %c0 : memref<?xf64>
  scf.for %i = %c0 to %n step %c1 {
    %k = arith.index_cast %i : index to i32
    %scaled = arith.muli %k, %seven : i32
    %rest = arith.remui %scaled, %modulus : i32
    %w = arith.subi %rest, %twenty : i32
    %v = arith.sitofp %w : i32 to f64
    memref.store %v, %m[%i] : memref<?xf64>
  }
  return
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %a = memref.alloc() : memref<64xf32>
  %a_all = memref.cast %a : memref<64xf32> to memref<?xf32>
  call @fill_f32(%a_all) : (memref<?xf32>) -> ()
  %b = memref.alloc() : memref<64xf64>
  %b_all = memref.cast %b : memref<64xf64> to memref<?xf64>
  call @fill_f64(%b_all) : (memref<?xf64>) -> ()
  scf.for %t = %c0 to %c8 step %c1 {
    scf.parallel (%i) = (%c0) to (%c64) step (%c1) {
      %x = memref.load %a[%i] : memref<64xf32>
      %y = memref.load %b[%i] : memref<64xf64>
      %three = arith.constant 3.0 : f32
      %tenth = arith.constant 0.1 : f32
      %seven = arith.constant 7.0 : f64
      %small = arith.constant 0.013 : f64
      // Each product feeds an addition: a fused one would round once, not twice.
      %x0 = arith.mulf %x, %x : f32
      %x1 = arith.addf %x0, %tenth : f32
      %x2 = math.sqrt %x1 : f32
      %x3 = arith.mulf %x2, %tenth : f32
      %x4 = arith.subf %x3, %x : f32
      %x5 = arith.divf %x4, %three : f32
      memref.store %x5, %a[%i] : memref<64xf32>
      %y0 = arith.mulf %y, %small : f64
      %y1 = arith.addf %y0, %y : f64
      %y2 = arith.mulf %y1, %y1 : f64
      %y3 = arith.addf %y2, %small : f64
      %y4 = math.sqrt %y3 : f64
      %y5 = arith.divf %y4, %seven : f64
      memref.store %y5, %b[%i] : memref<64xf64>
      scf.reduce
    }
  }
  call @print_hash_f32(%a_all) : (memref<?xf32>) -> ()
  call @print_hash_f64(%b_all) : (memref<?xf64>) -> ()
  memref.dealloc %b : memref<64xf64>
  memref.dealloc %a : memref<64xf32>
  return
}
