// Outlining keeps what a launch says and merges kernels that are the same code.
// RUN: vyre-opt %s --vyre-outline-kernels --split-input-file | FileCheck %s
// RUN: vyre-opt %s --vyre-outline-kernels --split-input-file --remarks-filter=vyre-outline-kernels \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Attributes stay on the launch, constants move in, sizes become known.
// REMARK: [Passed] Outlined | Category:vyre-outline-kernels | Function=attributes | Arguments=2, Kernel=attributes_0
// CHECK-LABEL: module attributes {gpu.container_module}
// CHECK:       gpu.module @vyre_kernels
// CHECK:         gpu.func @attributes_0(%[[M:.*]]: memref<?xf32>, %[[N:.*]]: index) kernel
// CHECK-SAME:      known_block_size = array<i32: 32, 1, 1>
// CHECK-DAG:     %[[X:.*]] = gpu.block_id  x
// CHECK-NOT:     gpu.thread_id
// CHECK-DAG:     %[[CST:.*]] = arith.constant 2.0
// CHECK:         memref.store %[[CST]], %[[M]]
// CHECK:         gpu.return
// CHECK-LABEL: func.func @attributes
// CHECK:         gpu.launch_func @vyre_kernels::@attributes_0 blocks in (%{{.*}}, %{{.*}}, %{{.*}}) threads
// CHECK-SAME:      args(%{{.*}} : memref<?xf32>, %{{.*}} : index) {vyre.tag = "kept"}
func.func @attributes(%m: memref<?xf32>, %n: index) {
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  %two = arith.constant 2.0 : f32
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %n, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c32, %sy = %c1, %sz = %c1) {
    memref.store %two, %m[%bx] : memref<?xf32>
    %last = arith.subi %n, %c1 : index
    memref.store %two, %m[%last] : memref<?xf32>
    gpu.terminator
  } {vyre.tag = "kept"}
  return
}

// -----

// Equal bodies of different functions are one kernel; another constant is another.
// REMARK: [Passed] Outlined {{.*}} Kernel=first_0
// REMARK: [Passed] Merged {{.*}} Kernel=first_0
// REMARK: [Passed] Outlined {{.*}} Kernel=second_1
// CHECK-COUNT-2: gpu.func @
// CHECK-NOT:     gpu.func
// CHECK-LABEL: func.func @first
// CHECK:         gpu.launch_func @vyre_kernels::@first_0
func.func @first(%m: memref<8xi32>) {
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %v = arith.constant 7 : i32
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c8, %sy = %c1, %sz = %c1) {
    memref.store %v, %m[%tx] : memref<8xi32>
    gpu.terminator
  }
  return
}
// CHECK-LABEL: func.func @second
// CHECK:         gpu.launch_func @vyre_kernels::@first_0
// CHECK:         gpu.launch_func @vyre_kernels::@second_1
func.func @second(%other: memref<8xi32>) {
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %v = arith.constant 7 : i32
  %w = arith.constant 9 : i32
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c8, %sy = %c1, %sz = %c1) {
    memref.store %v, %other[%tx] : memref<8xi32>
    gpu.terminator
  }
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c8, %sy = %c1, %sz = %c1) {
    memref.store %w, %other[%tx] : memref<8xi32>
    gpu.terminator
  }
  return
}

// -----

// Tokens, dynamic shared memory and attributions go along.
// CHECK-LABEL: gpu.func @async_0
// CHECK-SAME:    workgroup(%[[W:.*]] : memref<4xf32, #gpu.address_space<workgroup>>)
// CHECK-SAME:    private(%[[P:.*]] : memref<2xf32, #gpu.address_space<private>>) kernel
// CHECK-LABEL: func.func @async
// CHECK:         %[[T0:.*]] = gpu.wait async
// CHECK:         %[[T1:.*]] = gpu.launch_func async [%[[T0]]] @vyre_kernels::@async_0
// CHECK-SAME:      dynamic_shared_memory_size %{{.*}}
// CHECK-NOT:       workgroup_attributions
// CHECK:         gpu.wait [%[[T1]]]
func.func @async(%f: f32, %shared: i32) {
  %c1 = arith.constant 1 : index
  %t0 = gpu.wait async
  %t1 = gpu.launch async [%t0] blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1)
             dynamic_shared_memory_size %shared
             workgroup(%w : memref<4xf32, #gpu.address_space<workgroup>>)
             private(%p : memref<2xf32, #gpu.address_space<private>>) {
    memref.store %f, %w[%tx] : memref<4xf32, #gpu.address_space<workgroup>>
    memref.store %f, %p[%tx] : memref<2xf32, #gpu.address_space<private>>
    gpu.terminator
  }
  gpu.wait [%t1]
  return
}

// -----

// What a body uses comes along; a global that the host may change is passed.
// CHECK:       gpu.module @vyre_kernels_0
// CHECK-DAG:     func.func private @twice
// CHECK-DAG:     memref.global "private" constant @table
// CHECK-NOT:     @state
// CHECK:         gpu.func @symbols_0(%{{.*}}: memref<4xf32>) kernel
// CHECK:       gpu.module @vyre_kernels {
// CHECK-LABEL: func.func @symbols
// CHECK:         %[[G:.*]] = memref.get_global @state
// CHECK:         gpu.launch_func @vyre_kernels_0::@symbols_0 {{.*}} args(%[[G]] : memref<4xf32>)
gpu.module @vyre_kernels {
  gpu.func @own() kernel { gpu.return }
}
memref.global constant @table : memref<4xf32> = dense<[1.0, 2.0, 3.0, 4.0]>
memref.global @state : memref<4xf32> = dense<0.0>
func.func @twice(%x: f32) -> f32 {
  %r = arith.addf %x, %x : f32
  return %r : f32
}
func.func @symbols() {
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c4, %sy = %c1, %sz = %c1) {
    %t = memref.get_global @table : memref<4xf32>
    %s = memref.get_global @state : memref<4xf32>
    %v = memref.load %t[%tx] : memref<4xf32>
    %r = func.call @twice(%v) : (f32) -> f32
    memref.store %r, %s[%tx] : memref<4xf32>
    gpu.terminator
  }
  return
}
