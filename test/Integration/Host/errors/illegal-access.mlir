// A kernel that stores to unmapped memory, in every form.
// RUN: expect-exit.sh 3 vyre-run %s --mode=plain 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump'
// RUN: expect-exit.sh 3 vyre-run %s --mode=graph 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump'
// RUN: expect-exit.sh 3 vyre-run %s --mode=persistent 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump'
// RUN: expect-exit.sh 3 vyre-run %s --mode=auto 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump'
// CHECK: vyre-run: error: kernel 'main_{{.*}}' launched at {{.*}}illegal-access.mlir:{{[0-9]+:[0-9]+}}: illegal memory access at 0x

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c50 = arith.constant 50 : index
  %m = memref.alloc() : memref<8xi32>
  %z = arith.constant 0 : i32
  %s = arith.constant 7 : i32
  %c8 = arith.constant 8 : index
  scf.for %i = %c0 to %c8 step %c1 {
    memref.store %z, %m[%i] : memref<8xi32>
  }
  scf.for %k = %c0 to %c50 step %c1 {
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c8, %sy = %c1, %sz = %c1) {
      %d = memref.load %m[%tx] : memref<8xi32>
      %far = arith.constant 400000000000 : index
      %ix = arith.addi %far, %tx : index
      %q = arith.addi %s, %d : i32
      %dy = memref.cast %m : memref<8xi32> to memref<?xi32>
      memref.store %q, %dy[%ix] : memref<?xi32>
      gpu.terminator
    }
  }
  %value = memref.load %m[%c1] : memref<8xi32>
  vector.print %value : i32
  return
}
