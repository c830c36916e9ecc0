// A launch with a negative grid size, in every form.
// RUN: expect-exit.sh 3 vyre-run %s --mode=plain 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump'
// RUN: expect-exit.sh 3 vyre-run %s --mode=graph 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump'
// RUN: expect-exit.sh 3 vyre-run %s --mode=persistent 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump'
// RUN: expect-exit.sh 3 vyre-run %s --mode=auto 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump'

func.func private @block() -> index attributes {no_inline} {
  %c = arith.constant 8 : index
  return %c : index
}
func.func private @grid() -> index attributes {no_inline} {
  %c = arith.constant -2 : index
  return %c : index
}
func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c50 = arith.constant 50 : index
  %m = gpu.alloc host_shared () : memref<4096xi32>
  %h = gpu.alloc host_shared () : memref<4096xi32>
  %z = arith.constant 0 : i32
  scf.for %i = %c0 to %c50 step %c1 {
    memref.store %z, %m[%i] : memref<4096xi32>
    memref.store %z, %h[%i] : memref<4096xi32>
  }
  %g = call @grid() : () -> index
  %b = call @block() : () -> index
  scf.for %i = %c0 to %c50 step %c1 {
// CHECK: vyre-run: error: launch of kernel 'main_0' at {{.*}}negative-grid.mlir:[[@LINE+1]]:5: negative grid size (-2, 1, 1)
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %g, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %b, %sy = %c1, %sz = %c1) {
      %n = arith.constant 1 : i32
      %o = memref.load %m[%tx] : memref<4096xi32>
      %s = arith.addi %o, %n : i32
      memref.store %s, %h[%tx] : memref<4096xi32>
      gpu.terminator
    }
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %g, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %b, %sy = %c1, %sz = %c1) {
      %o = memref.load %h[%tx] : memref<4096xi32>
      memref.store %o, %m[%tx] : memref<4096xi32>
      gpu.terminator
    }
  }
  %value = memref.load %m[%c1] : memref<4096xi32>
  vector.print %value : i32
  return
}
