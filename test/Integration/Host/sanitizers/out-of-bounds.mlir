// Kernels are instrumented: a store behind the end of a buffer and its padding is
// found.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// REQUIRES: address-sanitizer
// RUN: not vyre-run %s --mode=plain 2>&1 | FileCheck %s
// CHECK: ERROR: AddressSanitizer: heap-buffer-overflow
// CHECK-NEXT: WRITE of size 4

func.func private @printMemrefI32(memref<*xi32>) attributes {llvm.emit_c_interface}

func.func @main() {
  %c1 = arith.constant 1 : index
  %blocks = arith.constant 64 : index
  %m = memref.alloc() : memref<4xi32>
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %blocks, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    %seven = arith.constant 7 : i32
    memref.store %seven, %m[%bx] : memref<4xi32>
    gpu.terminator
  }
  %any = memref.cast %m : memref<4xi32> to memref<*xi32>
  call @printMemrefI32(%any) : (memref<*xi32>) -> ()
  memref.dealloc %m : memref<4xi32>
  return
}
