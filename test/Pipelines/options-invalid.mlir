// A value that a pipeline's option does not know is an error that names the option,
// the value and what is expected, and says nothing of the program.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not vyre-opt %s --vyre-pipeline="device=gpu" 2>&1 | FileCheck %s --check-prefix=DEVICE
// RUN: not vyre-opt %s --vyre-pipeline="mode=fast" 2>&1 | FileCheck %s --check-prefix=MODE
// RUN: not vyre-opt %s --vyre-pipeline="device=fat chip=sm_90,hopper" 2>&1 | FileCheck %s --check-prefix=CHIP
// RUN: not vyre-opt %s --vyre-front="device=gpu" 2>&1 | FileCheck %s --check-prefix=FRONT
// RUN: not vyre-opt %s --vyre-optimize="mode=fast" 2>&1 | FileCheck %s --check-prefix=OPTIMIZE
// RUN: not vyre-opt %s --pass-pipeline="builtin.module(vyre-lower{chip=sm_1})" 2>&1 | FileCheck %s --check-prefix=LOWER
// RUN: vyre-opt %vyre_src/docs/examples/heat-2d.mlir --vyre-pipeline="device=cuda records=false assemble=false" | FileCheck %s --check-prefix=DEFAULT-CHIP
// RUN: vyre-opt %s --vyre-pipeline="device=fat mode=graph chip=sm_90" | FileCheck %s --check-prefix=FINE

// DEVICE: error: vyre-pipeline: unknown device 'gpu'; expected host, cuda, fat
// DEVICE-NOT: offload-C1
// MODE: error: vyre-pipeline: unknown mode 'fast'; expected auto, plain, graph, persistent
// CHIP: error: vyre-pipeline: unknown chip 'hopper'; expected sm_75, sm_80, sm_86, sm_89, sm_90, sm_100, sm_120
// FRONT: error: vyre-front: unknown device 'gpu'; expected host, cuda, fat
// OPTIMIZE: error: vyre-optimize: unknown mode 'fast'; expected auto, plain, graph, persistent
// LOWER: error: vyre-lower: unknown chip 'sm_1'; expected sm_75,
// DEFAULT-CHIP: chip = "sm_90"
// FINE: llvm.func @main
func.func @main() {
  return
}
