// A program that stores to unmapped memory outside of kernels.
// RUN: expect-exit.sh 3 vyre-run %s 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump'
// CHECK: vyre-run: error: the program crashed: illegal memory access

func.func private @size() -> index attributes {no_inline} {
  %n = arith.constant 4000000000000 : index
  return %n : index
}
func.func @main() {
  %n = call @size() : () -> index
  %c1 = arith.constant 1 : index
  %v = arith.constant 1.0 : f32
  %m = memref.alloc(%c1) : memref<?xf32>
  memref.store %v, %m[%n] : memref<?xf32>
  %x = memref.load %m[%n] : memref<?xf32>
  vector.print %x : f32
  return
}
