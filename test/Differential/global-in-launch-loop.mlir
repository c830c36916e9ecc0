// The mutable global that a kernel changes is named in the loop around its launch,
// and in the body of the launch.
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

memref.global "private" @g : memref<8xi32> = dense<1>

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %n = arith.constant 20 : index
  scf.for %k = %c0 to %n step %c1 {
    %m = memref.get_global @g : memref<8xi32>
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c8, %sy = %c1, %sz = %c1) {
      %o = memref.load %m[%tx] : memref<8xi32>
      %s = arith.addi %o, %o : i32
      memref.store %s, %m[%tx] : memref<8xi32>
      gpu.terminator
    }
  }
  scf.for %k = %c0 to %n step %c1 {
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c8, %sy = %c1, %sz = %c1) {
      %inside = memref.get_global @g : memref<8xi32>
      %o = memref.load %inside[%tx] : memref<8xi32>
      %x = arith.index_cast %tx : index to i32
      %s = arith.addi %o, %x : i32
      memref.store %s, %inside[%tx] : memref<8xi32>
      gpu.terminator
    }
  }
  %m = memref.get_global @g : memref<8xi32>
  %all = memref.cast %m : memref<8xi32> to memref<?xi32>
  call @print_hash_i32(%all) : (memref<?xi32>) -> ()
  return
}
