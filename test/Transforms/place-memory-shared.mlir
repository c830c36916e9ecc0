// What has no separable phases stays shared memory, and the remark says why.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-opt %s --vyre-place-memory | FileCheck %s --implicit-check-not=vyre.mirrored --implicit-check-not=vyre.to_device
// RUN: vyre-opt %s --vyre-place-memory --remarks-filter=vyre-place-memory -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

module attributes {gpu.container_module} {
gpu.module @k {
  gpu.func @a(%m: memref<8xf32>) kernel { gpu.return }
}

// The host looks in every iteration (at a flag, say): copies would be made as often.
// CHECK-LABEL: func.func @turns
// CHECK: gpu.alloc host_shared
// REMARK-DAG: NotMirrored{{.*}}Function=turns | Reason="turns-in-loop: the host and kernels take turns with it inside 'scf.while'"
// REMARK-DAG: Placed{{.*}}Function=turns{{.*}}shared memory
func.func @turns() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %m = memref.alloc() : memref<8xf32>
  scf.while : () -> () {
    gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<8xf32>)
    %x = memref.load %m[%c0] : memref<8xf32>
    %more = arith.cmpf ogt, %x, %zero : f32
    scf.condition(%more)
  } do {
    scf.yield
  }
  memref.dealloc %m : memref<8xf32>
  return
}

// The same when only some iterations look.
// CHECK-LABEL: func.func @turns_sometimes
// CHECK: gpu.alloc host_shared
// REMARK-DAG: NotMirrored{{.*}}Function=turns_sometimes | Reason="turns-in-loop: {{.*}} inside 'scf.for'"
func.func @turns_sometimes(%n: index, %flag: i1, %v: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = memref.alloc() : memref<8xf32>
  scf.for %i = %c0 to %n step %c1 {
    gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<8xf32>)
    scf.if %flag {
      memref.store %v, %m[%c0] : memref<8xf32>
    }
  }
  memref.dealloc %m : memref<8xf32>
  return
}

// A branch to another block: which code runs when is not plain.
// CHECK-LABEL: func.func @blocks
// CHECK: gpu.alloc host_shared
// REMARK-DAG: NotMirrored{{.*}}Function=blocks | Reason="other-block: code outside of the block of the allocation uses it"
func.func @blocks() -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = memref.alloc() : memref<8xf32>
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<8xf32>)
  cf.br ^next
^next:
  %x = memref.load %m[%c0] : memref<8xf32>
  memref.dealloc %m : memref<8xf32>
  return %x : f32
}

// A function of the module uses it at every call.
// CHECK-LABEL: func.func private @peek
func.func private @peek(%m: memref<8xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %x = memref.load %m[%c0] : memref<8xf32>
  return %x : f32
}
// CHECK-LABEL: func.func @called
// CHECK: gpu.alloc host_shared
// REMARK-DAG: NotMirrored{{.*}}Function=called | Reason="called-function: 'peek' uses it"
func.func @called() -> f32 {
  %c1 = arith.constant 1 : index
  %m = memref.alloc() : memref<8xf32>
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<8xf32>)
  %x = call @peek(%m) : (memref<8xf32>) -> f32
  memref.dealloc %m : memref<8xf32>
  return %x : f32
}

// The launch is on a stream of its own, which copies on the default stream are not
// ordered with.
// CHECK-LABEL: func.func @tokens
// CHECK: gpu.alloc host_shared
// REMARK-DAG: NotMirrored{{.*}}Function=tokens | Reason="async-token: 'gpu.launch_func' orders itself with async tokens"
func.func @tokens() -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = memref.alloc() : memref<8xf32>
  %t = gpu.launch_func async @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<8xf32>)
  gpu.wait [%t]
  %x = memref.load %m[%c0] : memref<8xf32>
  memref.dealloc %m : memref<8xf32>
  return %x : f32
}

// The address becomes a number, which anything may use later.
// CHECK-LABEL: func.func @address
// CHECK: gpu.alloc host_shared
// REMARK-DAG: NotMirrored{{.*}}Function=address | Reason="unknown-use: 'memref.extract_aligned_pointer_as_index' may keep its address"
func.func @address() -> index {
  %c1 = arith.constant 1 : index
  %m = memref.alloc() : memref<8xf32>
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<8xf32>)
  %p = memref.extract_aligned_pointer_as_index %m : memref<8xf32> -> index
  memref.dealloc %m : memref<8xf32>
  return %p : index
}

// Another thread uses it.
// CHECK-LABEL: func.func @thread
// CHECK: gpu.alloc host_shared
// REMARK-DAG: NotMirrored{{.*}}Function=thread | Reason="nested-in: it is used inside 'async.execute'"
func.func @thread() -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = memref.alloc() : memref<8xf32>
  %t = async.execute {
    gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<8xf32>)
    async.yield
  }
  async.await %t : !async.token
  %x = memref.load %m[%c0] : memref<8xf32>
  memref.dealloc %m : memref<8xf32>
  return %x : f32
}
}
