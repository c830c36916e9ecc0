// vyre-convert-kernels-to-host: the three ways to run the threads of a block, and
// what becomes of device functions, globals and shared memory.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-opt %s --split-input-file --vyre-convert-kernels-to-host | FileCheck %s

// No barrier: loops, x inside, no division for a grid of one dimension.
// CHECK-LABEL: func.func private @__vyre_host_plain_scale
// CHECK-SAME: (%[[A:.*]]: memref<?xf32>, %{{.*}}: !llvm.ptr) attributes {vyre.host_kernel = @plain::@scale}
// CHECK-NOT: arith.remui
// CHECK: scf.for %[[BLOCK:.*]] =
// CHECK: scf.for %[[Y:.*]] =
// CHECK: scf.for %[[X:.*]] =
// CHECK: arith.muli %[[BLOCK]]
// CHECK: memref.store %{{.*}}, %[[A]]
gpu.module @plain {
  gpu.func @scale(%a: memref<?xf32, 1>) kernel
      attributes {known_block_size = array<i32: 64, 4, 1>, known_grid_size = array<i32: 8, 1, 1>} {
    %b = gpu.block_id x
    %t = gpu.thread_id x
    %n = gpu.block_dim x
    %first = arith.muli %b, %n : index
    %i = arith.addi %first, %t : index
    %v = memref.load %a[%i] : memref<?xf32, 1>
    %w = arith.addf %v, %v : f32
    memref.store %w, %a[%i] : memref<?xf32, 1>
    gpu.return
  }
}

// -----

// A barrier for all: two loops. The loaded value crosses in an array, although
// only what is computed from it is used behind the barrier.
// CHECK-LABEL: func.func private @__vyre_host_split_rotate
// CHECK: %[[SLOTS:.*]] = memref.alloca() {{.*}} : memref<32xf32>
// CHECK: scf.for %[[T0:.*]] = %{{.*}} to %c32
// CHECK: %[[V:.*]] = memref.load
// CHECK: memref.store %[[V]], %[[SLOTS]][%{{.*}}]
// CHECK: scf.for %[[T1:.*]] = %{{.*}} to %c32
// CHECK: %[[KEPT:.*]] = memref.load %[[SLOTS]]
// CHECK: arith.addf %[[KEPT]], %[[KEPT]]
// CHECK-NOT: vyreHostRunFibers
// CHECK: return
gpu.module @split {
  gpu.func @rotate(%a: memref<?xf32>) kernel
      attributes {known_block_size = array<i32: 32, 1, 1>} {
    %t = gpu.thread_id x
    %v = memref.load %a[%t] : memref<?xf32>
    %w = arith.addf %v, %v : f32
    gpu.barrier
    memref.store %w, %a[%t] : memref<?xf32>
    gpu.return
  }
}

// -----

// Private memory that is used on both sides: each thread has its part.
// CHECK-LABEL: func.func private @__vyre_host_private_keep
// CHECK: %[[ALL:.*]] = memref.alloca() {{.*}} : memref<2048xi8>
// CHECK-COUNT-2: memref.view %[[ALL]]
gpu.module @private {
  gpu.func @keep(%a: memref<?xf32>) kernel
      attributes {known_block_size = array<i32: 32, 1, 1>} {
    %c0 = arith.constant 0 : index
    %t = gpu.thread_id x
    %mine = memref.alloca() : memref<4xf32, #gpu.address_space<private>>
    %v = memref.load %a[%t] : memref<?xf32>
    memref.store %v, %mine[%c0] : memref<4xf32, #gpu.address_space<private>>
    gpu.barrier
    %w = memref.load %mine[%c0] : memref<4xf32, #gpu.address_space<private>>
    memref.store %w, %a[%t] : memref<?xf32>
    gpu.return
  }
}

// -----

// A barrier under a condition that differs: fibers.
// CHECK-LABEL: func.func private @__vyre_host_fibers_some
// CHECK: llvm.call @vyreHostRunFibers
// CHECK-LABEL: func.func private @__vyre_host_fibers_some_thread
// CHECK: scf.if
// CHECK: llvm.call @vyreHostFiberBarrier
gpu.module @fibers {
  gpu.func @some(%a: memref<?xi32>) kernel {
    %t = gpu.thread_id x
    %v = memref.load %a[%t] : memref<?xi32>
    %zero = arith.constant 0 : i32
    %yes = arith.cmpi ne, %v, %zero : i32
    scf.if %yes {
      gpu.barrier
    }
    memref.store %zero, %a[%t] : memref<?xi32>
    gpu.return
  }
}

// -----

// A device function that asks for its thread is inlined; a global is copied; one
// in shared memory is the block's own.
// CHECK: memref.global "private" constant @__vyre_host_names_table
// CHECK-LABEL: func.func private @__vyre_host_names_use
// CHECK: memref.alloca() {{.*}} : memref<8xf32>
// CHECK-NOT: call
// CHECK: memref.get_global @__vyre_host_names_table
// CHECK: return
// CHECK-NOT: gpu.thread_id
gpu.module @names {
  memref.global "private" constant @table : memref<4xf32> = dense<1.0>
  memref.global "private" @tile : memref<8xf32, 3>
  func.func @where() -> index {
    %t = gpu.thread_id x
    return %t : index
  }
  gpu.func @use(%a: memref<?xf32>) kernel {
    %t = func.call @where() : () -> index
    %table = memref.get_global @table : memref<4xf32>
    %tile = memref.get_global @tile : memref<8xf32, 3>
    %v = memref.load %table[%t] : memref<4xf32>
    memref.store %v, %tile[%t] : memref<8xf32, 3>
    memref.store %v, %a[%t] : memref<?xf32>
    gpu.return
  }
}

// -----

// Only CUDA can run it: no host function, and a note that says why.
// CHECK-NOT: __vyre_host
// CHECK: gpu.func @id
// CHECK-SAME: vyre.cuda_only = "nvvm.read.ptx.sreg.clock"
gpu.module @cuda {
  gpu.func @id(%a: memref<?xi32>) kernel {
    %c0 = arith.constant 0 : index
    %v = nvvm.read.ptx.sreg.clock : i32
    memref.store %v, %a[%c0] : memref<?xi32>
    gpu.return
  }
}

// -----

// A persistent kernel: the worker's share of the stage, and a grid barrier that
// leaves the loop and the function when the launch is aborted.
// CHECK-LABEL: func.func private @__vyre_host_persistent_loop
// CHECK: ^bb1(%{{.*}}: index):
// CHECK: arith.divui
// CHECK: scf.for
// CHECK: memref.store
// CHECK: %[[STATUS:.*]] = llvm.call @vyreHostGridBarrier
// CHECK: %[[ABORTED:.*]] = arith.cmpi ne, %[[STATUS]]
// CHECK: cf.cond_br %[[ABORTED]], ^[[LEAVE:bb[0-9]+]], ^
// CHECK: ^[[LEAVE]]:
// CHECK-NEXT: return
gpu.module @persistent {
  gpu.func @loop(%a: memref<?xi32>, %n: index) kernel attributes {vyre.persistent} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %zero = arith.constant 0 : i32
    scf.for %i = %c0 to %n step %c1 {
      vyre.stage grid(%n, %c1, %c1) block(%c32, %c1, %c1) attributes {known_block_size = array<i32: 32, 1, 1>} {
      ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
           %gdx: index, %gdy: index, %gdz: index, %bdx: index, %bdy: index, %bdz: index):
        %f = arith.muli %bx, %bdx : index
        %k = arith.addi %f, %tx : index
        memref.store %zero, %a[%k] : memref<?xi32>
        vyre.yield
      }
      vyre.sync grid
    }
    gpu.return
  }
}

// -----

// A batch: each worker gets a run of blocks in every round, in turns from either end.
// CHECK-LABEL: func.func private @__vyre_host_dealt_batch
// CHECK: %[[PIECE:.*]] = arith.maxui
// CHECK: scf.for %[[ROUND:.*]] = %{{.*}} iter_args(%[[PLACE:.*]] = %{{.*}})
// CHECK: %[[OFFSET:.*]] = arith.muli %[[PLACE]], %[[PIECE]]
// CHECK: %[[BEGIN:.*]] = arith.addi %[[ROUND]], %[[OFFSET]]
// CHECK: %[[END:.*]] = arith.minsi
// CHECK: %[[NEXT:.*]] = arith.subi %{{.*}}, %[[PLACE]]
// CHECK: scf.for %{{.*}} = %[[BEGIN]] to %[[END]]
// CHECK: memref.store
// CHECK: scf.yield %[[NEXT]]
gpu.module @dealt {
  gpu.func @batch(%a: memref<?xi32>, %n: index) kernel attributes {vyre.persistent} {
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %zero = arith.constant 0 : i32
    vyre.stage grid(%c1, %c1, %n) block(%c32, %c1, %c1) attributes {known_block_size = array<i32: 32, 1, 1>, rounds = 8 : i32} {
    ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
         %gdx: index, %gdy: index, %gdz: index, %bdx: index, %bdy: index, %bdz: index):
      %f = arith.muli %bz, %bdx : index
      %k = arith.addi %f, %tx : index
      memref.store %zero, %a[%k] : memref<?xi32>
      vyre.yield
    }
    gpu.return
  }
}

// -----

// A module that asks for no host code gets none.
// CHECK-NOT: __vyre_host
// CHECK: gpu.func @device
gpu.module @device_only attributes {vyre.offload = #vyre.offload<host = false, chips = ["sm_90"]>} {
  gpu.func @device() kernel {
    gpu.return
  }
}

// -----

// The guard of the last block bounds the loop over x: nothing is masked. The
// part that does not depend on x turns the loop on or off.
// CHECK-LABEL: func.func private @__vyre_host_guard_exact
// CHECK: %[[COUNT:.*]] = arith.subi
// CHECK: %[[END:.*]] = arith.minsi %{{.*}}, %[[COUNT]]
// CHECK: %[[BOUND:.*]] = arith.select %{{.*}}, %[[END]], %{{.*}} : index
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[BOUND]]
// CHECK-NOT: scf.if
// CHECK: return
gpu.module @guard {
  gpu.func @exact(%a: memref<?x?xf32>, %n: index, %m: index) kernel
      attributes {known_block_size = array<i32: 64, 4, 1>} {
    %zero = arith.constant 0.0 : f32
    %c64 = arith.constant 64 : index
    %c4 = arith.constant 4 : index
    %bx = gpu.block_id x
    %by = gpu.block_id y
    %tx = gpu.thread_id x
    %ty = gpu.thread_id y
    %fx = arith.muli %bx, %c64 : index
    %x = arith.addi %fx, %tx : index
    %fy = arith.muli %by, %c4 : index
    %y = arith.addi %fy, %ty : index
    %inx = arith.cmpi slt, %x, %n : index
    %iny = arith.cmpi slt, %y, %m : index
    %in = arith.andi %inx, %iny : i1
    scf.if %in {
      memref.store %zero, %a[%y, %x] : memref<?x?xf32>
    }
    gpu.return
  }
}

// -----

// Not bounded: where the row begins is not known to be small, so x could wrap.
// CHECK-LABEL: func.func private @__vyre_host_no_guard_wraps
// CHECK: scf.for
// CHECK: scf.for
// CHECK: scf.if
gpu.module @no_guard {
  gpu.func @wraps(%a: memref<?xf32>, %n: index, %first: index) kernel
      attributes {known_block_size = array<i32: 64, 1, 1>} {
    %zero = arith.constant 0.0 : f32
    %tx = gpu.thread_id x
    %x = arith.addi %first, %tx : index
    %in = arith.cmpi slt, %x, %n : index
    scf.if %in {
      memref.store %zero, %a[%x] : memref<?xf32>
    }
    gpu.return
  }
}
