// The twin of overlapping-arguments.mlir: its launches as loops over blocks and threads.
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

func.func private @steps(%x: memref<64xi32, strided<[1], offset: ?>>,
                         %y: memref<64xi32, strided<[1], offset: ?>>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c5 = arith.constant 5 : index
  %c16 = arith.constant 16 : index
  %i3 = arith.constant 3 : i32
  scf.for %t = %c0 to %c5 step %c1 {
    %first0 = arith.constant 0 : index
    %step0 = arith.constant 1 : index
    scf.for %bx = %first0 to %c2 step %step0 {
      scf.for %tx = %first0 to %c16 step %step0 {
        %half = arith.constant 32 : index
        %first = arith.muli %bx, %c16 : index
        %i = arith.addi %first, %tx : index
        %to = arith.addi %i, %half : index
        %v = memref.load %x[%i] : memref<64xi32, strided<[1], offset: ?>>
        %w = arith.muli %v, %i3 : i32
        memref.store %w, %x[%to] : memref<64xi32, strided<[1], offset: ?>>
      }
    }
    %first1 = arith.constant 0 : index
    %step1 = arith.constant 1 : index
    scf.for %bx = %first1 to %c2 step %step1 {
      scf.for %tx = %first1 to %c16 step %step1 {
        %half = arith.constant 32 : index
        %last = arith.constant 31 : index
        %first = arith.muli %bx, %c16 : index
        %i = arith.addi %first, %tx : index
        %from = arith.subi %last, %i : index
        %to = arith.addi %i, %half : index
        %v = memref.load %y[%from] : memref<64xi32, strided<[1], offset: ?>>
        %j = arith.index_cast %i : index to i32
        %w = arith.addi %v, %j : i32
        memref.store %w, %y[%to] : memref<64xi32, strided<[1], offset: ?>>
      }
    }
    %first2 = arith.constant 0 : index
    %step2 = arith.constant 1 : index
    scf.for %bx = %first2 to %c2 step %step2 {
      scf.for %tx = %first2 to %c16 step %step2 {
        %half = arith.constant 32 : index
        %first = arith.muli %bx, %c16 : index
        %i = arith.addi %first, %tx : index
        %from = arith.addi %i, %half : index
        %v = memref.load %y[%from] : memref<64xi32, strided<[1], offset: ?>>
        memref.store %v, %x[%i] : memref<64xi32, strided<[1], offset: ?>>
      }
    }
  }
  return
}

func.func @main() {
  %a = memref.alloc() : memref<96xi32>
  %a_all = memref.cast %a : memref<96xi32> to memref<?xi32>
  call @fill_i32(%a_all) : (memref<?xi32>) -> ()
  %x = memref.subview %a[0] [64] [1] : memref<96xi32> to memref<64xi32, strided<[1]>>
  %y = memref.subview %a[32] [64] [1] : memref<96xi32> to memref<64xi32, strided<[1], offset: 32>>
  %xc = memref.cast %x : memref<64xi32, strided<[1]>> to memref<64xi32, strided<[1], offset: ?>>
  %yc = memref.cast %y : memref<64xi32, strided<[1], offset: 32>> to memref<64xi32, strided<[1], offset: ?>>
  call @steps(%xc, %yc) : (memref<64xi32, strided<[1], offset: ?>>, memref<64xi32, strided<[1], offset: ?>>) -> ()
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  // The two arguments as the very same bytes.
  call @steps(%xc, %xc) : (memref<64xi32, strided<[1], offset: ?>>, memref<64xi32, strided<[1], offset: ?>>) -> ()
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  memref.dealloc %a : memref<96xi32>
  return
}
