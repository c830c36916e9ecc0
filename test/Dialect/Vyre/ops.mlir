// Every operation and attribute prints, parses and verifies the same again.
// RUN: vyre-opt %s | vyre-opt | FileCheck %s
// RUN: vyre-opt %s --mlir-print-op-generic | vyre-opt | FileCheck %s
// RUN: vyre-opt %s --emit-bytecode | vyre-opt | FileCheck %s

// Attributes; a verdict leaves out what does not apply.
// CHECK-LABEL: func.func private @attributes
// CHECK-SAME:    full = #vyre.verdict<d1 = "persistent-kernel:450000", d2 = ["0-1:independent"], d3 = ["overlap"], d4 = "record-and-replay:420000", d9 = "bindless", i2 = "deferred", mode = "persistent-kernel:450000", reason = "larger-saving">
// CHECK-SAME:    measured = #vyre.profile<name = "mine", launch = 1, setup = 2, record = 3, graph_launch = 4, graph_node = 5, barrier = 6, bindless = "static", measured = true>
// CHECK-SAME:    native = #vyre.profile<name = "native", launch = 5000, setup = 50000, record = 25000, graph_launch = 500, graph_node = 0, barrier = 0, bindless = "full">
// CHECK-SAME:    short = #vyre.verdict<mode = "plain-launches">
func.func private @attributes() attributes {
  native = #vyre.profile<name = "native", launch = 5000, setup = 50000, record = 25000,
                         graph_launch = 500, graph_node = 0, barrier = 0, bindless = "full">,
  measured = #vyre.profile<name = "mine", launch = 1, setup = 2, record = 3, graph_launch = 4,
                           graph_node = 5, barrier = 6, bindless = "static", measured = true>,
  full = #vyre.verdict<d1 = "persistent-kernel:450000", d2 = ["0-1:independent"], d3 = ["overlap"],
                       d4 = "record-and-replay:420000", d9 = "bindless", i2 = "deferred",
                       mode = "persistent-kernel:450000", reason = "larger-saving">,
  short = #vyre.verdict<mode = "plain-launches">
}

// CHECK:       gpu.module @kernels attributes {vyre.offload = #vyre.offload<host = true, chips = ["sm_90", "sm_120"]>}
gpu.module @kernels attributes {vyre.offload = #vyre.offload<host = true, chips = ["sm_90", "sm_120"]>} {
  gpu.func @step(%m: memref<64xf32>) kernel {
    gpu.return
  }
  // Stages and every kind of synchronization.
  // CHECK-LABEL: gpu.func @persistent
  // CHECK:         vyre.stage grid(%[[N:.*]], %[[N]], %[[N]]) block(%[[N]], %[[N]], %[[N]]) {
  // CHECK-NEXT:    ^bb0(
  // CHECK-NEXT:      vyre.yield
  // CHECK-NEXT:    }
  // CHECK-NEXT:    vyre.sync none
  // CHECK-NEXT:    vyre.sync block
  // CHECK-NEXT:    vyre.sync neighbours distance 1 blocks(%[[N]])
  // CHECK-NEXT:    vyre.stage grid(%[[N]], %[[N]], %[[N]]) block(%[[N]], %[[N]], %[[N]]) kernel @kernels::@step attributes {known_block_size = array<i32: 64, 1, 1>} {
  // CHECK:         vyre.sync grid
  gpu.func @persistent(%n: index, %m: memref<64xf32>) kernel attributes {vyre.persistent} {
    vyre.stage grid(%n, %n, %n) block(%n, %n, %n) {
    ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
         %gx: index, %gy: index, %gz: index, %sx: index, %sy: index, %sz: index):
      vyre.yield
    }
    vyre.sync none
    vyre.sync block
    vyre.sync neighbours distance 1 blocks(%n)
    vyre.stage grid(%n, %n, %n) block(%n, %n, %n) kernel @kernels::@step
        attributes {known_block_size = array<i32: 64, 1, 1>} {
    ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
         %gx: index, %gy: index, %gz: index, %sx: index, %sy: index, %sz: index):
      vyre.yield
    }
    vyre.sync grid
    gpu.return
  }
}

// A group with all forms and one with the plain form only.
// CHECK: vyre.await_launches
// CHECK-LABEL: func.func @groups
// CHECK:         %[[R:.*]] = vyre.launch_group trip_count(%{{.*}}) attributes {barriers_per_iteration = 1 : i32, launches_per_iteration = 1 : i32, resource_count = 1 : i32, verdict = #vyre.verdict<mode = "deferred">} -> (memref<64xf32>) plain {
// CHECK:         } graph {
// CHECK-NEXT:      vyre.graph_region edges [0, 1] {
// CHECK:         } persistent {
// CHECK-NEXT:      vyre.launch_persistent @kernels::@persistent block(%{{.*}}, %{{.*}}, %{{.*}}) dynamic_shared %{{.*}} args(%{{.*}}, %{{.*}} : index, memref<64xf32>)
// CHECK-NEXT:      vyre.yield %{{.*}} : memref<64xf32>
// CHECK:         vyre.launch_group attributes {
// CHECK-SAME:      graph_refusal = "kernel-printf", {{.*}} persistent_refusal = "host-load"
// CHECK-SAME:      plain {
// CHECK-NEXT:      vyre.yield
// CHECK-NEXT:    }
// CHECK-NEXT:    vyre.host_sync
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @step(%m: memref<64xf32>) kernel {
      vyre.await_launches
      gpu.return
    }
    gpu.func @persistent(%n: index, %m: memref<64xf32>) kernel attributes {vyre.persistent} {
      gpu.return
    }
  }
  func.func @groups(%n: index, %m: memref<64xf32>, %s: i32) -> memref<64xf32> {
    %r = vyre.launch_group trip_count(%n)
        attributes {barriers_per_iteration = 1 : i32, launches_per_iteration = 1 : i32,
                    resource_count = 1 : i32, verdict = #vyre.verdict<mode = "deferred">}
        -> (memref<64xf32>)
    plain {
      vyre.yield %m : memref<64xf32>
    } graph {
      vyre.graph_region edges [0, 1] {
        gpu.launch_func @kernels::@step blocks in (%n, %n, %n) threads in (%n, %n, %n) args(%m : memref<64xf32>)
        gpu.launch_func @kernels::@step blocks in (%n, %n, %n) threads in (%n, %n, %n) args(%m : memref<64xf32>)
      }
      vyre.yield %m : memref<64xf32>
    } persistent {
      vyre.launch_persistent @kernels::@persistent block(%n, %n, %n) dynamic_shared %s
          args(%n, %m : index, memref<64xf32>)
      vyre.yield %m : memref<64xf32>
    }
    vyre.launch_group attributes {barriers_per_iteration = 0 : i32, launches_per_iteration = 1 : i32,
        resource_count = 0 : i32, graph_refusal = "kernel-printf", persistent_refusal = "host-load"}
    plain {
      vyre.yield
    }
    vyre.host_sync
    // CHECK: %[[D:.*]] = vyre.to_device %{{.*}} : memref<64xf32>
    // CHECK: vyre.to_host %[[D]] : memref<64xf32>
    %d = vyre.to_device %m : memref<64xf32>
    %h = vyre.to_host %d : memref<64xf32>
    // CHECK: %[[TABLE:.*]] = vyre.resource_table %{{.*}}, %{{.*}} : memref<64xf32>, memref<64xf32>
    // CHECK: vyre.table_entry %[[TABLE]] at %{{.*}} : memref<64xf32>
    %table = vyre.resource_table %m, %h : memref<64xf32>, memref<64xf32>
    %entry = vyre.table_entry %table at %n : memref<64xf32>
    return %r : memref<64xf32>
  }

  // A recording of a fill, a copy and a launch in a branch, replayed several times.
  // CHECK-LABEL: func.func @repeated
  // CHECK:         vyre.graph_region repeat(%{{.*}}) edges [0, 1, 0, 2] {
  // CHECK-NEXT:      gpu.memset
  // CHECK-NEXT:      gpu.memcpy
  // CHECK-NEXT:      scf.if
  // CHECK-NEXT:        gpu.launch_func @kernels::@step
  func.func @repeated(%n: index, %m: memref<64xf32>, %o: memref<64xf32>, %v: f32, %c: i1) {
    vyre.graph_region repeat(%n) edges [0, 1, 0, 2] {
      gpu.memset %m, %v : memref<64xf32>, f32
      gpu.memcpy %o, %m : memref<64xf32>, memref<64xf32>
      scf.if %c {
        gpu.launch_func @kernels::@step blocks in (%n, %n, %n) threads in (%n, %n, %n) args(%m : memref<64xf32>)
      }
    }
    return
  }

  // A live queue on the host.
  // CHECK-LABEL: func.func @queue
  // CHECK:         %[[R:.*]] = vyre.live_queue resident @queues::@resident items [@kernels::@step] attributes {block_threads = 64 : i32, max_blocks = 4 : i64} -> (index) {
  // CHECK-NEXT:      gpu.launch_func @kernels::@step
  // CHECK:           vyre.close_queue
  // CHECK-NEXT:      vyre.yield %{{.*}} : index
  func.func @queue(%n: index, %m: memref<64xf32>) -> index {
    %r = vyre.live_queue resident @queues::@resident items [@kernels::@step]
        attributes {block_threads = 64 : i32, max_blocks = 4 : i64} -> (index) {
      gpu.launch_func @kernels::@step blocks in (%n, %n, %n) threads in (%n, %n, %n) args(%m : memref<64xf32>) {vyre.concurrent_item}
      vyre.close_queue
      vyre.yield %n : index
    }
    return %r : index
  }

  // Its resident kernel.
  // CHECK-LABEL: gpu.func @resident
  // CHECK:         %[[MORE:.*]], %[[ITEM:.*]], %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} = vyre.next_item %[[Q:.*]] at %[[N:.*]]
  // CHECK-NEXT:    vyre.item_args %[[ITEM]] : memref<64xf32>, f32
  // CHECK-NEXT:    vyre.finish_item %[[Q]] at %[[N]]
  gpu.module @queues {
    gpu.func @resident(%q: index) kernel attributes {vyre.persistent, vyre.queue} {
      %n = arith.constant 0 : index
      %more, %item, %k, %gx, %gy, %gz, %bx, %by, %bz = vyre.next_item %q at %n
      %m, %s = vyre.item_args %item : memref<64xf32>, f32
      vyre.finish_item %q at %n
      gpu.return
    }
  }
}
