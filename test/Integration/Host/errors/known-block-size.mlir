// A launch with another shape than its kernel says to know: at compile time where the
// size is a constant, else when the launch happens, in every form.
// RUN: sed 's/GIVEN/16/; s/SIZE/%%given/' %s > %t.constant.mlir
// RUN: expect-exit.sh 1 vyre-run %t.constant.mlir --device=host 2>&1 | FileCheck %s --check-prefix=CONSTANT
// RUN: expect-exit.sh 1 vyre-compile %t.constant.mlir --emit=ptx -o %t.ptx 2>&1 | FileCheck %s --check-prefix=CONSTANT
// CONSTANT: constant.mlir:{{[0-9]+}}:7: error: 'gpu.launch_func' op has a block size of 16 along x, but kernel 'width' has known_block_size 8
// RUN: sed 's/GIVEN/16/; s/SIZE/%%loaded/' %s > %t.other.mlir
// RUN: expect-exit.sh 3 vyre-run %t.other.mlir --device=host --mode=plain 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: expect-exit.sh 3 vyre-run %t.other.mlir --device=host --mode=graph 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: expect-exit.sh 3 vyre-run %t.other.mlir --device=host --mode=persistent 2>&1 | FileCheck %s --check-prefix=OTHER
// OTHER: vyre-run: error: kernel 'width' launched at {{.*}}: the launch has another shape than the kernel says to know: known_block_size 8 1 1

// The shape that is known.
// RUN: sed 's/GIVEN/8/; s/SIZE/%%loaded/' %s > %t.same.mlir
// RUN: vyre-run %t.same.mlir --device=host --mode=plain | FileCheck %s --check-prefix=SAME
// RUN: vyre-run %t.same.mlir --device=host --mode=persistent | FileCheck %s --check-prefix=SAME
// SAME: 8
module attributes {gpu.container_module} {
  gpu.module @k {
    gpu.func @width(%m: memref<64xi32>) kernel attributes {known_block_size = array<i32: 8, 1, 1>} {
      %t = gpu.thread_id x
      %b = gpu.block_dim x
      %v = arith.index_cast %b : index to i32
      memref.store %v, %m[%t] : memref<64xi32>
      gpu.return
    }
  }
  func.func @main() {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %given = arith.constant GIVEN : index
    %cell = memref.alloc() : memref<1xindex>
    memref.store %given, %cell[%c0] : memref<1xindex>
    %loaded = memref.load %cell[%c0] : memref<1xindex>
    %m = memref.alloc() : memref<64xi32>
    scf.for %i = %c0 to %c2 step %c1 {
      gpu.launch_func @k::@width blocks in (%c1, %c1, %c1) threads in (SIZE, %c1, %c1) args(%m : memref<64xi32>)
    }
    %v = memref.load %m[%c1] : memref<64xi32>
    vector.print %v : i32
    return
  }
}
