// RUN: vyre-opt %s --pass-pipeline="builtin.module(gpu.module(vyre-lower-stages))" | FileCheck %s

gpu.module @m {
  // A stage is a loop of the physical blocks over the virtual ones, its body under
  // a guard; the kernel gets an argument for the state of the barrier.
  // CHECK-LABEL: gpu.func @loop
  // CHECK-SAME: %[[N:.*]]: index, %[[M:.*]]: memref<64xf32>, %[[STATE:.*]]: !llvm.ptr)
  // CHECK-DAG: %[[FIRST:.*]] = gpu.block_id x
  // CHECK-DAG: %[[STEP:.*]] = gpu.grid_dim x
  // CHECK: scf.for %{{.*}} = %[[FIRST]] to %{{.*}} step %[[STEP]] {
  // CHECK: %[[PART:.*]] = arith.cmpi ult
  // CHECK: scf.if %[[PART]] {
  // CHECK: memref.store
  // CHECK-NOT: vyre.stage
  gpu.func @loop(%n: index, %m: memref<64xf32>) kernel attributes {vyre.persistent} {
    %c1 = arith.constant 1 : index
    %x = arith.constant 1.0 : f32
    vyre.stage grid(%n, %c1, %c1) block(%n, %c1, %c1) {
    ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
         %gx: index, %gy: index, %gz: index, %sx: index, %sy: index, %sz: index):
      memref.store %x, %m[%tx] : memref<64xf32>
      vyre.yield
    }
    gpu.return
  }

  // A stage whose threads meet is run by all of them: no guard, and a barrier
  // before the next virtual block reuses the shared memory.
  // CHECK-LABEL: gpu.func @meets
  // CHECK: scf.for
  // CHECK-NOT: scf.if
  // CHECK: memref.store
  // CHECK: gpu.barrier
  // CHECK: memref.store
  // CHECK: gpu.barrier
  gpu.func @meets(%n: index, %m: memref<64xf32>) kernel attributes {vyre.persistent} {
    %c1 = arith.constant 1 : index
    %x = arith.constant 1.0 : f32
    vyre.stage grid(%n, %c1, %c1) block(%n, %c1, %c1) {
    ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
         %gx: index, %gy: index, %gz: index, %sx: index, %sy: index, %sz: index):
      memref.store %x, %m[%tx] : memref<64xf32>
      gpu.barrier
      memref.store %x, %m[%tx] : memref<64xf32>
      vyre.yield
    }
    gpu.return
  }

  // A grid barrier: one thread counts itself in between fences and polls the
  // generation with acquire loads until it moves or the launch is aborted.
  // CHECK-LABEL: gpu.func @barrier
  // CHECK: gpu.barrier
  // CHECK: llvm.load %{{.*}} atomic syncscope("device") acquire
  // CHECK: llvm.fence syncscope("device") acq_rel
  // CHECK: llvm.atomicrmw add %{{.*}} syncscope("device") monotonic
  // CHECK: llvm.fence syncscope("device") acq_rel
  // CHECK: llvm.store %{{.*}} atomic syncscope("device") release
  // CHECK: scf.while
  // CHECK: llvm.load %{{.*}} atomic syncscope("device") acquire
  // CHECK: llvm.load %{{.*}} atomic monotonic
  // CHECK: llvm.fence syncscope("device") acq_rel
  // CHECK: gpu.barrier
  gpu.func @barrier(%m: memref<64xf32>) kernel attributes {vyre.persistent} {
    vyre.sync grid
    gpu.return
  }

  // A block's synchronization is a block barrier, none is nothing.
  // CHECK-LABEL: gpu.func @smaller
  // CHECK-NEXT: gpu.barrier
  // CHECK-NEXT: gpu.return
  gpu.func @smaller() kernel attributes {vyre.persistent} {
    vyre.sync none
    vyre.sync block
    gpu.return
  }

  // A kernel that is not persistent keeps its arguments.
  // CHECK-LABEL: gpu.func @plain(%{{[a-z0-9]*}}: memref<64xf32>) kernel
  gpu.func @plain(%m: memref<64xf32>) kernel {
    gpu.return
  }
}
