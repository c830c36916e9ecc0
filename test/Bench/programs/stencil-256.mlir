// The benchmark of neighbours: a 2-D stencil, 256 x 256 points, 1,000 steps.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// persistent-twins.cpp holds the same by hand, tools/gpu-bundle/benchmarks for CUDA.
// Prints the nanoseconds of each run, the first of which is a warm-up, and then a hash
// over the bits of all points. The points are in device memory, so that no copy and no
// page fault is in the time.

func.func private @rtclock() -> f64
func.func private @printI64(i64)
func.func private @printNewline()

func.func private @start(%m: memref<256x256xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = arith.constant 256 : index
  %cols = arith.constant 256 : index
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
    memref.store %v, %m[%i, %j] : memref<256x256xf32>
    scf.reduce
  }
  return
}

func.func private @hash(%m: memref<256x256xf32>) -> i64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = arith.constant 256 : index
  %cols = arith.constant 256 : index
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %prime = arith.constant 0x100000001b3 : i64
  %hash = scf.for %i = %c0 to %rows step %c1 iter_args(%hi = %basis) -> i64 {
    %row = scf.for %j = %c0 to %cols step %c1 iter_args(%hj = %hi) -> i64 {
      %value = memref.load %m[%i, %j] : memref<256x256xf32>
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
  %a = gpu.alloc () : memref<256x256xf32>
  %b = gpu.alloc () : memref<256x256xf32>
  scf.for %run = %c0 to %runs step %c1 {
    func.call @start(%a) : (memref<256x256xf32>) -> ()
    func.call @start(%b) : (memref<256x256xf32>) -> ()
    // The clock starts with an idle device.
    gpu.wait
    %begin = func.call @rtclock() : () -> f64
    %last = arith.constant 255 : index
    %steps = arith.constant 1000 : index
    %rate = arith.constant 0.2 : f32
    %four = arith.constant 4.0 : f32
    scf.for %t = %c0 to %steps step %c1
        iter_args(%now = %a, %then = %b) -> (memref<256x256xf32>, memref<256x256xf32>) {
      scf.parallel (%i, %j) = (%c1, %c1) to (%last, %last) step (%c1, %c1) {
        %up = arith.subi %i, %c1 : index
        %down = arith.addi %i, %c1 : index
        %west = arith.subi %j, %c1 : index
        %east = arith.addi %j, %c1 : index
        %n = memref.load %now[%up, %j] : memref<256x256xf32>
        %s = memref.load %now[%down, %j] : memref<256x256xf32>
        %w = memref.load %now[%i, %west] : memref<256x256xf32>
        %e = memref.load %now[%i, %east] : memref<256x256xf32>
        %c = memref.load %now[%i, %j] : memref<256x256xf32>
        %ns_sum = arith.addf %n, %s : f32
        %we = arith.addf %w, %e : f32
        %sum = arith.addf %ns_sum, %we : f32
        %centre = arith.mulf %four, %c : f32
        %flow = arith.subf %sum, %centre : f32
        %change = arith.mulf %rate, %flow : f32
        %new = arith.addf %c, %change : f32
        memref.store %new, %then[%i, %j] : memref<256x256xf32>
        scf.reduce
      }
      scf.yield %then, %now : memref<256x256xf32>, memref<256x256xf32>
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
  %result = memref.alloc() : memref<256x256xf32>
  gpu.memcpy %result, %a : memref<256x256xf32>, memref<256x256xf32>
  %hash = call @hash(%result) : (memref<256x256xf32>) -> i64
  call @printI64(%hash) : (i64) -> ()
  call @printNewline() : () -> ()
  gpu.dealloc %a : memref<256x256xf32>
  memref.dealloc %result : memref<256x256xf32>
  gpu.dealloc %b : memref<256x256xf32>
  return
}
