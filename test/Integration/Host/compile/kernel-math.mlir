// RUN: vyre-compile %s --emit=ptx --chip=sm_90 -o %t.ptx
// RUN: FileCheck %s --implicit-check-not=approx --implicit-check-not=__nv_ --implicit-check-not=fma.rn < %t.ptx

// Functions in kernels are the same arithmetic on every device: nothing of the
// toolkit's library, nothing approximate, nothing contracted.
// CHECK: .visible .entry
// CHECK-DAG: sqrt.rn.f32
// CHECK-DAG: sqrt.rn.f64
// CHECK-DAG: div.rn.f64
func.func @f(%m: memref<64xf32>, %n: memref<64xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  scf.parallel (%i) = (%c0) to (%c64) step (%c1) {
    %x = memref.load %m[%i] : memref<64xf32>
    %e = math.exp %x : f32
    %s = math.sqrt %e : f32
    %t = math.tanh %s : f32
    memref.store %t, %m[%i] : memref<64xf32>
    %y = memref.load %n[%i] : memref<64xf64>
    %r = math.sqrt %y : f64
    memref.store %r, %n[%i] : memref<64xf64>
    scf.reduce
  }
  return
}
