// Loops of one launch whose iterations are independent become one stage over the
// blocks of all iterations; what looks alike and is not stays a loop. Several launches:
// batch-iterations-several.mlir. Arguments that may overlap: batch-iterations-overlap.mlir.
// RUN: vyre-opt %s --vyre-form-launch-groups --vyre-form-persistent-kernels \
// RUN:   --vyre-batch-iterations | FileCheck %s
// RUN: vyre-opt %s --vyre-form-launch-groups --vyre-form-persistent-kernels \
// RUN:   --vyre-batch-iterations -o /dev/null --remarks-filter=vyre-batch-iterations 2>&1 \
// RUN:   | FileCheck %s --check-prefix=REMARK

// Each iteration has a row of its own: 10 times 8 blocks. The blocks of the iterations
// are stacked up along z; the depth of the grid that the body sees is that of an iteration.
// REMARK: Passed] Batch | {{.*}} Function=rows | {{.*}}Kernel="rows_loop0_persistent"
// CHECK-LABEL: gpu.func @rows_loop0_persistent
// CHECK-NOT: scf.for
// CHECK: %[[ALL:.*]] = arith.constant 10 : index
// CHECK: vyre.stage grid(%{{.*}}, %{{.*}}, %[[ALL]]) block({{.*}}) kernel @k::@row attributes {{{.*}}rounds = [[#]] : i32}
// CHECK-NEXT: ^bb0(%[[X:[a-z0-9]+]]: index, %{{.*}}: index, %[[I:.*]]: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index):
// CHECK-NOT: arith.divui
// CHECK: %[[STEPS:.*]] = arith.muli %[[I]], %{{.*}} : index
// CHECK: %[[ROW:.*]] = arith.addi %[[STEPS]], %{{.*}} : index
// CHECK: arith.muli %[[X]], %{{.*}}
// CHECK: memref.store %{{.*}}, %{{.*}}[%[[ROW]], %{{.*}}]

// An unknown number of iterations: the depth is computed, zero trips are no blocks.
// REMARK: Passed] Batch | {{.*}} Function=unknown_trips
// CHECK-LABEL: gpu.func @unknown_trips_loop0_persistent
// CHECK: %[[RUNS:.*]] = arith.cmpi slt
// CHECK: %[[TRIPS:.*]] = arith.select %[[RUNS]]
// CHECK: vyre.stage grid(%{{.*}}, %{{.*}}, %[[TRIPS]])

// REMARK: Missed] Batch | {{.*}} Function=same_row | {{.*}}Reason="dependence: iterations depend on each other, the same thread"
// CHECK-LABEL: gpu.func @same_row_loop0_persistent
// CHECK: scf.for

// REMARK: Missed] Batch | {{.*}} Function=row_above | {{.*}}Reason="dependence: iterations depend on each other, the same thread"
// CHECK-LABEL: gpu.func @row_above_loop0_persistent
// CHECK: scf.for

// REMARK: Missed] Batch | {{.*}} Function=growing | Reason="launch-shape: grid or block depend on the iteration"
// CHECK-LABEL: gpu.func @growing_loop0_persistent
// CHECK: scf.for

// CHECK-LABEL: func.func @rows
// CHECK: vyre.launch_group {{.*}}persistent_syncs = ["between iterations: none (a batch: one launch has the blocks of all of them)"]
// CHECK: vyre.launch_persistent {{.*}}max_blocks = 80
// CHECK-LABEL: func.func @unknown_trips
// CHECK: vyre.launch_persistent
// CHECK-NOT: max_blocks
// CHECK: vyre.yield

module attributes {gpu.container_module} {
  gpu.module @k {
    gpu.func @row(%i: index, %a: memref<512x512xf32>, %to: memref<512x512xf32>) kernel {
      %c64 = arith.constant 64 : index
      %one = arith.constant 1.0 : f32
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %g = gpu.grid_dim x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %v = memref.load %a[%i, %g] : memref<512x512xf32>
      %w = arith.addf %v, %one : f32
      memref.store %w, %to[%i, %x] : memref<512x512xf32>
      gpu.return
    }
    gpu.func @above(%i: index, %h: index, %a: memref<512x512xf32>) kernel {
      %c64 = arith.constant 64 : index
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %first = arith.muli %b, %c64 : index
      %x = arith.addi %first, %t : index
      %v = memref.load %a[%h, %x] : memref<512x512xf32>
      memref.store %v, %a[%i, %x] : memref<512x512xf32>
      gpu.return
    }
  }

  func.func @rows() {
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c8 = arith.constant 8 : index
    %c21 = arith.constant 21 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512x512xf32>
    %b = memref.alloc() : memref<512x512xf32>
    scf.for %i = %c1 to %c21 step %c2 {
      gpu.launch_func @k::@row blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<512x512xf32>, %b : memref<512x512xf32>)
    }
    return
  }
  func.func @unknown_trips(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512x512xf32>
    %b = memref.alloc() : memref<512x512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@row blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<512x512xf32>, %b : memref<512x512xf32>)
    }
    return
  }
  func.func @same_row(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512x512xf32>
    %b = memref.alloc() : memref<512x512xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@row blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%c0 : index, %a : memref<512x512xf32>, %b : memref<512x512xf32>)
    }
    return
  }
  func.func @row_above(%n: index) {
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512x512xf32>
    scf.for %i = %c1 to %n step %c1 {
      %h = arith.subi %i, %c1 : index
      gpu.launch_func @k::@above blocks in (%c8, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %h : index, %a : memref<512x512xf32>)
    }
    return
  }
  func.func @growing() {
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<512x512xf32>
    %b = memref.alloc() : memref<512x512xf32>
    scf.for %i = %c1 to %c8 step %c1 {
      gpu.launch_func @k::@row blocks in (%i, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%i : index, %a : memref<512x512xf32>, %b : memref<512x512xf32>)
    }
    return
  }
}
