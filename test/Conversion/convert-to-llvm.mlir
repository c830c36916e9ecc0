// RUN: vyre-opt %s --vyre-convert-to-llvm | FileCheck %s

module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @k(%m: memref<?xf32>, %b: i1) kernel {
      gpu.return
    }
    gpu.func @p(%m: memref<4xf32>) kernel attributes {vyre.persistent} {
      gpu.return
    }
  }
  // Device code is left alone, and the kernel's record says how large the packed
  // arguments are: a descriptor of five words and a byte.
  // CHECK-DAG: llvm.mlir.global {{.*}}@__vyre_kernel_kernels_k() {{.*}}vyre.param_bytes = 41
  // CHECK-DAG: llvm.mlir.global {{.*}}@__vyre_kernel_kernels_p() {{.*}}vyre.flags = 1 : i32{{.*}}vyre.param_bytes = 48
  // CHECK: gpu.module @kernels

  // A launch without a token goes to the default stream, as does what follows it.
  // CHECK-LABEL: llvm.func @launch
  // CHECK: llvm.call @vyreLaunch(
  // CHECK-NOT: vyrePresent
  func.func @launch(%m: memref<?xf32>, %b: i1, %n: index) {
    gpu.launch_func @kernels::@k blocks in (%n, %n, %n) threads in (%n, %n, %n) args(%m : memref<?xf32>, %b : i1)
    return
  }

  // Copies and fills that are nodes of a recording.
  // CHECK-LABEL: llvm.func @nodes
  // CHECK: %[[GRAPH:.*]] = llvm.mlir.addressof @graph : !llvm.ptr
  // CHECK: %[[THREE:.*]] = llvm.mlir.constant(3 : i32) : i32
  // CHECK: llvm.call @vyreGraphCopy(%[[GRAPH]], %[[THREE]], %{{.*}}, %{{.*}}, %{{.*}}) : (!llvm.ptr, i32, !llvm.ptr, !llvm.ptr, i64) -> i32
  // CHECK: llvm.call @vyreGraphFill(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) : (!llvm.ptr, i32, !llvm.ptr, i64, i32, i64) -> i32
  // CHECK-NOT: vyreMem
  // CHECK: llvm.return
  llvm.mlir.global internal @graph() : !llvm.struct<(i32, i32, ptr, i32, i32, ptr, ptr)>
  func.func @nodes(%m: memref<?xf32>, %n: memref<?xf32>, %v: f32) {
    gpu.memcpy %m, %n : memref<?xf32>, memref<?xf32> {vyre.graph_node = [@graph, 3 : i32]}
    gpu.memset %m, %v : memref<?xf32>, f32 {vyre.graph_node = [@graph, 4 : i32]}
    return
  }

  // A buffer of unknown origin is looked up first.
  // CHECK-LABEL: llvm.func @unknown
  // CHECK: llvm.call @vyrePresent(
  // CHECK: llvm.call @vyreLaunch(
  func.func @unknown(%m: memref<?xf32>, %b: i1, %n: index) {
    gpu.launch_func @kernels::@k blocks in (%n, %n, %n) threads in (%n, %n, %n) args(%m : memref<?xf32>, %b : i1)
        {vyre.unknown = array<i32: 0>}
    return
  }

  // A cooperative launch has a call of its own.
  // CHECK-LABEL: llvm.func @cooperative
  // CHECK: llvm.call @vyreLaunchPersistent(
  func.func @cooperative(%m: memref<4xf32>, %n: index) {
    gpu.launch_func @kernels::@p blocks in (%n, %n, %n) threads in (%n, %n, %n) args(%m : memref<4xf32>)
        {vyre.cooperative}
    return
  }

  // Mirrored memory is a kind of its own; its other side is asked for by the pointer
  // of the allocation, and views keep their distance to it.
  // CHECK-LABEL: llvm.func @sides
  // CHECK: %[[KIND:.*]] = llvm.mlir.constant(2 : i32) : i32
  // CHECK: llvm.call @vyreAlloc(%{{.*}}, %[[KIND]], %{{.*}})
  // CHECK: %[[D:.*]] = llvm.call @vyreToDevice(%{{.*}}) : (!llvm.ptr) -> !llvm.ptr
  // CHECK: %[[DISTANCE:.*]] = llvm.sub
  // CHECK: llvm.getelementptr %[[D]][%[[DISTANCE]]] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  // CHECK: llvm.call @vyreToHost(
  func.func @sides() -> memref<4xf32> {
    %m = gpu.alloc () {vyre.mirrored} : memref<4xf32>
    %d = vyre.to_device %m : memref<4xf32>
    gpu.memcpy %d, %m : memref<4xf32>, memref<4xf32>
    %h = vyre.to_host %d : memref<4xf32>
    return %h : memref<4xf32>
  }

  // Tokens are streams; memory goes through the runtime, with tokens and without.
  // CHECK-LABEL: llvm.func @tokens
  // CHECK: llvm.call @vyreStreamCreate()
  // CHECK: llvm.call @vyreAlloc(
  // CHECK: llvm.call @vyreMemset(
  // CHECK: llvm.call @vyreHostAccess(
  // CHECK: llvm.call @vyreFree(
  func.func @tokens(%x: f32) {
    %t0 = gpu.wait async
    %m, %t1 = gpu.alloc async [%t0] () : memref<4xf32>
    %t2 = gpu.memset async [%t1] %m, %x : memref<4xf32>, f32
    gpu.wait [%t2]
    gpu.dealloc %m : memref<4xf32>
    return
  }

  // A table is the words of its descriptors, handed over with a record of this place; what
  // is of unknown origin is replaced by the device's image first.
  // CHECK-LABEL: llvm.func @table
  // CHECK: %[[WORDS:.*]] = llvm.alloca {{.*}} x !llvm.struct<(ptr, ptr, i64, i64, i64, ptr, ptr, i64, i64, i64)>
  // CHECK: llvm.call @vyrePresent(
  // CHECK-NOT: llvm.call @vyrePresent(
  // CHECK: %[[RECORD:.*]] = llvm.mlir.addressof @__vyre_table_0
  // CHECK: %[[TABLE:.*]] = llvm.call @vyreResourceTable(%[[RECORD]], %[[WORDS]], %{{.*}}, %{{.*}}) : (!llvm.ptr, !llvm.ptr, i64, !llvm.ptr) -> !llvm.ptr
  // CHECK: llvm.ptrtoint %[[TABLE]]
  func.func @table(%a: memref<4xf32>, %b: memref<?xf32>) -> index {
    %t = vyre.resource_table %a, %b {vyre.unknown = array<i32: 1>} : memref<4xf32>, memref<?xf32>
    return %t : index
  }
}
