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
// a branch around launches belongs to one.
// REMARK: [Passed] Graph | {{.*}} Function=runs | Nodes=5, Regions=3
// CHECK-LABEL: func.func @runs
// CHECK:         } graph {
// CHECK:           vyre.graph_region edges [0, 1] {
// CHECK:           memref.load
// CHECK:           vyre.graph_region edges [] {
// CHECK-NEXT:        gpu.launch_func @kernels::@fill
// CHECK-NEXT:      }
// CHECK-NEXT:      gpu.launch_func @kernels::@print
// CHECK-NEXT:      vyre.graph_region edges [0, 1] {
// CHECK-NEXT:        scf.if
// CHECK:             } else {
// CHECK-NOT:         vyre.graph_region
// CHECK:           vyre.yield
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

// A fill, a launch and a copy in one run. 0 fills a, 1 reads it and writes b, 2 copies b
// to c; 3 fills a again, after 1 has read it. The pure op stands in front.
// REMARK: [Passed] Graph | {{.*}} Function=copies_and_fills | Nodes=4, Regions=1
// CHECK-LABEL: func.func @copies_and_fills
// CHECK:         } graph {
// CHECK-NEXT:      scf.for
// CHECK-NEXT:        arith.addi
// CHECK-NEXT:        vyre.graph_region edges [0, 1, 0, 3, 1, 2, 1, 3] {
// CHECK-NEXT:          gpu.memset
// CHECK-NEXT:          gpu.launch_func
// CHECK-NEXT:          gpu.memcpy
// CHECK-NEXT:          gpu.memset
// CHECK-NEXT:        }
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @copy(%from: memref<64xf32>, %to: memref<64xf32>, %n: index) kernel {
      %v = memref.load %from[%n] : memref<64xf32>
      memref.store %v, %to[%n] : memref<64xf32>
      gpu.return
    }
  }
  func.func @copies_and_fills() {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %v = arith.constant 1.0 : f32
    %a = memref.alloc() : memref<64xf32>
    %b = memref.alloc() : memref<64xf32>
    %c = memref.alloc() : memref<64xf32>
    scf.for %i = %c0 to %c64 step %c1 {
      gpu.memset %a, %v : memref<64xf32>, f32
      %k = arith.addi %i, %c1 : index
      gpu.launch_func @kernels::@copy blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>, %b : memref<64xf32>, %k : index)
      gpu.memcpy %c, %b : memref<64xf32>, memref<64xf32>
      gpu.memset %a, %v : memref<64xf32>, f32
    }
    return
  }
}

// -----

// Rows with gaps are not copied by a node, and copies alone are no run.
// REMARK: [Passed] Graph | {{.*}} Function=strided_copy | Nodes=2, Regions=2
// CHECK-LABEL: func.func @strided_copy
// CHECK:         } graph {
// CHECK:           vyre.graph_region edges [] {
// CHECK-NEXT:        gpu.launch_func
// CHECK-NEXT:      }
// CHECK-NEXT:      gpu.memcpy {{.*}}strided<[2]>
// CHECK-NEXT:      vyre.graph_region edges [] {
// CHECK-NEXT:        gpu.launch_func
// CHECK-NEXT:      }
// CHECK-NEXT:      memref.load
// CHECK-NEXT:      gpu.memset
// CHECK-NEXT:      memref.store
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @copy(%from: memref<64xf32>, %to: memref<64xf32>, %n: index) kernel {
      %v = memref.load %from[%n] : memref<64xf32>
      memref.store %v, %to[%n] : memref<64xf32>
      gpu.return
    }
  }
  func.func @strided_copy() {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %v = arith.constant 1.0 : f32
    %a = memref.alloc() : memref<64xf32>
    %b = memref.alloc() : memref<64xf32>
    %c = memref.alloc() : memref<64xf32>
    %half = memref.subview %a[0] [32] [2] : memref<64xf32> to memref<32xf32, strided<[2]>>
    %dense = memref.alloc() : memref<32xf32>
    scf.for %i = %c0 to %c64 step %c1 {
      gpu.launch_func @kernels::@copy blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>, %b : memref<64xf32>, %i : index)
      gpu.memcpy %dense, %half : memref<32xf32>, memref<32xf32, strided<[2]>>
      gpu.launch_func @kernels::@copy blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>, %b : memref<64xf32>, %i : index)
      %w = memref.load %a[%i] : memref<64xf32>
      gpu.memset %a, %v : memref<64xf32>, f32
      memref.store %w, %a[%c0] : memref<64xf32>
    }
    return
  }
}

// -----

// A branch around nodes is a part of the run: its nodes have numbers in program order,
// and the order of what comes before and after leads through them. One in which the host
// reads memory ends the run, and so does one with a result; both have runs inside.
// REMARK: [Passed] Graph | {{.*}} Function=branches | Nodes=6, Regions=3
// CHECK-LABEL: func.func @branches
// CHECK:         } graph {
// CHECK:           vyre.graph_region edges [0, 1, 1, 2, 2, 3] {
// CHECK-NEXT:        gpu.launch_func
// CHECK-NEXT:        scf.if
// CHECK-NEXT:          gpu.memset
// CHECK-NEXT:        } else {
// CHECK-NEXT:          gpu.launch_func
// CHECK-NEXT:        }
// CHECK-NEXT:        gpu.launch_func
// CHECK-NEXT:      }
// CHECK-NEXT:      scf.if
// CHECK-NEXT:        memref.load
// CHECK-NEXT:        vyre.graph_region edges [] {
// CHECK:           scf.if {{.*}} -> (memref<64xf32>)
// CHECK-NEXT:        vyre.graph_region edges [] {
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @copy(%from: memref<64xf32>, %to: memref<64xf32>, %n: index) kernel {
      %v = memref.load %from[%n] : memref<64xf32>
      memref.store %v, %to[%n] : memref<64xf32>
      gpu.return
    }
  }
  func.func @branches(%which: i1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %v = arith.constant 1.0 : f32
    %a = memref.alloc() : memref<64xf32>
    %b = memref.alloc() : memref<64xf32>
    %c = memref.alloc() : memref<64xf32>
    scf.for %i = %c0 to %c64 step %c1 {
      gpu.launch_func @kernels::@copy blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>, %b : memref<64xf32>, %i : index)
      scf.if %which {
        gpu.memset %b, %v : memref<64xf32>, f32
      } else {
        gpu.launch_func @kernels::@copy blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<64xf32>, %b : memref<64xf32>, %i : index)
      }
      gpu.launch_func @kernels::@copy blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<64xf32>, %c : memref<64xf32>, %i : index)
      scf.if %which {
        %w = memref.load %c[%i] : memref<64xf32>
        gpu.launch_func @kernels::@copy blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<64xf32>, %c : memref<64xf32>, %i : index)
        memref.store %w, %c[%i] : memref<64xf32>
      }
      %r = scf.if %which -> memref<64xf32> {
        gpu.launch_func @kernels::@copy blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<64xf32>, %c : memref<64xf32>, %i : index)
        scf.yield %b : memref<64xf32>
      } else {
        scf.yield %c : memref<64xf32>
      }
      memref.store %v, %r[%i] : memref<64xf32>
    }
    return
  }
}

// -----

// A loop of one region that is the same in each iteration becomes that region, repeated;
// what it computes from values of outside moves in front. Near misses: an argument that
// changes, a result, and a second op with an effect.
// REMARK: [Passed] Graph | {{.*}} Function=repeated | Nodes=1, Regions=1
// CHECK-LABEL: func.func @repeated
// CHECK:         } graph {
// CHECK-NEXT:      %[[K:.*]] = arith.addi %{{.*}}, %{{.*}} : index
// CHECK-NOT:       scf.for
// CHECK:           %[[RUNS:.*]] = arith.cmpi ne, %[[TRIPS:.*]], %{{.*}} : index
// CHECK-NEXT:      scf.if %[[RUNS]] {
// CHECK-NEXT:        vyre.graph_region repeat(%[[TRIPS]]) edges [] {
// CHECK-NEXT:          gpu.launch_func {{.*}}%[[K]] : index
// CHECK:           vyre.yield
// CHECK-LABEL: func.func @changing
// CHECK:         } graph {
// CHECK-NEXT:      scf.for
// CHECK-NEXT:        vyre.graph_region edges
// CHECK-LABEL: func.func @with_result
// CHECK:         } graph {
// CHECK-NEXT:      scf.for
// CHECK-NEXT:        vyre.graph_region edges
// CHECK-LABEL: func.func @with_store
// CHECK:         } graph {
// CHECK-NEXT:      scf.for
// CHECK-NEXT:        vyre.graph_region edges
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @copy(%from: memref<64xf32>, %to: memref<64xf32>, %n: index) kernel {
      %v = memref.load %from[%n] : memref<64xf32>
      memref.store %v, %to[%n] : memref<64xf32>
      gpu.return
    }
  }
  func.func @repeated(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %v = arith.constant 1.0 : f32
    %a = memref.alloc() : memref<64xf32>
    %b = memref.alloc() : memref<64xf32>
    %c = memref.alloc() : memref<64xf32>
    scf.for %i = %c0 to %n step %c1 {
      %k = arith.addi %n, %c1 : index
      gpu.launch_func @kernels::@copy blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>, %b : memref<64xf32>, %k : index)
    }
    return
  }
  func.func @changing(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %v = arith.constant 1.0 : f32
    %a = memref.alloc() : memref<64xf32>
    %b = memref.alloc() : memref<64xf32>
    %c = memref.alloc() : memref<64xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@copy blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>, %b : memref<64xf32>, %i : index)
    }
    return
  }
  func.func @with_result(%n: index) -> index {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %v = arith.constant 1.0 : f32
    %a = memref.alloc() : memref<64xf32>
    %b = memref.alloc() : memref<64xf32>
    %c = memref.alloc() : memref<64xf32>
    %r = scf.for %i = %c0 to %n step %c1 iter_args(%j = %c0) -> index {
      gpu.launch_func @kernels::@copy blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>, %b : memref<64xf32>, %c1 : index)
      scf.yield %c1 : index
    }
    return %r : index
  }
  func.func @with_store(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %v = arith.constant 1.0 : f32
    %a = memref.alloc() : memref<64xf32>
    %b = memref.alloc() : memref<64xf32>
    %c = memref.alloc() : memref<64xf32>
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@copy blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>, %b : memref<64xf32>, %c1 : index)
      memref.store %v, %c[%c0] : memref<64xf32>
    }
    return
  }
}

// -----

// The host's copy of a kernel's buffer is the device's, in the plain form as well; one
// between buffers that no kernel uses is not, and ends the run.
// REMARK: [Passed] Graph | {{.*}} Function=host_copies | Nodes=3, Regions=2
// CHECK-LABEL: func.func @host_copies
// CHECK:         plain {
// CHECK:           gpu.memcpy
// CHECK-NOT:       gpu.memcpy
// CHECK:           memref.copy
// CHECK:         } graph {
// CHECK:           vyre.graph_region edges [0, 1] {
// CHECK-NEXT:        gpu.launch_func
// CHECK-NEXT:        gpu.memcpy
// CHECK-NEXT:      }
// CHECK-NEXT:      memref.copy
// CHECK-NEXT:      vyre.graph_region edges [] {
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @copy(%from: memref<64xf32>, %to: memref<64xf32>, %n: index) kernel {
      %v = memref.load %from[%n] : memref<64xf32>
      memref.store %v, %to[%n] : memref<64xf32>
      gpu.return
    }
  }
  func.func @host_copies() {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %v = arith.constant 1.0 : f32
    %a = memref.alloc() : memref<64xf32>
    %b = memref.alloc() : memref<64xf32>
    %c = memref.alloc() : memref<64xf32>
    %d = memref.alloc() : memref<64xf32>
    %e = memref.alloc() : memref<64xf32>
    scf.for %i = %c0 to %c64 step %c1 {
      gpu.launch_func @kernels::@copy blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>, %b : memref<64xf32>, %i : index)
      memref.copy %b, %c : memref<64xf32> to memref<64xf32>
      memref.copy %d, %e : memref<64xf32> to memref<64xf32>
      gpu.launch_func @kernels::@copy blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>, %b : memref<64xf32>, %i : index)
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
