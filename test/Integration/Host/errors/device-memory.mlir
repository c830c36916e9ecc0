// More device memory than there is.
// RUN: expect-exit.sh 3 vyre-run %s 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump'
// CHECK: vyre-run: error: out of memory: 16000000000000000 bytes for a buffer

func.func @main() {
  %n = arith.constant 4000000000000000 : index
  %m = gpu.alloc (%n) : memref<?xf32>
  gpu.dealloc %m : memref<?xf32>
  return
}
