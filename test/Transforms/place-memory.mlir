// Memory is placed by allocation; what has another origin is looked up.
// RUN: vyre-opt %s --vyre-place-memory | FileCheck %s
// RUN: vyre-opt %s --vyre-place-memory --remarks-filter=vyre-place-memory -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

module attributes {gpu.container_module} {
gpu.module @k {
  gpu.func @a(%m: memref<4xf32>) kernel { gpu.return }
  gpu.func @ab(%m: memref<4xf32>, %n: memref<4xf32>) kernel { gpu.return }
}
func.func private @print(memref<*xf32>)

// The host reads the bytes in a later phase: memory on both sides (the copies are
// place-memory-mirrored.mlir's business).
// CHECK-LABEL: func.func @mirrored
// REMARK-DAG: Passed{{.*}}Placed{{.*}}Function=mirrored{{.*}}device memory and host memory, with copies
func.func @mirrored() -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: %[[M:.*]] = gpu.alloc () {vyre.mirrored} : memref<4xf32>
  // CHECK: %[[D:.*]] = vyre.to_device %[[M]]
  // CHECK: gpu.launch_func {{.*}} args(%[[D]] : memref<4xf32>)
  // CHECK-NOT: vyre.unknown
  // CHECK: gpu.dealloc %[[M]]
  %m = memref.alloc() : memref<4xf32>
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
  %x = memref.load %m[%c0] : memref<4xf32>
  memref.dealloc %m : memref<4xf32>
  return %x : f32
}

// Only kernels and copies touch the bytes: device memory, and the copies go
// with the stream. Through a loop's rotating buffers.
// CHECK-LABEL: func.func @device
// REMARK-DAG: Passed{{.*}}Placed{{.*}}Function=device{{.*}}device memory
func.func @device(%n: index) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: %[[A:.*]] = gpu.alloc () : memref<4xf32>
  // CHECK: %[[B:.*]] = gpu.alloc () : memref<4xf32>
  // CHECK: %[[OUT:.*]] = gpu.alloc () {vyre.mirrored} : memref<4xf32>
  // CHECK: %[[DOUT:.*]] = vyre.to_device %[[OUT]]
  // CHECK: scf.for
  // CHECK: gpu.launch_func
  // CHECK-NOT: vyre.unknown
  // CHECK: gpu.memcpy %[[DOUT]], %{{.*}}
  // CHECK-DAG: gpu.dealloc %[[A]]
  // CHECK-DAG: gpu.dealloc %[[B]]
  // CHECK-NOT: memref.dealloc
  %a = memref.alloc() : memref<4xf32>
  %b = memref.alloc() : memref<4xf32>
  %out = memref.alloc() : memref<4xf32>
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%out : memref<4xf32>)
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%p = %a, %q = %b) -> (memref<4xf32>, memref<4xf32>) {
    gpu.launch_func @k::@ab blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%p : memref<4xf32>, %q : memref<4xf32>)
    scf.yield %q, %p : memref<4xf32>, memref<4xf32>
  }
  memref.copy %r#0, %out : memref<4xf32> to memref<4xf32>
  %x = memref.load %out[%c0] : memref<4xf32>
  memref.dealloc %a : memref<4xf32>
  memref.dealloc %b : memref<4xf32>
  memref.dealloc %out : memref<4xf32>
  return %x : f32
}

// Arguments of public functions and stack memory are looked up; declared ones
// are not.
// CHECK-LABEL: func.func @unknown
// REMARK-DAG: Missed{{.*}}LookUp{{.*}}Function=unknown
func.func @unknown(%m: memref<4xf32>, %d: memref<4xf32> {vyre.memory = "device"}) {
  %c1 = arith.constant 1 : index
  // CHECK: gpu.launch_func @k::@ab {{.*}} args(%{{.*}} : memref<4xf32>, %{{.*}} : memref<4xf32>) {vyre.unknown = array<i32: 0>}
  // CHECK: gpu.launch_func @k::@a {{.*}} {vyre.unknown = array<i32: 0>}
  gpu.launch_func @k::@ab blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>, %d : memref<4xf32>)
  %s = memref.alloca() : memref<4xf32>
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%s : memref<4xf32>)
  return
}

// Through a private function and its result.
// CHECK-LABEL: func.func private @step
// CHECK: gpu.launch_func
// CHECK-NOT: vyre.unknown
func.func private @step(%m: memref<4xf32>) -> memref<4xf32> {
  %c1 = arith.constant 1 : index
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
  return %m : memref<4xf32>
}
// CHECK-LABEL: func.func @calls
func.func @calls() {
  // CHECK: gpu.alloc host_shared () : memref<4xf32>
  // CHECK: %[[R:.*]] = call @step
  // CHECK: gpu.dealloc %[[R]]
  %m = memref.alloc() : memref<4xf32>
  %r = call @step(%m) : (memref<4xf32>) -> memref<4xf32>
  %any = memref.cast %r : memref<4xf32> to memref<*xf32>
  call @print(%any) : (memref<*xf32>) -> ()
  memref.dealloc %r : memref<4xf32>
  return
}

// Returned to callers that will free it: left alone, and looked up.
// CHECK-LABEL: func.func @returned
func.func @returned() -> memref<4xf32> {
  %c1 = arith.constant 1 : index
  // CHECK: %[[M:.*]] = memref.alloc()
  // CHECK: vyre.unknown = array<i32: 0>
  %m = memref.alloc() : memref<4xf32>
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
  return %m : memref<4xf32>
}

// One dealloc may free either buffer, and one of them cannot be placed: neither is.
// CHECK-LABEL: func.func @either
func.func @either(%flag: i1, %other: memref<4xf32>) {
  %c1 = arith.constant 1 : index
  // CHECK: memref.alloc()
  // CHECK: vyre.unknown = array<i32: 0>
  // CHECK: memref.dealloc
  %m = memref.alloc() : memref<4xf32>
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
  %one = arith.select %flag, %m, %other : memref<4xf32>
  memref.dealloc %one : memref<4xf32>
  return
}

// A buffer that no launch sees stays the host's.
// CHECK-LABEL: func.func @host_only
func.func @host_only(%v: f32) {
  %c0 = arith.constant 0 : index
  // CHECK: memref.alloc()
  // CHECK: memref.dealloc
  %m = memref.alloc() : memref<4xf32>
  memref.store %v, %m[%c0] : memref<4xf32>
  memref.dealloc %m : memref<4xf32>
  return
}
}
