// Data of threads that stays on chip. On CUDA both elements of a thread are in registers:
// loaded before the loop, of which one is stored after it. On the host device the threads
// of a block are vectorized.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-compile %s --emit=ptx -o %t.ptx
// RUN: FileCheck %s --check-prefix=PTX < %t.ptx
// RUN: vyre-compile %s --device=host --march=x86-64-v3 --emit=llvm -o %t.ll
// RUN: FileCheck %s --check-prefix=HOST < %t.ll

// PTX: .entry main_loop0_persistent(
// PTX-COUNT-2: ld.global.b32
// PTX-NOT: {{ld|st}}.global
// PTX: mul.rn.f32
// PTX-NOT: {{ld|st}}.global
// PTX: @%p{{[0-9]+}} bra
// PTX-NOT: {{ld|st}}.global
// PTX: st.global.b32
// PTX-NOT: {{ld|st}}.global
// PTX: ret;

// HOST: define {{.*}}main_loop0_persistent
// HOST: load <8 x float>
// HOST: fmul <8 x float>
// HOST: store <8 x float>
func.func @main() {
  %n = arith.constant 1000 : index
  %a = memref.alloc() : memref<100000xf32>
  %b = memref.alloc() : memref<100000xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %size = arith.constant 100000 : index
  %less = arith.constant 0.999 : f32
  scf.for %t = %c0 to %n step %c1 {
    scf.parallel (%i) = (%c0) to (%size) step (%c1) {
      %u = memref.load %a[%i] : memref<100000xf32>
      %v = memref.load %b[%i] : memref<100000xf32>
      %s = arith.mulf %v, %less : f32
      %w = arith.addf %s, %u : f32
      memref.store %w, %b[%i] : memref<100000xf32>
      scf.reduce
    }
  }
  memref.dealloc %b : memref<100000xf32>
  memref.dealloc %a : memref<100000xf32>
  return
}
