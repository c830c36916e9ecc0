// A kernel that never ends is ended by VYRE_TIMEOUT_MS, in every form.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: env VYRE_TIMEOUT_MS=200 expect-exit.sh 3 vyre-run %s --mode=plain 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump'
// RUN: env VYRE_TIMEOUT_MS=200 expect-exit.sh 3 vyre-run %s --mode=graph 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump'
// RUN: env VYRE_TIMEOUT_MS=200 expect-exit.sh 3 vyre-run %s --mode=persistent 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump'
// CHECK: vyre-run: error: kernel 'main_{{.*}}' launched at {{.*}}timeout.mlir:{{[0-9]+:[0-9]+}}: did not end within VYRE_TIMEOUT_MS

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %blocks = arith.constant 16 : index
  %threads = arith.constant 8 : index
  %zero = arith.constant 0 : i32
  %m = memref.alloc() : memref<128xi32>
  scf.for %i = %c0 to %blocks step %c1 {
    memref.store %zero, %m[%i] : memref<128xi32>
  }
  scf.for %k = %c0 to %c3 step %c1 {
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %blocks, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %threads, %sy = %c1, %sz = %c1) {
      // Nobody ever stores what this waits for.
      scf.while : () -> () {
        %now = memref.atomic_rmw addi %zero, %m[%bx] : (i32, memref<128xi32>) -> i32
        %wait = arith.cmpi eq, %now, %zero : i32
        scf.condition(%wait)
      } do {
        scf.yield
      }
      gpu.terminator
    }
  }
  %v = memref.load %m[%c1] : memref<128xi32>
  vector.print %v : i32
  return
}
