// Synchronization between the stages of persistent kernels: each tier, and for each a
// program that looks alike and must not take it.
// RUN: vyre-opt %s --vyre-form-launch-groups --vyre-form-persistent-kernels \
// RUN:   --vyre-choose-sync-tiers | FileCheck %s
// RUN: vyre-opt %s --vyre-form-launch-groups --vyre-form-persistent-kernels \
// RUN:   --vyre-choose-sync-tiers -o /dev/null --remarks-filter=vyre-choose-sync-tiers 2>&1 \
// RUN:   | FileCheck %s --check-prefix=REMARK

// Every thread goes on with what it wrote itself.
// REMARK: Before=copy, Reason="no other thread needs what ran before", Tier=none
// CHECK-LABEL: gpu.func @same_thread_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync none
// CHECK-NEXT:     vyre.stage
// CHECK:          vyre.sync none
// CHECK-NEXT:     vyre.stage

// It reads what the next thread wrote, which may be in the next block; and nobody may
// overwrite that before it was read.
// REMARK: Before=copy, Reason="blocks at most 1 apart", Tier="neighbours 1"
// CHECK-LABEL: gpu.func @next_thread_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync neighbours distance 1 blocks(%c8)
// CHECK-NEXT:     vyre.stage
// CHECK:          vyre.sync neighbours distance 1 blocks(%c8)
// CHECK-NEXT:     vyre.stage

// The same reads, of a buffer that nobody writes.
// CHECK-LABEL: gpu.func @next_thread_of_input_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync none
// CHECK-NEXT:     vyre.stage
// CHECK:          vyre.sync none
// CHECK-NEXT:     vyre.stage

// 65 threads away is at most two blocks of 64 away.
// CHECK-LABEL: gpu.func @further_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync neighbours distance 2
// CHECK-NEXT:     vyre.stage
// CHECK:          vyre.sync neighbours distance 2
// CHECK-NEXT:     vyre.stage

// At the border the neighbour is the thread itself.
// CHECK-LABEL: gpu.func @clamped_border_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync neighbours distance 1
// CHECK-NEXT:     vyre.stage
// CHECK:          vyre.sync neighbours distance 1
// CHECK-NEXT:     vyre.stage

// Mirrored within each block: its threads meet.
// REMARK: Reason="threads of one block", Tier=block
// CHECK-LABEL: gpu.func @in_block_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync block
// CHECK-NEXT:     vyre.stage
// CHECK:          vyre.sync block
// CHECK-NEXT:     vyre.stage

// Mirrored as a whole: the last block needs the first.
// CHECK-LABEL: gpu.func @across_blocks_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync grid
// CHECK-NEXT:     vyre.stage
// CHECK:          vyre.sync grid
// CHECK-NEXT:     vyre.stage

// Even and odd elements never meet.
// CHECK-LABEL: gpu.func @interleaved_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync none
// CHECK-NEXT:     vyre.stage
// CHECK:          vyre.sync none
// CHECK-NEXT:     vyre.stage

// Even elements and all elements do.
// CHECK-LABEL: gpu.func @interleaved_overlap_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync grid
// CHECK-NEXT:     vyre.stage
// CHECK:          vyre.sync grid
// CHECK-NEXT:     vyre.stage

// Where an index comes from memory anything can meet.
// CHECK-LABEL: gpu.func @through_indices_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync grid
// CHECK-NEXT:     vyre.stage
// CHECK:          vyre.sync grid
// CHECK-NEXT:     vyre.stage

// A product of 32 bits may have wrapped around.
// CHECK-LABEL: gpu.func @wrapping_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync grid
// CHECK-NEXT:     vyre.stage
// CHECK:          vyre.sync grid
// CHECK-NEXT:     vyre.stage

// All threads touch one element.
// CHECK-LABEL: gpu.func @one_element_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync grid
// CHECK-NEXT:     vyre.stage

// The same elements, but other blocks work on them.
// REMARK: Reason="their shapes may differ", Tier=grid
// CHECK-LABEL: gpu.func @shapes_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync grid
// CHECK-NEXT:     vyre.stage
// CHECK:          vyre.sync grid
// CHECK-NEXT:     vyre.stage

// One block is all there is: its threads meet.
// CHECK-LABEL: gpu.func @one_block_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync block
// CHECK-NEXT:     vyre.stage
// CHECK:          vyre.sync block
// CHECK-NEXT:     vyre.stage

// The stages use the same shared memory.
// REMARK: Reason="shared memory that both use", Tier=block
// CHECK-LABEL: gpu.func @tiles_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync block
// CHECK-NEXT:     vyre.stage
// CHECK:          vyre.sync block
// CHECK-NEXT:     vyre.stage

// A write that may go to the tile does not keep arguments from being compared.
// CHECK-LABEL: gpu.func @tile_or_argument_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync grid
// CHECK-NEXT:     vyre.stage
// CHECK:          scf.if
// CHECK-NEXT:       vyre.sync grid
// CHECK-NEXT:     } else {
// CHECK-NEXT:       vyre.sync none
// CHECK:          vyre.sync grid
// CHECK-NEXT:     vyre.stage

// Who calls may use the shared memory as well.
// CHECK-LABEL: gpu.func @tile_and_call_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync block
// CHECK-NEXT:     vyre.stage
// CHECK:          vyre.sync grid
// CHECK-NEXT:     vyre.stage

// A buffer that may be the tile.
// CHECK-LABEL: gpu.func @tile_and_choice_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync block
// CHECK-NEXT:     vyre.stage
// CHECK:          vyre.sync grid
// CHECK-NEXT:     vyre.stage

// The third launch needs a barrier after the first, and the next first one after the
// third; the second launch is ordered by these.
// CHECK-LABEL: gpu.func @merged_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync grid
// CHECK-NEXT:     vyre.stage
// CHECK:          vyre.sync none
// CHECK-NEXT:     vyre.stage
// CHECK:          vyre.sync grid
// CHECK-NEXT:     vyre.stage

// Every iteration has a row of its own.
// CHECK-LABEL: gpu.func @rows_apart_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync none
// CHECK-NEXT:     vyre.stage

// Every iteration has a row of its own, but reads the one above.
// CHECK-LABEL: gpu.func @rows_near_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync neighbours distance 1
// CHECK-NEXT:     vyre.stage

// What thread t of block b reads, thread b of block t wrote.
// CHECK-LABEL: gpu.func @transposed_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync grid
// CHECK-NEXT:     vyre.stage
// CHECK:          vyre.sync grid
// CHECK-NEXT:     vyre.stage

// Elements of a view with unknown strides may be one and the same.
// CHECK-LABEL: gpu.func @strides_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync grid
// CHECK-NEXT:     vyre.stage

// Two buffers that change places: reads and writes of one iteration never meet.
// CHECK-LABEL: gpu.func @ping_pong_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync neighbours distance 1
// CHECK-NEXT:     vyre.stage
// CHECK-NOT: vyre.sync
// CHECK:          scf.yield

// The same by the parity of the iteration.
// CHECK-LABEL: gpu.func @ping_pong_select_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync none
// CHECK-NEXT:     vyre.stage
// CHECK:          vyre.sync none
// CHECK-NEXT:     vyre.stage

// The number of blocks is known at run time.
// CHECK-LABEL: gpu.func @dynamic_grid_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync neighbours distance 1 blocks(%{{.*}})
// CHECK-NEXT:     vyre.stage
// CHECK:          vyre.sync neighbours distance 1 blocks(%{{.*}})
// CHECK-NEXT:     vyre.stage

// The number of blocks is computed in each iteration, but is the same in all.
// CHECK-LABEL: gpu.func @computed_grid_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync none
// CHECK-NEXT:     vyre.stage
// CHECK:          vyre.sync none
// CHECK-NEXT:     vyre.stage

// The blocks are others in each iteration.
// CHECK-LABEL: gpu.func @changing_grid_loop0_persistent
// CHECK:        scf.for
// CHECK:          vyre.sync grid
// CHECK-NEXT:     vyre.stage

// Two arguments may overlap: the host compares their addresses, the kernel
// chooses.
// REMARK: Tier=none, TierIfBuffersOverlap=grid
// CHECK-LABEL: gpu.func @arguments_loop0_persistent
// CHECK-SAME: %[[OVERLAP:[a-z0-9]+]]: i1)
// CHECK:        scf.for
// CHECK:          scf.if %[[OVERLAP]]
// CHECK-NEXT:       vyre.sync grid
// CHECK-NEXT:     } else {
// CHECK-NEXT:       vyre.sync none
// CHECK-NEXT:     }
// CHECK-NEXT:     vyre.stage

// Synchronizations between blocks are counted by tier.
// CHECK-LABEL: func.func @same_thread
// CHECK: vyre.launch_group {{.*}}barriers_per_iteration = 0
// CHECK-LABEL: func.func @next_thread(
// CHECK: vyre.launch_group {{.*}}barriers_per_iteration = 0 : i32, {{.*}}neighbours_per_iteration = 2 : i32
// CHECK-LABEL: func.func @arguments
// CHECK: vyre.launch_group {{.*}}barriers_per_iteration = 0
// CHECK: } persistent {
// CHECK: %[[A:.*]] = memref.extract_aligned_pointer_as_index %{{.*}}
// CHECK: %[[B:.*]] = memref.extract_aligned_pointer_as_index %{{.*}}
// CHECK: %[[ONE:.*]] = arith.cmpi ult
// CHECK: %[[TWO:.*]] = arith.cmpi ult
// CHECK: %[[BOTH:.*]] = arith.andi %[[ONE]], %[[TWO]]
// CHECK: vyre.launch_persistent {{.*}}%[[BOTH]]
module attributes {gpu.container_module} {
  gpu.module @k {
    gpu.func @copy(%from: memref<512xf32>, %to: memref<512xf32>) kernel {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %one = arith.constant 1.0 : f32
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %v = memref.load %from[%x] : memref<512xf32>
      %w = arith.addf %v, %one : f32
      memref.store %w, %to[%x] : memref<512xf32>
      gpu.return
    }

    gpu.func @shift(%from: memref<512xf32>, %to: memref<512xf32>) kernel {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %one = arith.constant 1.0 : f32
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %y = arith.addi %x, %c1 : index
      %v = memref.load %from[%y] : memref<512xf32>
      memref.store %v, %to[%x] : memref<512xf32>
      gpu.return
    }

    gpu.func @far(%from: memref<512xf32>, %to: memref<512xf32>) kernel {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %one = arith.constant 1.0 : f32
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %c65 = arith.constant 65 : index
      %y = arith.addi %x, %c65 : index
      %v = memref.load %from[%y] : memref<512xf32>
      memref.store %v, %to[%x] : memref<512xf32>
      gpu.return
    }

    gpu.func @clamped(%from: memref<512xf32>, %to: memref<512xf32>) kernel {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %one = arith.constant 1.0 : f32
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %y = arith.subi %x, %c1 : index
      %z = arith.maxsi %y, %c0 : index
      %v = memref.load %from[%z] : memref<512xf32>
      memref.store %v, %to[%x] : memref<512xf32>
      gpu.return
    }

    gpu.func @mirror_in_block(%from: memref<512xf32>, %to: memref<512xf32>) kernel {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %one = arith.constant 1.0 : f32
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

    gpu.func @mirror(%from: memref<512xf32>, %to: memref<512xf32>) kernel {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %one = arith.constant 1.0 : f32
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %c511 = arith.constant 511 : index
      %y = arith.subi %c511, %x : index
      %v = memref.load %from[%y] : memref<512xf32>
      memref.store %v, %to[%x] : memref<512xf32>
      gpu.return
    }

    gpu.func @even(%from: memref<512xf32>, %to: memref<512xf32>) kernel {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %one = arith.constant 1.0 : f32
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %y = arith.addi %x, %x : index
      %v = memref.load %from[%x] : memref<512xf32>
      memref.store %v, %to[%y] : memref<512xf32>
      gpu.return
    }

    gpu.func @odd(%from: memref<512xf32>, %to: memref<512xf32>) kernel {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %one = arith.constant 1.0 : f32
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %y = arith.addi %x, %x : index
      %z = arith.addi %y, %c1 : index
      %v = memref.load %from[%z] : memref<512xf32>
      memref.store %v, %to[%z] : memref<512xf32>
      gpu.return
    }

    gpu.func @indirect(%places: memref<512xindex>, %from: memref<512xf32>, %to: memref<512xf32>) kernel {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %one = arith.constant 1.0 : f32
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %y = memref.load %places[%x] : memref<512xindex>
      %v = memref.load %from[%y] : memref<512xf32>
      memref.store %v, %to[%x] : memref<512xf32>
      gpu.return
    }

    gpu.func @narrow(%from: memref<512xf32>, %to: memref<512xf32>) kernel {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %one = arith.constant 1.0 : f32
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %k = arith.constant 67108864 : i32
      %n = arith.index_cast %x : index to i32
      %p = arith.muli %n, %k : i32
      %y = arith.index_castui %p : i32 to index
      %c9 = arith.constant 23 : index
      %z = arith.shrui %y, %c9 : index
      %v = memref.load %from[%z] : memref<512xf32>
      memref.store %v, %to[%x] : memref<512xf32>
      gpu.return
    }

    gpu.func @sum(%from: memref<512xf32>, %to: memref<f32>) kernel {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %one = arith.constant 1.0 : f32
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %v = memref.load %from[%x] : memref<512xf32>
      memref.store %v, %to[] : memref<f32>
      gpu.return
    }

    gpu.func @rows(%i: index, %a: memref<512x512xf32>) kernel {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %one = arith.constant 1.0 : f32
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %v = memref.load %a[%i, %x] : memref<512x512xf32>
      %w = arith.addf %v, %one : f32
      memref.store %w, %a[%i, %x] : memref<512x512xf32>
      gpu.return
    }

    gpu.func @rows_and_above(%i: index, %a: memref<512x512xf32>) kernel {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %one = arith.constant 1.0 : f32
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %h = arith.subi %i, %c1 : index
      %y = arith.addi %x, %c1 : index
      %v = memref.load %a[%h, %y] : memref<512x512xf32>
      memref.store %v, %a[%i, %x] : memref<512x512xf32>
      gpu.return
    }

    gpu.func @transpose(%a: memref<512x512xf32>, %to: memref<512x512xf32>) kernel {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %one = arith.constant 1.0 : f32
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %v = memref.load %a[%b, %t] : memref<512x512xf32>
      memref.store %v, %to[%t, %b] : memref<512x512xf32>
      gpu.return
    }

    gpu.func @strided(%from: memref<512xf32, strided<[?], offset: ?>>, %to: memref<512xf32, strided<[?], offset: ?>>) kernel {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c63 = arith.constant 63 : index
      %c64 = arith.constant 64 : index
      %one = arith.constant 1.0 : f32
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %v = memref.load %from[%x] : memref<512xf32, strided<[?], offset: ?>>
      memref.store %v, %to[%x] : memref<512xf32, strided<[?], offset: ?>>
      gpu.return
    }

    gpu.func @tile(%from: memref<512xf32>, %to: memref<512xf32>) workgroup(%w: memref<64xf32, #gpu.address_space<workgroup>>) kernel {
      %c64 = arith.constant 64 : index
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %v = memref.load %from[%x] : memref<512xf32>
      memref.store %v, %w[%t] : memref<64xf32, #gpu.address_space<workgroup>>
      %u = memref.load %w[%t] : memref<64xf32, #gpu.address_space<workgroup>>
      memref.store %u, %to[%x] : memref<512xf32>
      gpu.return
    }

    func.func private @helper(%m: memref<512xf32>, %i: index) -> f32 {
      %v = memref.load %m[%i] : memref<512xf32>
      return %v : f32
    }
    gpu.func @only_tile() workgroup(%w: memref<64xf32, #gpu.address_space<workgroup>>) kernel {
      %c63 = arith.constant 63 : index
      %one = arith.constant 1.0 : f32
      %t = gpu.thread_id x
      %x = arith.subi %c63, %t : index
      memref.store %one, %w[%x] : memref<64xf32, #gpu.address_space<workgroup>>
      gpu.return
    }
    gpu.func @calls(%from: memref<512xf32>) workgroup(%w: memref<64xf32, #gpu.address_space<workgroup>>) kernel {
      %t = gpu.thread_id x
      %v = func.call @helper(%from, %t) : (memref<512xf32>, index) -> f32
      memref.store %v, %w[%t] : memref<64xf32, #gpu.address_space<workgroup>>
      gpu.return
    }
    gpu.func @chooses(%c: i1, %to: memref<64xf32>) workgroup(%w: memref<64xf32, #gpu.address_space<workgroup>>) kernel {
      %one = arith.constant 1.0 : f32
      %t = gpu.thread_id x
      %g = memref.memory_space_cast %w : memref<64xf32, #gpu.address_space<workgroup>> to memref<64xf32>
      %m = arith.select %c, %g, %to : memref<64xf32>
      memref.store %one, %m[%t] : memref<64xf32>
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
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<512xf32>, %a : memref<512xf32>)
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
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@shift blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<512xf32>, %a : memref<512xf32>)
    }
    return
  }

  func.func @next_thread_of_input(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    %c = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@shift blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%c : memref<512xf32>, %a : memref<512xf32>)
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
    }
    return
  }

  func.func @further(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@far blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<512xf32>, %a : memref<512xf32>)
    }
    return
  }

  func.func @clamped_border(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@clamped blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<512xf32>, %a : memref<512xf32>)
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
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@mirror_in_block blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<512xf32>, %a : memref<512xf32>)
    }
    return
  }

  func.func @across_blocks(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@mirror blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<512xf32>, %a : memref<512xf32>)
    }
    return
  }

  func.func @interleaved(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@even blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@odd blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<512xf32>, %b : memref<512xf32>)
    }
    return
  }

  func.func @interleaved_overlap(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@even blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<512xf32>, %a : memref<512xf32>)
    }
    return
  }

  func.func @through_indices(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    %p = memref.alloc() : memref<512xindex>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@indirect blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%p : memref<512xindex>, %b : memref<512xf32>, %a : memref<512xf32>)
    }
    return
  }

  func.func @wrapping(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@narrow blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<512xf32>, %a : memref<512xf32>)
    }
    return
  }

  func.func @one_element(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512xf32>
    %s = memref.alloc() : memref<f32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@sum blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %s : memref<f32>)
    }
    return
  }

  func.func @shapes(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@copy blocks in (%c4, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<512xf32>, %a : memref<512xf32>)
    }
    return
  }

  func.func @one_block(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@shift blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@mirror blocks in (%c1, %c1, %c1) threads in (%c32, %c1, %c1)
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
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@tile blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@tile blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<512xf32>, %a : memref<512xf32>)
    }
    return
  }

  func.func @tile_or_argument(%n: index, %b: i1, %x: memref<512xf32>, %y: memref<512xf32>, %a: memref<64xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%x : memref<512xf32>, %y : memref<512xf32>)
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%y : memref<512xf32>, %x : memref<512xf32>)
      gpu.launch_func @k::@chooses blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : i1, %a : memref<64xf32>)
    }
    return
  }

  func.func @tile_and_call(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@only_tile blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
      gpu.launch_func @k::@calls blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>)
    }
    return
  }

  func.func @tile_and_choice(%n: index, %b: i1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<64xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@only_tile blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
      gpu.launch_func @k::@chooses blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : i1, %a : memref<64xf32>)
    }
    return
  }

  func.func @merged(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    %c = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@mirror blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%c : memref<512xf32>, %a : memref<512xf32>)
      gpu.launch_func @k::@mirror blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<512xf32>, %c : memref<512xf32>)
    }
    return
  }

  func.func @rows_apart(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512x512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@rows blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<512x512xf32>)
    }
    return
  }

  func.func @rows_near(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512x512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@rows_and_above blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<512x512xf32>)
    }
    return
  }

  func.func @transposed(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512x512xf32>
    %b = memref.alloc() : memref<512x512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@transpose blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512x512xf32>, %b : memref<512x512xf32>)
      gpu.launch_func @k::@transpose blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<512x512xf32>, %a : memref<512x512xf32>)
    }
    return
  }

  func.func @strides(%n: index, %s: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512xf32>
    %v = memref.reinterpret_cast %a to offset: [%s], sizes: [512], strides: [%s] : memref<512xf32> to memref<512xf32, strided<[?], offset: ?>>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@strided blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%v : memref<512xf32, strided<[?], offset: ?>>, %v : memref<512xf32, strided<[?], offset: ?>>)
    }
    return
  }

  func.func @ping_pong(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%x = %a, %y = %b) -> (memref<512xf32>, memref<512xf32>) {
      gpu.launch_func @k::@shift blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%x : memref<512xf32>, %y : memref<512xf32>)
      scf.yield %y, %x : memref<512xf32>, memref<512xf32>
    }
    return
  }

  func.func @ping_pong_select(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      %odd = arith.remui %i, %c2 : index
      %is_odd = arith.cmpi eq, %odd, %c1 : index
      %x = arith.select %is_odd, %a, %b : memref<512xf32>
      %y = arith.select %is_odd, %b, %a : memref<512xf32>
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%x : memref<512xf32>, %y : memref<512xf32>)
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%y : memref<512xf32>, %y : memref<512xf32>)
    }
    return
  }

  func.func @dynamic_grid(%n: index, %g: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@copy blocks in (%g, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@shift blocks in (%g, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<512xf32>, %a : memref<512xf32>)
    }
    return
  }

  func.func @computed_grid(%n: index, %g: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      %blocks = arith.ceildivui %g, %c64 : index
      gpu.launch_func @k::@copy blocks in (%blocks, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@copy blocks in (%blocks, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<512xf32>, %a : memref<512xf32>)
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
    %a = memref.alloc() : memref<512xf32>
    %b = memref.alloc() : memref<512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@copy blocks in (%i, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
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
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<512xf32>, %b : memref<512xf32>)
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<512xf32>, %a : memref<512xf32>)
    }
    return
  }
}
