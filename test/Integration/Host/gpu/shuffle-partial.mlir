// gpu.shuffle in a block of eleven threads: a partner beyond the block is not
// valid.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-run %s --device=host --entry-point-result=void | FileCheck %s

// CHECK: [20, 30, 0, 10, 60, 70, 40, 50, 100, -1, 80]
// CHECK: [40, 50, 60, 70, 80, 90, 100, -1, -1, -1, -1]
// CHECK: [90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90]
// CHECK: [-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1]

func.func private @printMemrefI32(memref<*xi32>)

func.func @main() {
  %c1 = arith.constant 1 : index
  %n = arith.constant 11 : index
  %width = arith.constant 11 : i32
  %out = memref.alloc() : memref<11xi32>
  %any = memref.cast %out : memref<11xi32> to memref<*xi32>
  gpu.host_register %any : memref<*xi32>

  // Partner lane xor 2: lane 9 would need lane 11.
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %n, %sy = %c1, %sz = %c1) {
    %t = arith.index_cast %tx : index to i32
    %ten = arith.constant 10 : i32
    %none = arith.constant -1 : i32
    %v = arith.muli %t, %ten : i32
    %offset = arith.constant 2 : i32
    %other, %valid = gpu.shuffle xor %v, %offset, %width : i32
    %w = arith.select %valid, %other, %none : i32
    memref.store %w, %out[%tx] : memref<11xi32>
    gpu.terminator
  }
  call @printMemrefI32(%any) : (memref<*xi32>) -> ()

  // From four lanes above.
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %n, %sy = %c1, %sz = %c1) {
    %t = arith.index_cast %tx : index to i32
    %ten = arith.constant 10 : i32
    %none = arith.constant -1 : i32
    %v = arith.muli %t, %ten : i32
    %offset = arith.constant 4 : i32
    %other, %valid = gpu.shuffle down %v, %offset, %width : i32
    %w = arith.select %valid, %other, %none : i32
    memref.store %w, %out[%tx] : memref<11xi32>
    gpu.terminator
  }
  call @printMemrefI32(%any) : (memref<*xi32>) -> ()

  // All from lane 9.
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %n, %sy = %c1, %sz = %c1) {
    %t = arith.index_cast %tx : index to i32
    %ten = arith.constant 10 : i32
    %none = arith.constant -1 : i32
    %v = arith.muli %t, %ten : i32
    %offset = arith.constant 9 : i32
    %other, %valid = gpu.shuffle idx %v, %offset, %width : i32
    %w = arith.select %valid, %other, %none : i32
    memref.store %w, %out[%tx] : memref<11xi32>
    gpu.terminator
  }
  call @printMemrefI32(%any) : (memref<*xi32>) -> ()

  // All from lane 11, which is not there.
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %n, %sy = %c1, %sz = %c1) {
    %t = arith.index_cast %tx : index to i32
    %ten = arith.constant 10 : i32
    %none = arith.constant -1 : i32
    %v = arith.muli %t, %ten : i32
    %offset = arith.constant 11 : i32
    %other, %valid = gpu.shuffle idx %v, %offset, %width : i32
    %w = arith.select %valid, %other, %none : i32
    memref.store %w, %out[%tx] : memref<11xi32>
    gpu.terminator
  }
  call @printMemrefI32(%any) : (memref<*xi32>) -> ()
  return
}
