// A kernel with 24 buffers in a loop that swaps two of them: they lie in a table, which is
// written once for each order. Which buffer a thread reads besides is chosen at run time.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %{python} %S/run-differential.py %s
// RUN: vyre-run %s --device=host --mode=plain --stats=%t.plain > /dev/null
// RUN: FileCheck %s --check-prefix=STATS --input-file=%t.plain
// RUN: vyre-run %s --device=host --mode=graph --stats=%t.graph > /dev/null
// RUN: FileCheck %s --check-prefix=STATS --input-file=%t.graph
// RUN: vyre-run %s --device=host --mode=plain --resource-tables=never --stats=%t.never > /dev/null
// RUN: FileCheck %s --check-prefix=NEVER --input-file=%t.never
// STATS: "table_uploads":2,
// NEVER: "table_uploads":0,

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
  %c3 = arith.constant 3 : index
  %c20 = arith.constant 20 : index
  %c63 = arith.constant 63 : index
  %c64 = arith.constant 64 : index
  %i3 = arith.constant 3 : i32
  %b0 = memref.alloc() : memref<64xi32>
  %d0 = memref.cast %b0 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d0) : (memref<?xi32>) -> ()
  %b1 = memref.alloc() : memref<64xi32>
  %d1 = memref.cast %b1 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d1) : (memref<?xi32>) -> ()
  %b2 = memref.alloc() : memref<64xi32>
  %d2 = memref.cast %b2 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d2) : (memref<?xi32>) -> ()
  %b3 = memref.alloc() : memref<64xi32>
  %d3 = memref.cast %b3 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d3) : (memref<?xi32>) -> ()
  %b4 = memref.alloc() : memref<64xi32>
  %d4 = memref.cast %b4 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d4) : (memref<?xi32>) -> ()
  %b5 = memref.alloc() : memref<64xi32>
  %d5 = memref.cast %b5 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d5) : (memref<?xi32>) -> ()
  %b6 = memref.alloc() : memref<64xi32>
  %d6 = memref.cast %b6 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d6) : (memref<?xi32>) -> ()
  %b7 = memref.alloc() : memref<64xi32>
  %d7 = memref.cast %b7 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d7) : (memref<?xi32>) -> ()
  %b8 = memref.alloc() : memref<64xi32>
  %d8 = memref.cast %b8 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d8) : (memref<?xi32>) -> ()
  %b9 = memref.alloc() : memref<64xi32>
  %d9 = memref.cast %b9 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d9) : (memref<?xi32>) -> ()
  %b10 = memref.alloc() : memref<64xi32>
  %d10 = memref.cast %b10 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d10) : (memref<?xi32>) -> ()
  %b11 = memref.alloc() : memref<64xi32>
  %d11 = memref.cast %b11 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d11) : (memref<?xi32>) -> ()
  %b12 = memref.alloc() : memref<64xi32>
  %d12 = memref.cast %b12 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d12) : (memref<?xi32>) -> ()
  %b13 = memref.alloc() : memref<64xi32>
  %d13 = memref.cast %b13 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d13) : (memref<?xi32>) -> ()
  %b14 = memref.alloc() : memref<64xi32>
  %d14 = memref.cast %b14 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d14) : (memref<?xi32>) -> ()
  %b15 = memref.alloc() : memref<64xi32>
  %d15 = memref.cast %b15 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d15) : (memref<?xi32>) -> ()
  %b16 = memref.alloc() : memref<64xi32>
  %d16 = memref.cast %b16 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d16) : (memref<?xi32>) -> ()
  %b17 = memref.alloc() : memref<64xi32>
  %d17 = memref.cast %b17 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d17) : (memref<?xi32>) -> ()
  %b18 = memref.alloc() : memref<64xi32>
  %d18 = memref.cast %b18 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d18) : (memref<?xi32>) -> ()
  %b19 = memref.alloc() : memref<64xi32>
  %d19 = memref.cast %b19 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d19) : (memref<?xi32>) -> ()
  %b20 = memref.alloc() : memref<64xi32>
  %d20 = memref.cast %b20 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d20) : (memref<?xi32>) -> ()
  %b21 = memref.alloc() : memref<64xi32>
  %d21 = memref.cast %b21 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d21) : (memref<?xi32>) -> ()
  %b22 = memref.alloc() : memref<64xi32>
  %d22 = memref.cast %b22 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d22) : (memref<?xi32>) -> ()
  %b23 = memref.alloc() : memref<64xi32>
  %d23 = memref.cast %b23 : memref<64xi32> to memref<?xi32>
  call @fill_i32(%d23) : (memref<?xi32>) -> ()
  %last:2 = scf.for %t = %c0 to %c20 step %c1 iter_args(%p = %b0, %q = %b1)
      -> (memref<64xi32>, memref<64xi32>) {
    scf.parallel (%i) = (%c0) to (%c64) step (%c1) {
      %v1 = memref.load %p[%i] : memref<64xi32>
      %x2 = memref.load %b2[%i] : memref<64xi32>
      %m2 = arith.muli %v1, %i3 : i32
      %v2 = arith.addi %m2, %x2 : i32
      %x3 = memref.load %b3[%i] : memref<64xi32>
      %m3 = arith.muli %v2, %i3 : i32
      %v3 = arith.addi %m3, %x3 : i32
      %x4 = memref.load %b4[%i] : memref<64xi32>
      %m4 = arith.muli %v3, %i3 : i32
      %v4 = arith.addi %m4, %x4 : i32
      %x5 = memref.load %b5[%i] : memref<64xi32>
      %m5 = arith.muli %v4, %i3 : i32
      %v5 = arith.addi %m5, %x5 : i32
      %x6 = memref.load %b6[%i] : memref<64xi32>
      %m6 = arith.muli %v5, %i3 : i32
      %v6 = arith.addi %m6, %x6 : i32
      %x7 = memref.load %b7[%i] : memref<64xi32>
      %m7 = arith.muli %v6, %i3 : i32
      %v7 = arith.addi %m7, %x7 : i32
      %x8 = memref.load %b8[%i] : memref<64xi32>
      %m8 = arith.muli %v7, %i3 : i32
      %v8 = arith.addi %m8, %x8 : i32
      %x9 = memref.load %b9[%i] : memref<64xi32>
      %m9 = arith.muli %v8, %i3 : i32
      %v9 = arith.addi %m9, %x9 : i32
      %x10 = memref.load %b10[%i] : memref<64xi32>
      %m10 = arith.muli %v9, %i3 : i32
      %v10 = arith.addi %m10, %x10 : i32
      %x11 = memref.load %b11[%i] : memref<64xi32>
      %m11 = arith.muli %v10, %i3 : i32
      %v11 = arith.addi %m11, %x11 : i32
      %x12 = memref.load %b12[%i] : memref<64xi32>
      %m12 = arith.muli %v11, %i3 : i32
      %v12 = arith.addi %m12, %x12 : i32
      %x13 = memref.load %b13[%i] : memref<64xi32>
      %m13 = arith.muli %v12, %i3 : i32
      %v13 = arith.addi %m13, %x13 : i32
      %x14 = memref.load %b14[%i] : memref<64xi32>
      %m14 = arith.muli %v13, %i3 : i32
      %v14 = arith.addi %m14, %x14 : i32
      %x15 = memref.load %b15[%i] : memref<64xi32>
      %m15 = arith.muli %v14, %i3 : i32
      %v15 = arith.addi %m15, %x15 : i32
      %x16 = memref.load %b16[%i] : memref<64xi32>
      %m16 = arith.muli %v15, %i3 : i32
      %v16 = arith.addi %m16, %x16 : i32
      %x17 = memref.load %b17[%i] : memref<64xi32>
      %m17 = arith.muli %v16, %i3 : i32
      %v17 = arith.addi %m17, %x17 : i32
      %x18 = memref.load %b18[%i] : memref<64xi32>
      %m18 = arith.muli %v17, %i3 : i32
      %v18 = arith.addi %m18, %x18 : i32
      %x19 = memref.load %b19[%i] : memref<64xi32>
      %m19 = arith.muli %v18, %i3 : i32
      %v19 = arith.addi %m19, %x19 : i32
      %x20 = memref.load %b20[%i] : memref<64xi32>
      %m20 = arith.muli %v19, %i3 : i32
      %v20 = arith.addi %m20, %x20 : i32
      %x21 = memref.load %b21[%i] : memref<64xi32>
      %m21 = arith.muli %v20, %i3 : i32
      %v21 = arith.addi %m21, %x21 : i32
      %x22 = memref.load %b22[%i] : memref<64xi32>
      %m22 = arith.muli %v21, %i3 : i32
      %v22 = arith.addi %m22, %x22 : i32
      %which = arith.remui %i, %c3 : index
      %from = scf.index_switch %which -> memref<64xi32>
      case 0 {
        scf.yield %b2 : memref<64xi32>
      }
      case 1 {
        scf.yield %b7 : memref<64xi32>
      }
      default {
        scf.yield %b5 : memref<64xi32>
      }
      %back = arith.subi %c63, %i : index
      %y = memref.load %from[%back] : memref<64xi32>
      %w = arith.addi %v22, %y : i32
      memref.store %w, %q[%i] : memref<64xi32>
      %z = memref.load %b23[%i] : memref<64xi32>
      %s = arith.addi %z, %w : i32
      memref.store %s, %b23[%i] : memref<64xi32>
      scf.reduce
    }
    scf.yield %q, %p : memref<64xi32>, memref<64xi32>
  }
  %any = memref.cast %last#0 : memref<64xi32> to memref<?xi32>
  call @print_hash_i32(%any) : (memref<?xi32>) -> ()
  call @print_hash_i32(%d0) : (memref<?xi32>) -> ()
  call @print_hash_i32(%d1) : (memref<?xi32>) -> ()
  call @print_hash_i32(%d23) : (memref<?xi32>) -> ()
  memref.dealloc %b0 : memref<64xi32>
  memref.dealloc %b1 : memref<64xi32>
  memref.dealloc %b2 : memref<64xi32>
  memref.dealloc %b3 : memref<64xi32>
  memref.dealloc %b4 : memref<64xi32>
  memref.dealloc %b5 : memref<64xi32>
  memref.dealloc %b6 : memref<64xi32>
  memref.dealloc %b7 : memref<64xi32>
  memref.dealloc %b8 : memref<64xi32>
  memref.dealloc %b9 : memref<64xi32>
  memref.dealloc %b10 : memref<64xi32>
  memref.dealloc %b11 : memref<64xi32>
  memref.dealloc %b12 : memref<64xi32>
  memref.dealloc %b13 : memref<64xi32>
  memref.dealloc %b14 : memref<64xi32>
  memref.dealloc %b15 : memref<64xi32>
  memref.dealloc %b16 : memref<64xi32>
  memref.dealloc %b17 : memref<64xi32>
  memref.dealloc %b18 : memref<64xi32>
  memref.dealloc %b19 : memref<64xi32>
  memref.dealloc %b20 : memref<64xi32>
  memref.dealloc %b21 : memref<64xi32>
  memref.dealloc %b22 : memref<64xi32>
  memref.dealloc %b23 : memref<64xi32>
  return
}
