// The benchmark of independent launches that do not cost the same: 512 launches of one
// small block each, of which number t takes t steps.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// persistent-twins.cpp holds the same by hand.
// Prints the nanoseconds of each run, the first of which is a warm-up, and then a hash
// over the bits of all points. The points are in device memory, so that no copy and no
// page fault is in the time.

func.func private @rtclock() -> f64
func.func private @printI64(i64)
func.func private @printNewline()

func.func private @start(%m: memref<512x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = arith.constant 512 : index
  %cols = arith.constant 64 : index
  %c31 = arith.constant 31 : index
  %c17 = arith.constant 17 : index
  %c101 = arith.constant 101 : index
  scf.parallel (%i, %j) = (%c0, %c0) to (%rows, %cols) step (%c1, %c1) {
    %a = arith.muli %i, %c31 : index
    %b = arith.muli %j, %c17 : index
    %s = arith.addi %a, %b : index
    %r = arith.remui %s, %c101 : index
    %k = arith.index_cast %r : index to i32
    %v = arith.sitofp %k : i32 to f32
    memref.store %v, %m[%i, %j] : memref<512x64xf32>
    scf.reduce
  }
  return
}

func.func private @hash(%m: memref<512x64xf32>) -> i64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = arith.constant 512 : index
  %cols = arith.constant 64 : index
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %prime = arith.constant 0x100000001b3 : i64
  %hash = scf.for %i = %c0 to %rows step %c1 iter_args(%hi = %basis) -> i64 {
    %row = scf.for %j = %c0 to %cols step %c1 iter_args(%hj = %hi) -> i64 {
      %value = memref.load %m[%i, %j] : memref<512x64xf32>
      %bits = arith.bitcast %value : f32 to i32
      %word = arith.extui %bits : i32 to i64
      %mixed = arith.xori %hj, %word : i64
      %next = arith.muli %mixed, %prime : i64
      scf.yield %next : i64
    }
    scf.yield %row : i64
  }
  return %hash : i64
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %runs = arith.constant 9 : index
  %billion = arith.constant 1.0e9 : f64
  %a = gpu.alloc () : memref<512x64xf32>
  %b = gpu.alloc () : memref<512x64xf32>
  scf.for %run = %c0 to %runs step %c1 {
    func.call @start(%a) : (memref<512x64xf32>) -> ()
    func.call @start(%b) : (memref<512x64xf32>) -> ()
    // The clock starts with an idle device.
    gpu.wait
    %begin = func.call @rtclock() : () -> f64
    %launches = arith.constant 512 : index
    %cols = arith.constant 64 : index
    %less = arith.constant 0.999 : f32
    %one = arith.constant 1.0 : f32
    scf.for %t = %c0 to %launches step %c1 {
      scf.parallel (%j) = (%c0) to (%cols) step (%c1) {
        %v = memref.load %b[%t, %j] : memref<512x64xf32>
        %new = scf.for %k = %c0 to %t step %c1 iter_args(%x = %v) -> f32 {
          %scaled_v = arith.mulf %x, %less : f32
          %next = arith.addf %scaled_v, %one : f32
          scf.yield %next : f32
        }
        memref.store %new, %a[%t, %j] : memref<512x64xf32>
        scf.reduce
      }
    }
    // The clock stops when the last launch is done.
    gpu.wait
    %end = func.call @rtclock() : () -> f64
    %seconds = arith.subf %end, %begin : f64
    %scaled = arith.mulf %seconds, %billion : f64
    %ns = arith.fptosi %scaled : f64 to i64
    func.call @printI64(%ns) : (i64) -> ()
    func.call @printNewline() : () -> ()
  }
  %result = memref.alloc() : memref<512x64xf32>
  gpu.memcpy %result, %a : memref<512x64xf32>, memref<512x64xf32>
  %hash = call @hash(%result) : (memref<512x64xf32>) -> i64
  call @printI64(%hash) : (i64) -> ()
  call @printNewline() : () -> ()
  gpu.dealloc %a : memref<512x64xf32>
  memref.dealloc %result : memref<512x64xf32>
  gpu.dealloc %b : memref<512x64xf32>
  return
}
