// The instructions by which a kernel starts before the one in front has ended: weights are
// read before the wait, what the kernel in front writes behind it. In the planted race the
// weights are written by a kernel, and nothing is read early.
// RUN: vyre-compile %s --device=cuda --emit=ptx --mode=plain --chip=sm_90 -o %t.ptx
// RUN: lint-ptx.py %t.ptx
// RUN: FileCheck %s < %t.ptx
// RUN: vyre-compile %s --device=cuda --emit=ptx --mode=plain --chip=sm_80 -o %t.old
// RUN: FileCheck %s --check-prefix=NONE < %t.old
// RUN: vyre-compile %s --device=cuda --emit=ptx --mode=plain --early-start=false -o %t.off
// RUN: FileCheck %s --check-prefix=NONE < %t.off
// NONE: .entry
// NONE-NOT: griddepcontrol
module attributes {gpu.container_module} {
  gpu.module @kernels {
    // CHECK: .entry scale(
    // CHECK: griddepcontrol.launch_dependents;
    // CHECK: ld.global.b32
    // CHECK: griddepcontrol.wait;
    // CHECK: ld.global.b32
    // CHECK: st.global.b32
    gpu.func @scale(%weights: memref<64xf32>, %x: memref<64xf32>) kernel {
      %t = gpu.thread_id x
      %w = memref.load %weights[%t] : memref<64xf32>
      %v = memref.load %x[%t] : memref<64xf32>
      %y = arith.mulf %v, %w : f32
      memref.store %y, %x[%t] : memref<64xf32>
      gpu.return
    }
    // CHECK: .entry raced(
    // CHECK: griddepcontrol.launch_dependents;
    // CHECK-NOT: ld.global
    // CHECK: griddepcontrol.wait;
    // CHECK: ld.global.b32
    // CHECK: ld.global.b32
    // CHECK: st.global.b32
    gpu.func @raced(%weights: memref<64xf32>, %x: memref<64xf32>) kernel {
      %t = gpu.thread_id x
      %w = memref.load %weights[%t] : memref<64xf32>
      %v = memref.load %x[%t] : memref<64xf32>
      %y = arith.mulf %v, %w : f32
      memref.store %y, %x[%t] : memref<64xf32>
      gpu.return
    }
  }
  func.func @main() {
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %weights = gpu.alloc () : memref<64xf32>
    %x = gpu.alloc () : memref<64xf32>
    %y = gpu.alloc () : memref<64xf32>
    gpu.launch_func @kernels::@scale blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
        args(%weights : memref<64xf32>, %x : memref<64xf32>)
    gpu.launch_func @kernels::@raced blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
        args(%x : memref<64xf32>, %y : memref<64xf32>)
    gpu.dealloc %weights : memref<64xf32>
    gpu.dealloc %x : memref<64xf32>
    gpu.dealloc %y : memref<64xf32>
    return
  }
}
