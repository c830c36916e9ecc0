// A loop that is kept on chip stands between a block and its threads: the blocks of a
// worker outside, the iterations, and then each launch's threads.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-opt %s --vyre-convert-kernels-to-host | FileCheck %s

gpu.module @m {
  // CHECK-LABEL: func.func private @__vyre_host_m_kept
  // CHECK-SAME: (%[[N:[a-z0-9]+]]: index
  // CHECK: %[[BEGIN:.*]] = arith.divui
  // CHECK: %[[END:.*]] = arith.divui
  // CHECK: scf.for %{{.*}} = %[[BEGIN]] to %[[END]]
  // CHECK: scf.for %{{.*}} = %{{.*}} to %[[N]]
  // CHECK: scf.for %{{.*}} = %{{.*}} to %c64
  // CHECK: memref.store
  // CHECK: scf.for %{{.*}} = %{{.*}} to %c64
  // CHECK: memref.store
  // CHECK-NOT: scf.for
  // CHECK: return
  gpu.func @kept(%n: index, %g: index, %a: memref<?xf32>, %b: memref<?xf32>) kernel attributes {vyre.persistent, known_block_size = array<i32: 64, 1, 1>} {
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
        memref.store %w, %b[%x] : memref<?xf32>
        vyre.yield
      }
      vyre.sync block
      vyre.stage grid(%g, %c1, %c1) block(%c64, %c1, %c1)
          attributes {known_block_size = array<i32: 64, 1, 1>} {
      ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
           %gx: index, %gy: index, %gz: index, %sx: index, %sy: index, %sz: index):
        %f = arith.muli %bx, %sx : index
        %x = arith.addi %f, %tx : index
        %u = memref.load %a[%x] : memref<?xf32>
        %v = memref.load %b[%x] : memref<?xf32>
        %w = arith.addf %u, %v : f32
        memref.store %w, %b[%x] : memref<?xf32>
        vyre.yield
      }
    } {vyre.on_chip}
    gpu.return
  }

  // A mark that the loop no longer deserves: blocks meet in it.
  // CHECK-LABEL: func.func private @__vyre_host_m_meets
  // CHECK-SAME: (%[[N:[a-z0-9]+]]: index
  // CHECK: cf.cond_br
  // CHECK: %[[BEGIN:.*]] = arith.divui
  // CHECK: %[[END:.*]] = arith.divui
  // CHECK: scf.for %{{.*}} = %[[BEGIN]] to %[[END]]
  // CHECK-NOT: to %[[N]]
  // CHECK: scf.for %{{.*}} = %{{.*}} to %c64
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
        %u = memref.load %a[%x] : memref<?xf32>
        %v = memref.load %b[%x] : memref<?xf32>
        %w = arith.addf %u, %v : f32
        memref.store %w, %b[%x] : memref<?xf32>
        vyre.yield
      }
    } {vyre.on_chip}
    gpu.return
  }
}
