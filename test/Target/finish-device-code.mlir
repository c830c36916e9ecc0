// RUN: vyre-opt %s --vyre-finish-device-code="assemble=false" --split-input-file --verify-diagnostics | FileCheck %s

// PTX whose every function is defined or the driver's own stays as it is.
// CHECK-LABEL: gpu.binary @fine
// CHECK-SAME: assembly
// CHECK-NOT: bin =
gpu.binary @fine [#gpu.object<#nvvm.target<chip = "sm_90">, assembly = ".version 8.0\0A.target sm_90\0A.address_size 64\0A.extern .func (.param .b32 r) vprintf (.param .b64 a, .param .b64 b);\0A.visible .entry k() { ret; }\0A">]

// -----

// A library function that nobody defines: the module would fail to load.
// expected-error @+1 {{device code calls '__nv_expf', which has no definition}}
gpu.binary @unresolved [#gpu.object<#nvvm.target<chip = "sm_90">, assembly = ".version 8.0\0A.target sm_90\0A.address_size 64\0A.extern .func  (.param .b32 r) __nv_expf (.param .b32 a);\0A.visible .entry k() { ret; }\0A">]

// -----

// A library function that is defined in the module is no reference.
// CHECK-LABEL: gpu.binary @defined
gpu.binary @defined [#gpu.object<#nvvm.target<chip = "sm_90">, assembly = ".version 8.0\0A.target sm_90\0A.address_size 64\0A.func __nv_mine() { ret; }\0A">]
