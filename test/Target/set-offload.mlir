// RUN: vyre-opt %s --vyre-set-offload | FileCheck %s --check-prefix=HOST
// RUN: vyre-opt %s --vyre-set-offload="chips=sm_75,sm_90" | FileCheck %s --check-prefix=FAT
// RUN: vyre-opt %s --vyre-set-offload="host=false chips=sm_90" | FileCheck %s --check-prefix=CUDA
// RUN: not vyre-opt %s --vyre-set-offload="host=false" 2>&1 | FileCheck %s --check-prefix=NEITHER
// RUN: not vyre-opt %s --vyre-set-offload="chips=sm_1" 2>&1 | FileCheck %s --check-prefix=CHIP
// NEITHER: error: offload-C1: ask for the host, a chip or both
// CHIP: error: offload-C2: unknown chip "sm_1"

module attributes {gpu.container_module} {
  // A module that says nothing gets what the options ask for.
  // HOST: gpu.module @silent attributes {vyre.offload = #vyre.offload<host = true>}
  // FAT: gpu.module @silent attributes {vyre.offload = #vyre.offload<host = true, chips = ["sm_75", "sm_90"]>}
  // CUDA: gpu.module @silent attributes {vyre.offload = #vyre.offload<host = false, chips = ["sm_90"]>}
  gpu.module @silent {
    gpu.func @k() kernel {
      gpu.return
    }
  }
  // A module that says what it wants keeps it.
  // HOST: gpu.module @own attributes {vyre.offload = #vyre.offload<host = false, chips = ["sm_80"]>}
  // FAT: gpu.module @own attributes {vyre.offload = #vyre.offload<host = false, chips = ["sm_80"]>}
  gpu.module @own attributes {vyre.offload = #vyre.offload<host = false, chips = ["sm_80"]>} {
    gpu.func @k() kernel {
      gpu.return
    }
  }
}
