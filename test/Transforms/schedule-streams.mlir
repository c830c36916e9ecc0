// The host waits where it may observe pending kernels, and nowhere else.
// RUN: vyre-opt %s --vyre-schedule-streams | FileCheck %s
// RUN: vyre-opt %s --vyre-schedule-streams --remarks-filter=vyre-schedule-streams -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: vyre-opt %s --vyre-schedule-streams --vyre-schedule-streams | FileCheck %s

module attributes {gpu.container_module} {
gpu.module @k {
  gpu.func @a(%m: memref<4xf32>) kernel { gpu.return }
}
func.func private @extern(memref<4xf32>)

// Two launches, one wait, before the read. None again before the second read.
// CHECK-LABEL: func.func @one_sync
// REMARK: Analysis{{.*}}Synchronized{{.*}}Function=one_sync{{.*}}before 'memref.load'
func.func @one_sync(%m: memref<4xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK-NOT: vyre.host_sync
  // CHECK: gpu.launch_func
  // CHECK-NEXT: gpu.launch_func
  // CHECK-NEXT: vyre.host_sync
  // CHECK-NEXT: memref.load
  // CHECK-NEXT: memref.load
  // CHECK-NOT: vyre.host_sync
  // CHECK: return
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
  %x = memref.load %m[%c0] : memref<4xf32>
  %y = memref.load %m[%c1] : memref<4xf32>
  %z = arith.addf %x, %y : f32
  return %z : f32
}

// A loop of launches waits once after it, at the public return.
// CHECK-LABEL: func.func @loop
// REMARK: Synchronized{{.*}}Function=loop{{.*}}before 'func.return'
func.func @loop(%m: memref<4xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK-NOT: vyre.host_sync
  // CHECK: scf.for
  // CHECK-NEXT: gpu.launch_func
  // CHECK-NEXT: }
  // CHECK-NEXT: vyre.host_sync
  // CHECK-NEXT: return
  scf.for %i = %c0 to %n step %c1 {
    gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
  }
  return
}

// Pending work flows around the back edge: the read before the launch waits.
// CHECK-LABEL: func.func @back_edge
func.func @back_edge(%m: memref<4xf32>, %n: index, %sink: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: scf.for
  // CHECK-NEXT: vyre.host_sync
  // CHECK-NEXT: memref.load
  // CHECK-NEXT: memref.store
  // CHECK-NEXT: gpu.launch_func
  scf.for %i = %c0 to %n step %c1 {
    %x = memref.load %m[%c0] : memref<4xf32>
    memref.store %x, %sink[%c0] : memref<4xf32>
    gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
  }
  return
}

// A host loop is synchronized once before it.
// CHECK-LABEL: func.func @hoisted
func.func @hoisted(%m: memref<4xf32>, %n: index, %v: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: gpu.launch_func
  // CHECK-NEXT: vyre.host_sync
  // CHECK-NEXT: scf.for
  // CHECK-NEXT: memref.store
  // CHECK-NOT: vyre.host_sync
  // CHECK: return
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
  scf.for %i = %c0 to %n step %c1 {
    memref.store %v, %m[%i] : memref<4xf32>
  }
  return
}

// A while loop ends after its first region, which reads: nothing is pending then.
// CHECK-LABEL: func.func @while_loop
func.func @while_loop(%m: memref<4xi32>, %f: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0 : i32
  // CHECK: scf.while
  // CHECK: vyre.host_sync
  // CHECK-NEXT: memref.load
  // CHECK: scf.condition
  // CHECK: gpu.launch_func
  // CHECK-NOT: vyre.host_sync
  // CHECK: return
  scf.while : () -> () {
    %x = memref.load %m[%c0] : memref<4xi32>
    %more = arith.cmpi sgt, %x, %zero : i32
    scf.condition(%more)
  } do {
    gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%f : memref<4xf32>)
    scf.yield
  }
  return
}

// Memory that no kernel can reach needs no wait, through views either.
// CHECK-LABEL: func.func @private_memory
func.func @private_memory(%m: memref<4xf32>, %v: f32) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %own = memref.alloc() : memref<4xf32>
  %view = memref.subview %own[0] [2] [1] : memref<4xf32> to memref<2xf32, strided<[1]>>
  // CHECK: gpu.launch_func
  // CHECK-NEXT: memref.store
  // CHECK-NEXT: memref.load
  // CHECK-NEXT: memref.dealloc
  // CHECK-NEXT: vyre.host_sync
  // CHECK-NEXT: return
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
  memref.store %v, %view[%c0] : memref<2xf32, strided<[1]>>
  %x = memref.load %own[%c0] : memref<4xf32>
  memref.dealloc %own : memref<4xf32>
  return %x : f32
}

// The same buffer handed to a kernel: its release waits.
// CHECK-LABEL: func.func @shared_memory
func.func @shared_memory() {
  %c1 = arith.constant 1 : index
  %own = memref.alloc() : memref<4xf32>
  // CHECK: gpu.launch_func
  // CHECK-NEXT: vyre.host_sync
  // CHECK-NEXT: memref.dealloc
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%own : memref<4xf32>)
  memref.dealloc %own : memref<4xf32>
  return
}

// A private function leaves its work to the caller, which waits once before
// the unknown call. Its own read of memory waits for what the caller launched.
// CHECK-LABEL: func.func private @leaves
func.func private @leaves(%m: memref<4xf32>) {
  %c1 = arith.constant 1 : index
  // CHECK: gpu.launch_func
  // CHECK-NEXT: return
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
  return
}
// CHECK-LABEL: func.func private @reads
func.func private @reads(%m: memref<4xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  // CHECK: vyre.host_sync
  // CHECK-NEXT: memref.load
  %x = memref.load %m[%c0] : memref<4xf32>
  return %x : f32
}
// CHECK-LABEL: func.func @caller
func.func @caller(%m: memref<4xf32>) -> f32 {
  // CHECK: call @leaves
  // CHECK-NEXT: call @leaves
  // CHECK-NEXT: call @reads
  // CHECK-NEXT: call @extern
  // CHECK-NEXT: call @leaves
  // CHECK-NEXT: vyre.host_sync
  // CHECK-NEXT: call @extern
  // CHECK-NEXT: return
  call @leaves(%m) : (memref<4xf32>) -> ()
  call @leaves(%m) : (memref<4xf32>) -> ()
  %x = call @reads(%m) : (memref<4xf32>) -> f32
  call @extern(%m) : (memref<4xf32>) -> ()
  call @leaves(%m) : (memref<4xf32>) -> ()
  call @extern(%m) : (memref<4xf32>) -> ()
  return %x : f32
}

// A private function whose address is taken returns to unknown callers.
// CHECK-LABEL: func.func private @address_taken
func.func private @address_taken(%m: memref<4xf32>) {
  %c1 = arith.constant 1 : index
  // CHECK: gpu.launch_func
  // CHECK-NEXT: vyre.host_sync
  // CHECK-NEXT: return
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
  return
}
func.func @takes() -> ((memref<4xf32>) -> ()) {
  %f = func.constant @address_taken : (memref<4xf32>) -> ()
  return %f : (memref<4xf32>) -> ()
}

// Regions of a group are alternatives; both leave work pending.
// CHECK-LABEL: func.func @group
func.func @group(%m: memref<4xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: vyre.launch_group
  // CHECK-NOT: vyre.host_sync
  // CHECK: graph {
  // CHECK-NOT: vyre.host_sync
  // CHECK: vyre.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: vyre.host_sync
  // CHECK-NEXT: memref.load
  vyre.launch_group attributes {launches_per_iteration = 1 : i32, barriers_per_iteration = 0 : i32,
                                resource_count = 1 : i32, persistent_refusal = "none"}
    plain {
      gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
      vyre.yield
    } graph {
      vyre.graph_region edges [] {
        gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
      }
      vyre.yield
    }
  %x = memref.load %m[%c0] : memref<4xf32>
  return %x : f32
}

// Blocks: the read after the join waits, whichever way control came.
// CHECK-LABEL: func.func @blocks
func.func @blocks(%m: memref<4xf32>, %flag: i1) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: ^bb1:
  // CHECK-NEXT: gpu.launch_func
  // CHECK-NEXT: cf.br
  // CHECK: ^bb2:
  // CHECK-NEXT: vyre.host_sync
  // CHECK-NEXT: memref.load
  cf.cond_br %flag, ^bb1, ^bb2
^bb1:
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
  cf.br ^bb2
^bb2:
  %x = memref.load %m[%c0] : memref<4xf32>
  return %x : f32
}

// Work with tokens is not ordered with this thread's stream: wait before it.
// CHECK-LABEL: func.func @tokens
func.func @tokens(%m: memref<4xf32>) {
  %c1 = arith.constant 1 : index
  // CHECK: gpu.launch_func
  // CHECK-NEXT: vyre.host_sync
  // CHECK-NEXT: gpu.wait async
  // CHECK-NEXT: gpu.launch_func async
  // CHECK-NEXT: gpu.wait [
  // CHECK-NEXT: return
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
  %t = gpu.wait async
  %u = gpu.launch_func async [%t] @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
  gpu.wait [%u]
  return
}

// An async region runs on another thread: wait before it and at its end.
// CHECK-LABEL: func.func @async_region
func.func @async_region(%m: memref<4xf32>) {
  %c1 = arith.constant 1 : index
  // CHECK: gpu.launch_func
  // CHECK-NEXT: vyre.host_sync
  // CHECK-NEXT: async.execute
  // CHECK: gpu.launch_func
  // CHECK-NEXT: vyre.host_sync
  // CHECK-NEXT: async.yield
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
  %t = async.execute {
    gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
    async.yield
  }
  async.await %t : !async.token
  return
}

// A wait that nothing needs goes, one that is needed stays.
// CHECK-LABEL: func.func @existing
// REMARK: Passed{{.*}}SyncRemoved{{.*}}Function=existing
func.func @existing(%m: memref<4xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: gpu.launch_func
  // CHECK-NEXT: gpu.launch_func
  // CHECK-NEXT: vyre.host_sync
  // CHECK-NEXT: memref.load
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
  vyre.host_sync
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
  vyre.host_sync
  %x = memref.load %m[%c0] : memref<4xf32>
  return %x : f32
}
}
