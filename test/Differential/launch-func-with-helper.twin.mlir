// The twin of launch-func-with-helper.mlir: its launches as loops over threads.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

memref.global "private" constant @table : memref<8xi32> = dense<[5, 3, 8, 1, 9, 2, 7, 4]>

func.func private @twice_plus(%x: i32, %y: i32) -> i32 {
  %z = arith.addi %x, %x : i32
  %w = arith.addi %z, %y : i32
  return %w : i32
}

func.func private @step(%a: memref<?xi32>, %n: index, %k: i32, %i: index) {
  %eight = arith.constant 8 : index
  %inside = arith.cmpi ult, %i, %n : index
  cf.cond_br %inside, ^work, ^done
^work:
  %at = arith.remui %i, %eight : index
  %table = memref.get_global @table : memref<8xi32>
  %f = memref.load %table[%at] : memref<8xi32>
  %v = memref.load %a[%i] : memref<?xi32>
  %w = func.call @twice_plus(%v, %f) : (i32, i32) -> i32
  %odd = arith.trunci %f : i32 to i1
  cf.cond_br %odd, ^store(%w : i32), ^more
^more:
  %x = func.call @twice_plus(%w, %k) : (i32, i32) -> i32
  cf.br ^store(%x : i32)
^store(%y: i32):
  memref.store %y, %a[%i] : memref<?xi32>
  cf.br ^done
^done:
  return
}

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
  %c96 = arith.constant 96 : index
  %c5 = arith.constant 5 : index
  %n = arith.constant 90 : index
  %a = memref.alloc() : memref<96xi32>
  %a_all = memref.cast %a : memref<96xi32> to memref<?xi32>
  func.call @fill_i32(%a_all) : (memref<?xi32>) -> ()
  scf.for %t = %c0 to %c5 step %c1 {
    %k = arith.index_cast %t : index to i32
    scf.for %i = %c0 to %c96 step %c1 {
      func.call @step(%a_all, %n, %k, %i) : (memref<?xi32>, index, i32, index) -> ()
    }
  }
  func.call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  memref.dealloc %a : memref<96xi32>
  return
}
