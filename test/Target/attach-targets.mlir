// RUN: vyre-opt %s --vyre-attach-targets="opt-level=3" | FileCheck %s

module attributes {gpu.container_module} {
  // Each chip gets a PTX version that knows it.
  // CHECK-LABEL: gpu.module @chips [
  // CHECK-SAME: #nvvm.target<O = 3, chip = "sm_75", features = "+ptx70">
  // CHECK-SAME: #nvvm.target<O = 3, chip = "sm_80", features = "+ptx70">
  // CHECK-SAME: #nvvm.target<O = 3, chip = "sm_86", features = "+ptx71">
  // CHECK-SAME: #nvvm.target<O = 3, chip = "sm_90", features = "+ptx80">
  // CHECK-SAME: #nvvm.target<O = 3, chip = "sm_100", features = "+ptx86">
  // CHECK-SAME: #nvvm.target<O = 3, chip = "sm_120", features = "+ptx87">
  gpu.module @chips attributes {vyre.offload = #vyre.offload<host = true, chips = ["sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120"]>} {
  }
  // A module for the host alone gets no target.
  // CHECK: gpu.module @host attributes
  gpu.module @host attributes {vyre.offload = #vyre.offload<host = true>} {
  }
  // A module without the attribute keeps the target that it has.
  // CHECK: gpu.module @other [#nvvm.target<chip = "sm_61">]
  gpu.module @other [#nvvm.target<chip = "sm_61">] {
  }
}
