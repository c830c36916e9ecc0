// A failed cf.assert in a kernel prints its place, ends that thread only, and is
// an error of the run.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not vyre-run %s --device=host --entry-point-result=void 2>&1 | FileCheck %s
// RUN: not vyre-run %s --device=host --entry-point-result=void 2>&1 \
// RUN:   | FileCheck %s --check-prefix=STOPPED

// CHECK-DAG: block 0 thread 0 begins
// CHECK-DAG: block 0 thread 1 begins
// CHECK-DAG: block 1 thread 0 begins
// CHECK-DAG: block 1 thread 1 begins
// CHECK-DAG: block 0 thread 0 ends
// CHECK-DAG: block 0 thread 1 ends
// CHECK-DAG: block 1 thread 0 ends
// CHECK-DAG: small.cu:31: small_only: block: [1,0,0], thread: [1,0,0] Assertion `sum is too large` failed.

// STOPPED-NOT: block 1 thread 1 ends
// STOPPED-NOT: always holds

module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @small_only(%limit: index) kernel {
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %true = arith.constant true
      cf.assert %true, "always holds"
      gpu.printf "block %lld thread %lld begins\n", %b, %t : index, index
      %sum = arith.addi %b, %t : index
      %small = arith.cmpi ult, %sum, %limit : index
      cf.assert %small, "sum is too large" loc("small_only"("small.cu":31:5))
      gpu.printf "block %lld thread %lld ends\n", %b, %t : index, index
      gpu.return
    }
  }

  func.func @main() {
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    gpu.launch_func @kernels::@small_only
        blocks in (%c2, %c1, %c1) threads in (%c2, %c1, %c1) args(%c2 : index)
    return
  }
}
