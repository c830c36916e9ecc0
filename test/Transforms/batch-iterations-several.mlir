// Iterations of several launches become a batch of as many stages if no launch of one
// touches what any launch of another writes; the synchronizations between the stages are
// then made once.
// RUN: vyre-opt %s --vyre-form-launch-groups --vyre-form-persistent-kernels \
// RUN:   --vyre-batch-iterations --vyre-choose-sync-tiers -o %t.out \
// RUN:   --remarks-filter="vyre-batch-iterations|vyre-choose-sync-tiers" 2>%t.remarks
// RUN: FileCheck %s < %t.out
// RUN: FileCheck %s --check-prefix=REMARK < %t.remarks

// REMARK: Passed] Batch | {{.*}} Function=own_thread | Condition=always, Kernel="own_thread_loop0_persistent", Stages=2
// REMARK: Passed] Batch | {{.*}} Function=own_row | {{.*}}Stages=2
// REMARK: Passed] Batch | {{.*}} Function=two_shapes | {{.*}}Stages=2
// REMARK: Passed] Batch | {{.*}} Function=three_dimensions | {{.*}}Stages=2
// REMARK: Missed] Batch | {{.*}} Function=shared_temporary | Buffer="memref.alloc at batch-iterations-several.mlir:[[#]]", Reason="dependence: iterations depend on each other, the same thread"
// REMARK: Missed] Batch | {{.*}} Function=next_row | {{.*}}Reason="dependence: iterations depend on each other, the same thread"
// REMARK: Missed] Batch | {{.*}} Function=row_before | {{.*}}Reason="dependence: iterations depend on each other, the same thread"
// REMARK: Missed] Batch | {{.*}} Function=same_target | {{.*}}Reason="dependence: iterations depend on each other, the same thread"
// REMARK: Missed] Batch | {{.*}} Function=growing | Reason="launch-shape: grid or block depend on the iteration"
// REMARK: Missed] Batch | {{.*}} Function=carried | Reason="carried-value: an iteration needs a value of the one before"
// REMARK: Missed] Batch | {{.*}} Function=host_load | Reason="control-flow: an iteration is more than launches"
// REMARK: Passed] Batch | {{.*}} Function=padded | {{.*}}Stages=1
// REMARK: Missed] Batch | {{.*}} Function=woven | {{.*}}Reason="dependence: iterations depend on each other, {{.*}}"

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
    gpu.func @turn(%i: index, %from: memref<64x512xf32>, %j: index, %to: memref<64x512xf32>) kernel {
      %c64 = arith.constant 64 : index
      %last = arith.constant 511 : index
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %y = arith.subi %last, %x : index
      %v = memref.load %from[%i, %y] : memref<64x512xf32>
      memref.store %v, %to[%j, %x] : memref<64x512xf32>
      gpu.return
    }
    gpu.func @wide(%i: index, %from: memref<64x512xf32>, %j: index, %to: memref<64x512xf32>) kernel {
      %c128 = arith.constant 128 : index
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c128 : index
      %x = arith.addi %first, %t : index
      %v = memref.load %from[%i, %x] : memref<64x512xf32>
      memref.store %v, %to[%j, %x] : memref<64x512xf32>
      gpu.return
    }
    gpu.func @deep(%i: index, %from: memref<64x8x512xf32>, %to: memref<64x8x512xf32>) kernel {
      %z = gpu.block_id z
      %g = gpu.grid_dim z
      %t = gpu.thread_id x
      %v = memref.load %from[%i, %g, %t] : memref<64x8x512xf32>
      memref.store %v, %to[%i, %z, %t] : memref<64x8x512xf32>
      gpu.return
    }
    gpu.func @padded(%i: index, %from: memref<64x512xf32, strided<[600, 1]>>, %to: memref<64x512xf32, strided<[600, 1]>>) kernel {
      %c64 = arith.constant 64 : index
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %v = memref.load %from[%i, %x] : memref<64x512xf32, strided<[600, 1]>>
      memref.store %v, %to[%i, %x] : memref<64x512xf32, strided<[600, 1]>>
      gpu.return
    }
    gpu.func @woven(%i: index, %from: memref<64x512xf32, strided<[500, 1]>>, %to: memref<64x512xf32, strided<[500, 1]>>) kernel {
      %c64 = arith.constant 64 : index
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %v = memref.load %from[%i, %x] : memref<64x512xf32, strided<[500, 1]>>
      memref.store %v, %to[%i, %x] : memref<64x512xf32, strided<[500, 1]>>
      gpu.return
    }
  }

  // The second launch reads what its own thread wrote: the blocks of both batches are
  // dealt out alike, so nobody waits for anybody. Iterations are told apart along z.
  // CHECK-LABEL: gpu.func @own_thread_loop0_persistent
  // CHECK-NOT:     scf.for
  // CHECK:         %[[TRIPS:.*]] = arith.constant 10 : index
  // CHECK:         vyre.stage grid(%{{.*}}, %{{.*}}, %[[TRIPS]]) block({{.*}}) kernel @k::@move attributes {{{.*}}rounds = [[#ROUNDS:]] : i32} {
  // CHECK-NEXT:    ^bb0(%{{.*}}: index, %{{.*}}: index, %[[Z:.*]]: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index):
  // CHECK:           %[[STEPS:.*]] = arith.muli %[[Z]], %{{.*}}
  // CHECK:           %[[ROW:.*]] = arith.addi %[[STEPS]], %{{.*}}
  // CHECK:           memref.store %{{.*}}, %{{.*}}[%[[ROW]], %{{.*}}]
  // CHECK:         vyre.sync none
  // CHECK:         vyre.stage grid(%{{.*}}, %{{.*}}, %[[TRIPS]]) block({{.*}}) kernel @k::@move attributes {{{.*}}rounds = [[#ROUNDS]] : i32} {
  // CHECK:         gpu.return

  // The second launch reads another block's part of its iteration's row: one barrier for
  // all iterations.
  // CHECK-LABEL: gpu.func @own_row_loop0_persistent
  // CHECK-NOT:     scf.for
  // CHECK:         vyre.stage
  // CHECK-NOT:     vyre.sync {{none|block|neighbours}}
  // CHECK:         vyre.sync grid
  // CHECK:         vyre.stage
  // CHECK-NOT:     vyre.sync
  // CHECK:         gpu.return

  // CHECK-LABEL: gpu.func @two_shapes_loop0_persistent
  // CHECK-NOT:     scf.for
  // CHECK:         vyre.stage
  // CHECK:         vyre.sync grid
  // CHECK:         vyre.stage

  // Grids with a depth of their own are stacked up: block z is z mod 8 of iteration z / 8.
  // CHECK-LABEL: gpu.func @three_dimensions_loop0_persistent
  // CHECK-NOT:     scf.for
  // CHECK:         %[[DEPTH:.*]] = arith.constant 80 : index
  // CHECK:         vyre.stage grid(%{{.*}}, %{{.*}}, %[[DEPTH]])
  // CHECK-NEXT:    ^bb0(%{{[a-z0-9]+}}: index, %{{[a-z0-9]+}}: index, %[[Z:[a-z0-9]+]]: index,
  // CHECK:           %[[I:.*]] = arith.divui %[[Z]], %[[EIGHT:.*]] : index
  // CHECK:           %[[OWN:.*]] = arith.remui %[[Z]], %[[EIGHT]] : index
  // CHECK:           memref.load %{{.*}}[%[[I]], %[[EIGHT]], %{{.*}}]
  // CHECK:           memref.store %{{.*}}, %{{.*}}[%[[I]], %[[OWN]], %{{.*}}]

  // CHECK-LABEL: gpu.func @shared_temporary_loop0_persistent
  // CHECK:         scf.for
  // CHECK-LABEL: gpu.func @next_row_loop0_persistent
  // CHECK:         scf.for
  // CHECK-LABEL: gpu.func @row_before_loop0_persistent
  // CHECK:         scf.for
  // CHECK-LABEL: gpu.func @same_target_loop0_persistent
  // CHECK:         scf.for
  // CHECK-LABEL: gpu.func @growing_loop0_persistent
  // CHECK:         scf.for

  // CHECK-LABEL: func.func @own_thread
  // CHECK:         vyre.launch_group trip_count(%{{.*}}) attributes {barriers_per_iteration = 0 : i32,
  // CHECK-NOT:     barriers_once
  // CHECK-SAME:    persistent_syncs = ["between iterations: none (a batch: each of 2 launches has the blocks of all of them)", "before move: none (no other thread needs what ran before)"]
  func.func @own_thread() {
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c8 = arith.constant 8 : index
    %c21 = arith.constant 21 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<64x512xf32>
    %b = memref.alloc() : memref<64x512xf32>
    %c = memref.alloc() : memref<64x512xf32>
    scf.for %i = %c1 to %c21 step %c2 {
      gpu.launch_func @k::@move blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32>, %i : index, %b : memref<64x512xf32>)
      gpu.launch_func @k::@move blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %b : memref<64x512xf32>, %i : index, %c : memref<64x512xf32>)
    }
    return
  }

  // CHECK-LABEL: func.func @own_row
  // CHECK:         vyre.launch_group trip_count(%{{.*}}) attributes {barriers_once = 1 : i32, barriers_per_iteration = 0 : i32,
  func.func @own_row(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<64x512xf32>
    %b = memref.alloc() : memref<64x512xf32>
    %c = memref.alloc() : memref<64x512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@move blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32>, %i : index, %b : memref<64x512xf32>)
      gpu.launch_func @k::@turn blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %b : memref<64x512xf32>, %i : index, %c : memref<64x512xf32>)
    }
    return
  }
  func.func @two_shapes(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %a = memref.alloc() : memref<64x512xf32>
    %b = memref.alloc() : memref<64x512xf32>
    %c = memref.alloc() : memref<64x512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@move blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32>, %i : index, %b : memref<64x512xf32>)
      gpu.launch_func @k::@wide blocks in (%c4, %c1, %c1) threads in (%c128, %c1, %c1)
          args(%i : index, %b : memref<64x512xf32>, %i : index, %c : memref<64x512xf32>)
    }
    return
  }
  func.func @three_dimensions() {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %c10 = arith.constant 10 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<64x8x512xf32>
    %b = memref.alloc() : memref<64x8x512xf32>
    %c = memref.alloc() : memref<64x8x512xf32>
    scf.for %i = %c0 to %c10 step %c1 {
      gpu.launch_func @k::@deep blocks in (%c1, %c1, %c8) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x8x512xf32>, %b : memref<64x8x512xf32>)
      gpu.launch_func @k::@deep blocks in (%c1, %c1, %c8) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x8x512xf32>, %c : memref<64x8x512xf32>)
    }
    return
  }

  // All iterations use row 0 of the buffer between the launches.
  func.func @shared_temporary(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<64x512xf32>
    %temporary = memref.alloc() : memref<64x512xf32>
    %c = memref.alloc() : memref<64x512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@move blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32>, %c0 : index, %temporary : memref<64x512xf32>)
      gpu.launch_func @k::@move blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%c0 : index, %temporary : memref<64x512xf32>, %i : index, %c : memref<64x512xf32>)
    }
    return
  }

  // The second launch reads the row that the next iteration's first launch writes: in a
  // batch it would be written too early.
  func.func @next_row(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<64x512xf32>
    %b = memref.alloc() : memref<64x512xf32>
    %c = memref.alloc() : memref<64x512xf32>
    scf.for %i = %c0 to %n step %c1 {
      %j = arith.addi %i, %c1 : index
      gpu.launch_func @k::@move blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32>, %i : index, %b : memref<64x512xf32>)
      gpu.launch_func @k::@move blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%j : index, %b : memref<64x512xf32>, %i : index, %c : memref<64x512xf32>)
    }
    return
  }

  // The first launch reads what the second one of the iteration before wrote.
  func.func @row_before(%n: index) {
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<64x512xf32>
    %b = memref.alloc() : memref<64x512xf32>
    %c = memref.alloc() : memref<64x512xf32>
    scf.for %i = %c1 to %n step %c1 {
      %j = arith.subi %i, %c1 : index
      gpu.launch_func @k::@move blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%j : index, %c : memref<64x512xf32>, %i : index, %b : memref<64x512xf32>)
      gpu.launch_func @k::@move blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32>, %i : index, %c : memref<64x512xf32>)
    }
    return
  }

  // Nobody reads it, but the second launch of an iteration and the first of the next
  // write the same row: the order decides what is left in it.
  func.func @same_target(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<64x512xf32>
    %c = memref.alloc() : memref<64x512xf32>
    scf.for %i = %c0 to %n step %c1 {
      %j = arith.addi %i, %c1 : index
      gpu.launch_func @k::@move blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32>, %i : index, %c : memref<64x512xf32>)
      gpu.launch_func @k::@move blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32>, %j : index, %c : memref<64x512xf32>)
    }
    return
  }
  func.func @growing() {
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<64x512xf32>
    %b = memref.alloc() : memref<64x512xf32>
    %c = memref.alloc() : memref<64x512xf32>
    scf.for %i = %c1 to %c8 step %c1 {
      gpu.launch_func @k::@move blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32>, %i : index, %b : memref<64x512xf32>)
      gpu.launch_func @k::@move blocks in (%i, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32>, %i : index, %c : memref<64x512xf32>)
    }
    return
  }
  func.func @carried(%n: index) -> index {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c3 = arith.constant 3 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<64x512xf32>
    %b = memref.alloc() : memref<64x512xf32>
    %c = memref.alloc() : memref<64x512xf32>
    %r = scf.for %i = %c0 to %n step %c1 iter_args(%x = %c0) -> index {
      gpu.launch_func @k::@move blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%x : index, %a : memref<64x512xf32>, %i : index, %b : memref<64x512xf32>)
      gpu.launch_func @k::@move blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32>, %i : index, %c : memref<64x512xf32>)
      %y = arith.addi %x, %c3 : index
      scf.yield %y : index
    }
    return %r : index
  }
  func.func @host_load(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<64x512xf32>
    %b = memref.alloc() : memref<64x512xf32>
    %c = memref.alloc() : memref<64x512xf32>
    %rows = memref.alloc() : memref<64xindex>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@move blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32>, %i : index, %b : memref<64x512xf32>)
      %j = memref.load %rows[%i] : memref<64xindex>
      gpu.launch_func @k::@move blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%j : index, %a : memref<64x512xf32>, %i : index, %c : memref<64x512xf32>)
    }
    return
  }

  // Rows with room between them are rows of their own.
  func.func @padded(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<64x512xf32, strided<[600, 1]>>
    %b = memref.alloc() : memref<64x512xf32, strided<[600, 1]>>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@padded blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32, strided<[600, 1]>>, %b : memref<64x512xf32, strided<[600, 1]>>)
    }
    return
  }

  // The end of a row is the beginning of the next.
  func.func @woven(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<64x512xf32, strided<[500, 1]>>
    %b = memref.alloc() : memref<64x512xf32, strided<[500, 1]>>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@woven blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32, strided<[500, 1]>>, %b : memref<64x512xf32, strided<[500, 1]>>)
    }
    return
  }
}
