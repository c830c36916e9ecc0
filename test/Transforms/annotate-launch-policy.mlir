// Verdicts and read and write sets on both kinds of launch; nothing else changes.
// RUN: vyre-opt %s --vyre-annotate-launch-policy --split-input-file | FileCheck %s
// RUN: vyre-opt %s --vyre-annotate-launch-policy=profile=portable --split-input-file \
// RUN:   | FileCheck %s --check-prefix=PORTABLE
// RUN: vyre-opt %s --vyre-annotate-launch-policy="figures=barrier:8000,bindless:unsupported mode=plain" \
// RUN:   --split-input-file | FileCheck %s --check-prefix=FIGURES
// RUN: vyre-opt %s --vyre-annotate-launch-policy --split-input-file -o /dev/null \
// RUN:   --remarks-filter=vyre-annotate-launch-policy 2>&1 | FileCheck %s --check-prefix=REMARK

// Two launches in a loop of 30: POLICY's example. The second reads what the
// first writes.
// REMARK: [Missed] D2 | Category:vyre-annotate-launch-policy | Function=static | Verdict=0-1:serialize:read-after-write
// REMARK: [Passed] D1 | {{.*}} | Reason=profitable, Verdict=persistent-kernel:250000
// REMARK: [Passed] D4 | {{.*}} | Reason=profitable, Verdict=record-and-replay:260000
// REMARK: [Missed] D9 | {{.*}} | Reason=too-few-resources, Verdict=traditional-bindings
// REMARK: [Analysis] I2 | {{.*}} | Reason=run-time-window, Verdict=deferred
// REMARK: [Passed] Mode | {{.*}} | Reason=larger-saving, Verdict=command-reuse:260000
// CHECK-LABEL: func.func @static
// CHECK:         gpu.launch_func @kernels::@copy
// CHECK-SAME:      {vyre.reads = array<i32: 0>, vyre.verdict = #vyre.verdict<d1 = "persistent-kernel:250000", d2 = ["0-1:serialize:read-after-write"], d4 = "record-and-replay:260000", d9 = "traditional-bindings", i2 = "deferred", mode = "command-reuse:260000", reason = "larger-saving">, vyre.writes = array<i32: 1>}
// CHECK:         gpu.launch_func @kernels::@copy
// CHECK-SAME:      {vyre.reads = array<i32: 0>, vyre.verdict = #vyre.verdict<d1 = "persistent-kernel:250000", d4
// PORTABLE-LABEL: func.func @static
// PORTABLE:         d1 = "persistent-kernel:1300000", {{.*}} d4 = "record-and-replay:1300000"
// PORTABLE-SAME:    mode = "command-reuse:1300000", reason = "tie-prefers-reuse"
// FIGURES-LABEL: func.func @static
// FIGURES:         d1 = "standard-launches", {{.*}} d4 = "record-and-replay:260000"
// FIGURES-SAME:    mode = "plain-launches", reason = "forced-mode"
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @copy(%from: memref<64xf32>, %to: memref<64xf32>) kernel {
      %t = gpu.thread_id x
      %v = memref.load %from[%t] : memref<64xf32>
      memref.store %v, %to[%t] : memref<64xf32>
      gpu.return
    }
  }
  func.func @static() {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c30 = arith.constant 30 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<64xf32>
    %b = memref.alloc() : memref<64xf32>
    %c = memref.alloc() : memref<64xf32>
    scf.for %i = %c0 to %c30 step %c1 {
      gpu.launch_func @kernels::@copy blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>, %b : memref<64xf32>)
      gpu.launch_func @kernels::@copy blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%b : memref<64xf32>, %c : memref<64xf32>)
    }
    return
  }
}

// -----

// The trip count is an argument: what depends on it is deferred.
// REMARK: [Analysis] D1 | {{.*}} | Reason=trip-count-unknown, Verdict=deferred
// CHECK-LABEL: func.func @dynamic
// CHECK:         gpu.launch blocks
// CHECK:         gpu.terminator
// CHECK-NEXT:    } {vyre.reads = array<i32: 0>, vyre.verdict = #vyre.verdict<d1 = "deferred", d4 = "deferred", d9 = "traditional-bindings", i2 = "deferred", mode = "deferred", reason = "trip-count-unknown">, vyre.writes = array<i32: 0>}
func.func @dynamic(%m: memref<64xi32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  scf.for %i = %c0 to %n step %c1 {
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c64, %sy = %c1, %sz = %c1) {
      %v = memref.load %m[%tx] : memref<64xi32>
      %w = arith.addi %v, %v : i32
      memref.store %w, %m[%tx] : memref<64xi32>
      gpu.terminator
    }
  }
  return
}

// -----

// Outside loops a launch runs once. Copies: into a buffer it touches, and not.
// Two arguments may be the same memory, an allocation is nobody else's.
// REMARK: [Missed] D2 | {{.*}} | Verdict=0-1:serialize:write-write
// REMARK: [Passed] D3 | {{.*}} | Verdict=overlap
// REMARK: [Missed] D3 | {{.*}} | Verdict=serialize
// REMARK: [Missed] Mode | {{.*}} | Reason=single-launch, Verdict=plain-launches
// CHECK-LABEL: func.func @straight
// CHECK:         gpu.launch_func @kernels::@fill
// CHECK-SAME:      vyre.reads = array<i32>
// CHECK-SAME:      d1 = "standard-launches", d2 = ["0-1:serialize:write-write"], d3 = ["serialize", "overlap"], d4 = "plain-launches"
// CHECK-SAME:      mode = "plain-launches", reason = "single-launch"
// CHECK-SAME:      vyre.writes = array<i32: 1>
// CHECK:         gpu.launch_func @kernels::@fill {{.*}} d2 = ["1-2:independent"]
// CHECK:         gpu.launch_func @kernels::@fill
// CHECK-NOT:       d2
module attributes {gpu.container_module} {
  gpu.module @kernels {
    func.func @put(%to: memref<64xf32>, %v: f32) {
      %t = gpu.thread_id x
      memref.store %v, %to[%t] : memref<64xf32>
      return
    }
    gpu.func @fill(%v: f32, %to: memref<64xf32>) kernel {
      %view = memref.cast %to : memref<64xf32> to memref<?xf32>
      %same = memref.cast %view : memref<?xf32> to memref<64xf32>
      func.call @put(%same, %v) : (memref<64xf32>, f32) -> ()
      gpu.return
    }
  }
  func.func @straight(%x: memref<64xf32>, %y: memref<64xf32>, %v: f32) {
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %own = memref.alloc() : memref<64xf32>
    gpu.memcpy %x, %own : memref<64xf32>, memref<64xf32>
    gpu.memcpy %own, %x : memref<64xf32>, memref<64xf32>
    gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
        args(%v : f32, %x : memref<64xf32>)
    gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
        args(%v : f32, %y : memref<64xf32>)
    gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
        args(%v : f32, %own : memref<64xf32>)
    return
  }
}

// -----

// An op with unknown effects reads and writes every buffer.
// CHECK-LABEL: func.func @unknown
// CHECK:         gpu.launch_func @kernels::@strange
// CHECK-SAME:      vyre.reads = array<i32: 0, 2>
// CHECK-SAME:      vyre.writes = array<i32: 0, 2>
module attributes {gpu.container_module} {
  gpu.module @kernels {
    func.func private @elsewhere()
    gpu.func @strange(%a: memref<4xf32>, %n: index, %b: memref<4xf32>) kernel {
      func.call @elsewhere() : () -> ()
      gpu.return
    }
  }
  func.func @unknown(%a: memref<4xf32>, %n: index) {
    gpu.launch_func @kernels::@strange blocks in (%n, %n, %n) threads in (%n, %n, %n)
        args(%a : memref<4xf32>, %n : index, %a : memref<4xf32>)
    return
  }
}
