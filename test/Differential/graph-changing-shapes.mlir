// What a loop records is not the same in each iteration: branches that the host decides
// are taken or not, a copy is of other bytes, a grid is empty now and then, and a value
// changes. Two chains of kernels share nothing and then meet.
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
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c23 = arith.constant 23 : index
  %c64 = arith.constant 64 : index
  %two = arith.constant 2 : i32
  %three = arith.constant 3 : i32
  %a = memref.alloc() : memref<64xi32>
  %a_all = memref.cast %a : memref<64xi32> to memref<?xi32>
  call @fill_i32(%a_all) : (memref<?xi32>) -> ()
  %b = memref.alloc() : memref<64xi32>
  %b_all = memref.cast %b : memref<64xi32> to memref<?xi32>
  call @fill_i32(%b_all) : (memref<?xi32>) -> ()
  %c = memref.alloc() : memref<64xi32>
  %c_all = memref.cast %c : memref<64xi32> to memref<?xi32>
  call @fill_i32(%c_all) : (memref<?xi32>) -> ()
  scf.for %t = %c0 to %c23 step %c1 {
    %number = arith.index_cast %t : index to i32
    scf.parallel (%i) = (%c0) to (%c64) step (%c1) {
      %u = memref.load %a[%i] : memref<64xi32>
      %v = arith.muli %u, %three : i32
      %w = arith.addi %v, %number : i32
      memref.store %w, %a[%i] : memref<64xi32>
      scf.reduce
    }
    scf.parallel (%i) = (%c0) to (%c64) step (%c1) {
      %u = memref.load %b[%i] : memref<64xi32>
      %v = arith.addi %u, %two : i32
      memref.store %v, %b[%i] : memref<64xi32>
      scf.reduce
    }
    %half = arith.remui %t, %c2 : index
    %odd = arith.cmpi eq, %half, %c1 : index
    %third = arith.remui %t, %c3 : index
    %every = arith.cmpi eq, %third, %c0 : index
    scf.if %odd {
      memref.copy %a, %c : memref<64xi32> to memref<64xi32>
      scf.if %every {
        scf.parallel (%i) = (%c0) to (%c64) step (%c1) {
          %u = memref.load %c[%i] : memref<64xi32>
          %w = arith.xori %u, %number : i32
          memref.store %w, %b[%i] : memref<64xi32>
          scf.reduce
        }
      }
    } else {
      scf.parallel (%i) = (%c0) to (%c64) step (%c1) {
        %u = memref.load %b[%i] : memref<64xi32>
        %v = memref.load %c[%i] : memref<64xi32>
        %w = arith.subi %v, %u : i32
        memref.store %w, %c[%i] : memref<64xi32>
        scf.reduce
      }
    }
    scf.parallel (%i) = (%c0) to (%third) step (%c1) {
      %u = memref.load %c[%i] : memref<64xi32>
      %v = memref.load %a[%i] : memref<64xi32>
      %w = arith.addi %v, %u : i32
      memref.store %w, %a[%i] : memref<64xi32>
      scf.reduce
    }
    memref.copy %b, %a : memref<64xi32> to memref<64xi32>
    scf.parallel (%i) = (%c0) to (%c64) step (%c1) {
      %u = memref.load %c[%i] : memref<64xi32>
      %v = memref.load %a[%i] : memref<64xi32>
      %w = arith.addi %v, %u : i32
      memref.store %w, %a[%i] : memref<64xi32>
      scf.reduce
    }
  }
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  call @print_hash_i32(%b_all) : (memref<?xi32>) -> ()
  call @print_hash_i32(%c_all) : (memref<?xi32>) -> ()
  memref.dealloc %c : memref<64xi32>
  memref.dealloc %b : memref<64xi32>
  memref.dealloc %a : memref<64xi32>
  return
}
