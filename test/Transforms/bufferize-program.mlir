// Programs on tensors become programs on buffers that free what they allocate;
// programs without tensors stay as they are.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-opt %s --vyre-bufferize-program --split-input-file | FileCheck %s

// A tensor computation works on a buffer that is freed at its end.
// CHECK-LABEL: func.func @fill() -> f32
// CHECK-NOT: tensor<
// CHECK: %[[BUFFER:.*]] = memref.alloc() {{.*}}: memref<8xf32>
// CHECK: linalg.fill {{.*}} outs({{.*}} : memref<8xf32>)
// CHECK: memref.load
// CHECK: memref.dealloc
func.func @fill() -> f32 {
  %c3 = arith.constant 3 : index
  %one = arith.constant 1.0 : f32
  %empty = tensor.empty() : tensor<8xf32>
  %full = linalg.fill ins(%one : f32) outs(%empty : tensor<8xf32>) -> tensor<8xf32>
  %x = tensor.extract %full[%c3] : tensor<8xf32>
  return %x : f32
}

// -----

// Nothing to do: an allocation that the program does not free stays so.
// CHECK-LABEL: func.func @buffers
// CHECK: memref.alloc() : memref<4xf32>
// CHECK-NOT: memref.dealloc
func.func @buffers() -> memref<4xf32> {
  %m = memref.alloc() : memref<4xf32>
  return %m : memref<4xf32>
}
