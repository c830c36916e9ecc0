// The benchmark of a live queue: an item, and back.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The host computes the argument of each launch as it goes, and looks at its clock to do
// so: that call keeps the loop on the host, and `vyre.host_only` says that it does not wait
// for the device, so the launches become items of a live queue. tools/gpu-bundle/benchmarks
// holds the same by hand for CUDA.
//
// Prints the nanoseconds of each run of 200 items, one at a time; the first run is a
// warm-up. Then comes a hash over the bits of all points.

func.func private @rtclock() -> f64 attributes {vyre.host_only}
func.func private @printI64(i64)
func.func private @printNewline()

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c7 = arith.constant 7 : index
  %c13 = arith.constant 13 : index
  %c17 = arith.constant 17 : index
  %c101 = arith.constant 101 : index
  %cols = arith.constant 64 : index
  %runs = arith.constant 9 : index
  %items = arith.constant 200 : index
  %billion = arith.constant 1.0e9 : f64
  %never = arith.constant 0.0 : f64
  %nothing = arith.constant 0.0 : f32
  %less = arith.constant 0.999 : f32
  %m = gpu.alloc () : memref<64xf32>
  scf.for %run = %c0 to %runs step %c1 {
    scf.parallel (%j) = (%c0) to (%cols) step (%c1) {
      %a = arith.muli %j, %c17 : index
      %r = arith.remui %a, %c101 : index
      %k = arith.index_cast %r : index to i32
      %v = arith.sitofp %k : i32 to f32
      memref.store %v, %m[%j] : memref<64xf32>
      scf.reduce
    }
    // The clock starts with an idle device.
    gpu.wait
    %begin = func.call @rtclock() : () -> f64
    scf.for %t = %c0 to %items step %c1 {
      %now = func.call @rtclock() : () -> f64
      %b = arith.muli %t, %c7 : index
      %s = arith.remui %b, %c13 : index
      %l = arith.index_cast %s : index to i32
      %x = arith.sitofp %l : i32 to f32
      %wrong = arith.cmpf olt, %now, %never : f64
      %argument = arith.select %wrong, %nothing, %x : f32
      scf.parallel (%j) = (%c0) to (%cols) step (%c1) {
        %v = memref.load %m[%j] : memref<64xf32>
        %scaled_v = arith.mulf %v, %less : f32
        %new = arith.addf %scaled_v, %argument : f32
        memref.store %new, %m[%j] : memref<64xf32>
        scf.reduce
      }
      gpu.wait
    }
    %end = func.call @rtclock() : () -> f64
    %seconds = arith.subf %end, %begin : f64
    %scaled = arith.mulf %seconds, %billion : f64
    %ns = arith.fptosi %scaled : f64 to i64
    func.call @printI64(%ns) : (i64) -> ()
    func.call @printNewline() : () -> ()
  }
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %prime = arith.constant 0x100000001b3 : i64
  %result = memref.alloc() : memref<64xf32>
  gpu.memcpy %result, %m : memref<64xf32>, memref<64xf32>
  %hash = scf.for %j = %c0 to %cols step %c1 iter_args(%h = %basis) -> i64 {
    %value = memref.load %result[%j] : memref<64xf32>
    %bits = arith.bitcast %value : f32 to i32
    %word = arith.extui %bits : i32 to i64
    %mixed = arith.xori %h, %word : i64
    %next = arith.muli %mixed, %prime : i64
    scf.yield %next : i64
  }
  func.call @printI64(%hash) : (i64) -> ()
  func.call @printNewline() : () -> ()
  memref.dealloc %result : memref<64xf32>
  gpu.dealloc %m : memref<64xf32>
  return
}
