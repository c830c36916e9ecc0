// Where iterations are independent unless arguments overlap, the kernel has the batch and
// the loop, and the host's comparison of address ranges chooses.
// RUN: vyre-opt %s --vyre-form-launch-groups --vyre-form-persistent-kernels \
// RUN:   --vyre-batch-iterations --vyre-choose-sync-tiers -o %t.out \
// RUN:   --remarks-filter="vyre-batch-iterations|vyre-choose-sync-tiers" 2>%t.remarks
// RUN: FileCheck %s < %t.out
// RUN: FileCheck %s --check-prefix=REMARK < %t.remarks

// REMARK: Passed] Batch | {{.*}} Function=two_arguments | Condition=no-overlap, Kernel="two_arguments_loop0_persistent", Stages=1
// REMARK: Passed] Batch | {{.*}} Function=in_turn | Condition=no-overlap, Kernel="in_turn_loop0_persistent", Stages=2
// REMARK: Missed] Batch | {{.*}} Function=in_place | Buffer="argument 1", Reason="dependence: iterations depend on each other, {{.*}}"
// REMARK: Passed] Sync | {{.*}} Before=move, Condition=overlap, Reason="{{.*}}", Tier=grid

module attributes {gpu.container_module} {
  gpu.module @k {
    gpu.func @move(%i: index, %from: memref<64x512xf32>, %j: index, %to: memref<64x512xf32>) kernel {
      %c64 = arith.constant 64 : index
      %one = arith.constant 1.0 : f32
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %v = memref.load %from[%i, %x] : memref<64x512xf32>
      %w = arith.addf %v, %one : f32
      memref.store %w, %to[%j, %x] : memref<64x512xf32>
      gpu.return
    }
  }

  // CHECK-LABEL: gpu.func @two_arguments_loop0_persistent
  // CHECK-SAME:    %[[OVERLAP:[a-z0-9]+]]: i1) kernel attributes {{{.*}}vyre.overlap_argument = [[#]] : i64
  // CHECK:         scf.if %[[OVERLAP]] {
  // CHECK:           scf.for
  // CHECK:             vyre.sync grid
  // CHECK:             vyre.stage
  // CHECK-NOT:         rounds
  // CHECK:         } else {
  // CHECK-NOT:       scf.for
  // CHECK:           vyre.stage {{.*}}rounds
  // CHECK:         gpu.return

  // One comparison serves the choice of the batch and that of the tiers inside: what
  // stands in a branch has the tier that holds there.
  // CHECK-LABEL: gpu.func @in_turn_loop0_persistent
  // CHECK-SAME:    %[[OVERLAP:[a-z0-9]+]]: i1) kernel
  // CHECK:         scf.if %[[OVERLAP]] {
  // CHECK:           scf.for
  // CHECK-NOT:         scf.if
  // CHECK-NOT:         vyre.sync {{none|block|neighbours}}
  // CHECK:         } else {
  // CHECK:           vyre.stage {{.*}}rounds
  // CHECK-NOT:       scf.if
  // CHECK:           vyre.sync none
  // CHECK:           vyre.stage {{.*}}rounds
  // CHECK:         gpu.return

  // CHECK-LABEL: gpu.func @in_place_loop0_persistent
  // CHECK-NOT:     rounds
  // CHECK:         gpu.return

  // CHECK-LABEL: func.func @two_arguments
  // CHECK:         persistent_syncs = ["between iterations: none (a batch: one launch has the blocks of all of them); if arguments overlap: no batch", "if arguments overlap, before move: grid ({{.*}})"]
  // CHECK:         %[[CHECK:.*]] = arith.andi
  // CHECK-NOT:     arith.andi
  // CHECK:         vyre.launch_persistent {{.*}}%[[CHECK]] : {{.*}}i1)
  func.func @two_arguments(%n: index, %a: memref<64x512xf32>, %b: memref<64x512xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@move blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32>, %i : index, %b : memref<64x512xf32>)
    }
    return
  }

  // Of two synchronizations an iteration none is left; the price is that of arguments
  // that do not overlap.
  // CHECK-LABEL: func.func @in_turn
  // CHECK:         vyre.launch_group {{.*}}attributes {barriers_per_iteration = 0 : i32
  func.func @in_turn(%n: index, %a: memref<64x512xf32>, %b: memref<64x512xf32>, %c: memref<64x512xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@move blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32>, %i : index, %b : memref<64x512xf32>)
      gpu.launch_func @k::@move blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %b : memref<64x512xf32>, %i : index, %c : memref<64x512xf32>)
    }
    return
  }

  // No comparison helps against a dependence through one buffer.
  func.func @in_place(%n: index, %a: memref<64x512xf32>, %b: memref<64x512xf32>) {
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c1 to %n step %c1 {
      %j = arith.subi %i, %c1 : index
      gpu.launch_func @k::@move blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%j : index, %a : memref<64x512xf32>, %i : index, %a : memref<64x512xf32>)
      gpu.launch_func @k::@move blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32>, %i : index, %b : memref<64x512xf32>)
    }
    return
  }
}
