// A kernel prints in every iteration: each line appears once, in order. One
// thread prints, so the order is known.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %{python} %S/run-differential.py %s --no-oracle --expected %S/printf-in-loop.expected

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
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %a = memref.alloc() : memref<8xi32>
  %a_all = memref.cast %a : memref<8xi32> to memref<?xi32>
  call @fill_i32(%a_all) : (memref<?xi32>) -> ()
  scf.for %t = %c0 to %c4 step %c1 {
    %k = arith.index_cast %t : index to i32
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c8, %sy = %c1, %sz = %c1) {
      %zero = arith.constant 0 : index
      %v = memref.load %a[%tx] : memref<8xi32>
      %w = arith.addi %v, %k : i32
      memref.store %w, %a[%tx] : memref<8xi32>
      %leader = arith.cmpi eq, %tx, %zero : index
      scf.if %leader {
        gpu.printf "step %d: element 0 is %d\n", %k, %w : i32, i32
      }
      gpu.terminator
    }
  }
  memref.dealloc %a : memref<8xi32>
  return
}
