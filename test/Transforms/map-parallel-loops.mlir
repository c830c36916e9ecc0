// Parallel loops become launches with block shapes that fit; what cannot runs
// sequentially on the host and says why.
// RUN: vyre-opt %s --vyre-map-parallel-loops | FileCheck %s
// RUN: vyre-opt %s --vyre-map-parallel-loops --remarks-filter=vyre-map-parallel-loops -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: vyre-opt %s --vyre-map-parallel-loops="block-1d=128" | FileCheck %s --check-prefix=SHAPE
// RUN: not vyre-opt %s --vyre-map-parallel-loops="block-2d=64,64" 2>&1 | FileCheck %s --check-prefix=WRONG

// WRONG: vyre-map-parallel-loops: a block shape has one positive size per dimension, at most 64 in z, and at most 1,024 threads

// A dynamic extent: rounded-up grid that is 0 for empty ranges, and a guard.
// CHECK-LABEL: func.func @one_dimension
// SHAPE-LABEL: func.func @one_dimension
func.func @one_dimension(%m: memref<?xf32>, %n: index, %v: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK-SAME: (%[[M:.*]]: memref<?xf32>, %[[N:.*]]: index, %[[V:.*]]: f32)
  // CHECK: %[[COUNT:.*]] = arith.maxsi %[[N]], %{{.*}} : index
  // CHECK: %[[SUM:.*]] = arith.addi %{{.*}}, %c255
  // CHECK: %[[GRID:.*]] = arith.divui %[[SUM]], %[[C256:.*]] : index
  // CHECK: gpu.launch blocks(%[[BX:.*]], %{{.*}}, %{{.*}}) in (%{{.*}} = %[[GRID]], {{.*}}) threads(%[[TX:.*]], %{{.*}}, %{{.*}}) in (%{{.*}} = %[[C256]],
  // CHECK: %[[C:.*]] = arith.constant 256 : index
  // CHECK: %[[BASE:.*]] = arith.muli %[[BX]], %[[C]]
  // CHECK: %[[I:.*]] = arith.addi %[[BASE]], %[[TX]]
  // CHECK: %[[IN:.*]] = arith.cmpi slt, %[[I]], %[[COUNT]]
  // CHECK: scf.if %[[IN]]
  // CHECK: memref.store %[[V]], %[[M]][%[[I]]]
  // CHECK: gpu.terminator
  // SHAPE: gpu.launch
  // SHAPE: arith.constant 128 : index
  // SHAPE: func.func
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    memref.store %v, %m[%i] : memref<?xf32>
    scf.reduce
  }
  return
}

// Known extents that divide: no guard, x is the innermost dimension.
// CHECK-LABEL: func.func @two_dimensions
func.func @two_dimensions(%m: memref<8x128xf32>, %v: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c128 = arith.constant 128 : index
  // CHECK-DAG: %[[GX:.*]] = arith.constant 2 : index
  // CHECK-DAG: %[[BX:.*]] = arith.constant 64 : index
  // CHECK-DAG: %[[BY:.*]] = arith.constant 4 : index
  // CHECK: gpu.launch blocks({{.*}}) in (%{{.*}} = %[[GX]], %{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}) threads({{.*}}) in (%{{.*}} = %[[BX]], %{{.*}} = %[[BY]],
  // CHECK-NOT: scf.if
  // CHECK: gpu.terminator
  scf.parallel (%i, %j) = (%c0, %c0) to (%c8, %c128) step (%c1, %c1) {
    memref.store %v, %m[%i, %j] : memref<8x128xf32>
    scf.reduce
  }
  return
}

// A small inner extent: x has 16 threads and y takes what is left of 256.
// CHECK-LABEL: func.func @small_inner
func.func @small_inner(%m: memref<?x16xf32>, %n: index, %v: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  // CHECK: gpu.launch blocks(%{{.*}}, %[[BY:.*]], %{{.*}}) in ({{.*}}) threads(%{{.*}}, %[[TY:.*]], %{{.*}}) in
  // CHECK: %[[C16:.*]] = arith.constant 16 : index
  // CHECK: arith.muli %{{.*}}, %[[C16]]
  // CHECK: %[[C16Y:.*]] = arith.constant 16 : index
  // CHECK: %[[BASE:.*]] = arith.muli %[[BY]], %[[C16Y]]
  // CHECK: arith.addi %[[BASE]], %[[TY]]
  scf.parallel (%i, %j) = (%c0, %c0) to (%n, %c16) step (%c1, %c1) {
    memref.store %v, %m[%i, %j] : memref<?x16xf32>
    scf.reduce
  }
  return
}

// Bounds and step: iv = lower + index * step, trip count ceildiv(7 - 1, 2) = 3.
// CHECK-LABEL: func.func @bounds
func.func @bounds(%m: memref<8xf32>, %v: f32) {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c7 = arith.constant 7 : index
  // CHECK: gpu.launch
  // CHECK: %[[INDEX:.*]] = arith.addi
  // CHECK: %[[C3:.*]] = arith.constant 3 : index
  // CHECK: arith.cmpi slt, %[[INDEX]], %[[C3]]
  // CHECK: %[[SCALED:.*]] = arith.muli %[[INDEX]], %{{.*}}
  // CHECK: %[[IV:.*]] = arith.addi %[[SCALED]], %{{.*}}
  // CHECK: memref.store %{{.*}}, %{{.*}}[%[[IV]]]
  scf.parallel (%i) = (%c1) to (%c7) step (%c2) {
    memref.store %v, %m[%i] : memref<8xf32>
    scf.reduce
  }
  return
}

// More than three dimensions go into x: 2 * 3 * 4 * 5 = 120 iterations.
// CHECK-LABEL: func.func @four_dimensions
func.func @four_dimensions(%m: memref<2x3x4x5xf32>, %v: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c5 = arith.constant 5 : index
  // CHECK: gpu.launch
  // CHECK: %[[C120:.*]] = arith.constant 120 : index
  // CHECK: arith.cmpi slt, %[[LINEAR:.*]], %[[C120]]
  // CHECK: %[[L:.*]] = arith.remui %[[LINEAR]], %{{.*}}
  // CHECK: %[[R0:.*]] = arith.divui %[[LINEAR]], %{{.*}}
  // CHECK: %[[K:.*]] = arith.remui %[[R0]], %{{.*}}
  // CHECK: %[[R1:.*]] = arith.divui %[[R0]], %{{.*}}
  // CHECK: %[[J:.*]] = arith.remui %[[R1]], %{{.*}}
  // CHECK: %[[I:.*]] = arith.divui %[[R1]], %{{.*}}
  // CHECK: memref.store %{{.*}}, %{{.*}}[%[[I]], %[[J]], %[[K]], %[[L]]]
  scf.parallel (%i, %j, %k, %l) = (%c0, %c0, %c0, %c0) to (%c2, %c3, %c4, %c5) step (%c1, %c1, %c1, %c1) {
    memref.store %v, %m[%i, %j, %k, %l] : memref<2x3x4x5xf32>
    scf.reduce
  }
  return
}

// What is inside a thread: sequential loops in order, a private buffer instead
// of the allocation, element loops instead of the copy; the global is named
// outside.
memref.global "private" constant @table : memref<4xf32> = dense<[1.0, 2.0, 3.0, 4.0]>
// CHECK-LABEL: func.func @body
func.func @body(%m: memref<?x4xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %zero = arith.constant 0.0 : f32
  // CHECK: %[[TABLE:.*]] = memref.get_global @table
  // CHECK: gpu.launch
  // CHECK: %[[PRIVATE:.*]] = memref.alloca() : memref<4xf32>
  // CHECK: scf.for %[[E:.*]] =
  // CHECK: memref.load %[[TABLE]][%[[E]]]
  // CHECK: memref.store %{{.*}}, %[[PRIVATE]][%[[E]]]
  // CHECK: scf.for {{.*}} iter_args
  // CHECK: scf.for
  // CHECK-NOT: memref.dealloc
  // CHECK: gpu.terminator
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    %global = memref.get_global @table : memref<4xf32>
    %own = memref.alloc() : memref<4xf32>
    memref.copy %global, %own : memref<4xf32> to memref<4xf32>
    %sum = scf.parallel (%k) = (%c0) to (%c4) step (%c1) init (%zero) -> f32 {
      %x = memref.load %own[%k] : memref<4xf32>
      scf.reduce(%x : f32) {
      ^bb0(%a: f32, %b: f32):
        %s = arith.addf %a, %b : f32
        scf.reduce.return %s : f32
      }
    }
    scf.parallel (%k) = (%c0) to (%c4) step (%c1) {
      memref.store %sum, %m[%i, %k] : memref<?x4xf32>
      scf.reduce
    }
    memref.dealloc %own : memref<4xf32>
    scf.reduce
  }
  return
}

// A reduction stays on the host, in iteration order.
// CHECK-LABEL: func.func @reduction
// REMARK: [[@LINE+9]]:{{.*}}Missed{{.*}}HostLoop{{.*}}Function=reduction{{.*}}Reason=reduction{{.*}}stays on the host
func.func @reduction(%m: memref<?xf32>, %n: index) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  // CHECK: %[[SUM:.*]] = scf.for {{.*}} iter_args(%[[ACC:.*]] = %{{.*}})
  // CHECK: arith.addf %[[ACC]], %{{.*}}
  // CHECK: } {vyre.host_loop = "reduction"}
  // CHECK: return %[[SUM]]
  %sum = scf.parallel (%i) = (%c0) to (%n) step (%c1) init (%zero) -> f32 {
    %x = memref.load %m[%i] : memref<?xf32>
    scf.reduce(%x : f32) {
    ^bb0(%a: f32, %b: f32):
      %s = arith.addf %a, %b : f32
      scf.reduce.return %s : f32
    }
  }
  return %sum : f32
}

// A call keeps the outer loop on the host; the inner loop is launched.
func.func private @unknown(index)
// CHECK-LABEL: func.func @call
// REMARK: Missed{{.*}}HostLoop{{.*}}Function=call{{.*}}Reason=call{{.*}}stays on the host
// REMARK: Passed{{.*}}Launched{{.*}}Function=call
func.func @call(%m: memref<?x?xf32>, %n: index, %v: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: scf.for %[[I:.*]] =
  // CHECK: call @unknown(%[[I]])
  // CHECK: gpu.launch
  // CHECK: memref.store %{{.*}}, %{{.*}}[%[[I]], %{{.*}}]
  // CHECK: {vyre.host_loop = "call"}
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    func.call @unknown(%i) : (index) -> ()
    scf.parallel (%j) = (%c0) to (%n) step (%c1) {
      memref.store %v, %m[%i, %j] : memref<?x?xf32>
      scf.reduce
    }
    scf.reduce
  }
  return
}

// REMARK: Function=dynamic_allocation{{.*}}Reason=allocation{{.*}}stays on the host
func.func @dynamic_allocation(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    %own = memref.alloc(%n) : memref<?xf32>
    memref.dealloc %own : memref<?xf32>
    scf.reduce
  }
  return
}

// REMARK: Function=captures{{.*}}Reason="value of type memref<*xf32>"{{.*}}stays on the host
func.func @captures(%any: memref<*xf32>, %n: index, %v: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    %m = memref.cast %any : memref<*xf32> to memref<?xf32>
    memref.store %v, %m[%i] : memref<?xf32>
    scf.reduce
  }
  return
}
