// Pendulums that a motor shakes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// 512 pendulums of different lengths hang from one rod. In every time step the host
// asks the motor for its force, a sine of the time, and writes it into its log; then
// one kernel pulls each pendulum back, and one moves it.
//
// Why it is here: the host computes an argument of every launch, with a function that
// a GPU may round otherwise, so the loop cannot move to the device. It need not:
// the persistent form starts one kernel that stays, and the host hands it one item
// after the other through a ring in memory, 400 of them instead of 400 launches.
//
// It prints the first pendulums, the last entry of the log and a hash over the bits
// of all angles.

func.func private @printMemrefF32(memref<*xf32>) attributes {llvm.emit_c_interface}
func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

// Prints a 64-bit FNV-1a hash, taken a word at a time, of every angle's bits.
func.func private @print_hash(%m: memref<512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c512 = arith.constant 512 : index
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %prime = arith.constant 0x100000001b3 : i64
  %hash = scf.for %i = %c0 to %c512 step %c1 iter_args(%h = %basis) -> i64 {
    %value = memref.load %m[%i] : memref<512xf32>
    %bits = arith.bitcast %value : f32 to i32
    %word = arith.extui %bits : i32 to i64
    %mixed = arith.xori %h, %word : i64
    %next = arith.muli %mixed, %prime : i64
    scf.yield %next : i64
  }
  %out = memref.alloc() : memref<1xi64>
  memref.store %hash, %out[%c0] : memref<1xi64>
  %any = memref.cast %out : memref<1xi64> to memref<*xi64>
  call @printMemrefI64(%any) : (memref<*xi64>) -> ()
  memref.dealloc %out : memref<1xi64>
  return
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %steps = arith.constant 200 : index
  %c512 = arith.constant 512 : index
  %zero = arith.constant 0.0 : f32
  %dt = arith.constant 0.01 : f32
  %omega = arith.constant 0.05 : f64

  // Spring constants from 1 to 6.11; all at rest.
  %spring = memref.alloc() : memref<512xf32>
  %angle = memref.alloc() : memref<512xf32>
  %speed = memref.alloc() : memref<512xf32>
  %log = memref.alloc() : memref<200xf32>
  scf.parallel (%i) = (%c0) to (%c512) step (%c1) {
    %n = arith.index_cast %i : index to i32
    %f = arith.sitofp %n : i32 to f32
    %scaled = arith.mulf %f, %dt : f32
    %one = arith.constant 1.0 : f32
    %k = arith.addf %scaled, %one : f32
    memref.store %k, %spring[%i] : memref<512xf32>
    memref.store %zero, %angle[%i] : memref<512xf32>
    memref.store %zero, %speed[%i] : memref<512xf32>
  }

  scf.for %step = %c0 to %steps step %c1 {
    // The motor: the host's business.
    %n = arith.index_cast %step : index to i64
    %time = arith.sitofp %n : i64 to f64
    %phase = arith.mulf %time, %omega : f64
    %wide = math.sin %phase : f64
    %force = arith.truncf %wide : f64 to f32
    memref.store %force, %log[%step] : memref<200xf32>
    scf.parallel (%i) = (%c0) to (%c512) step (%c1) {
      %k = memref.load %spring[%i] : memref<512xf32>
      %x = memref.load %angle[%i] : memref<512xf32>
      %v = memref.load %speed[%i] : memref<512xf32>
      %pull = arith.mulf %k, %x : f32
      %sum = arith.subf %force, %pull : f32
      %dv = arith.mulf %sum, %dt : f32
      %next = arith.addf %v, %dv : f32
      memref.store %next, %speed[%i] : memref<512xf32>
    }
    scf.parallel (%i) = (%c0) to (%c512) step (%c1) {
      %x = memref.load %angle[%i] : memref<512xf32>
      %v = memref.load %speed[%i] : memref<512xf32>
      %dx = arith.mulf %v, %dt : f32
      %next = arith.addf %x, %dx : f32
      memref.store %next, %angle[%i] : memref<512xf32>
    }
  }

  %last = memref.subview %log[199] [1] [1] : memref<200xf32> to memref<1xf32, strided<[1], offset: 199>>
  %entry = memref.cast %last : memref<1xf32, strided<[1], offset: 199>> to memref<*xf32>
  call @printMemrefF32(%entry) : (memref<*xf32>) -> ()
  %some = memref.subview %angle[0] [8] [1] : memref<512xf32> to memref<8xf32, strided<[1]>>
  %any = memref.cast %some : memref<8xf32, strided<[1]>> to memref<*xf32>
  call @printMemrefF32(%any) : (memref<*xf32>) -> ()
  call @print_hash(%angle) : (memref<512xf32>) -> ()
  memref.dealloc %spring : memref<512xf32>
  memref.dealloc %angle : memref<512xf32>
  memref.dealloc %speed : memref<512xf32>
  memref.dealloc %log : memref<200xf32>
  return
}
