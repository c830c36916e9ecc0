// Kernel arguments and buffers of f16 and bf16; every value is exact in its
// type.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %{python} %S/run-differential.py %s

func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

// Prints a 64-bit FNV-1a hash over the bits of all elements.
func.func private @print_hash_f16(%m: memref<?xf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %prime = arith.constant 0x100000001b3 : i64
  %n = memref.dim %m, %c0 : memref<?xf16>
  %hash = scf.for %i = %c0 to %n step %c1 iter_args(%h = %basis) -> i64 {
    %value = memref.load %m[%i] : memref<?xf16>
    %bits = arith.bitcast %value : f16 to i16
    %word = arith.extui %bits : i16 to i64
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
func.func private @print_hash_bf16(%m: memref<?xbf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %prime = arith.constant 0x100000001b3 : i64
  %n = memref.dim %m, %c0 : memref<?xbf16>
  %hash = scf.for %i = %c0 to %n step %c1 iter_args(%h = %basis) -> i64 {
    %value = memref.load %m[%i] : memref<?xbf16>
    %bits = arith.bitcast %value : bf16 to i16
    %word = arith.extui %bits : i16 to i64
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
func.func private @fill_f16(%m: memref<?xf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %seven = arith.constant 7 : i32
  %modulus = arith.constant 61 : i32
  %twenty = arith.constant 20 : i32
  %n = memref.dim %m, %c0 : memref<?xf16>
  scf.for %i = %c0 to %n step %c1 {
    %k = arith.index_cast %i : index to i32
    %scaled = arith.muli %k, %seven : i32
    %rest = arith.remui %scaled, %modulus : i32
    %w = arith.subi %rest, %twenty : i32
    %v = arith.sitofp %w : i32 to f16
    memref.store %v, %m[%i] : memref<?xf16>
  }
  return
}

// Element i becomes 7 i mod 61 - 20, on the host.
func.func private @fill_bf16(%m: memref<?xbf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %seven = arith.constant 7 : i32
  %modulus = arith.constant 61 : i32
  %twenty = arith.constant 20 : i32
  %n = memref.dim %m, %c0 : memref<?xbf16>
  scf.for %i = %c0 to %n step %c1 {
    %k = arith.index_cast %i : index to i32
    %scaled = arith.muli %k, %seven : i32
    %rest = arith.remui %scaled, %modulus : i32
    %w = arith.subi %rest, %twenty : i32
    %v = arith.sitofp %w : i32 to bf16
    memref.store %v, %m[%i] : memref<?xbf16>
  }
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
  %c16 = arith.constant 16 : index
  %h = memref.alloc() : memref<32xf16>
  %h_all = memref.cast %h : memref<32xf16> to memref<?xf16>
  call @fill_f16(%h_all) : (memref<?xf16>) -> ()
  %g = memref.alloc() : memref<32xbf16>
  %g_all = memref.cast %g : memref<32xbf16> to memref<?xbf16>
  call @fill_bf16(%g_all) : (memref<?xbf16>) -> ()
  %a = memref.alloc() : memref<32xf32>
  %a_all = memref.cast %a : memref<32xf32> to memref<?xf32>
  call @fill_f32(%a_all) : (memref<?xf32>) -> ()
  %h0 = arith.constant 0.5 : f16
  %g0 = arith.constant 0.25 : bf16
  scf.for %t = %c0 to %c4 step %c1 {
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c2, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c16, %sy = %c1, %sz = %c1) {
      %first = arith.muli %bx, %sx : index
      %i = arith.addi %first, %tx : index
      %x = memref.load %h[%i] : memref<32xf16>
      %y = memref.load %g[%i] : memref<32xbf16>
      %z = memref.load %a[%i] : memref<32xf32>
      %x32 = arith.extf %x : f16 to f32
      %y32 = arith.extf %y : bf16 to f32
      %hs = arith.extf %h0 : f16 to f32
      %gs = arith.extf %g0 : bf16 to f32
      %z0 = arith.mulf %x32, %hs : f32
      %z1 = arith.mulf %y32, %gs : f32
      %z2 = arith.addf %z0, %z1 : f32
      %z3 = arith.addf %z, %z2 : f32
      memref.store %z3, %a[%i] : memref<32xf32>
      memref.store %h0, %h[%i] : memref<32xf16>
      memref.store %g0, %g[%i] : memref<32xbf16>
      gpu.terminator
    }
  }
  call @print_hash_f16(%h_all) : (memref<?xf16>) -> ()
  call @print_hash_bf16(%g_all) : (memref<?xbf16>) -> ()
  call @print_hash_f32(%a_all) : (memref<?xf32>) -> ()
  memref.dealloc %a : memref<32xf32>
  memref.dealloc %g : memref<32xbf16>
  memref.dealloc %h : memref<32xf16>
  return
}
