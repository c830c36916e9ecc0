// Host and device sides of one allocation: copies go where the current side changes,
// outside of loops that only one side uses.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-opt %s --vyre-place-memory | FileCheck %s
// RUN: vyre-opt %s --vyre-place-memory --remarks-filter=vyre-place-memory -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

module attributes {gpu.container_module} {
gpu.module @k {
  gpu.func @a(%m: memref<8xf32>) kernel { gpu.return }
  gpu.func @s(%m: memref<4xf32, strided<[1], offset: 4>>) kernel { gpu.return }
}
func.func private @print(memref<*xf32>)

// The host writes, kernels work in a loop, the host reads in a loop: one copy in
// before the one loop, one copy out before the other.
// CHECK-LABEL: func.func @phases
// REMARK-DAG: Placed{{.*}}Function=phases{{.*}}CopiesIn=1, CopiesOut=1
func.func @phases(%n: index, %v: f32, %out: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: %[[H:.*]] = gpu.alloc () {vyre.mirrored} : memref<8xf32>
  // CHECK: %[[D:.*]] = vyre.to_device %[[H]]
  // CHECK: memref.store %{{.*}}, %[[H]]
  // CHECK: gpu.memcpy %[[D]], %[[H]]
  // CHECK-NEXT: scf.for
  // CHECK-NEXT: gpu.launch_func {{.*}} args(%[[D]] : memref<8xf32>)
  // CHECK-NEXT: }
  // CHECK-NEXT: gpu.memcpy %[[H]], %[[D]]
  // CHECK-NEXT: scf.for
  // CHECK-NEXT: memref.load %[[H]]
  // CHECK-NOT: gpu.memcpy
  // CHECK: gpu.dealloc %[[H]]
  %m = memref.alloc() : memref<8xf32>
  memref.store %v, %m[%c0] : memref<8xf32>
  scf.for %i = %c0 to %n step %c1 {
    gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<8xf32>)
  }
  scf.for %i = %c0 to %n step %c1 {
    %x = memref.load %m[%i] : memref<8xf32>
    memref.store %x, %out[%i] : memref<8xf32>
  }
  memref.dealloc %m : memref<8xf32>
  return
}

// Nobody has written before the kernel does: nothing to copy in. The kernel only
// reads afterwards, so both sides stay current: one copy out for two reads.
// CHECK-LABEL: func.func @redundant
// REMARK-DAG: Placed{{.*}}Function=redundant{{.*}}CopiesIn=0, CopiesOut=1
func.func @redundant() -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: %[[D:.*]] = vyre.to_device
  // CHECK-NEXT: gpu.launch_func
  // CHECK-NEXT: gpu.memcpy %{{.*}}, %[[D]]
  // CHECK-NEXT: memref.load
  // CHECK-NEXT: gpu.launch_func
  // CHECK-NEXT: memref.load
  %m = memref.alloc() : memref<8xf32>
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<8xf32>) {vyre.reads = array<i32>, vyre.writes = array<i32: 0>}
  %x = memref.load %m[%c0] : memref<8xf32>
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<8xf32>) {vyre.reads = array<i32: 0>, vyre.writes = array<i32>}
  %y = memref.load %m[%c0] : memref<8xf32>
  %z = arith.addf %x, %y : f32
  memref.dealloc %m : memref<8xf32>
  return %z : f32
}

// Near miss: the host writes one element in between, so the next kernel needs a
// copy in, and the host's write needs the kernel's other elements first.
// CHECK-LABEL: func.func @written_between
// REMARK-DAG: Placed{{.*}}Function=written_between{{.*}}CopiesIn=1, CopiesOut=1
func.func @written_between(%v: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: %[[D:.*]] = vyre.to_device %[[H:.*]] :
  // CHECK-NEXT: gpu.launch_func
  // CHECK-NEXT: gpu.memcpy %[[H]], %[[D]]
  // CHECK-NEXT: memref.store
  // CHECK-NEXT: gpu.memcpy %[[D]], %[[H]]
  // CHECK-NEXT: gpu.launch_func
  // CHECK-NEXT: gpu.dealloc
  %m = memref.alloc() : memref<8xf32>
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<8xf32>)
  memref.store %v, %m[%c0] : memref<8xf32>
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<8xf32>)
  memref.dealloc %m : memref<8xf32>
  return
}

// A conditional host write is a write; after it only the host's side is current, and
// the loop of unknown length, zero trips included, gets its copy before.
// CHECK-LABEL: func.func @conditional
// REMARK-DAG: Placed{{.*}}Function=conditional{{.*}}CopiesIn=1, CopiesOut=2
func.func @conditional(%flag: i1, %n: index, %v: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: %[[D:.*]] = vyre.to_device %[[H:.*]] :
  // CHECK-NEXT: gpu.launch_func
  // CHECK-NEXT: gpu.memcpy %[[H]], %[[D]]
  // CHECK-NEXT: scf.if
  // CHECK: gpu.memcpy %[[D]], %[[H]]
  // CHECK-NEXT: scf.for
  // CHECK: gpu.memcpy %[[H]], %[[D]]
  // CHECK: call @print
  %m = memref.alloc() : memref<8xf32>
  gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<8xf32>)
  scf.if %flag {
    memref.store %v, %m[%c0] : memref<8xf32>
  }
  scf.for %i = %c0 to %n step %c1 {
    gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<8xf32>)
  }
  %any = memref.cast %m : memref<8xf32> to memref<*xf32>
  func.call @print(%any) : (memref<*xf32>) -> ()
  memref.dealloc %m : memref<8xf32>
  return
}

// Two branches, one for each side: the first leaves the host's side current and the
// other the device's, so the first ends with a copy and what follows knows one side.
// CHECK-LABEL: func.func @branches
// REMARK-DAG: Placed{{.*}}Function=branches{{.*}}CopiesIn=1, CopiesOut=1
func.func @branches(%flag: i1, %v: f32) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: %[[D:.*]] = vyre.to_device %[[H:.*]] :
  // CHECK-NEXT: scf.if
  // CHECK-NEXT: memref.store
  // CHECK-NEXT: gpu.memcpy %[[D]], %[[H]]
  // CHECK-NEXT: } else {
  // CHECK-NEXT: gpu.launch_func
  // CHECK-NEXT: }
  // CHECK-NEXT: gpu.memcpy %[[H]], %[[D]]
  // CHECK-NEXT: memref.load
  %m = memref.alloc() : memref<8xf32>
  scf.if %flag {
    memref.store %v, %m[%c0] : memref<8xf32>
  } else {
    gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<8xf32>)
  }
  %x = memref.load %m[%c0] : memref<8xf32>
  memref.dealloc %m : memref<8xf32>
  return %x : f32
}

// Both sides in the only branch: without it the host's side is current, so the
// branch gives it back.
// CHECK-LABEL: func.func @one_branch
// REMARK-DAG: Placed{{.*}}Function=one_branch{{.*}}CopiesIn=1, CopiesOut=1
func.func @one_branch(%flag: i1, %v: f32) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: memref.store %{{.*}}, %[[H:.*]][
  // CHECK-NEXT: scf.if
  // CHECK-NEXT: memref.store
  // CHECK-NEXT: gpu.memcpy %[[D:.*]], %[[H]]
  // CHECK-NEXT: gpu.launch_func
  // CHECK-NEXT: gpu.memcpy %[[H]], %[[D]]
  // CHECK-NEXT: }
  // CHECK-NEXT: memref.load
  %m = memref.alloc() : memref<8xf32>
  memref.store %v, %m[%c0] : memref<8xf32>
  scf.if %flag {
    memref.store %v, %m[%c1] : memref<8xf32>
    gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<8xf32>)
  }
  %x = memref.load %m[%c0] : memref<8xf32>
  memref.dealloc %m : memref<8xf32>
  return %x : f32
}

// Through a view that both sides use: the kernel gets the view of the device's side,
// and the copy is of the whole allocation although the host reads a part.
// CHECK-LABEL: func.func @views
// REMARK-DAG: Placed{{.*}}Function=views{{.*}}CopiesIn=1, CopiesOut=1
func.func @views(%v: f32) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: %[[D:.*]] = vyre.to_device %[[H:.*]] :
  // CHECK: %[[HV:.*]] = memref.subview %[[H]]
  // CHECK-NEXT: %[[DV:.*]] = memref.subview %[[D]]
  // CHECK: gpu.memcpy %[[D]], %[[H]]
  // CHECK-NEXT: gpu.launch_func {{.*}} args(%[[DV]] :
  // CHECK-NEXT: gpu.memcpy %[[H]], %[[D]]
  // CHECK-NEXT: memref.load %[[HV]]
  %m = memref.alloc() : memref<8xf32>
  %part = memref.subview %m[4] [4] [1] : memref<8xf32> to memref<4xf32, strided<[1], offset: 4>>
  memref.store %v, %m[%c0] : memref<8xf32>
  gpu.launch_func @k::@s blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%part : memref<4xf32, strided<[1], offset: 4>>)
  %x = memref.load %part[%c0] : memref<4xf32, strided<[1], offset: 4>>
  memref.dealloc %m : memref<8xf32>
  return %x : f32
}

// Buffers rotate through the loop: it carries the device's sides, and the host's
// side of what comes out is looked up once, after it.
// CHECK-LABEL: func.func @rotating
// CHECK-NOT: vyre.unknown
func.func @rotating(%n: index) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: %[[DA:.*]] = vyre.to_device %[[HA:.*]] :
  // CHECK: %[[DB:.*]] = vyre.to_device %[[HB:.*]] :
  // CHECK: %[[R:.*]]:2 = scf.for {{.*}} iter_args(%[[P:.*]] = %[[DA]], %[[Q:.*]] = %[[DB]])
  // CHECK-NEXT: gpu.launch_func {{.*}} args(%[[P]] :
  // CHECK-NEXT: scf.yield %[[Q]], %[[P]]
  // CHECK: %[[HR:.*]] = vyre.to_host %[[R]]#0
  // CHECK-DAG: gpu.memcpy %[[HA]], %[[DA]]
  // CHECK-DAG: gpu.memcpy %[[HB]], %[[DB]]
  // CHECK: memref.load %[[HR]]
  // CHECK: gpu.dealloc %[[HA]]
  // CHECK: gpu.dealloc %[[HB]]
  %a = memref.alloc() : memref<8xf32>
  %b = memref.alloc() : memref<8xf32>
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%p = %a, %q = %b) -> (memref<8xf32>, memref<8xf32>) {
    gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%p : memref<8xf32>)
    scf.yield %q, %p : memref<8xf32>, memref<8xf32>
  }
  %x = memref.load %r#0[%c0] : memref<8xf32>
  memref.dealloc %a : memref<8xf32>
  memref.dealloc %b : memref<8xf32>
  return %x : f32
}

// A group is one op, and its plain form says what it does: the kernel only reads, so
// nothing is copied out, and no copy is inside any form.
// CHECK-LABEL: func.func @group
// REMARK-DAG: Placed{{.*}}Function=group{{.*}}CopiesIn=1, CopiesOut=0
func.func @group(%n: index, %v: f32) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: %[[D:.*]] = vyre.to_device %[[H:.*]] :
  // CHECK: gpu.memcpy %[[D]], %[[H]]
  // CHECK-NEXT: vyre.launch_group
  // CHECK: gpu.launch_func {{.*}} args(%[[D]] :
  // CHECK: vyre.graph_region
  // CHECK-NEXT: gpu.launch_func {{.*}} args(%[[D]] :
  // CHECK-NOT: gpu.memcpy
  // CHECK: memref.load %[[H]]
  %m = memref.alloc() : memref<8xf32>
  memref.store %v, %m[%c0] : memref<8xf32>
  vyre.launch_group trip_count(%n) attributes {barriers_per_iteration = 1 : i32, launches_per_iteration = 1 : i32, resource_count = 1 : i32} plain {
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<8xf32>) {vyre.reads = array<i32: 0>, vyre.writes = array<i32>}
    }
    vyre.yield
  } graph {
    scf.for %i = %c0 to %n step %c1 {
      vyre.graph_region edges [] {
        gpu.launch_func @k::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<8xf32>)
      }
    }
    vyre.yield
  }
  %x = memref.load %m[%c0] : memref<8xf32>
  memref.dealloc %m : memref<8xf32>
  return %x : f32
}
}
