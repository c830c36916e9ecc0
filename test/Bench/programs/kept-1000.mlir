// The benchmark of data that stays on chip: 1,000 launches over 524,288 points, each of
// which depends on itself only.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// persistent-twins.cpp holds the same by hand. Prints the nanoseconds of each run, the
// first of which is a warm-up, and then a hash over the bits of all points.

func.func private @rtclock() -> f64
func.func private @printI64(i64)
func.func private @printNewline()

func.func private @start(%m: memref<1x524288xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = arith.constant 1 : index
  %cols = arith.constant 524288 : index
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
    memref.store %v, %m[%i, %j] : memref<1x524288xf32>
    scf.reduce
  }
  return
}

func.func private @hash(%m: memref<1x524288xf32>) -> i64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = arith.constant 1 : index
  %cols = arith.constant 524288 : index
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %prime = arith.constant 0x100000001b3 : i64
  %hash = scf.for %i = %c0 to %rows step %c1 iter_args(%hi = %basis) -> i64 {
    %row = scf.for %j = %c0 to %cols step %c1 iter_args(%hj = %hi) -> i64 {
      %value = memref.load %m[%i, %j] : memref<1x524288xf32>
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
  %a = memref.alloc() : memref<1x524288xf32>
  %b = memref.alloc() : memref<1x524288xf32>
  scf.for %run = %c0 to %runs step %c1 {
    func.call @start(%a) : (memref<1x524288xf32>) -> ()
    func.call @start(%b) : (memref<1x524288xf32>) -> ()
    // A host read, so that the clock starts with idle workers.
    %first = memref.load %b[%c0, %c0] : memref<1x524288xf32>
    %seed = arith.extf %first : f32 to f64
    %begin = func.call @rtclock() : () -> f64
    %from = arith.addf %begin, %seed : f64
    %launches = arith.constant 1000 : index
    %cols = arith.constant 524288 : index
    %less = arith.constant 0.999 : f32
    scf.for %t = %c0 to %launches step %c1 {
      scf.parallel (%j) = (%c0) to (%cols) step (%c1) {
        %v = memref.load %a[%c0, %j] : memref<1x524288xf32>
        %scaled_v = arith.mulf %v, %less : f32
        %other = memref.load %b[%c0, %j] : memref<1x524288xf32>
        %new = arith.addf %scaled_v, %other : f32
        memref.store %new, %a[%c0, %j] : memref<1x524288xf32>
        scf.reduce
      }
    }
    // The read waits for the last launch.
    %point = memref.load %a[%c0, %c0] : memref<1x524288xf32>
    %zero = arith.constant 0.0 : f32
    %nothing = arith.mulf %point, %zero : f32
    %wide = arith.extf %nothing : f32 to f64
    %end = func.call @rtclock() : () -> f64
    %to = arith.addf %end, %wide : f64
    %seconds = arith.subf %to, %from : f64
    %scaled = arith.mulf %seconds, %billion : f64
    %ns = arith.fptosi %scaled : f64 to i64
    func.call @printI64(%ns) : (i64) -> ()
    func.call @printNewline() : () -> ()
  }
  %hash = call @hash(%a) : (memref<1x524288xf32>) -> i64
  call @printI64(%hash) : (i64) -> ()
  call @printNewline() : () -> ()
  memref.dealloc %a : memref<1x524288xf32>
  memref.dealloc %b : memref<1x524288xf32>
  return
}
