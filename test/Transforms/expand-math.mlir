// Math functions in kernels become plain arithmetic; the host's stay.
// RUN: vyre-opt %s --vyre-expand-math | FileCheck %s
// RUN: vyre-opt %s --vyre-expand-math=fast-math | FileCheck %s --check-prefix=FAST
// RUN: vyre-opt %s --vyre-expand-math --remarks-filter=vyre-expand-math -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

module attributes {gpu.container_module} {
gpu.module @k {
  // f32 goes through f64; nothing that a device implements by itself is left.
  // CHECK-LABEL: gpu.func @narrow
  // CHECK: arith.extf %{{.*}} : f32 to f64
  // CHECK-NOT: math.
  // CHECK: arith.truncf %{{.*}} : f64 to f32
  // CHECK: gpu.return
  // FAST-LABEL: gpu.func @narrow
  // FAST: math.exp
  gpu.func @narrow(%m: memref<1xf32>, %x: f32) kernel {
    %c0 = arith.constant 0 : index
    %y = math.exp %x : f32
    memref.store %y, %m[%c0] : memref<1xf32>
    gpu.return
  }

  // Exact ones stay as they are, rsqrt takes two of them.
  // CHECK-LABEL: gpu.func @exact
  // CHECK: math.fma
  // CHECK: math.floor
  // CHECK: %[[ROOT:.*]] = math.sqrt
  // CHECK-NEXT: %[[ONE:.*]] = arith.constant 1.0
  // CHECK-NEXT: arith.divf %[[ONE]], %[[ROOT]]
  gpu.func @exact(%m: memref<1xf32>, %x: f32) kernel {
    %c0 = arith.constant 0 : index
    %a = math.fma %x, %x, %x : f32
    %b = math.floor %a : f32
    %c = math.rsqrt %b : f32
    memref.store %c, %m[%c0] : memref<1xf32>
    gpu.return
  }

  // Vectors too.
  // CHECK-LABEL: gpu.func @vectors
  // CHECK-NOT: math.
  // CHECK: arith.truncf %{{.*}} : vector<4xf64> to vector<4xf16>
  gpu.func @vectors(%m: memref<1xvector<4xf16>>, %x: vector<4xf16>) kernel {
    %c0 = arith.constant 0 : index
    %y = math.tanh %x : vector<4xf16>
    memref.store %y, %m[%c0] : memref<1xvector<4xf16>>
    gpu.return
  }

  // What has no formula of ours but one upstream.
  // CHECK-LABEL: gpu.func @upstream
  // CHECK-NOT: math.atan
  // CHECK-NOT: math.acosh
  // CHECK: gpu.return
  gpu.func @upstream(%m: memref<1xf32>, %x: f32) kernel {
    %c0 = arith.constant 0 : index
    %y = math.atan %x : f32
    %z = math.acosh %y : f32
    memref.store %z, %m[%c0] : memref<1xf32>
    gpu.return
  }

  // What has none stays, and says so.
  // CHECK-LABEL: gpu.func @left
  // CHECK: math.powf
  // REMARK: Missed{{.*}}NotExpanded{{.*}}Function=left{{.*}}no expansion of 'math.powf' for this type
  gpu.func @left(%m: memref<1xf64>, %x: f64) kernel {
    %c0 = arith.constant 0 : index
    %y = math.powf %x, %x : f64
    memref.store %y, %m[%c0] : memref<1xf64>
    gpu.return
  }
}

// CHECK-LABEL: func.func @host
// CHECK: math.exp
func.func @host(%x: f64) -> f64 {
  %y = math.exp %x : f64
  return %y : f64
}
}
