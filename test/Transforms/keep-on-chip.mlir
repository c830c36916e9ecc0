// Loops of persistent kernels whose iterations each block may run in a row, and what a
// thread may hold in a register meanwhile; for each rule a loop that looks alike and
// must not.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-opt %s --vyre-form-launch-groups --vyre-form-persistent-kernels \
// RUN:   --vyre-choose-sync-tiers --vyre-keep-on-chip | FileCheck %s
// RUN: vyre-opt %s --vyre-form-launch-groups --vyre-form-persistent-kernels \
// RUN:   --vyre-choose-sync-tiers --vyre-keep-on-chip -o /dev/null \
// RUN:   --remarks-filter=vyre-keep-on-chip 2>&1 | FileCheck %s --check-prefix=REMARK

// Each thread goes on with its own two elements.
// REMARK: {{\[}}Passed{{\]}} OnChip {{.*}}Function=same_thread_loop0_persistent{{.*}}Condition=always, Elements=2, Scope=thread, Stages=2
// CHECK-LABEL: gpu.func @same_thread_loop0_persistent
// CHECK: scf.for
// CHECK: vyre.sync none
// CHECK: vyre.stage
// CHECK: memref.load %[[A:.*]][%{{.*}}] {vyre.element = 0 : i64}
// CHECK: memref.load %[[B:.*]][%{{.*}}] {vyre.element = 1 : i64}
// CHECK: memref.store %{{.*}}, %[[B]][%{{.*}}] {vyre.element = 1 : i64}
// CHECK: memref.store %{{.*}}, %[[A]][%{{.*}}] {vyre.element = 0 : i64}
// CHECK: } {vyre.on_chip}

// Under a condition that is the same in all iterations.
// REMARK: {{\[}}Passed{{\]}} OnChip {{.*}}Function=guarded_loop0_persistent{{.*}}Condition=always, Elements=2, Scope=thread, Stages=1
// CHECK-LABEL: gpu.func @guarded_loop0_persistent
// CHECK: scf.if
// CHECK: memref.store %{{.*}} {vyre.element = 1 : i64}
// CHECK: } {vyre.on_chip}

// Threads of a block share their elements: no registers, but no other block.
// REMARK: {{\[}}Missed{{\]}} Element {{.*}}Function=in_block_loop0_persistent{{.*}}Buffer="argument 1", Reason="index: a thread touches several elements"
// REMARK: {{\[}}Missed{{\]}} Element {{.*}}Function=in_block_loop0_persistent{{.*}}Buffer="argument 2", Reason="index: a thread touches several elements"
// REMARK: {{\[}}Passed{{\]}} OnChip {{.*}}Function=in_block_loop0_persistent{{.*}}Elements=0, Scope=block, Stages=2
// CHECK-LABEL: gpu.func @in_block_loop0_persistent
// CHECK: vyre.sync block
// CHECK-NOT: vyre.element
// CHECK: } {vyre.on_chip}

// A tile in shared memory; what is outside of it belongs to threads.
// REMARK: {{\[}}Passed{{\]}} OnChip {{.*}}Function=tiles_loop0_persistent{{.*}}Elements=2, Scope=block, Stages=2
// CHECK-LABEL: gpu.func @tiles_loop0_persistent
// CHECK: vyre.sync block
// CHECK: memref.load %{{.*}} {vyre.element = 0 : i64} : memref<512xf32>
// CHECK: } {vyre.on_chip}

// Which buffer is meant depends on the iteration.
// REMARK: {{\[}}Missed{{\]}} Element {{.*}}Function=swap_loop0_persistent{{.*}}Reason="carried-buffer: iterations change the buffer"
// REMARK: {{\[}}Passed{{\]}} OnChip {{.*}}Function=swap_loop0_persistent{{.*}}Elements=0, Scope=thread, Stages=1
// CHECK-LABEL: gpu.func @swap_loop0_persistent
// CHECK: iter_args
// CHECK-NOT: vyre.element
// CHECK: } {vyre.on_chip}

// A row for each iteration, and a sum that stays.
// REMARK: {{\[}}Missed{{\]}} Element {{.*}}Function=rows_loop0_persistent{{.*}}Buffer="argument 1", Reason="index: iterations touch other elements"
// REMARK: {{\[}}Passed{{\]}} OnChip {{.*}}Function=rows_loop0_persistent{{.*}}Elements=1, Scope=thread, Stages=1
// CHECK-LABEL: gpu.func @rows_loop0_persistent
// CHECK: memref.load %{{.*}} : memref<512x512xf32>
// CHECK: memref.load %{{.*}} {vyre.element = 0 : i64} : memref<512xf32>
// CHECK: } {vyre.on_chip}

// No iteration before the last knows whether one stores.
// REMARK: {{\[}}Missed{{\]}} Element {{.*}}Function=conditional_store_loop0_persistent{{.*}}Buffer="argument 2", Reason="conditional-store: not every iteration writes it"
// REMARK: {{\[}}Passed{{\]}} OnChip {{.*}}Function=conditional_store_loop0_persistent{{.*}}Elements=1
// CHECK-LABEL: gpu.func @conditional_store_loop0_persistent
// CHECK: memref.load %[[FROM:.*]][%{{.*}}] {vyre.element = 0 : i64}
// CHECK: memref.load %[[TO:.*]][%{{[^{]*}}] :
// CHECK: memref.store %{{.*}}, %[[TO]][%{{[^{]*}}] :
// CHECK: } {vyre.on_chip}

// A store under a condition, but one in each iteration as well; a load that may not
// run at all.
// REMARK: {{\[}}Missed{{\]}} Element {{.*}}Function=conditional_load_loop0_persistent{{.*}}Buffer="argument 2", Reason="conditional-load: not every iteration touches it"
// REMARK: {{\[}}Passed{{\]}} OnChip {{.*}}Function=conditional_load_loop0_persistent{{.*}}Elements=1
// CHECK-LABEL: gpu.func @conditional_load_loop0_persistent
// CHECK: memref.load %[[FROM:.*]][%{{.*}}] {vyre.element = 0 : i64}
// CHECK: scf.if
// CHECK: memref.load %{{.*}}[%{{[^{]*}}] :
// CHECK: memref.store %{{.*}}, %[[FROM]][%{{.*}}] {vyre.element = 0 : i64}
// CHECK: memref.store %{{.*}}, %[[FROM]][%{{.*}}] {vyre.element = 0 : i64}

// An atomic operation is no load or store.
// REMARK: {{\[}}Missed{{\]}} Element {{.*}}Function=atomics_loop0_persistent{{.*}}Buffer="argument 2", Reason="access: it is not only loaded and stored by index"
// REMARK: {{\[}}Passed{{\]}} OnChip {{.*}}Function=atomics_loop0_persistent{{.*}}Elements=1
// CHECK-LABEL: gpu.func @atomics_loop0_persistent
// CHECK: memref.load %{{.*}} {vyre.element = 0 : i64}
// CHECK-NOT: vyre.element
// CHECK: } {vyre.on_chip}

// Arguments that may overlap: a loop for each answer.
// REMARK: {{\[}}Passed{{\]}} OnChip {{.*}}Function=arguments_loop0_persistent{{.*}}Condition=no-overlap, Elements=2, Scope=thread, Stages=1
// CHECK-LABEL: gpu.func @arguments_loop0_persistent
// CHECK: scf.if %{{.*}} {
// CHECK: scf.for
// CHECK: vyre.sync grid
// CHECK-NOT: vyre.element
// CHECK: } else {
// CHECK: scf.for
// CHECK: vyre.sync none
// CHECK: memref.load %{{.*}} {vyre.element = 0 : i64}
// CHECK: } {vyre.on_chip}

// The same where threads of a block meet.
// REMARK: {{\[}}Passed{{\]}} OnChip {{.*}}Function=arguments_in_block_loop0_persistent{{.*}}Condition=no-overlap, Elements=1, Scope=block, Stages=2
// CHECK-LABEL: gpu.func @arguments_in_block_loop0_persistent
// CHECK: scf.if %{{.*}} {
// CHECK: vyre.sync grid
// CHECK: } else {
// CHECK: vyre.sync block
// CHECK: } {vyre.on_chip}

// The outer loop is kept with the inner one in it; an access in the inner one may not
// run.
// REMARK: {{\[}}Missed{{\]}} Element {{.*}}Function=nested_loop0_persistent{{.*}}Reason="conditional-load: not every iteration touches it"
// REMARK: {{\[}}Missed{{\]}} Element {{.*}}Function=nested_loop0_persistent{{.*}}Buffer="argument 2", Reason="conditional-load: not every iteration touches it"
// REMARK: {{\[}}Passed{{\]}} OnChip {{.*}}Function=nested_loop0_persistent{{.*}}Elements=0, Scope=thread, Stages=2
// CHECK-LABEL: gpu.func @nested_loop0_persistent
// CHECK: scf.for
// CHECK: scf.for
// CHECK-NOT: vyre.on_chip
// CHECK: vyre.stage
// CHECK: vyre.yield
// CHECK: }
// CHECK: }
// CHECK: vyre.stage
// CHECK: } {vyre.on_chip}

// Neighbours meet in the outer loop, but not in the inner one.
// REMARK: {{\[}}Missed{{\]}} OnChip {{.*}}Function=inner_only_loop0_persistent{{.*}}Reason="dependence: blocks need what others did, tier neighbours"
// REMARK: {{\[}}Passed{{\]}} OnChip {{.*}}Function=inner_only_loop0_persistent{{.*}}Elements=2, Scope=thread, Stages=1
// CHECK-LABEL: gpu.func @inner_only_loop0_persistent
// CHECK: scf.for
// CHECK: scf.for
// CHECK: } {vyre.on_chip}
// CHECK: vyre.sync neighbours
// CHECK-NOT: vyre.on_chip

// A thread reads what the next one wrote, which may be in the next block.
// REMARK: {{\[}}Missed{{\]}} OnChip {{.*}}Function=next_thread_loop0_persistent{{.*}}Reason="dependence: blocks need what others did, tier neighbours"
// CHECK-LABEL: gpu.func @next_thread_loop0_persistent
// CHECK-NOT: vyre.on_chip

// Independent, but of two shapes: their blocks have nothing in common.
// REMARK: {{\[}}Missed{{\]}} OnChip {{.*}}Function=other_grid_loop0_persistent{{.*}}Reason="launch-shape: the launches have different grids or blocks"
// CHECK-LABEL: gpu.func @other_grid_loop0_persistent
// CHECK-NOT: vyre.on_chip

// Other blocks in each iteration.
// REMARK: {{\[}}Missed{{\]}} OnChip {{.*}}Function=changing_grid_loop0_persistent{{.*}}Reason="dependence: blocks need what others did, tier grid"
// CHECK-LABEL: gpu.func @changing_grid_loop0_persistent
// CHECK-NOT: vyre.on_chip

// The host works on memory of its own in between.
// REMARK: {{\[}}Missed{{\]}} OnChip {{.*}}Function=glue_loop0_persistent{{.*}}Reason="host-access: the host reads or writes memory between launches"
// CHECK-LABEL: gpu.func @glue_loop0_persistent
// CHECK-NOT: vyre.on_chip

// Only run time knows whether the block is legal.
// REMARK: {{\[}}Missed{{\]}} OnChip {{.*}}Function=unknown_block_loop0_persistent{{.*}}Reason="launch-shape: the block's size is known at run time only"
// CHECK-LABEL: gpu.func @unknown_block_loop0_persistent
// CHECK-NOT: vyre.on_chip

// Threads of a block meet, and there are more of them than have work.
// REMARK: {{\[}}Missed{{\]}} OnChip {{.*}}Function=larger_blocks_loop0_persistent{{.*}}Reason="dependence: blocks need what others did, tier grid"
// REMARK: {{\[}}Missed{{\]}} OnChip {{.*}}Function=larger_blocks_loop0_persistent{{.*}}Reason="launch-shape: another launch of the kernel has larger blocks"
// CHECK-LABEL: gpu.func @larger_blocks_loop0_persistent
// CHECK-NOT: vyre.on_chip

// What follows the loop needs its results, on blocks without work as well.
// REMARK: {{\[}}Passed{{\]}} OnChip {{.*}}Function=results_loop0_persistent{{.*}}Elements=0, Scope=thread, Stages=1
// CHECK-LABEL: gpu.func @results_loop0_persistent
// CHECK: scf.for
// CHECK: %[[R:.*]]:2 = scf.for
// CHECK: scf.yield
// CHECK: scf.for
// CHECK: vyre.stage
// CHECK: } {vyre.on_chip}
// CHECK: vyre.stage
// CHECK: memref.load %[[R]]#0

// What is kept is told beside the synchronizations.
// CHECK-LABEL: func.func @same_thread
// CHECK: persistent_syncs = [{{.*}}, "loop over add, add: block by block, 2 elements of a thread in registers"]
// CHECK-LABEL: func.func @arguments(
// CHECK: persistent_syncs = [{{.*}}, "loop over add: block by block, 2 elements of a thread in registers, unless arguments overlap"]
module attributes {gpu.container_module} {
  gpu.module @k {
    gpu.func @add(%from: memref<512xf32>, %to: memref<512xf32>) kernel {
      %c0 = arith.constant 0 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %v = memref.load %from[%x] : memref<512xf32>
      %u = memref.load %to[%x] : memref<512xf32>
      %w = arith.addf %u, %v : f32
      memref.store %w, %to[%x] : memref<512xf32>
      gpu.return
    }

    gpu.func @guarded(%from: memref<512xf32>, %to: memref<512xf32>, %n: index) kernel {
      %c0 = arith.constant 0 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %in = arith.cmpi ult, %x, %n : index
      scf.if %in {
        %v = memref.load %from[%x] : memref<512xf32>
        %u = memref.load %to[%x] : memref<512xf32>
        %w = arith.addf %u, %v : f32
        memref.store %w, %to[%x] : memref<512xf32>
      }
      gpu.return
    }

    gpu.func @sometimes(%from: memref<512xf32>, %to: memref<512xf32>) kernel {
      %c0 = arith.constant 0 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %v = memref.load %from[%x] : memref<512xf32>
      %u = memref.load %to[%x] : memref<512xf32>
      %less = arith.cmpf olt, %u, %v : f32
      scf.if %less {
        memref.store %v, %to[%x] : memref<512xf32>
      }
      gpu.return
    }

    gpu.func @seldom(%from: memref<512xf32>, %to: memref<512xf32>) kernel {
      %c0 = arith.constant 0 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %v = memref.load %from[%x] : memref<512xf32>
      %zero = arith.constant 0.0 : f32
      %less = arith.cmpf olt, %v, %zero : f32
      scf.if %less {
        %u = memref.load %to[%x] : memref<512xf32>
        %w = arith.addf %u, %v : f32
        memref.store %w, %from[%x] : memref<512xf32>
      }
      memref.store %v, %from[%x] : memref<512xf32>
      gpu.return
    }

    gpu.func @shift(%from: memref<512xf32>, %to: memref<512xf32>) kernel {
      %c0 = arith.constant 0 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %c1 = arith.constant 1 : index
      %y = arith.addi %x, %c1 : index
      %v = memref.load %from[%y] : memref<512xf32>
      memref.store %v, %to[%x] : memref<512xf32>
      gpu.return
    }

    gpu.func @mirror_in_block(%from: memref<512xf32>, %to: memref<512xf32>) kernel {
      %c0 = arith.constant 0 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %m = arith.subi %c63, %t : index
      %y = arith.addi %first, %m : index
      %v = memref.load %from[%y] : memref<512xf32>
      memref.store %v, %to[%x] : memref<512xf32>
      gpu.return
    }

    gpu.func @row(%i: index, %a: memref<512x512xf32>, %to: memref<512xf32>) kernel {
      %c0 = arith.constant 0 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %v = memref.load %a[%i, %x] : memref<512x512xf32>
      %u = memref.load %to[%x] : memref<512xf32>
      %w = arith.addf %u, %v : f32
      memref.store %w, %to[%x] : memref<512xf32>
      gpu.return
    }

    gpu.func @atomic(%from: memref<512xi32>, %to: memref<512xi32>) kernel {
      %c0 = arith.constant 0 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %v = memref.load %from[%x] : memref<512xi32>
      %old = memref.atomic_rmw addi %v, %to[%x] : (i32, memref<512xi32>) -> i32
      gpu.return
    }

    gpu.func @tile(%from: memref<512xf32>, %to: memref<512xf32>) workgroup(%w: memref<64xf32, #gpu.address_space<workgroup>>) kernel {
      %c0 = arith.constant 0 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %v = memref.load %from[%x] : memref<512xf32>
      memref.store %v, %w[%t] : memref<64xf32, #gpu.address_space<workgroup>>
      gpu.barrier
      %m = arith.subi %c63, %t : index
      %u = memref.load %w[%m] : memref<64xf32, #gpu.address_space<workgroup>>
      memref.store %u, %to[%x] : memref<512xf32>
      gpu.return
    }
  }
  func.func @same_thread(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@add blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@add blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<512xf32>, %a : memref<512xf32>)
    }
    return
  }

  func.func @guarded(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@guarded blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>, %n : index)
    }
    return
  }

  func.func @in_block(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@mirror_in_block blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@mirror_in_block blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<512xf32>, %a : memref<512xf32>)
    }
    return
  }

  func.func @tiles(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@tile blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@add blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<512xf32>, %a : memref<512xf32>)
    }
    return
  }

  func.func @swap(%n: index) -> memref<512xf32> {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%x = %a, %y = %b) -> (memref<512xf32>, memref<512xf32>) {
      gpu.launch_func @k::@add blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%x : memref<512xf32>, %y : memref<512xf32>)
      scf.yield %y, %x : memref<512xf32>, memref<512xf32>
    }
    return %r#0 : memref<512xf32>
  }

  func.func @rows(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    %m = memref.alloc() : memref<512x512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@row blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %m : memref<512x512xf32>, %b : memref<512xf32>)
    }
    return
  }

  func.func @conditional_store(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@sometimes blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
    }
    return
  }

  func.func @conditional_load(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@seldom blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
    }
    return
  }

  func.func @atomics(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %a = memref.alloc() : memref<512xi32>
    %b = memref.alloc() : memref<512xi32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@atomic blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xi32>, %b : memref<512xi32>)
    }
    return
  }

  func.func @arguments(%n: index, %a: memref<512xf32>, %b: memref<512xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@add blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
    }
    return
  }

  func.func @arguments_in_block(%n: index, %a: memref<512xf32>, %b: memref<512xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@mirror_in_block blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@add blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<512xf32>, %a : memref<512xf32>)
    }
    return
  }

  func.func @nested(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      scf.for %j = %c0 to %c4 step %c1 {
        gpu.launch_func @k::@add blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
            args(%a : memref<512xf32>, %b : memref<512xf32>)
      }
      gpu.launch_func @k::@add blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<512xf32>, %a : memref<512xf32>)
    }
    return
  }

  func.func @inner_only(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    %c = memref.alloc() : memref<512xf32>
    %d = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      scf.for %j = %c0 to %c4 step %c1 {
        gpu.launch_func @k::@add blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
            args(%a : memref<512xf32>, %b : memref<512xf32>)
      }
      gpu.launch_func @k::@shift blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%c : memref<512xf32>, %d : memref<512xf32>)
      gpu.launch_func @k::@shift blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%d : memref<512xf32>, %c : memref<512xf32>)
    }
    return
  }

  func.func @next_thread(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@shift blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@add blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<512xf32>, %a : memref<512xf32>)
    }
    return
  }

  func.func @other_grid(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    %c = memref.alloc() : memref<512xf32>
    %d = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@add blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@add blocks in (%c4, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%c : memref<512xf32>, %d : memref<512xf32>)
    }
    return
  }

  func.func @changing_grid(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@add blocks in (%i, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
    }
    return
  }

  func.func @glue(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    %c = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@add blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      %v = memref.load %c[%i] : memref<512xf32>
      %w = arith.addf %v, %v : f32
      memref.store %w, %c[%i] : memref<512xf32>
    }
    return
  }

  func.func @unknown_block(%n: index, %s: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@add blocks in (%c1, %c1, %c1) threads in (%s, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
    }
    return
  }

  func.func @larger_blocks(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    %c = memref.alloc() : memref<512xf32>
    %d = memref.alloc() : memref<512xf32>
    scf.for %o = %c0 to %n step %c1 {
    scf.for %i = %c0 to %c4 step %c1 {
      gpu.launch_func @k::@mirror_in_block blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@mirror_in_block blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<512xf32>, %a : memref<512xf32>)
    }
      gpu.launch_func @k::@shift blocks in (%c4, %c1, %c1) threads in (%c128, %c1, %c1)
          args(%c : memref<512xf32>, %d : memref<512xf32>)
      gpu.launch_func @k::@shift blocks in (%c4, %c1, %c1) threads in (%c128, %c1, %c1)
          args(%d : memref<512xf32>, %c : memref<512xf32>)
    }
    return
  }

  func.func @results(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    %c = memref.alloc() : memref<512xf32>
    %d = memref.alloc() : memref<512xf32>
    scf.for %o = %c0 to %n step %c1 {
    %r:2 = scf.for %i = %c0 to %c4 step %c1 iter_args(%x = %a, %y = %b) -> (memref<512xf32>, memref<512xf32>) {
      gpu.launch_func @k::@add blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%x : memref<512xf32>, %y : memref<512xf32>)
      scf.yield %y, %x : memref<512xf32>, memref<512xf32>
    }
      gpu.launch_func @k::@shift blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%r#0 : memref<512xf32>, %c : memref<512xf32>)
      gpu.launch_func @k::@shift blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%c : memref<512xf32>, %d : memref<512xf32>)
      gpu.launch_func @k::@shift blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%d : memref<512xf32>, %c : memref<512xf32>)
    }
    return
  }
}
