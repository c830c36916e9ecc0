// The persistent form: the loop on the device, launches as stages.
// RUN: vyre-opt %s --vyre-form-launch-groups --vyre-form-persistent-kernels --split-input-file | FileCheck %s
// RUN: vyre-opt %s --vyre-form-launch-groups --vyre-form-persistent-kernels --split-input-file -o /dev/null \
// RUN:   --remarks-filter=vyre-form-persistent-kernels 2>&1 | FileCheck %s --check-prefix=REMARK

// A ping-pong loop. The kernel takes what the loop uses; ids are the stage's;
// the host recomputes which buffer is last by the loop without its launch.
// REMARK: [Passed] Persistent | Category:vyre-form-persistent-kernels | Function=swap | BarriersPerIteration=1, Kernel=swap_loop0_persistent, SharedBytes=0
// CHECK-LABEL: gpu.func @swap_loop0_persistent(
// CHECK-SAME:    %[[N:.*]]: index, %[[A:.*]]: memref<?xf32>, %[[B:.*]]: memref<?xf32>, %[[G:.*]]: index) kernel
// CHECK-SAME:    known_block_size = array<i32: 64, 1, 1>
// CHECK-SAME:    vyre.persistent
// CHECK:         scf.for {{.*}} to %[[N]] {{.*}} iter_args(%[[X:.*]] = %[[A]], %[[Y:.*]] = %[[B]])
// CHECK-NEXT:      vyre.stage grid(%[[G]], %{{.*}}, %{{.*}}) block(%{{.*}}, %{{.*}}, %{{.*}}) kernel @kernels::@step
// CHECK-SAME:        known_block_size = array<i32: 64, 1, 1>
// CHECK-NEXT:      ^bb0(%[[BX:[a-z0-9]+]]: index, %{{[a-z0-9]+}}: index, %{{[a-z0-9]+}}: index, %[[TX:[a-z0-9]+]]: index,
// CHECK-NOT:         gpu.
// CHECK:             %[[FIRST:.*]] = arith.muli %[[BX]], %{{.*}}
// CHECK:             arith.addi %[[FIRST]], %[[TX]]
// CHECK:             memref.load %[[X]]
// CHECK:             memref.store %{{.*}}, %[[Y]]
// CHECK:             vyre.yield
// CHECK-NEXT:      }
// CHECK-NEXT:      vyre.sync grid
// CHECK-NEXT:      scf.yield %[[Y]], %[[X]]
// CHECK-LABEL: func.func @swap
// CHECK:         vyre.launch_group
// CHECK:         } persistent {
// CHECK:           %[[R:.*]]:2 = scf.for
// CHECK-NOT:         gpu.launch_func
// CHECK:           vyre.launch_persistent @kernels::@swap_loop0_persistent block(%{{.*}}, %{{.*}}, %{{.*}}) args(
// CHECK:           vyre.yield %[[R]]#0, %[[R]]#1
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @step(%from: memref<?xf32>, %to: memref<?xf32>) kernel {
      %b = gpu.block_id x
      %d = gpu.block_dim x
      %t = gpu.thread_id x
      %f = arith.muli %b, %d : index
      %i = arith.addi %f, %t : index
      %v = memref.load %from[%i] : memref<?xf32>
      memref.store %v, %to[%i] : memref<?xf32>
      gpu.return
    }
  }
  func.func @swap(%a: memref<?xf32>, %b: memref<?xf32>, %n: index, %size: index) -> memref<?xf32> {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %grid = arith.divui %size, %c64 : index
    %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%x = %a, %y = %b)
        -> (memref<?xf32>, memref<?xf32>) {
      gpu.launch_func @kernels::@step blocks in (%grid, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%x : memref<?xf32>, %y : memref<?xf32>)
      scf.yield %y, %x : memref<?xf32>, memref<?xf32>
    }
    return %r#0 : memref<?xf32>
  }
}

// -----

// The grid depends on the iteration and may be negative or too large: the host checks all
// sizes first and leaves the error to the plain loop.
// CHECK-LABEL: func.func @guarded
// CHECK:         %[[FLAG:.*]] = memref.alloca() : memref<i1>
// CHECK:         } persistent {
// CHECK:           memref.store %{{.*}}, %[[FLAG]][]
// CHECK:           scf.for
// CHECK-NEXT:        %[[SIZE:.*]] = arith.subi
// CHECK:             %[[FITS:.*]] = arith.cmpi ule, %[[SIZE]], %{{c2147483647.*}} : index
// CHECK:             %[[OLD:.*]] = memref.load %[[FLAG]][]
// CHECK:             %[[NEW:.*]] = arith.andi %[[OLD]], %[[FITS]]
// CHECK:             memref.store %[[NEW]], %[[FLAG]][]
// CHECK-NEXT:      }
// CHECK:           %[[VALID:.*]] = memref.load %[[FLAG]][]
// CHECK:           scf.if %[[VALID]] {
// CHECK-NEXT:        vyre.launch_persistent
// CHECK-NEXT:      } else {
// CHECK-NEXT:        scf.for
// CHECK:               gpu.launch_func
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @fill(%to: memref<?xi32>) kernel {
      %t = gpu.block_id x
      %v = arith.constant 1 : i32
      memref.store %v, %to[%t] : memref<?xi32>
      gpu.return
    }
  }
  func.func @guarded(%a: memref<?xi32>, %n: index, %size: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    scf.for %i = %c0 to %n step %c1 {
      %grid = arith.subi %size, %i : index
      gpu.launch_func @kernels::@fill blocks in (%grid, %c1, %c1) threads in (%c1, %c1, %c1)
          args(%a : memref<?xi32>)
    }
    return
  }
}

// -----

// Shared memory overlays, the larger counts; private memory is one per thread;
// dynamic shared memory and dynamic blocks take the maximum. Branches stay.
// REMARK: [Passed] Persistent | {{.*}} Function=shared | BarriersPerIteration=2, Kernel=shared_loop0_persistent, SharedBytes=288
// CHECK-LABEL: gpu.func @shared_loop0_persistent
// CHECK-SAME:    workgroup(%[[S:.*]] : memref<288xi8, #gpu.address_space<workgroup>> {llvm.align = 16 : i64})
// CHECK-NOT:     known_block_size = array<i32: 64
// CHECK:         memref.view %[[S]]{{.*}} to memref<64xf32, #gpu.address_space<workgroup>>
// CHECK:         %[[C256:.*]] = arith.constant 256 : index
// CHECK:         memref.view %[[S]][%[[C256]]][] {{.*}} to memref<8xi32, #gpu.address_space<workgroup>>
// CHECK:         memref.view %[[S]]{{.*}} to memref<2xf64, #gpu.address_space<workgroup>>
// CHECK:         vyre.stage
// CHECK:           memref.alloca() : memref<2xf32, #gpu.address_space<private>>
// CHECK:         vyre.sync grid
// CHECK-NEXT:    scf.if
// CHECK-NEXT:      vyre.stage
// CHECK:           vyre.sync grid
// CHECK-LABEL: func.func @shared
// CHECK-SAME:    %[[D:[a-z0-9]+]]: i32, %[[BLOCK:[a-z0-9]+]]: index
// CHECK:         } persistent {
// CHECK:           arith.cmpi sge, %[[BLOCK]]
// CHECK:           %[[THREADS:.*]] = arith.maxui %{{.*}}, %c64
// CHECK:           %[[SHARED:.*]] = arith.maxui %[[D]]
// CHECK:           scf.if
// CHECK-NEXT:        vyre.launch_persistent @kernels::@shared_loop0_persistent block(%[[THREADS]], {{.*}}) dynamic_shared %[[SHARED]]
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @big(%to: memref<?xf32>) workgroup(%w : memref<64xf32, #gpu.address_space<workgroup>>, %i : memref<8xi32, #gpu.address_space<workgroup>>)
        private(%p : memref<2xf32, #gpu.address_space<private>>) kernel {
      %c0 = arith.constant 0 : index
      %v = memref.load %w[%c0] : memref<64xf32, #gpu.address_space<workgroup>>
      memref.store %v, %p[%c0] : memref<2xf32, #gpu.address_space<private>>
      gpu.return
    }
    gpu.func @small(%to: memref<?xf32>) workgroup(%w : memref<2xf64, #gpu.address_space<workgroup>>) kernel {
      gpu.return
    }
  }
  func.func @shared(%a: memref<?xf32>, %dyn: i32, %block: index, %n: index, %if: i1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %k = arith.constant 16 : i32
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@big blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          dynamic_shared_memory_size %dyn args(%a : memref<?xf32>)
      scf.if %if {
        gpu.launch_func @kernels::@small blocks in (%c1, %c1, %c1) threads in (%block, %c1, %c1)
            dynamic_shared_memory_size %k args(%a : memref<?xf32>)
      }
    }
    return
  }
}

// -----

// Derived ids come from the virtual shape, not from the hardware.
// CHECK-LABEL: gpu.func @lanes_loop0_persistent
// CHECK:         vyre.stage
// CHECK-NOT:     gpu.lane_id
// CHECK-NOT:     gpu.global_id
// CHECK:         arith.remui
// CHECK:         vyre.yield
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @lanes(%to: memref<?xindex>) kernel {
      %l = gpu.lane_id
      %g = gpu.global_id x
      memref.store %l, %to[%g] : memref<?xindex>
      gpu.return
    }
  }
  func.func @lanes(%a: memref<?xindex>, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c96 = arith.constant 96 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@lanes blocks in (%c1, %c1, %c1) threads in (%c96, %c1, %c1)
          args(%a : memref<?xindex>)
    }
    return
  }
}

// -----

// A while loop with a pure exit test, an inner loop, sizes that are
// not of index type, and a kernel of several blocks. What is the same in all
// iterations is computed in front of the loops.
// CHECK-LABEL: gpu.func @shapes_loop0_persistent
// CHECK:         %[[G:.*]] = arith.index_cast %{{.*}} : i32 to index
// CHECK:         scf.while
// CHECK:         } do {
// CHECK:           scf.for
// CHECK:             vyre.stage grid(%[[G]]
// CHECK:             cf.cond_br
// CHECK-COUNT-2:     vyre.yield
// CHECK:             vyre.sync grid
// CHECK-NEXT:      }
// CHECK:         gpu.return
// CHECK-LABEL: func.func @shapes
// CHECK:         scf.while
// CHECK:         vyre.launch_group trip_count(%{{.*}}) attributes {barriers_per_iteration = 1 : i32, launches_per_iteration = 1 : i32
// CHECK:         } persistent {
// CHECK:           %[[END:.*]] = scf.while
// CHECK:           scf.if
// CHECK-NEXT:        vyre.launch_persistent
// CHECK:           } else {
// CHECK:             scf.while
// CHECK:           vyre.yield %[[END]] : index
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @maybe(%to: memref<?xi32>) kernel {
      %t = gpu.thread_id x
      %c0 = arith.constant 0 : index
      %v = arith.constant 1 : i32
      %first = arith.cmpi eq, %t, %c0 : index
      cf.cond_br %first, ^write, ^end
    ^write:
      memref.store %v, %to[%t] : memref<?xi32>
      gpu.return
    ^end:
      gpu.return
    }
  }
  func.func @shapes(%a: memref<?xi32>, %n: index, %grid: i32) -> index {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c3 = arith.constant 3 : index
    %one = arith.constant 1 : i32
    %r = scf.while (%i = %n) : (index) -> index {
      %more = arith.cmpi ugt, %i, %c1 : index
      scf.condition(%more) %i : index
    } do {
    ^bb0(%i: index):
      scf.for %j = %c0 to %c3 step %c1 {
        gpu.launch_func @kernels::@maybe blocks in (%grid, %one, %one) threads in (%one, %one, %one) : i32
            args(%a : memref<?xi32>)
      }
      %next = arith.shrui %i, %c1 : index
      scf.yield %next : index
    }
    return %r : index
  }
}

// -----

// Globals that the loop names are named once, in front of the group, and become
// arguments: the kernel's module does not have them.
// CHECK-LABEL: gpu.func @with_globals_loop0_persistent(
// CHECK-SAME:    memref<8xi32>
// CHECK-NOT:     memref.get_global
// CHECK-LABEL: func.func @with_globals
// CHECK-COUNT-1: memref.get_global @state
// CHECK-COUNT-1: memref.get_global @table
// CHECK-NOT:     memref.get_global
// CHECK:         vyre.launch_group
// CHECK-NOT:     memref.get_global
module attributes {gpu.container_module} {
  memref.global "private" @state : memref<8xi32> = dense<1>
  memref.global "private" constant @table : memref<8xi32> = dense<2>
  gpu.module @kernels {
    gpu.func @add(%to: memref<8xi32>, %from: memref<8xi32>) kernel {
      %t = gpu.thread_id x
      %v = memref.load %to[%t] : memref<8xi32>
      %w = memref.load %from[%t] : memref<8xi32>
      %s = arith.addi %v, %w : i32
      memref.store %s, %to[%t] : memref<8xi32>
      gpu.return
    }
  }
  func.func @with_globals(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    scf.for %i = %c0 to %n step %c1 {
      %state = memref.get_global @state : memref<8xi32>
      %table = memref.get_global @table : memref<8xi32>
      gpu.launch_func @kernels::@add blocks in (%c1, %c1, %c1) threads in (%c8, %c1, %c1)
          args(%state : memref<8xi32>, %table : memref<8xi32>)
      scf.for %j = %c0 to %c8 step %c1 {
        %again = memref.get_global @state : memref<8xi32>
        gpu.launch_func @kernels::@add blocks in (%c1, %c1, %c1) threads in (%c8, %c1, %c1)
            args(%again : memref<8xi32>, %again : memref<8xi32>)
      }
    }
    return
  }
}
