// REQUIRES: ptxas
// RUN: vyre-opt %s --vyre-finish-device-code --split-input-file --verify-diagnostics | FileCheck %s

// The cubin goes before the PTX: it needs no work at run time.
// CHECK-LABEL: gpu.binary @fine
// CHECK-SAME: bin = "\7FELF
// CHECK-SAME: assembly = ".version
gpu.binary @fine [#gpu.object<#nvvm.target<chip = "sm_90">, assembly = ".version 8.0\0A.target sm_90\0A.address_size 64\0A.visible .entry k() { ret; }\0A">]

// -----

// PTX that ptxas refuses is an error with its words.
// expected-error @+1 {{ptxas failed for sm_90}}
gpu.binary @broken [#gpu.object<#nvvm.target<chip = "sm_90">, assembly = ".version 8.0\0A.target sm_90\0A.address_size 64\0A.visible .entry k() { nonsense; }\0A">]
