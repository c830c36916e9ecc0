// The twin of block-of-1024.mlir: its launches as loops over blocks and threads.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

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
  %c37 = arith.constant 37 : index
  %c1024 = arith.constant 1024 : index
  %a = memref.alloc() : memref<2048xi32>
  %a_all = memref.cast %a : memref<2048xi32> to memref<?xi32>
  call @fill_i32(%a_all) : (memref<?xi32>) -> ()
  %tile = memref.alloc() : memref<1024xi32>
  scf.for %t = %c0 to %c3 step %c1 {
    scf.for %bx = %c0 to %c2 step %c1 {
      %first = arith.muli %bx, %c1024 : index
      scf.for %thread = %c0 to %c1024 step %c1 {
        %i = arith.addi %first, %thread : index
        %v = memref.load %a[%i] : memref<2048xi32>
        memref.store %v, %tile[%thread] : memref<1024xi32>
      }
      scf.for %thread = %c0 to %c1024 step %c1 {
        %i = arith.addi %first, %thread : index
        %v = memref.load %a[%i] : memref<2048xi32>
        %moved = arith.muli %thread, %c37 : index
        %from = arith.remui %moved, %c1024 : index
        %w = memref.load %tile[%from] : memref<1024xi32>
        %x = arith.subi %w, %v : i32
        memref.store %x, %a[%i] : memref<2048xi32>
      }
    }
  }
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  return
}
