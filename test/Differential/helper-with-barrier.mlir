// A helper that only kernels can run: with a barrier and thread ids.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %{python} %S/run-differential.py %s

func.func private @printMemrefI32(memref<*xi32>) attributes {llvm.emit_c_interface}

// The neighbour's number, through shared memory.
func.func private @neighbour(%m: memref<8xi32>) -> i32 {
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %tx = gpu.thread_id x
  %next = arith.addi %tx, %c1 : index
  %wrapped = arith.remui %next, %c8 : index
  %v = memref.load %m[%wrapped] : memref<8xi32>
  gpu.barrier
  return %v : i32
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c8 = arith.constant 8 : index
  %m = memref.alloc() : memref<8xi32>
  scf.for %i = %c0 to %c8 step %c1 {
    %k = arith.index_cast %i : index to i32
    %square = arith.muli %k, %k : i32
    memref.store %square, %m[%i] : memref<8xi32>
  }
  scf.for %t = %c0 to %c3 step %c1 {
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c8, %sy = %c1, %sz = %c1) {
      %v = func.call @neighbour(%m) : (memref<8xi32>) -> i32
      memref.store %v, %m[%tx] : memref<8xi32>
      gpu.terminator
    }
  }
  %all = memref.cast %m : memref<8xi32> to memref<*xi32>
  call @printMemrefI32(%all) : (memref<*xi32>) -> ()
  memref.dealloc %m : memref<8xi32>
  return
}
