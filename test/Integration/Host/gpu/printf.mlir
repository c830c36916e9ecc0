// gpu.printf with integers, floats and no arguments at all. Threads may print in
// any order, launches may not.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-run %s --device=host --entry-point-result=void | FileCheck %s

// CHECK-DAG: thread 0 has 2.500000
// CHECK-DAG: thread 1 has 2.500000
// CHECK-DAG: thread 2 has 2.500000
// CHECK: bye
// CHECK-NOT: {{.}}

module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @hello(%x: f32) kernel {
      %t = gpu.thread_id x
      %t32 = arith.index_cast %t : index to i32
      %x64 = arith.extf %x : f32 to f64
      gpu.printf "thread %d has %f\n", %t32, %x64 : i32, f64
      gpu.return
    }
    gpu.func @bye() kernel {
      gpu.printf "bye\n"
      gpu.return
    }
  }

  func.func @main() {
    %c1 = arith.constant 1 : index
    %c3 = arith.constant 3 : index
    %x = arith.constant 2.5 : f32
    gpu.launch_func @kernels::@hello blocks in (%c1, %c1, %c1) threads in (%c3, %c1, %c1)
        args(%x : f32)
    gpu.launch_func @kernels::@bye blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
    return
  }
}
