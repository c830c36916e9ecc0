// A kernel that adds floats atomically gets a persistent form only if the user accepts
// any order of the additions. Here all sums are exact, so the order cannot show.
// RUN: vyre-run %s --mode=persistent --stats=%t.refused | FileCheck %s
// RUN: FileCheck %s --check-prefix=REFUSED < %t.refused
// RUN: vyre-run %s --mode=persistent --reorder-float-atomics --stats=%t.allowed | FileCheck %s
// RUN: FileCheck %s --check-prefix=ALLOWED < %t.allowed

// CHECK: [0,   2048,   4096,   6144]
// REFUSED: "cooperative_launches":0,
// REFUSED-SAME: "fallbacks":["{{.*}}persistent form refused: float-atomic
// ALLOWED: "cooperative_launches":1,
// ALLOWED-SAME: "fallbacks":[]
module {
  func.func private @printMemrefF32(memref<*xf32>)
  func.func @main() {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c16 = arith.constant 16 : index
    %c64 = arith.constant 64 : index
    %zero = arith.constant 0.0 : f32
    %sums = memref.alloc() : memref<4xf32>
    scf.for %i = %c0 to %c4 step %c1 {
      memref.store %zero, %sums[%i] : memref<4xf32>
    }
    scf.for %i = %c0 to %c16 step %c1 {
      gpu.launch blocks(%bx, %by, %bz) in (%gx = %c8, %gy = %c1, %gz = %c1)
                 threads(%tx, %ty, %tz) in (%sx = %c64, %sy = %c1, %sz = %c1) {
        %to = arith.remui %tx, %c4 : index
        %number = arith.index_cast %to : index to i32
        %value = arith.sitofp %number : i32 to f32
        %old = memref.atomic_rmw addf %value, %sums[%to] : (f32, memref<4xf32>) -> f32
        gpu.terminator
      }
    }
    %any = memref.cast %sums : memref<4xf32> to memref<*xf32>
    call @printMemrefF32(%any) : (memref<*xf32>) -> ()
    memref.dealloc %sums : memref<4xf32>
    return
  }
}
