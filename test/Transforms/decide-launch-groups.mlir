// The verdict of a group is over the forms it has.
// RUN: vyre-opt %s --pass-pipeline='builtin.module(vyre-annotate-launch-policy,vyre-form-launch-groups,vyre-form-persistent-kernels,vyre-form-graph-regions,vyre-decide-launch-groups)' \
// RUN:   | FileCheck %s
// RUN: vyre-opt %s --vyre-form-launch-groups --vyre-form-persistent-kernels --vyre-decide-launch-groups \
// RUN:   | FileCheck %s --check-prefix=ONE
// RUN: vyre-opt %s --vyre-form-launch-groups --vyre-decide-launch-groups=mode=graph -o /dev/null \
// RUN:   --remarks-filter=vyre-decide-launch-groups 2>&1 | FileCheck %s --check-prefix=REMARK

// Both forms: the graph saves more. Pairs come from the launches.
// CHECK-LABEL: func.func @both
// CHECK:         vyre.launch_group
// CHECK-SAME:      verdict = #vyre.verdict<d1 = "persistent-kernel:250000", d2 = ["0-1:serialize:write-write"], d4 = "record-and-replay:260000"
// CHECK-SAME:      mode = "command-reuse:260000", reason = "larger-saving">

// Without the graph form the persistent kernel is the only one left.
// ONE-LABEL: func.func @both
// ONE:         mode = "persistent-kernel:250000", reason = "only-profitable-form">

// A forced form that is not there: plain, and says so.
// REMARK: [Passed] D1 | Category:vyre-decide-launch-groups | Function=both | Reason=profitable, Verdict=persistent-kernel:250000
// REMARK: [Missed] Mode | {{.*}} Function=both | Reason=forced-mode-not-legal, Verdict=plain-launches
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @fill(%to: memref<64xi32>) kernel {
      %t = gpu.thread_id x
      %v = arith.constant 1 : i32
      memref.store %v, %to[%t] : memref<64xi32>
      gpu.return
    }
  }
  func.func @both(%a: memref<64xi32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c30 = arith.constant 30 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %c30 step %c1 {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xi32>)
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xi32>)
    }
    return
  }
  // Nothing is known before the program runs.
  // CHECK-LABEL: func.func @late
  // CHECK:         d1 = "deferred", d4 = "deferred", d9 = "traditional-bindings", i2 = "deferred", mode = "deferred", reason = "trip-count-unknown">
  // REMARK: [Analysis] Mode | {{.*}} Function=late | Reason=trip-count-unknown, Verdict=deferred
  func.func @late(%a: memref<64xi32>, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
          args(%a : memref<64xi32>)
    }
    return
  }
}
