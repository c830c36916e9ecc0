// The graph form: runs of launches with the order that their buffers demand.
// RUN: vyre-opt %s --vyre-form-launch-groups --vyre-form-graph-regions --split-input-file | FileCheck %s
// RUN: vyre-opt %s --vyre-form-launch-groups --vyre-form-graph-regions --split-input-file -o /dev/null \
// RUN:   --remarks-filter=vyre-form-graph-regions 2>&1 | FileCheck %s --check-prefix=REMARK

// Three allocations: 0 writes b from a, 1 writes c from a, 2 writes a from b. So
// 2 waits for both, and 0 and 1 do not wait for each other. A pure op in between
// does not end the run.
// REMARK: [Passed] Graph | Category:vyre-form-graph-regions | Function=edges | Nodes=3, Regions=1
// CHECK-LABEL: func.func @edges
// CHECK:         plain {
// CHECK-NOT:       vyre.graph_region
// CHECK:         } graph {
// CHECK-NEXT:      scf.for
// CHECK-NEXT:        arith.addi
// CHECK-NEXT:        vyre.graph_region edges [0, 2, 1, 2] {
// CHECK-COUNT-3:       gpu.launch_func @kernels::@copy
// CHECK-NEXT:        }
// CHECK:           vyre.yield
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @copy(%from: memref<64xf32>, %to: memref<64xf32>, %n: index) kernel {
      %v = memref.load %from[%n] : memref<64xf32>
      memref.store %v, %to[%n] : memref<64xf32>
      gpu.return
    }
  }
  func.func @edges() {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<64xf32>
    %b = memref.alloc() : memref<64xf32>
    %c = memref.alloc() : memref<64xf32>
    scf.for %i = %c0 to %c64 step %c1 {
      gpu.launch_func @kernels::@copy blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>, %b : memref<64xf32>, %c0 : index)
      %k = arith.addi %i, %c1 : index
      gpu.launch_func @kernels::@copy blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>, %c : memref<64xf32>, %k : index)
      gpu.launch_func @kernels::@copy blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<64xf32>, %a : memref<64xf32>, %c0 : index)
    }
    return
  }
}

// -----

// Arguments may be the same memory; a host load and a printing kernel end a run;
// a branch has runs of its own.
// REMARK: [Passed] Graph | {{.*}} Function=runs | Nodes=5, Regions=4
// CHECK-LABEL: func.func @runs
// CHECK:         } graph {
// CHECK:           vyre.graph_region edges [0, 1] {
// CHECK:           memref.load
// CHECK:           vyre.graph_region edges [] {
// CHECK-NEXT:        gpu.launch_func @kernels::@fill
// CHECK-NEXT:      }
// CHECK-NEXT:      gpu.launch_func @kernels::@print
// CHECK-NEXT:      scf.if
// CHECK-NEXT:        vyre.graph_region edges [] {
// CHECK:           } else {
// CHECK-NEXT:        vyre.graph_region edges [] {
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @fill(%to: memref<64xf32>, %v: f32) kernel {
      %t = gpu.thread_id x
      memref.store %v, %to[%t] : memref<64xf32>
      gpu.return
    }
    gpu.func @print(%to: memref<64xf32>) kernel {
      gpu.printf "here\n"
      gpu.return
    }
  }
  func.func @runs(%x: memref<64xf32>, %y: memref<64xf32>, %v: f32, %which: i1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %c64 step %c1 {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%x : memref<64xf32>, %v : f32)
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%y : memref<64xf32>, %v : f32)
      %w = memref.load %x[%i] : memref<64xf32>
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%y : memref<64xf32>, %w : f32)
      gpu.launch_func @kernels::@print blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%y : memref<64xf32>)
      scf.if %which {
        gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
            args(%x : memref<64xf32>, %v : f32)
      } else {
        gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
            args(%y : memref<64xf32>, %v : f32)
      }
    }
    return
  }
}

// -----

// Tokens order launches across runs, and a loop that only prints has nothing to
// record.
// REMARK: [Missed] Graph | {{.*}} Function=tokens | Reason="async-token: a launch orders itself with async tokens"
// REMARK: [Missed] Graph | {{.*}} Function=prints | Reason="kernel-printf: a kernel prints"
// CHECK-LABEL: func.func @tokens
// CHECK:         vyre.launch_group
// CHECK-SAME:      graph_refusal = "async-token: a launch orders itself with async tokens"
// CHECK-NOT:     graph {
// CHECK-LABEL: func.func @prints
// CHECK-SAME:    {
// CHECK:         graph_refusal = "kernel-printf: a kernel prints"
// CHECK-NOT:     graph {
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @print() kernel {
      gpu.printf "here\n"
      gpu.return
    }
    gpu.func @nothing() kernel {
      gpu.return
    }
  }
  func.func @tokens(%n: index) {
    scf.for %i = %n to %n step %n {
      %t = gpu.wait async
      %u = gpu.launch_func async [%t] @kernels::@nothing blocks in (%n, %n, %n) threads in (%n, %n, %n)
      gpu.wait [%u]
    }
    return
  }
  func.func @prints(%n: index) {
    scf.for %i = %n to %n step %n {
      gpu.launch_func @kernels::@print blocks in (%n, %n, %n) threads in (%n, %n, %n)
    }
    return
  }
}
