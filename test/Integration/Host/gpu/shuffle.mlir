// The four modes of gpu.shuffle in a full subgroup; -1 stands for a result that
// is not valid.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-run %s --device=host --entry-point-result=void | FileCheck %s

// CHECK: [50, 40, 70, 60, 10, 0, 30, 20, 130, 120, 150, 140, 90, 80, 110, 100, 210, 200, 230, 220, 170, 160, 190, 180, 290, 280, 310, 300, 250, 240, 270, 260]
// CHECK: [-1, -1, -1, 0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200, 210, 220, 230, 240, 250, 260, 270, 280]
// CHECK: [60, 70, 80, 90, 100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200, 210, 220, 230, 240, 250, 260, 270, 280, 290, 300, 310, -1, -1, -1, -1, -1, -1]
// CHECK: [0, 70, 140, 210, 280, 30, 100, 170, 240, 310, 60, 130, 200, 270, 20, 90, 160, 230, 300, 50, 120, 190, 260, 10, 80, 150, 220, 290, 40, 110, 180, 250]

func.func private @printMemrefI32(memref<*xi32>)

func.func @main() {
  %c1 = arith.constant 1 : index
  %n = arith.constant 32 : index
  %width = arith.constant 32 : i32
  %out = memref.alloc() : memref<32xi32>
  %any = memref.cast %out : memref<32xi32> to memref<*xi32>
  gpu.host_register %any : memref<*xi32>

  // Partner lane xor 5.
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %n, %sy = %c1, %sz = %c1) {
    %t = arith.index_cast %tx : index to i32
    %ten = arith.constant 10 : i32
    %none = arith.constant -1 : i32
    %v = arith.muli %t, %ten : i32
    %offset = arith.constant 5 : i32
    %other, %valid = gpu.shuffle xor %v, %offset, %width : i32
    %w = arith.select %valid, %other, %none : i32
    memref.store %w, %out[%tx] : memref<32xi32>
    gpu.terminator
  }
  call @printMemrefI32(%any) : (memref<*xi32>) -> ()

  // From three lanes below; the first three have none.
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %n, %sy = %c1, %sz = %c1) {
    %t = arith.index_cast %tx : index to i32
    %ten = arith.constant 10 : i32
    %none = arith.constant -1 : i32
    %v = arith.muli %t, %ten : i32
    %offset = arith.constant 3 : i32
    %other, %valid = gpu.shuffle up %v, %offset, %width : i32
    %w = arith.select %valid, %other, %none : i32
    memref.store %w, %out[%tx] : memref<32xi32>
    gpu.terminator
  }
  call @printMemrefI32(%any) : (memref<*xi32>) -> ()

  // From six lanes above; the last six have none.
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %n, %sy = %c1, %sz = %c1) {
    %t = arith.index_cast %tx : index to i32
    %ten = arith.constant 10 : i32
    %none = arith.constant -1 : i32
    %v = arith.muli %t, %ten : i32
    %offset = arith.constant 6 : i32
    %other, %valid = gpu.shuffle down %v, %offset, %width : i32
    %w = arith.select %valid, %other, %none : i32
    memref.store %w, %out[%tx] : memref<32xi32>
    gpu.terminator
  }
  call @printMemrefI32(%any) : (memref<*xi32>) -> ()

  // From a lane of the own choice.
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %n, %sy = %c1, %sz = %c1) {
    %t = arith.index_cast %tx : index to i32
    %ten = arith.constant 10 : i32
    %none = arith.constant -1 : i32
    %v = arith.muli %t, %ten : i32
    %seven = arith.constant 7 : i32
    %count = arith.constant 32 : i32
    %scaled = arith.muli %t, %seven : i32
    %offset = arith.remui %scaled, %count : i32
    %other, %valid = gpu.shuffle idx %v, %offset, %width : i32
    %w = arith.select %valid, %other, %none : i32
    memref.store %w, %out[%tx] : memref<32xi32>
    gpu.terminator
  }
  call @printMemrefI32(%any) : (memref<*xi32>) -> ()
  return
}
