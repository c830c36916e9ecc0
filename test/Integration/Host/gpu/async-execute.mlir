// Work in async.execute regions forks into two and joins again; memory
// operations and the launch have no tokens of their own.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-run %s --device=host --entry-point-result=void | FileCheck %s

// i * 10 - (i + 7)
// CHECK: [-7, 2, 11, 20]

func.func private @printMemrefI32(memref<*xi32>)

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = arith.constant 4 : index
  %host = memref.alloc(%n) : memref<?xi32>
  %any = memref.cast %host : memref<?xi32> to memref<*xi32>
  gpu.host_register %any : memref<*xi32>
  scf.for %i = %c0 to %n step %c1 {
    %i32 = arith.index_cast %i : index to i32
    memref.store %i32, %host[%i] : memref<?xi32>
  }

  %ready, %first = async.execute () -> !async.value<memref<?xi32>> {
    %d = gpu.alloc(%n) : memref<?xi32>
    gpu.memcpy %d, %host : memref<?xi32>, memref<?xi32>
    async.yield %d : memref<?xi32>
  }
  // Left: ten times the numbers. Right: the numbers plus seven.
  %left_done, %left = async.execute [%ready] (%first as %d: !async.value<memref<?xi32>>)
      -> !async.value<memref<?xi32>> {
    %r = gpu.alloc(%n) : memref<?xi32>
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %n, %sy = %c1, %sz = %c1) {
      %ten = arith.constant 10 : i32
      %v = memref.load %d[%tx] : memref<?xi32>
      %w = arith.muli %v, %ten : i32
      memref.store %w, %r[%tx] : memref<?xi32>
      gpu.terminator
    }
    async.yield %r : memref<?xi32>
  }
  %right_done, %right = async.execute [%ready] (%first as %d: !async.value<memref<?xi32>>)
      -> !async.value<memref<?xi32>> {
    %r = gpu.alloc(%n) : memref<?xi32>
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %n, %sy = %c1, %sz = %c1) {
      %seven = arith.constant 7 : i32
      %v = memref.load %d[%tx] : memref<?xi32>
      %w = arith.addi %v, %seven : i32
      memref.store %w, %r[%tx] : memref<?xi32>
      gpu.terminator
    }
    async.yield %r : memref<?xi32>
  }
  %joined = async.execute [%left_done, %right_done] (
      %left as %l: !async.value<memref<?xi32>>,
      %right as %r: !async.value<memref<?xi32>>) {
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %n, %sy = %c1, %sz = %c1) {
      %v = memref.load %l[%tx] : memref<?xi32>
      %w = memref.load %r[%tx] : memref<?xi32>
      %x = arith.subi %v, %w : i32
      memref.store %x, %host[%tx] : memref<?xi32>
      gpu.terminator
    }
    async.yield
  }
  async.await %joined : !async.token
  call @printMemrefI32(%any) : (memref<*xi32>) -> ()
  return
}
