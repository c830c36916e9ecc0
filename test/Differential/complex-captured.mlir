// A kernel that takes a complex number: its argument is a struct.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %{python} %S/run-differential.py %s

func.func private @printMemrefF32(memref<*xf32>) attributes {llvm.emit_c_interface}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %host = memref.alloc() : memref<complex<f32>>
  %number = complex.constant [1.0 : f32, 5.0 : f32] : complex<f32>
  memref.store %number, %host[] : memref<complex<f32>>
  %v = memref.load %host[] : memref<complex<f32>>
  %r = memref.alloc() : memref<4xf32>
  scf.for %t = %c0 to %c3 step %c1 {
    scf.parallel (%i) = (%c0) to (%c4) step (%c1) {
      %imaginary = complex.im %v : complex<f32>
      %real = complex.re %v : complex<f32>
      %sum = arith.addf %real, %imaginary : f32
      memref.store %sum, %r[%i] : memref<4xf32>
      scf.reduce
    }
  }
  %all = memref.cast %r : memref<4xf32> to memref<*xf32>
  call @printMemrefF32(%all) : (memref<*xf32>) -> ()
  memref.dealloc %r : memref<4xf32>
  memref.dealloc %host : memref<complex<f32>>
  return
}
