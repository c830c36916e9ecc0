// The same with threads that are fibers: a barrier in divergent control flow, and
// a thread that prints for ever. Nothing after it runs.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: env VYRE_TIMEOUT_MS=200 expect-exit.sh 3 vyre-run %s --mode=plain 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump' --implicit-check-not=after
// CHECK: waiting
// CHECK: vyre-run: error: kernel 'main_{{.*}}' launched at {{.*}}timeout-fibers.mlir:{{[0-9]+:[0-9]+}}: did not end within VYRE_TIMEOUT_MS

func.func @main() {
  %c1 = arith.constant 1 : index
  %threads = arith.constant 8 : index
  %zero = arith.constant 0 : i32
  %m = memref.alloc() : memref<1xi32>
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %threads, %sy = %c1, %sz = %c1) {
    %c0 = arith.constant 0 : index
    %c4 = arith.constant 4 : index
    %low = arith.cmpi ult, %tx, %c4 : index
    scf.if %low {
      gpu.barrier
    } else {
      gpu.barrier
    }
    %first = arith.cmpi eq, %tx, %c0 : index
    scf.while : () -> () {
      scf.condition(%first)
    } do {
      gpu.printf "waiting\n"
      scf.yield
    }
    memref.store %zero, %m[%c0] : memref<1xi32>
    gpu.terminator
  }
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    gpu.printf "after\n"
    gpu.terminator
  }
  return
}
