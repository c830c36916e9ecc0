// Shared buffers of a width that is no power of two lie apart.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %{python} %S/run-differential.py %s

func.func private @printMemrefI32(memref<*xi32>) attributes {llvm.emit_c_interface}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %m = memref.alloc() : memref<4xi32>
  scf.for %t = %c0 to %c3 step %c1 {
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c4, %sy = %c1, %sz = %c1)
               workgroup(%a : memref<64xi24, #gpu.address_space<workgroup>>,
                         %b : memref<64xi24, #gpu.address_space<workgroup>>) {
      %v = arith.index_cast %tx : index to i24
      memref.store %v, %b[%tx] : memref<64xi24, #gpu.address_space<workgroup>>
      gpu.barrier
      // Where %b would begin if an element took three bytes.
      %large = arith.constant 7777777 : i24
      %c48 = arith.constant 48 : index
      %at = arith.addi %c48, %tx : index
      memref.store %large, %a[%at] : memref<64xi24, #gpu.address_space<workgroup>>
      gpu.barrier
      %w = memref.load %b[%tx] : memref<64xi24, #gpu.address_space<workgroup>>
      %e = arith.extsi %w : i24 to i32
      memref.store %e, %m[%tx] : memref<4xi32>
      gpu.terminator
    }
  }
  %all = memref.cast %m : memref<4xi32> to memref<*xi32>
  call @printMemrefI32(%all) : (memref<*xi32>) -> ()
  memref.dealloc %m : memref<4xi32>
  return
}
