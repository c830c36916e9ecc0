// Host code and launches in branches that a value from the device decides, with
// results, and a loop as long as a value from the device says.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %{python} %S/run-differential.py %s

func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

// Prints a 64-bit FNV-1a hash over the bits of all elements.
func.func private @print_hash(%m: memref<?xi32>) {
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
func.func private @fill(%m: memref<?xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %seven = arith.constant 7 : i32
  %modulus = arith.constant 61 : i32
  %twenty = arith.constant 20 : i32
  %n = memref.dim %m, %c0 : memref<?xi32>
  scf.for %i = %c0 to %n step %c1 {
    %wide = arith.index_cast %i : index to i64
    %k = arith.trunci %wide : i64 to i32
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
  %c2 = arith.constant 2 : index
  %c40 = arith.constant 40 : index
  %size = arith.constant 2500 : index
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %three = arith.constant 3 : i32
  %m = memref.alloc() : memref<2500xi32>
  %all = memref.cast %m : memref<2500xi32> to memref<?xi32>
  call @fill(%all) : (memref<?xi32>) -> ()
  %flag = memref.alloc() : memref<2xi32>
  memref.store %zero, %flag[%c0] : memref<2xi32>
  memref.store %zero, %flag[%c1] : memref<2xi32>
  %end = scf.for %t = %c0 to %c40 step %c1 iter_args(%x = %one) -> i32 {
    %f = memref.load %flag[%c0] : memref<2xi32>
    %low = arith.andi %f, %one : i32
    %odd = arith.cmpi ne, %low, %zero : i32
    %y = scf.if %odd -> i32 {
      memref.store %x, %flag[%c1] : memref<2xi32>
      scf.parallel (%i) = (%c0) to (%size) step (%c1) {
        %g = memref.load %flag[%c1] : memref<2xi32>
        %v = memref.load %m[%i] : memref<2500xi32>
        %w = arith.subi %v, %g : i32
        memref.store %w, %m[%i] : memref<2500xi32>
        scf.reduce
      }
      %v = memref.load %m[%t] : memref<2500xi32>
      scf.yield %v : i32
    } else {
      %g = memref.load %flag[%c1] : memref<2xi32>
      %h = arith.addi %g, %three : i32
      memref.store %h, %flag[%c1] : memref<2xi32>
      scf.yield %h : i32
    }
    // As often as the device says: 0 to 3 times.
    %few = arith.andi %y, %three : i32
    %times = arith.index_castui %few : i32 to index
    scf.for %u = %c0 to %times step %c1 {
      scf.parallel (%i) = (%c0) to (%size) step (%c1) {
        %v = memref.load %m[%i] : memref<2500xi32>
        %w = arith.addi %v, %y : i32
        memref.store %w, %m[%i] : memref<2500xi32>
        scf.reduce
      }
    }
    scf.parallel (%one_thread) = (%c0) to (%c1) step (%c1) {
      %v = memref.load %m[%c2] : memref<2500xi32>
      %g = memref.load %flag[%one_thread] : memref<2xi32>
      %s = arith.addi %v, %g : i32
      %u = arith.addi %s, %one : i32
      memref.store %u, %flag[%one_thread] : memref<2xi32>
      scf.reduce
    }
    scf.yield %y : i32
  }
  memref.store %end, %m[%c0] : memref<2500xi32>
  call @print_hash(%all) : (memref<?xi32>) -> ()
  memref.dealloc %flag : memref<2xi32>
  memref.dealloc %m : memref<2500xi32>
  return
}
