// A block of more than 64 threads in z, which no GPU takes, in every form.
// DEFINE: %{check} = FileCheck %s --implicit-check-not='error:'
// RUN: expect-exit.sh 3 vyre-run %s --device=host --mode=plain 2>&1 | %{check}
// RUN: expect-exit.sh 3 vyre-run %s --device=host --mode=persistent 2>&1 | %{check}
// CHECK: vyre-run: error: launch of kernel 'main_0' at {{.*}}deep-block.mlir:{{.*}}: block (1, 1, 65) has more than 64 threads in z
func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c65 = arith.constant 65 : index
  %n = arith.constant 42 : i32
  %m = memref.alloc() : memref<4xi32>
  scf.for %i = %c0 to %c2 step %c1 {
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c65) {
      memref.store %n, %m[%c1] : memref<4xi32>
      gpu.terminator
    }
  }
  %value = memref.load %m[%c1] : memref<4xi32>
  vector.print %value : i32
  return
}
