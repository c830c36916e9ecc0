// gpu.alloc, gpu.memcpy, gpu.memset and gpu.dealloc without tokens, around
// launches.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-run %s --device=host --entry-point-result=void | FileCheck %s

// CHECK: [9, 8, 7, 6, 5, 4, 3, 2]

func.func private @printMemrefI32(memref<*xi32>)

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %nine = arith.constant 9 : i32
  %host = memref.alloc(%c8) : memref<?xi32>
  scf.for %i = %c0 to %c8 step %c1 {
    %i32 = arith.index_cast %i : index to i32
    memref.store %i32, %host[%i] : memref<?xi32>
  }
  %a = gpu.alloc(%c8) : memref<?xi32>
  %b = gpu.alloc(%c8) : memref<?xi32>
  gpu.memcpy %a, %host : memref<?xi32>, memref<?xi32>
  gpu.memset %b, %nine : memref<?xi32>, i32
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c8, %sy = %c1, %sz = %c1) {
    %v = memref.load %a[%tx] : memref<?xi32>
    %w = memref.load %b[%tx] : memref<?xi32>
    %x = arith.subi %w, %v : i32
    memref.store %x, %b[%tx] : memref<?xi32>
    gpu.terminator
  }
  // From device to device, then back to the host.
  gpu.memcpy %a, %b : memref<?xi32>, memref<?xi32>
  gpu.memcpy %host, %a : memref<?xi32>, memref<?xi32>
  gpu.dealloc %b : memref<?xi32>
  gpu.dealloc %a : memref<?xi32>
  %any = memref.cast %host : memref<?xi32> to memref<*xi32>
  call @printMemrefI32(%any) : (memref<*xi32>) -> ()
  return
}
