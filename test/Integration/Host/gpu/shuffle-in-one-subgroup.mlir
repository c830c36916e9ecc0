// A shuffle that only one subgroup of the block reaches, before a barrier of all:
// the other threads must wait at the barrier, however many exchanges there are.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-run %s --device=host --entry-point-result=void | FileCheck %s

// 0 + 1 + ... + 31
// CHECK: [496, 496,
// CHECK-NOT: [^0-9]0,
// CHECK: 496]

func.func private @printMemrefI32(memref<*xi32>)

func.func @main() {
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %out = memref.alloc() : memref<64xi32>
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c64, %sy = %c1, %sz = %c1)
             workgroup(%sum : memref<1xi32, #gpu.address_space<workgroup>>) {
    %c0 = arith.constant 0 : index
    %c32 = arith.constant 32 : index
    %width = arith.constant 32 : i32
    %first = arith.cmpi ult, %tx, %c32 : index
    scf.if %first {
      %v = arith.index_cast %tx : index to i32
      %d1 = arith.constant 1 : i32
      %d2 = arith.constant 2 : i32
      %d4 = arith.constant 4 : i32
      %d8 = arith.constant 8 : i32
      %d16 = arith.constant 16 : i32
      %s1, %p1 = gpu.shuffle xor %v, %d1, %width : i32
      %v1 = arith.addi %v, %s1 : i32
      %s2, %p2 = gpu.shuffle xor %v1, %d2, %width : i32
      %v2 = arith.addi %v1, %s2 : i32
      %s3, %p3 = gpu.shuffle xor %v2, %d4, %width : i32
      %v3 = arith.addi %v2, %s3 : i32
      %s4, %p4 = gpu.shuffle xor %v3, %d8, %width : i32
      %v4 = arith.addi %v3, %s4 : i32
      %s5, %p5 = gpu.shuffle xor %v4, %d16, %width : i32
      %v5 = arith.addi %v4, %s5 : i32
      memref.store %v5, %sum[%c0] : memref<1xi32, #gpu.address_space<workgroup>>
    }
    gpu.barrier
    %total = memref.load %sum[%c0] : memref<1xi32, #gpu.address_space<workgroup>>
    memref.store %total, %out[%tx] : memref<64xi32>
    gpu.terminator
  }
  %any = memref.cast %out : memref<64xi32> to memref<*xi32>
  call @printMemrefI32(%any) : (memref<*xi32>) -> ()
  memref.dealloc %out : memref<64xi32>
  return
}
