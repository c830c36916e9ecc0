// A kernel that calls what has no body.
// RUN: expect-exit.sh 1 vyre-run %s 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump'

func.func private @outside(i32) -> i32
func.func @main() {
  %c1 = arith.constant 1 : index
  %m = gpu.alloc host_shared () : memref<4xi32>
// CHECK: kernel-unknown-call.mlir:[[@LINE+1]]:3: error: kernel calls @outside, which has no body
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    %n = arith.constant 5 : i32
    %v = func.call @outside(%n) : (i32) -> i32
    memref.store %v, %m[%c1] : memref<4xi32>
    gpu.terminator
  }
  return
}
