// More host memory than there is.
// RUN: expect-exit.sh 3 vyre-run %s 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump'
// CHECK: vyre-run: error: out of memory: 16000000000000000 bytes for a memref

func.func private @size() -> index attributes {no_inline} {
  %n = arith.constant 4000000000000000 : index
  return %n : index
}
func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = arith.constant 1.0 : f32
  %n = call @size() : () -> index
  %m = memref.alloc(%n) : memref<?xf32>
  memref.store %v, %m[%c0] : memref<?xf32>
  scf.for %i = %c0 to %c1 step %c1 {
    memref.store %v, %m[%i] : memref<?xf32>
    
  }
  %x = memref.load %m[%c0] : memref<?xf32>
  vector.print %x : f32
  memref.dealloc %m : memref<?xf32>
  return
}
