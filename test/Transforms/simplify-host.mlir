// Host code is canonicalized, parallel loops stay loops, and nothing of the host
// gets into a kernel.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-opt %s --pass-pipeline='builtin.module(func.func(vyre-simplify-host))' | FileCheck %s

// Equal host computations become one.
// CHECK-LABEL: func.func @common_subexpression
// CHECK: %[[P:.*]] = arith.muli
// CHECK-NOT: arith.muli
// CHECK: return %[[P]], %[[P]]
func.func @common_subexpression(%x: index, %y: index) -> (index, index) {
  %a = arith.muli %x, %y : index
  %b = arith.muli %x, %y : index
  return %a, %b : index, index
}

// A parallel loop of one iteration stays a loop: it becomes a kernel.
// CHECK-LABEL: func.func @one_iteration
// CHECK: scf.parallel
func.func @one_iteration(%m: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %f = arith.constant 1.0 : f32
  scf.parallel (%i) = (%c0) to (%c1) step (%c1) {
    memref.store %f, %m[%i] : memref<1xf32>
    scf.reduce
  }
  return
}

// A kernel keeps its own math function: the host's value may differ.
// CHECK-LABEL: func.func @math_in_a_kernel
// CHECK: math.exp
// CHECK: gpu.launch
// CHECK: math.exp
func.func @math_in_a_kernel(%x: f32, %m: memref<1xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %host = math.exp %x : f32
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    %device = math.exp %x : f32
    memref.store %device, %m[%c0] : memref<1xf32>
    gpu.terminator
  }
  return %host : f32
}
