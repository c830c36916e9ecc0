// Two functions for a C++ program to call (smooth.cpp), with buffers of its own.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Smooths a signal in place `%rounds` times: each inner value becomes the mean of
// itself and its two neighbours. `%scratch` is as long as `%signal`.
func.func @smooth(%signal: memref<?xf32>, %scratch: memref<?xf32>, %rounds: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = memref.dim %signal, %c0 : memref<?xf32>
  %last = arith.subi %n, %c1 : index
  %count = arith.index_cast %rounds : i32 to index
  %three = arith.constant 3.0 : f32
  scf.for %round = %c0 to %count step %c1 {
    scf.parallel (%i) = (%c1) to (%last) step (%c1) {
      %before = arith.subi %i, %c1 : index
      %after = arith.addi %i, %c1 : index
      %a = memref.load %signal[%before] : memref<?xf32>
      %b = memref.load %signal[%i] : memref<?xf32>
      %c = memref.load %signal[%after] : memref<?xf32>
      %ab = arith.addf %a, %b : f32
      %abc = arith.addf %ab, %c : f32
      %mean = arith.divf %abc, %three : f32
      memref.store %mean, %scratch[%i] : memref<?xf32>
      scf.reduce
    }
    scf.parallel (%i) = (%c1) to (%last) step (%c1) {
      %value = memref.load %scratch[%i] : memref<?xf32>
      memref.store %value, %signal[%i] : memref<?xf32>
      scf.reduce
    }
  }
  return
}

// The largest value of a signal.
func.func @peak(%signal: memref<?xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = memref.dim %signal, %c0 : memref<?xf32>
  %start = memref.load %signal[%c0] : memref<?xf32>
  %peak = scf.for %i = %c1 to %n step %c1 iter_args(%most = %start) -> f32 {
    %value = memref.load %signal[%i] : memref<?xf32>
    %more = arith.maximumf %most, %value : f32
    scf.yield %more : f32
  }
  return %peak : f32
}
