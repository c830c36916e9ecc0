// Heat spreading over a square metal plate.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The plate is a grid of 128 x 128 temperatures. In every time step each inner
// point moves towards the mean of its four neighbours; the edge keeps its
// temperature. A step reads one buffer and writes the other, and the two
// buffers then change roles: that is the swap in the loop's iter_args.
//
// Why it is here: one small parallel kernel inside a sequential loop is the
// most common shape of a GPU program. Written this way it costs one launch per
// time step, so a hundred launches for very little arithmetic each. Each point
// depends on its neighbours only, so blocks wait for neighbours, not for all.
//
// It prints part of the middle row and a hash over the bits of all points.

func.func private @printMemrefF32(memref<*xf32>) attributes {llvm.emit_c_interface}
func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

// Prints a 64-bit FNV-1a hash, taken a word at a time, of every point's bits.
func.func private @print_hash(%m: memref<128x128xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c128 = arith.constant 128 : index
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %prime = arith.constant 0x100000001b3 : i64
  %hash = scf.for %i = %c0 to %c128 step %c1 iter_args(%hi = %basis) -> i64 {
    %row = scf.for %j = %c0 to %c128 step %c1 iter_args(%hj = %hi) -> i64 {
      %value = memref.load %m[%i, %j] : memref<128x128xf32>
      %bits = arith.bitcast %value : f32 to i32
      %word = arith.extui %bits : i32 to i64
      %mixed = arith.xori %hj, %word : i64
      %next = arith.muli %mixed, %prime : i64
      scf.yield %next : i64
    }
    scf.yield %row : i64
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
  %c127 = arith.constant 127 : index
  %c128 = arith.constant 128 : index
  %steps = arith.constant 100 : index
  %cold = arith.constant 0.0 : f32
  %hot = arith.constant 100.0 : f32
  %rate = arith.constant 0.2 : f32
  %four = arith.constant 4.0 : f32

  // Start: a cold plate with a hot square in the middle and a warm left edge.
  // Both buffers start equal, because a step writes inner points only.
  %a = memref.alloc() : memref<128x128xf32>
  %b = memref.alloc() : memref<128x128xf32>
  scf.parallel (%i, %j) = (%c0, %c0) to (%c128, %c128) step (%c1, %c1) {
    %c48 = arith.constant 48 : index
    %c32 = arith.constant 32 : index
    // Unsigned: i - 48 < 32 holds exactly for 48 <= i < 80.
    %di = arith.subi %i, %c48 : index
    %dj = arith.subi %j, %c48 : index
    %in_rows = arith.cmpi ult, %di, %c32 : index
    %in_columns = arith.cmpi ult, %dj, %c32 : index
    %inside = arith.andi %in_rows, %in_columns : i1
    %left = arith.cmpi eq, %j, %c0 : index
    %square = arith.select %inside, %hot, %cold : f32
    %row = arith.index_cast %i : index to i32
    %warm = arith.sitofp %row : i32 to f32
    %start = arith.select %left, %warm, %square : f32
    memref.store %start, %a[%i, %j] : memref<128x128xf32>
    memref.store %start, %b[%i, %j] : memref<128x128xf32>
    scf.reduce
  }

  %last:2 = scf.for %t = %c0 to %steps step %c1
      iter_args(%now = %a, %then = %b) -> (memref<128x128xf32>, memref<128x128xf32>) {
    scf.parallel (%i, %j) = (%c1, %c1) to (%c127, %c127) step (%c1, %c1) {
      %up = arith.subi %i, %c1 : index
      %down = arith.addi %i, %c1 : index
      %west = arith.subi %j, %c1 : index
      %east = arith.addi %j, %c1 : index
      %n = memref.load %now[%up, %j] : memref<128x128xf32>
      %s = memref.load %now[%down, %j] : memref<128x128xf32>
      %w = memref.load %now[%i, %west] : memref<128x128xf32>
      %e = memref.load %now[%i, %east] : memref<128x128xf32>
      %c = memref.load %now[%i, %j] : memref<128x128xf32>
      %ns = arith.addf %n, %s : f32
      %we = arith.addf %w, %e : f32
      %sum = arith.addf %ns, %we : f32
      %centre = arith.mulf %four, %c : f32
      %flow = arith.subf %sum, %centre : f32
      %change = arith.mulf %rate, %flow : f32
      %new = arith.addf %c, %change : f32
      memref.store %new, %then[%i, %j] : memref<128x128xf32>
      scf.reduce
    }
    scf.yield %then, %now : memref<128x128xf32>, memref<128x128xf32>
  }

  // Every sixteenth point of the middle row, for people.
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %sample = memref.alloc() : memref<8xf32>
  scf.for %i = %c0 to %c8 step %c1 {
    %j = arith.muli %i, %c16 : index
    %value = memref.load %last#0[%c64, %j] : memref<128x128xf32>
    memref.store %value, %sample[%i] : memref<8xf32>
  }
  %any = memref.cast %sample : memref<8xf32> to memref<*xf32>
  call @printMemrefF32(%any) : (memref<*xf32>) -> ()
  call @print_hash(%last#0) : (memref<128x128xf32>) -> ()

  memref.dealloc %sample : memref<8xf32>
  memref.dealloc %a : memref<128x128xf32>
  memref.dealloc %b : memref<128x128xf32>
  return
}
