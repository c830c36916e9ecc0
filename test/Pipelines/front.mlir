// The front pipeline: tensors, linalg and affine loops all end as gpu.launch.
// RUN: vyre-opt %s --vyre-front | FileCheck %s
// RUN: vyre-opt %s --vyre-front=inline=false | FileCheck %s --check-prefix=CALLS

// Tensors: fill and product become two launches; what bufferization allocates is
// freed once, the program's own allocation is left as it is.
// CHECK-LABEL: func.func @tensors
// CHECK-SAME: (%{{.*}}: memref<16x16xf32>, %{{.*}}: memref<16x16xf32>) -> f32
func.func @tensors(%a: tensor<16x16xf32>, %b: tensor<16x16xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  // CHECK: %[[OWN:.*]] = memref.alloc() : memref<1xf32>
  // CHECK: %[[C:.*]] = memref.alloc() {{.*}} : memref<16x16xf32>
  // CHECK: gpu.launch
  // CHECK: memref.store %{{.*}}, %[[C]]
  // CHECK: gpu.launch
  // CHECK: scf.for
  // CHECK: arith.mulf
  // CHECK: arith.addf
  // CHECK: memref.store %{{.*}}, %[[C]]
  // CHECK: gpu.terminator
  // CHECK: %[[X:.*]] = memref.load %[[C]]
  // CHECK-DAG: memref.dealloc %[[C]] : memref<16x16xf32>
  // CHECK-DAG: memref.dealloc %[[OWN]] : memref<1xf32>
  // CHECK-NOT: memref.dealloc
  // CHECK: return
  %own = memref.alloc() : memref<1xf32>
  %empty = tensor.empty() : tensor<16x16xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<16x16xf32>) -> tensor<16x16xf32>
  %c = linalg.matmul ins(%a, %b : tensor<16x16xf32>, tensor<16x16xf32>)
      outs(%start : tensor<16x16xf32>) -> tensor<16x16xf32>
  %x = tensor.extract %c[%c0, %c0] : tensor<16x16xf32>
  memref.store %x, %own[%c0] : memref<1xf32>
  %y = memref.load %own[%c0] : memref<1xf32>
  memref.dealloc %own : memref<1xf32>
  return %y : f32
}

// A reduction dimension becomes a sequential loop in each thread.
// CHECK-LABEL: func.func @reduction
func.func @reduction(%m: memref<64x32xf32>, %sums: memref<64xf32>) {
  // CHECK: gpu.launch
  // CHECK: scf.for
  // CHECK: arith.addf
  // CHECK: gpu.terminator
  linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
      iterator_types = ["parallel", "reduction"]}
      ins(%m : memref<64x32xf32>) outs(%sums : memref<64xf32>) {
  ^bb0(%x: f32, %acc: f32):
    %s = arith.addf %acc, %x : f32
    linalg.yield %s : f32
  }
  return
}

// A parallel loop of one iteration stays on the device, where its data is, also
// when it comes from a call inside a loop.
func.func private @total(%rows: memref<64xf64>, %sum: memref<1xf64>) {
  %zero = arith.constant 0.0 : f64
  affine.parallel (%one) = (0) to (1) {
    %t = affine.for %i = 0 to 64 iter_args(%acc = %zero) -> f64 {
      %row = affine.load %rows[%i] : memref<64xf64>
      %next = arith.addf %acc, %row : f64
      affine.yield %next : f64
    }
    affine.store %t, %sum[%one] : memref<1xf64>
  }
  return
}
// CHECK-LABEL: func.func @one_iteration
// CHECK-NOT: call @total
// CHECK: scf.while
// CHECK: gpu.launch
// CHECK: scf.for
// CHECK: memref.store
// CHECK: gpu.terminator
// CALLS-LABEL: func.func @one_iteration
// CALLS: call @total
func.func @one_iteration(%rows: memref<64xf64>, %sum: memref<1xf64>, %limit: f64) {
  %c0 = arith.constant 0 : index
  scf.while : () -> () {
    func.call @total(%rows, %sum) : (memref<64xf64>, memref<1xf64>) -> ()
    %x = memref.load %sum[%c0] : memref<1xf64>
    %more = arith.cmpf olt, %x, %limit : f64
    scf.condition(%more)
  } do {
    scf.yield
  }
  return
}

// Affine loops: time outside, a triangular domain inside.
// CHECK-LABEL: func.func @affine
func.func @affine(%m: memref<?x?xf64>, %n: index, %steps: index) {
  // CHECK: scf.for
  // CHECK: scf.for %[[I:.*]] =
  // CHECK: %[[SPAN:.*]] = arith.subi %{{.*}}, %[[I]]
  // CHECK: arith.maxsi %[[SPAN]]
  // CHECK: gpu.launch
  %one = arith.constant 1.0 : f64
  affine.for %t = 0 to %steps {
    affine.for %i = 0 to %n {
      affine.parallel (%j) = (%i) to (symbol(%n)) {
        affine.store %one, %m[%i, %j] : memref<?x?xf64>
      }
    }
  }
  return
}

// scf.forall is a parallel loop too.
// CHECK-LABEL: func.func @forall
// CHECK: gpu.launch
func.func @forall(%m: memref<64xf32>, %v: f32) {
  scf.forall (%i) in (64) {
    memref.store %v, %m[%i] : memref<64xf32>
  }
  return
}

// One value of a math function per place: no CSE across a kernel's border.
// CHECK-LABEL: func.func @math
// CHECK: math.exp
// CHECK: gpu.launch
// CHECK: math.exp
func.func @math(%m: memref<64xf32>, %x: f32) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %here = math.exp %x : f32
  scf.parallel (%i) = (%c0) to (%c64) step (%c1) {
    %there = math.exp %x : f32
    memref.store %there, %m[%i] : memref<64xf32>
    scf.reduce
  }
  return %here : f32
}

// Ready launches pass through.
// CHECK-LABEL: func.func @ready
// CHECK: gpu.launch blocks
func.func @ready(%m: memref<64xf32>, %v: f32) {
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c64, %sy = %c1, %sz = %c1) {
    memref.store %v, %m[%tx] : memref<64xf32>
    gpu.terminator
  }
  return
}
