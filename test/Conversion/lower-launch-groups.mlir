// RUN: vyre-opt %s --vyre-lower-launch-groups | FileCheck %s

module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @step(%m: memref<64xf32>) kernel {
      gpu.return
    }
    gpu.func @persistent(%n: index, %m: memref<64xf32>) kernel attributes {vyre.persistent} {
      gpu.return
    }
  }
  // A group becomes one switch on the runtime's answer, plain being the default;
  // a graph's launches are its nodes; a persistent launch is a cooperative one.
  // CHECK-LABEL: func.func @all_forms
  // CHECK: %[[TRIPS:.*]] = arith.index_cast %{{.*}} : index to i64
  // CHECK: %[[GROUP:.*]] = llvm.mlir.addressof @[[RECORD:__vyre_group_.*]] : !llvm.ptr
  // CHECK: %[[FORM:.*]] = llvm.call @vyreGroupSelect(%[[GROUP]], %[[TRIPS]])
  // CHECK: scf.index_switch
  // CHECK: case 1 {
  // CHECK: llvm.call @vyreGraphBegin
  // CHECK: gpu.launch_func @kernels::@step {{.*}} {{{.*}}0 : i32]
  // CHECK: gpu.launch_func @kernels::@step {{.*}} {{{.*}}1 : i32]
  // CHECK: llvm.call @vyreGraphSubmit
  // CHECK: case 2 {
  // CHECK: gpu.launch_func @kernels::@persistent {{.*}}vyre.cooperative
  // CHECK: default {
  // CHECK-NEXT: scf.yield
  // CHECK: llvm.call @vyreGroupEnd(
  // CHECK-NOT: vyre.launch_group
  func.func @all_forms(%n: index, %m: memref<64xf32>, %s: i32) -> memref<64xf32> {
    %r = vyre.launch_group trip_count(%n)
        attributes {barriers_per_iteration = 1 : i32, launches_per_iteration = 1 : i32,
                    resource_count = 1 : i32}
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
    return %r : memref<64xf32>
  }

  // A branch tells which nodes it skips; a repeated region says how often. A count
  // below zero is none.
  // CHECK-LABEL: func.func @branches
  // CHECK: %[[GRAPH:.*]] = llvm.mlir.addressof @[[G:__vyre_graph_.*]] : !llvm.ptr
  // CHECK: llvm.call @vyreGraphBegin(%[[GRAPH]]
  // CHECK: gpu.memset {{.*}}vyre.graph_node = [@[[G]], 0 : i32]
  // CHECK: scf.if
  // CHECK: gpu.launch_func @kernels::@step {{.*}}vyre.graph_node = [@[[G]], 1 : i32]
  // CHECK: scf.if
  // CHECK: gpu.memcpy {{.*}}vyre.graph_node = [@[[G]], 2 : i32]
  // CHECK: } else {
  // CHECK: %[[TWO:.*]] = arith.constant 2 : i32
  // CHECK: llvm.call @vyreGraphSkip(%[[GRAPH]], %[[TWO]])
  // CHECK: } else {
  // CHECK: %[[ONE:.*]] = arith.constant 1 : i32
  // CHECK: llvm.call @vyreGraphSkip(%[[GRAPH]], %[[ONE]])
  // CHECK: %[[TWO:.*]] = arith.constant 2 : i32
  // CHECK: llvm.call @vyreGraphSkip(%[[GRAPH]], %[[TWO]])
  // CHECK: %[[TIMES:.*]] = arith.maxsi
  // CHECK: %[[LONG:.*]] = arith.index_cast %[[TIMES]] : index to i64
  // CHECK: llvm.call @vyreGraphRepeat(%[[GRAPH]], %[[LONG]]
  func.func @branches(%n: index, %m: memref<64xf32>, %o: memref<64xf32>, %v: f32, %c: i1) {
    vyre.graph_region repeat(%n) edges [0, 1, 1, 2] {
      gpu.memset %m, %v : memref<64xf32>, f32
      scf.if %c {
        gpu.launch_func @kernels::@step blocks in (%n, %n, %n) threads in (%n, %n, %n) args(%m : memref<64xf32>)
        scf.if %c {
          gpu.memcpy %o, %m : memref<64xf32>, memref<64xf32>
        }
      }
    }
    return
  }

  // Where launches look up their memory between copies, nothing is recorded: a look-up
  // happens when its launch does. Without a look-up, or without a copy, all is.
  // CHECK-LABEL: func.func @looked_up
  // CHECK-NOT: vyreGraph
  // CHECK: scf.for
  // CHECK-NEXT: gpu.launch_func
  // CHECK-NEXT: gpu.memcpy
  // CHECK-NEXT: gpu.launch_func
  // CHECK-NEXT: }
  // CHECK: llvm.call @vyreGraphBegin
  // CHECK-NEXT: gpu.launch_func
  // CHECK: return
  func.func @looked_up(%n: index, %m: memref<64xf32>, %o: memref<64xf32>) {
    vyre.graph_region repeat(%n) edges [0, 1, 1, 2] {
      gpu.launch_func @kernels::@step blocks in (%n, %n, %n) threads in (%n, %n, %n) args(%m : memref<64xf32>) {vyre.unknown = array<i32: 0>}
      gpu.memcpy %o, %m : memref<64xf32>, memref<64xf32>
      gpu.launch_func @kernels::@step blocks in (%n, %n, %n) threads in (%n, %n, %n) args(%m : memref<64xf32>)
    }
    vyre.graph_region edges [] {
      gpu.launch_func @kernels::@step blocks in (%n, %n, %n) threads in (%n, %n, %n) args(%m : memref<64xf32>) {vyre.unknown = array<i32: 0>}
    }
    return
  }

  // CHECK-LABEL: func.func @sizes
  func.func @sizes(%m: memref<64xf32>) {
    %c2 = arith.constant 2 : index
    %c64 = arith.constant 64 : index
    %bytes = arith.constant 4096 : i32
    vyre.launch_group attributes {barriers_per_iteration = 1 : i32, launches_per_iteration = 1 : i32,
        resource_count = 1 : i32}
    plain {
      vyre.yield
    } persistent {
      vyre.launch_persistent @kernels::@persistent block(%c64, %c2, %c2) dynamic_shared %bytes
          args(%c2, %m : index, memref<64xf32>)
      vyre.yield
    }
    return
  }

  // A trip count that nobody knows is -1; a form that is missing has no case.
  // CHECK-LABEL: func.func @plain_only
  // CHECK: %[[UNKNOWN:.*]] = arith.constant -1 : i64
  // CHECK: llvm.call @vyreGroupSelect(%{{.*}}, %[[UNKNOWN]])
  // CHECK-NOT: case
  // CHECK: default {
  func.func @plain_only() {
    vyre.launch_group attributes {barriers_per_iteration = 0 : i32, launches_per_iteration = 1 : i32,
        resource_count = 0 : i32, graph_refusal = "kernel-printf", persistent_refusal = "host-load"}
    plain {
      vyre.yield
    }
    return
  }

  // The record has the persistent block's threads, 1024 where only run time knows
  // them, and its dynamic shared memory, -1 where only run time knows that.
  // CHECK: llvm.mlir.global internal @__vyre_group_0
  // CHECK: llvm.mlir.constant(1024 : i64)
  // CHECK: llvm.mlir.constant(-1 : i64)
  // CHECK: llvm.mlir.global internal @__vyre_group_1
  // CHECK: llvm.mlir.constant(256 : i64)
  // CHECK: llvm.mlir.constant(4096 : i64)
}
