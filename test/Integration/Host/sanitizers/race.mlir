// Kernels are instrumented: blocks that write one place without order are found. In a
// persistent kernel every worker has a share of the blocks, however late it wakes up.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// REQUIRES: thread-sanitizer
// RUN: env VYRE_HOST_WORKERS=2 not vyre-run %s --mode=persistent 2>&1 | FileCheck %s
// CHECK: WARNING: ThreadSanitizer: data race

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %blocks = arith.constant 4096 : index
  %m = memref.alloc() : memref<1xi64>
  scf.for %t = %c0 to %c2 step %c1 {
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %blocks, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
      %c0_0 = arith.constant 0 : index
      %c1_0 = arith.constant 1 : index
      %rounds = arith.constant 1000 : index
      %start = memref.load %m[%c0_0] : memref<1xi64>
      // A sum that is no formula, so that a block takes its time.
      %value = scf.for %i = %c0_0 to %rounds step %c1_0 iter_args(%x = %start) -> i64 {
        %w = arith.index_cast %i : index to i64
        %y = arith.xori %x, %w : i64
        %z = arith.muli %y, %y : i64
        scf.yield %z : i64
      }
      memref.store %value, %m[%c0_0] : memref<1xi64>
      gpu.terminator
    }
  }
  memref.dealloc %m : memref<1xi64>
  return
}
