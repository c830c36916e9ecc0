// A ready-made gpu.module and gpu.launch_func: three-dimensional ids, workgroup
// memory, a barrier and scalar arguments.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-run %s --device=host --entry-point-result=void | FileCheck %s

// CHECK: [1011, 1010, 1009, 1008, 1007, 1006, 1005, 1004, 1003, 1002, 1001, 1000, 1023, 1022, 1021, 1020, 1019, 1018, 1017, 1016, 1015, 1014, 1013, 1012]

module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @reverse(%in: memref<2x12xi32>, %out: memref<2x12xi32>, %plus: i32)
        workgroup(%tile: memref<12xi32, #gpu.address_space<workgroup>>) kernel {
      %b = gpu.block_id z
      %x = gpu.thread_id x
      %y = gpu.thread_id y
      %width = gpu.block_dim x
      %row = arith.muli %y, %width : index
      %t = arith.addi %row, %x : index
      %last = arith.constant 11 : index
      %from = arith.subi %last, %t : index
      %v = memref.load %in[%b, %t] : memref<2x12xi32>
      memref.store %v, %tile[%t] : memref<12xi32, #gpu.address_space<workgroup>>
      gpu.barrier
      %w = memref.load %tile[%from] : memref<12xi32, #gpu.address_space<workgroup>>
      %z = arith.addi %w, %plus : i32
      memref.store %z, %out[%b, %t] : memref<2x12xi32>
      gpu.return
    }
  }

  func.func private @printMemrefI32(memref<*xi32>)

  func.func @main() {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c3 = arith.constant 3 : index
    %c4 = arith.constant 4 : index
    %c12 = arith.constant 12 : index
    %plus = arith.constant 1000 : i32
    %in = memref.alloc() : memref<2x12xi32>
    %out = memref.alloc() : memref<2x12xi32>
    scf.for %b = %c0 to %c2 step %c1 {
      scf.for %t = %c0 to %c12 step %c1 {
        %base = arith.muli %b, %c12 : index
        %i = arith.addi %base, %t : index
        %i32 = arith.index_cast %i : index to i32
        memref.store %i32, %in[%b, %t] : memref<2x12xi32>
      }
    }
    gpu.launch_func @kernels::@reverse blocks in (%c1, %c1, %c2) threads in (%c4, %c3, %c1)
        args(%in : memref<2x12xi32>, %out : memref<2x12xi32>, %plus : i32)
    %flat = memref.collapse_shape %out [[0, 1]] : memref<2x12xi32> into memref<24xi32>
    %any = memref.cast %flat : memref<24xi32> to memref<*xi32>
    call @printMemrefI32(%any) : (memref<*xi32>) -> ()
    return
  }
}
