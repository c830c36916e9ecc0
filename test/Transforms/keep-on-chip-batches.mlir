// Launches of a batch that hand on data within a block run in a row, block by block; where
// another block needs it, all iterations of one come before those of the next.
// RUN: vyre-opt %s --vyre-form-launch-groups --vyre-form-persistent-kernels \
// RUN:   --vyre-batch-iterations --vyre-choose-sync-tiers --vyre-keep-on-chip -o %t.out \
// RUN:   --remarks-filter=vyre-keep-on-chip 2>%t.remarks
// RUN: FileCheck %s < %t.out
// RUN: FileCheck %s --check-prefix=REMARK < %t.remarks

// REMARK: Passed] OnChip | {{.*}} | Batch=copy, Stages=2
// REMARK: Passed] OnChip | {{.*}} | Batch=copy, Stages=3
// REMARK: Passed] OnChip | {{.*}} | Batch=copy, Stages=2
// REMARK-NOT: OnChip | {{.*}}Batch

module attributes {gpu.container_module} {
  gpu.module @k {
    gpu.func @copy(%i: index, %from: memref<64x512xf32>, %to: memref<64x512xf32>) kernel {
      %size = arith.constant 64 : index
      %last = arith.constant 63 : index
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %size : index
      %x = arith.addi %first, %t : index
      %v = memref.load %from[%i, %x] : memref<64x512xf32>
      memref.store %v, %to[%i, %x] : memref<64x512xf32>
      gpu.return
    }
    gpu.func @turn(%i: index, %from: memref<64x512xf32>, %to: memref<64x512xf32>) kernel {
      %size = arith.constant 64 : index
      %last = arith.constant 63 : index
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %size : index
      %x = arith.addi %first, %t : index
      %u = arith.subi %last, %t : index
      %y = arith.addi %first, %u : index
      %v = memref.load %from[%i, %y] : memref<64x512xf32>
      memref.store %v, %to[%i, %x] : memref<64x512xf32>
      gpu.return
    }
    gpu.func @mirror(%i: index, %from: memref<64x512xf32>, %to: memref<64x512xf32>) kernel {
      %size = arith.constant 64 : index
      %last = arith.constant 63 : index
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %size : index
      %x = arith.addi %first, %t : index
      %all = arith.constant 511 : index
      %y = arith.subi %all, %x : index
      %v = memref.load %from[%i, %y] : memref<64x512xf32>
      memref.store %v, %to[%i, %x] : memref<64x512xf32>
      gpu.return
    }
    gpu.func @wide(%i: index, %from: memref<64x512xf32>, %to: memref<64x512xf32>) kernel {
      %size = arith.constant 128 : index
      %last = arith.constant 127 : index
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %size : index
      %x = arith.addi %first, %t : index
      %v = memref.load %from[%i, %x] : memref<64x512xf32>
      memref.store %v, %to[%i, %x] : memref<64x512xf32>
      gpu.return
    }
  }

  // Each thread goes on with its own value.
  // CHECK-LABEL: gpu.func @same_thread_loop0_persistent
  // CHECK:         vyre.stage
  // CHECK:           memref.store
  // CHECK-NOT:       gpu.barrier
  // CHECK-NOT:       vyre.stage
  // CHECK:           memref.store
  // CHECK:           vyre.yield
  // CHECK-NOT:     vyre.stage

  // The second launch reads what other threads of its block wrote, and the third what
  // others of the second did.
  // CHECK-LABEL: gpu.func @same_block_loop0_persistent
  // CHECK:         vyre.stage
  // CHECK:           memref.store
  // CHECK:           gpu.barrier
  // CHECK:           memref.store
  // CHECK:           gpu.barrier
  // CHECK:           memref.store
  // CHECK:           vyre.yield
  // CHECK-NOT:     vyre.stage

  // The third launch needs the whole row: a barrier parts it from the first two.
  // CHECK-LABEL: gpu.func @other_block_loop0_persistent
  // CHECK:         vyre.stage
  // CHECK:           memref.store
  // CHECK:           memref.store
  // CHECK:           vyre.yield
  // CHECK:         vyre.sync grid
  // CHECK:         vyre.stage
  // CHECK:           memref.store
  // CHECK:           vyre.yield
  // CHECK-NOT:     vyre.stage

  // Nothing is handed on, but a block of one launch is none of the other.
  // CHECK-LABEL: gpu.func @two_shapes_loop0_persistent
  // CHECK:         vyre.stage
  // CHECK:         vyre.sync none
  // CHECK:         vyre.stage

  // The kernel's blocks have 128 threads, of which 64 have no work in the first two: they
  // could not meet the others in the middle of a stage.
  // CHECK-LABEL: gpu.func @larger_block_loop0_persistent
  // CHECK:         vyre.stage
  // CHECK:         vyre.sync block
  // CHECK:         vyre.stage
  // CHECK:         vyre.stage

  // CHECK-LABEL: func.func @same_thread
  // CHECK:         "batches of copy, copy: block by block"
  func.func @same_thread(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %a = memref.alloc() : memref<64x512xf32>
    %b = memref.alloc() : memref<64x512xf32>
    %c = memref.alloc() : memref<64x512xf32>
    %d = memref.alloc() : memref<64x512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32>, %b : memref<64x512xf32>)
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %b : memref<64x512xf32>, %c : memref<64x512xf32>)
    }
    return
  }
  func.func @same_block(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %a = memref.alloc() : memref<64x512xf32>
    %b = memref.alloc() : memref<64x512xf32>
    %c = memref.alloc() : memref<64x512xf32>
    %d = memref.alloc() : memref<64x512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32>, %b : memref<64x512xf32>)
      gpu.launch_func @k::@turn blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %b : memref<64x512xf32>, %c : memref<64x512xf32>)
      gpu.launch_func @k::@turn blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %c : memref<64x512xf32>, %d : memref<64x512xf32>)
    }
    return
  }
  func.func @other_block(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %a = memref.alloc() : memref<64x512xf32>
    %b = memref.alloc() : memref<64x512xf32>
    %c = memref.alloc() : memref<64x512xf32>
    %d = memref.alloc() : memref<64x512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32>, %b : memref<64x512xf32>)
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %b : memref<64x512xf32>, %c : memref<64x512xf32>)
      gpu.launch_func @k::@mirror blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %c : memref<64x512xf32>, %d : memref<64x512xf32>)
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
    %d = memref.alloc() : memref<64x512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32>, %b : memref<64x512xf32>)
      gpu.launch_func @k::@wide blocks in (%c4, %c1, %c1) threads in (%c128, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32>, %c : memref<64x512xf32>)
    }
    return
  }
  func.func @larger_block(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %a = memref.alloc() : memref<64x512xf32>
    %b = memref.alloc() : memref<64x512xf32>
    %c = memref.alloc() : memref<64x512xf32>
    %d = memref.alloc() : memref<64x512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@copy blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32>, %b : memref<64x512xf32>)
      gpu.launch_func @k::@turn blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %b : memref<64x512xf32>, %c : memref<64x512xf32>)
      gpu.launch_func @k::@wide blocks in (%c4, %c1, %c1) threads in (%c128, %c1, %c1)
          args(%i : index, %a : memref<64x512xf32>, %d : memref<64x512xf32>)
    }
    return
  }
}
