// RUN: vyre-opt %s --pass-pipeline="builtin.module(gpu.module(vyre-add-line-info))" --mlir-print-debuginfo | FileCheck %s

// A kernel with a place in a file is a subprogram there; a declaration is not.
// CHECK-DAG: #[[FILE:.*]] = #llvm.di_file<"kernels.mlir" in "folder">
// CHECK-DAG: #[[UNIT:.*]] = #llvm.di_compile_unit<{{.*}}file = #[[FILE]], {{.*}}emissionKind = DebugDirectivesOnly
// CHECK-DAG: #[[PROGRAM:.*]] = #llvm.di_subprogram<{{.*}}compileUnit = #[[UNIT]], {{.*}}name = "k", {{.*}}line = 7
// CHECK-DAG: loc(fused<#[[PROGRAM]]>
// CHECK-NOT: name = "declared"
gpu.module @m {
  llvm.func @declared() loc("folder/kernels.mlir":3:1)
  llvm.func @k() {
    llvm.return loc("folder/kernels.mlir":8:3)
  } loc("folder/kernels.mlir":7:1)
  // Without a place there is nothing to say.
  // CHECK-NOT: name = "nowhere"
  llvm.func @nowhere() {
    llvm.return loc(unknown)
  } loc(unknown)
}
