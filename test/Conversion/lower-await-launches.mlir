// RUN: vyre-opt %s --pass-pipeline="builtin.module(gpu.module(vyre-lower-await-launches))" | FileCheck %s

gpu.module @m {
  // The kernel lets the next one start at once, and waits itself where it says. Nothing
  // that touches memory may move across the wait.
  // CHECK-LABEL: gpu.func @early
  // CHECK-NEXT: llvm.inline_asm has_side_effects asm_dialect = att "griddepcontrol.launch_dependents;", "~{memory}"
  // CHECK: memref.load %arg0
  // CHECK-NEXT: llvm.inline_asm has_side_effects asm_dialect = att "griddepcontrol.wait;", "~{memory}"
  // CHECK-NEXT: memref.store
  gpu.func @early(%a: memref<64xf32>, %b: memref<64xf32>) kernel {
    %t = gpu.thread_id x
    %x = memref.load %a[%t] : memref<64xf32>
    vyre.await_launches
    memref.store %x, %b[%t] : memref<64xf32>
    gpu.return
  }

  // CHECK-LABEL: gpu.func @plain
  // CHECK-NOT: inline_asm
  gpu.func @plain() kernel {
    gpu.return
  }
}
