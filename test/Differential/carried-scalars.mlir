// Scalars carried by the loop are kernel arguments; one of them comes from what
// the last launch wrote.
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
  %c5 = arith.constant 5 : index
  %c10 = arith.constant 10 : index
  %c40 = arith.constant 40 : index
  %i1 = arith.constant 1 : i32
  %a = memref.alloc() : memref<40xi32>
  %a_all = memref.cast %a : memref<40xi32> to memref<?xi32>
  call @fill_i32(%a_all) : (memref<?xi32>) -> ()
  %f0 = arith.constant 1.5 : f32
  %f1 = arith.constant 0.75 : f32
  %f = memref.alloc() : memref<40xf32>
  scf.parallel (%i) = (%c0) to (%c40) step (%c1) {
    memref.store %f0, %f[%i] : memref<40xf32>
    scf.reduce
  }
  %end:3 = scf.for %t = %c0 to %c10 step %c1
      iter_args(%x = %i1, %y = %f0, %last = %i1) -> (i32, f32, i32) {
    scf.parallel (%i) = (%c0) to (%c40) step (%c1) {
      %v = memref.load %a[%i] : memref<40xi32>
      %p = arith.muli %v, %x : i32
      %w = arith.addi %p, %last : i32
      memref.store %w, %a[%i] : memref<40xi32>
      %g = memref.load %f[%i] : memref<40xf32>
      %h = arith.addf %g, %y : f32
      memref.store %h, %f[%i] : memref<40xf32>
      scf.reduce
    }
    %x1 = arith.addi %x, %x : i32
    %x2 = arith.addi %x1, %i1 : i32
    %y1 = arith.mulf %y, %f1 : f32
    %seen = memref.load %a[%c5] : memref<40xi32>
    scf.yield %x2, %y1, %seen : i32, f32, i32
  }
  memref.store %end#0, %a[%c0] : memref<40xi32>
  memref.store %end#2, %a[%c1] : memref<40xi32>
  memref.store %end#1, %f[%c0] : memref<40xf32>
  %f_all = memref.cast %f : memref<40xf32> to memref<?xf32>
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  call @print_hash_f32(%f_all) : (memref<?xf32>) -> ()
  memref.dealloc %f : memref<40xf32>
  memref.dealloc %a : memref<40xi32>
  return
}
