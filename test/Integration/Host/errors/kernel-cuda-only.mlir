// A kernel with an op that only CUDA has, on the host.
// RUN: expect-exit.sh 1 vyre-run %s --device=host 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump'

func.func @main() {
  %c1 = arith.constant 1 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
// CHECK: kernel-cuda-only.mlir:[[@LINE+1]]:5: error: 'nvvm.cp.async.wait.group' runs on NVIDIA GPUs alone; kernel 'main_0' has no form for the host
    nvvm.cp.async.wait.group 0
    gpu.terminator
  }
  return
}
