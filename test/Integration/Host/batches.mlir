// A thousand independent iterations of two launches, the second of which needs what other
// blocks of its iteration did: one cooperative launch with one barrier. The same in a
// function whose arguments may overlap, called with disjoint and with overlapping rows.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-run %s --device=host --mode=persistent --stats=%t.json | FileCheck %s --check-prefix=OUT
// RUN: FileCheck %s --check-prefix=BATCH < %t.json
// RUN: vyre-run %s --device=host --mode=plain --stats=%t.json | FileCheck %s --check-prefix=OUT
// RUN: FileCheck %s --check-prefix=PLAIN < %t.json
// RUN: vyre-run %s --device=host --mode=graph | FileCheck %s --check-prefix=OUT
// RUN: env VYRE_HOST_WORKERS=3 vyre-run %s --device=host --mode=persistent --explain 2>%t.explain | FileCheck %s --check-prefix=OUT
// RUN: FileCheck %s --check-prefix=EXPLAIN < %t.explain
// RUN: vyre-compile %s --device=cuda --emit=ptx --chip=sm_75 -o %t.75.ptx
// RUN: vyre-compile %s --device=cuda --emit=ptx --chip=sm_90 -o %t.90.ptx
// RUN: lint-ptx.py --summary=%t.lint %t.75.ptx %t.90.ptx
// RUN: FileCheck %s --check-prefix=LINT < %t.lint
// LINT: no findings
// LINT: main_loop0_persistent: 1 grid, 0 neighbours
// BATCH-DAG: "cooperative_launches":4
// BATCH-DAG: "kernel_launches":0
// PLAIN-DAG: "cooperative_launches":0
// PLAIN-DAG: "kernel_launches":2108
// EXPLAIN: persistent form: between iterations: none (a batch: each of 2 launches has the blocks of all of them)
// EXPLAIN: persistent form: before main_1: grid (blocks any distance apart)
// EXPLAIN: persistent form: between iterations: none (a batch: each of 2 launches has the blocks of all of them); if arguments overlap: no batch
// EXPLAIN: persistent form: if arguments overlap, before shift_0: grid

// Launch 0 doubles the numbers 0, 1, 2 ... of a row and adds the row, launch 1 mirrors it:
// element 1999 of row t is t, element 0 is 3998 + t.
// OUT: 3998
// OUT-NEXT: 999
// OUT-NEXT: 4997
// Rows 0 to 17 go to rows 30 to 47, plus 3.
// OUT-NEXT: 4001
// OUT-NEXT: 4018
// Rows 0 to 17 go to the next row each, plus 3 every time: one after the other.
// OUT-NEXT: 4052
// Rows 1 to 18 go to the row before: each is what it was, plus 3.
// OUT-NEXT: 4004

func.func private @printI64(i64)
func.func private @printNewline()

func.func private @show(%m: memref<1000x2000xi32>, %row: index, %column: index) {
  %v = memref.load %m[%row, %column] : memref<1000x2000xi32>
  %w = arith.extsi %v : i32 to i64
  call @printI64(%w) : (i64) -> ()
  call @printNewline() : () -> ()
  return
}

func.func private @shift(%x: memref<18x2000xi32, strided<[2000, 1], offset: ?>>,
                         %y: memref<18x2000xi32, strided<[2000, 1], offset: ?>>) attributes {no_inline} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c18 = arith.constant 18 : index
  %c2000 = arith.constant 2000 : index
  %one = arith.constant 1 : i32
  %two = arith.constant 2 : i32
  scf.for %t = %c0 to %c18 step %c1 {
    scf.parallel (%i) = (%c0) to (%c2000) step (%c1) {
      %v = memref.load %x[%t, %i] : memref<18x2000xi32, strided<[2000, 1], offset: ?>>
      %w = arith.addi %v, %two : i32
      memref.store %w, %y[%t, %i] : memref<18x2000xi32, strided<[2000, 1], offset: ?>>
      scf.reduce
    }
    scf.parallel (%i) = (%c0) to (%c2000) step (%c1) {
      %v = memref.load %y[%t, %i] : memref<18x2000xi32, strided<[2000, 1], offset: ?>>
      %w = arith.addi %v, %one : i32
      memref.store %w, %y[%t, %i] : memref<18x2000xi32, strided<[2000, 1], offset: ?>>
      scf.reduce
    }
  }
  return
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c18 = arith.constant 18 : index
  %c30 = arith.constant 30 : index
  %c47 = arith.constant 47 : index
  %c1999 = arith.constant 1999 : index
  %c2000 = arith.constant 2000 : index
  %c999 = arith.constant 999 : index
  %c1000 = arith.constant 1000 : index
  %a = memref.alloc() : memref<1000x2000xi32>
  %b = memref.alloc() : memref<1000x2000xi32>
  scf.for %t = %c0 to %c1000 step %c1 {
    scf.parallel (%i) = (%c0) to (%c2000) step (%c1) {
      %k = arith.muli %i, %c2 : index
      %s = arith.addi %k, %t : index
      %w = arith.index_cast %s : index to i32
      memref.store %w, %a[%t, %i] : memref<1000x2000xi32>
      scf.reduce
    }
    scf.parallel (%i) = (%c0) to (%c2000) step (%c1) {
      %j = arith.subi %c1999, %i : index
      %v = memref.load %a[%t, %j] : memref<1000x2000xi32>
      memref.store %v, %b[%t, %i] : memref<1000x2000xi32>
      scf.reduce
    }
  }
  call @show(%b, %c0, %c0) : (memref<1000x2000xi32>, index, index) -> ()
  call @show(%b, %c999, %c1999) : (memref<1000x2000xi32>, index, index) -> ()
  call @show(%b, %c999, %c0) : (memref<1000x2000xi32>, index, index) -> ()

  %first = memref.subview %b[0, 0] [18, 2000] [1, 1] : memref<1000x2000xi32> to memref<18x2000xi32, strided<[2000, 1]>>
  %far = memref.subview %b[30, 0] [18, 2000] [1, 1] : memref<1000x2000xi32> to memref<18x2000xi32, strided<[2000, 1], offset: 60000>>
  %next = memref.subview %b[1, 0] [18, 2000] [1, 1] : memref<1000x2000xi32> to memref<18x2000xi32, strided<[2000, 1], offset: 2000>>
  %x = memref.cast %first : memref<18x2000xi32, strided<[2000, 1]>> to memref<18x2000xi32, strided<[2000, 1], offset: ?>>
  %y = memref.cast %far : memref<18x2000xi32, strided<[2000, 1], offset: 60000>> to memref<18x2000xi32, strided<[2000, 1], offset: ?>>
  %z = memref.cast %next : memref<18x2000xi32, strided<[2000, 1], offset: 2000>> to memref<18x2000xi32, strided<[2000, 1], offset: ?>>
  call @shift(%x, %y) : (memref<18x2000xi32, strided<[2000, 1], offset: ?>>, memref<18x2000xi32, strided<[2000, 1], offset: ?>>) -> ()
  call @show(%b, %c30, %c0) : (memref<1000x2000xi32>, index, index) -> ()
  call @show(%b, %c47, %c0) : (memref<1000x2000xi32>, index, index) -> ()
  call @shift(%x, %z) : (memref<18x2000xi32, strided<[2000, 1], offset: ?>>, memref<18x2000xi32, strided<[2000, 1], offset: ?>>) -> ()
  call @show(%b, %c18, %c0) : (memref<1000x2000xi32>, index, index) -> ()
  call @shift(%z, %x) : (memref<18x2000xi32, strided<[2000, 1], offset: ?>>, memref<18x2000xi32, strided<[2000, 1], offset: ?>>) -> ()
  call @show(%b, %c0, %c0) : (memref<1000x2000xi32>, index, index) -> ()
  memref.dealloc %a : memref<1000x2000xi32>
  memref.dealloc %b : memref<1000x2000xi32>
  return
}
