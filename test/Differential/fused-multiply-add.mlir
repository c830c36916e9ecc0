// math.fma in a kernel is one rounding, everywhere.
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
  %c6 = arith.constant 6 : index
  %c64 = arith.constant 64 : index
  %a = memref.alloc() : memref<64xf32>
  %a_all = memref.cast %a : memref<64xf32> to memref<?xf32>
  call @fill_f32(%a_all) : (memref<?xf32>) -> ()
  %b = memref.alloc() : memref<64xf64>
  %b_all = memref.cast %b : memref<64xf64> to memref<?xf64>
  call @fill_f64(%b_all) : (memref<?xf64>) -> ()
  scf.for %t = %c0 to %c6 step %c1 {
    scf.parallel (%i) = (%c0) to (%c64) step (%c1) {
      %x = memref.load %a[%i] : memref<64xf32>
      %y = memref.load %b[%i] : memref<64xf64>
      %p = arith.constant 0.7 : f32
      %q = arith.constant 0.3 : f32
      %r = arith.constant 0.7 : f64
      %s = arith.constant 0.3 : f64
      %x0 = math.fma %x, %p, %q : f32
      %y0 = math.fma %y, %r, %s : f64
      memref.store %x0, %a[%i] : memref<64xf32>
      memref.store %y0, %b[%i] : memref<64xf64>
      scf.reduce
    }
  }
  call @print_hash_f32(%a_all) : (memref<?xf32>) -> ()
  call @print_hash_f64(%b_all) : (memref<?xf64>) -> ()
  memref.dealloc %b : memref<64xf64>
  memref.dealloc %a : memref<64xf32>
  return
}
