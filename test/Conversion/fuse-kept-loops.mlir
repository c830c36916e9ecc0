// Loops that are kept on chip (vyre-keep-on-chip) become one loop over blocks with the
// iterations inside, and what only one thread touches a slot that becomes a register.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-opt %s --pass-pipeline="builtin.module(gpu.module(vyre-fuse-kept-loops,vyre-lower-stages))" | FileCheck %s

gpu.module @m {
  // The loop over blocks is outside, the one over iterations inside of the guard. Each
  // thread loads its two elements before that, where it would have touched them and if
  // there is an iteration, and stores the one that it wrote after it.
  // CHECK-LABEL: gpu.func @registers
  // CHECK-SAME: %[[N:[a-z0-9]+]]: index, %{{.*}}: index, %[[A:.*]]: memref<?xf32>, %[[B:.*]]: memref<?xf32>, %{{.*}}: !llvm.ptr
  // CHECK: memref.alloca() : memref<f32>
  // CHECK-NEXT: memref.alloca() : memref<f32>
  // CHECK: gpu.block_id x
  // CHECK: scf.for
  // CHECK: scf.if
  // CHECK: %[[RUNS:.*]] = arith.cmpi slt, %c0, %[[N]]
  // CHECK: scf.if
  // CHECK-NEXT: memref.load %[[A]]
  // CHECK-NEXT: memref.store
  // CHECK: scf.if
  // CHECK-NEXT: memref.load %[[B]]
  // CHECK-NEXT: memref.store %{{.*}}, %[[SLOT_B:.*]][]
  // CHECK: scf.for %{{.*}} = %c0 to %[[N]]
  // CHECK-NOT: %[[A]]
  // CHECK-NOT: %[[B]]
  // CHECK: vyre.on_chip
  // CHECK: scf.if
  // CHECK-NEXT: %[[LAST:.*]] = memref.load %[[SLOT_B]]
  // CHECK-NEXT: memref.store %[[LAST]], %[[B]]
  // CHECK-NOT: memref.store
  // CHECK: gpu.return
  gpu.func @registers(%n: index, %g: index, %a: memref<?xf32>, %b: memref<?xf32>) kernel attributes {vyre.persistent, known_block_size = array<i32: 64, 1, 1>} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %one = arith.constant 1.0 : f32
    scf.for %i = %c0 to %n step %c1 {
      vyre.sync none
      vyre.stage grid(%g, %c1, %c1) block(%c64, %c1, %c1)
          attributes {known_block_size = array<i32: 64, 1, 1>} {
      ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
           %gx: index, %gy: index, %gz: index, %sx: index, %sy: index, %sz: index):
        %f = arith.muli %bx, %sx : index
        %x = arith.addi %f, %tx : index
        %in = arith.cmpi ult, %x, %n : index
        scf.if %in {
          %u = memref.load %a[%x] {vyre.element = 0 : i64} : memref<?xf32>
          %v = memref.load %b[%x] {vyre.element = 1 : i64} : memref<?xf32>
          %w = arith.addf %u, %v : f32
          memref.store %w, %b[%x] {vyre.element = 1 : i64} : memref<?xf32>
        }
        vyre.yield
      }
      vyre.sync none
      vyre.stage grid(%g, %c1, %c1) block(%c64, %c1, %c1)
          attributes {known_block_size = array<i32: 64, 1, 1>} {
      ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
           %gx: index, %gy: index, %gz: index, %sx: index, %sy: index, %sz: index):
        %f = arith.muli %bx, %sx : index
        %x = arith.addi %f, %tx : index
        %in = arith.cmpi ult, %x, %n : index
        scf.if %in {
          %u = memref.load %a[%x] {vyre.element = 0 : i64} : memref<?xf32>
          %v = memref.load %b[%x] {vyre.element = 1 : i64} : memref<?xf32>
          %w = arith.addf %u, %v : f32
          memref.store %w, %b[%x] {vyre.element = 1 : i64} : memref<?xf32>
        }
        vyre.yield
      }
    } {vyre.on_chip}
    gpu.return
  }

  // Threads of a block meet where the synchronization was, once before the first loads,
  // and before the next block.
  // CHECK-LABEL: gpu.func @block
  // CHECK-SAME: %[[N:[a-z0-9]+]]: index, %{{.*}}: index, %[[A:.*]]: memref<?xf32>, %[[B:.*]]: memref<?xf32>, %{{.*}}: !llvm.ptr
  // CHECK: scf.for
  // CHECK: gpu.barrier
  // CHECK: memref.load %[[A]]
  // CHECK: scf.for %{{.*}} = %c0 to %[[N]]
  // CHECK-NEXT: gpu.barrier
  // CHECK: memref.load %[[B]]
  // CHECK: vyre.on_chip
  // CHECK: gpu.barrier
  // CHECK-NOT: gpu.barrier
  // CHECK: gpu.return
  gpu.func @block(%n: index, %g: index, %a: memref<?xf32>, %b: memref<?xf32>) kernel attributes {vyre.persistent, known_block_size = array<i32: 64, 1, 1>} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %one = arith.constant 1.0 : f32
    scf.for %i = %c0 to %n step %c1 {
      vyre.sync block
      vyre.stage grid(%g, %c1, %c1) block(%c64, %c1, %c1)
          attributes {known_block_size = array<i32: 64, 1, 1>} {
      ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
           %gx: index, %gy: index, %gz: index, %sx: index, %sy: index, %sz: index):
        %f = arith.muli %bx, %sx : index
        %x = arith.addi %f, %tx : index
        %u = memref.load %a[%x] {vyre.element = 0 : i64} : memref<?xf32>
        %v = memref.load %b[%x] : memref<?xf32>
        %w = arith.addf %u, %v : f32
        memref.store %w, %b[%x] : memref<?xf32>
        vyre.yield
      }
    } {vyre.on_chip}
    gpu.return
  }

  // An access that lost its number: all of that buffer stays in memory.
  // CHECK-LABEL: gpu.func @untagged
  // CHECK-SAME: %[[N:[a-z0-9]+]]: index, %{{.*}}: index, %[[A:.*]]: memref<?xf32>, %[[B:.*]]: memref<?xf32>, %{{.*}}: !llvm.ptr
  // CHECK-NOT: memref.alloca
  // CHECK: scf.for %{{.*}} = %c0 to %[[N]]
  // CHECK: memref.load %[[A]]
  // CHECK: memref.load %[[B]]
  // CHECK: memref.store %{{.*}}, %[[B]]
  gpu.func @untagged(%n: index, %g: index, %a: memref<?xf32>, %b: memref<?xf32>) kernel attributes {vyre.persistent, known_block_size = array<i32: 64, 1, 1>} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %one = arith.constant 1.0 : f32
    scf.for %i = %c0 to %n step %c1 {
      vyre.sync none
      vyre.stage grid(%g, %c1, %c1) block(%c64, %c1, %c1)
          attributes {known_block_size = array<i32: 64, 1, 1>} {
      ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
           %gx: index, %gy: index, %gz: index, %sx: index, %sy: index, %sz: index):
        %f = arith.muli %bx, %sx : index
        %x = arith.addi %f, %tx : index
        %u = memref.load %a[%x] : memref<?xf32>
        %v = memref.load %b[%x] : memref<?xf32>
        %w = arith.addf %u, %v : f32
        memref.store %w, %b[%x] {vyre.element = 1 : i64} : memref<?xf32>
        vyre.yield
      }
    } {vyre.on_chip}
    gpu.return
  }

  // A mark that the loop no longer deserves is ignored: blocks meet in it.
  // CHECK-LABEL: gpu.func @meets
  // CHECK-SAME: %[[N:[a-z0-9]+]]: index, %{{.*}}: index, %[[A:.*]]: memref<?xf32>, %[[B:.*]]: memref<?xf32>, %{{.*}}: !llvm.ptr
  // CHECK-NOT: memref.alloca
  // CHECK: llvm.atomicrmw add
  // CHECK: gpu.block_id x
  // CHECK: scf.for
  // CHECK: memref.store %{{.*}}, %[[B]]
  gpu.func @meets(%n: index, %g: index, %a: memref<?xf32>, %b: memref<?xf32>) kernel attributes {vyre.persistent, known_block_size = array<i32: 64, 1, 1>} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %one = arith.constant 1.0 : f32
    scf.for %i = %c0 to %n step %c1 {
      vyre.sync grid
      vyre.stage grid(%g, %c1, %c1) block(%c64, %c1, %c1)
          attributes {known_block_size = array<i32: 64, 1, 1>} {
      ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
           %gx: index, %gy: index, %gz: index, %sx: index, %sy: index, %sz: index):
        %f = arith.muli %bx, %sx : index
        %x = arith.addi %f, %tx : index
        %u = memref.load %a[%x] {vyre.element = 0 : i64} : memref<?xf32>
        %v = memref.load %b[%x] {vyre.element = 1 : i64} : memref<?xf32>
        %w = arith.addf %u, %v : f32
        memref.store %w, %b[%x] {vyre.element = 1 : i64} : memref<?xf32>
        vyre.yield
      }
    } {vyre.on_chip}
    gpu.return
  }

  // A grid that depends on the iteration cannot be outside of the loop.
  // CHECK-LABEL: gpu.func @changes
  // CHECK-SAME: %[[N:[a-z0-9]+]]: index
  // CHECK: scf.for %[[I:.*]] = %c0 to %[[N]]
  // CHECK: arith.muli %[[I]]
  // CHECK: gpu.block_id x
  gpu.func @changes(%n: index, %g: index, %a: memref<?xf32>, %b: memref<?xf32>) kernel attributes {vyre.persistent, known_block_size = array<i32: 64, 1, 1>} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %one = arith.constant 1.0 : f32
    scf.for %i = %c0 to %n step %c1 {
      vyre.sync none
      vyre.stage grid(%i, %c1, %c1) block(%c64, %c1, %c1)
          attributes {known_block_size = array<i32: 64, 1, 1>} {
      ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
           %gx: index, %gy: index, %gz: index, %sx: index, %sy: index, %sz: index):
        %f = arith.muli %bx, %sx : index
        %x = arith.addi %f, %tx : index
        %u = memref.load %a[%x] {vyre.element = 0 : i64} : memref<?xf32>
        %v = memref.load %b[%x] {vyre.element = 1 : i64} : memref<?xf32>
        %w = arith.addf %u, %v : f32
        memref.store %w, %b[%x] {vyre.element = 1 : i64} : memref<?xf32>
        vyre.yield
      }
    } {vyre.on_chip}
    gpu.return
  }
}
