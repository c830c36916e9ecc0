// linalg.softmax stands for several ops; each becomes a loop of its own.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-run %s --device=host --mode=all --explain 2>&1 | FileCheck %s --check-prefix=MODES
// RUN: vyre-run %s --device=host | FileCheck %s
// MODES: plain {{.*}} reference
// MODES-NEXT: graph {{.*}} identical
// MODES-NEXT: persistent {{.*}} identical
// MODES-NEXT: auto {{.*}} identical
// CHECK: [0.0320586, {{ *}}0.0871443, {{ *}}0.236883, {{ *}}0.643914]

func.func private @printMemrefF32(memref<*xf32>) attributes {llvm.emit_c_interface}

func.func @main() {
  %in = arith.constant dense<[[1.0, 2.0, 3.0, 4.0], [4.0, 5.0, 6.0, 7.0]]> : tensor<2x4xf32>
  %empty = tensor.empty() : tensor<2x4xf32>
  %out = linalg.softmax dimension(1) ins(%in : tensor<2x4xf32>) outs(%empty : tensor<2x4xf32>) -> tensor<2x4xf32>
  %m = bufferization.to_buffer %out {read_only} : tensor<2x4xf32> to memref<2x4xf32>
  %all = memref.cast %m : memref<2x4xf32> to memref<*xf32>
  call @printMemrefF32(%all) : (memref<*xf32>) -> ()
  return
}
