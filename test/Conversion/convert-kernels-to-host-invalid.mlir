// A device function that calls itself cannot be inlined.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-opt %s --vyre-convert-kernels-to-host --verify-diagnostics

gpu.module @kernels {
  func.func @count(%n: index) -> index {
    // expected-error @below {{'func.call' of @count is recursive: device functions are inlined for the host}}
    %m = func.call @count(%n) : (index) -> index
    return %m : index
  }
  gpu.func @k(%a: memref<?xindex>) kernel {
    %t = gpu.thread_id x
    %v = func.call @count(%t) : (index) -> index
    memref.store %v, %a[%t] : memref<?xindex>
    gpu.return
  }
}
