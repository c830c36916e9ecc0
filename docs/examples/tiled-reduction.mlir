// Adds up 40,000 numbers with a tree of block sums in shared memory.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each block of 256 threads copies 256 numbers to fast memory that the block
// shares. Then half of the threads add the numbers of the other half to their
// own, then a quarter does, and so on. A barrier after each level keeps a
// thread from reading a number that is not yet there. One launch turns n
// numbers into n / 256; the loop repeats that until one is left, here with
// grids of 157 blocks and of 1.
//
// Why it is here: a ready GPU kernel with shared memory and barriers in a loop
// with an inner sequence of its own, whose grid shrinks with a value that only
// run time knows.
//
// Floats do not add up to the same in every order; a tree has one order. The
// program prints the sum and a hash over the bits of all block sums.
// tiled-reduction.twin.mlir is the same program written for one thread, with
// each barrier as the end of a loop over the threads.

func.func private @printMemrefF32(memref<*xf32>) attributes {llvm.emit_c_interface}
func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

// %to[b] = sum of %from[256 b .. 256 b + 255], as far as there are %n numbers.
func.func private @sum_blocks(%from: memref<?xf32>, %to: memref<?xf32>,
                              %n: index, %blocks: index) {
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %blocks, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c256, %sy = %c1, %sz = %c1)
             workgroup(%tile : memref<256xf32, #gpu.address_space<workgroup>>) {
    %c0 = arith.constant 0 : index
    %one = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %c128 = arith.constant 128 : index
    %zero = arith.constant 0.0 : f32
    %first = arith.muli %bx, %sx : index
    %i = arith.addi %first, %tx : index
    %inside = arith.cmpi ult, %i, %n : index
    %value = scf.if %inside -> f32 {
      %loaded = memref.load %from[%i] : memref<?xf32>
      scf.yield %loaded : f32
    } else {
      scf.yield %zero : f32
    }
    memref.store %value, %tile[%tx] : memref<256xf32, #gpu.address_space<workgroup>>
    gpu.barrier
    scf.for %level = %c0 to %c8 step %one {
      %half = arith.shrui %c128, %level : index
      %active = arith.cmpi ult, %tx, %half : index
      scf.if %active {
        %other = arith.addi %tx, %half : index
        %mine = memref.load %tile[%tx] : memref<256xf32, #gpu.address_space<workgroup>>
        %theirs = memref.load %tile[%other] : memref<256xf32, #gpu.address_space<workgroup>>
        %sum = arith.addf %mine, %theirs : f32
        memref.store %sum, %tile[%tx] : memref<256xf32, #gpu.address_space<workgroup>>
      }
      gpu.barrier
    }
    %leader = arith.cmpi eq, %tx, %c0 : index
    scf.if %leader {
      %total = memref.load %tile[%c0] : memref<256xf32, #gpu.address_space<workgroup>>
      memref.store %total, %to[%bx] : memref<?xf32>
    }
    gpu.terminator
  }
  return
}

// Entry i is 1 / (i + 1).
func.func private @fill(%numbers: memref<?xf32>, %blocks: index) {
  %c1 = arith.constant 1 : index
  %c250 = arith.constant 250 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %blocks, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c250, %sy = %c1, %sz = %c1) {
    %one = arith.constant 1.0 : f32
    %one_i = arith.constant 1 : i32
    %first = arith.muli %bx, %sx : index
    %i = arith.addi %first, %tx : index
    %i32 = arith.index_cast %i : index to i32
    %up = arith.addi %i32, %one_i : i32
    %f = arith.sitofp %up : i32 to f32
    %value = arith.divf %one, %f : f32
    memref.store %value, %numbers[%i] : memref<?xf32>
    gpu.terminator
  }
  return
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c160 = arith.constant 160 : index
  %c255 = arith.constant 255 : index
  %c256 = arith.constant 256 : index
  %size = arith.constant 40000 : index
  %zero = arith.constant 0.0 : f32

  // %size numbers, then the sums of one launch behind those of the other.
  %numbers = memref.alloc(%size) : memref<?xf32>
  %sums0 = memref.alloc(%c160) : memref<?xf32>
  %sums1 = memref.alloc(%c160) : memref<?xf32>
  scf.for %i = %c0 to %c160 step %c1 {
    memref.store %zero, %sums0[%i] : memref<?xf32>
    memref.store %zero, %sums1[%i] : memref<?xf32>
  }
  call @fill(%numbers, %c160) : (memref<?xf32>, index) -> ()

  %end:4 = scf.while (%n = %size, %from = %numbers, %to = %sums0, %spare = %sums1)
      : (index, memref<?xf32>, memref<?xf32>, memref<?xf32>)
      -> (index, memref<?xf32>, memref<?xf32>, memref<?xf32>) {
    %many = arith.cmpi ugt, %n, %c1 : index
    scf.condition(%many) %n, %from, %to, %spare
        : index, memref<?xf32>, memref<?xf32>, memref<?xf32>
  } do {
  ^bb0(%n: index, %from: memref<?xf32>, %to: memref<?xf32>, %spare: memref<?xf32>):
    %padded = arith.addi %n, %c255 : index
    %blocks = arith.divui %padded, %c256 : index
    func.call @sum_blocks(%from, %to, %n, %blocks)
        : (memref<?xf32>, memref<?xf32>, index, index) -> ()
    // The input is kept: the next launch reads these sums and writes the spare.
    scf.yield %blocks, %to, %spare, %to
        : index, memref<?xf32>, memref<?xf32>, memref<?xf32>
  }

  %sample = memref.alloc() : memref<1xf32>
  %sum = memref.load %end#1[%c0] : memref<?xf32>
  memref.store %sum, %sample[%c0] : memref<1xf32>
  %any = memref.cast %sample : memref<1xf32> to memref<*xf32>
  call @printMemrefF32(%any) : (memref<*xf32>) -> ()

  // 64-bit FNV-1a over the sums of all launches, a word at a time.
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %prime = arith.constant 0x100000001b3 : i64
  %hash = scf.for %i = %c0 to %c160 step %c1 iter_args(%h = %basis) -> i64 {
    %v0 = memref.load %sums0[%i] : memref<?xf32>
    %v1 = memref.load %sums1[%i] : memref<?xf32>
    %b0 = arith.bitcast %v0 : f32 to i32
    %b1 = arith.bitcast %v1 : f32 to i32
    %w0 = arith.extui %b0 : i32 to i64
    %w1 = arith.extui %b1 : i32 to i64
    %x0 = arith.xori %h, %w0 : i64
    %m0 = arith.muli %x0, %prime : i64
    %x1 = arith.xori %m0, %w1 : i64
    %m1 = arith.muli %x1, %prime : i64
    scf.yield %m1 : i64
  }
  %out = memref.alloc() : memref<1xi64>
  memref.store %hash, %out[%c0] : memref<1xi64>
  %out_any = memref.cast %out : memref<1xi64> to memref<*xi64>
  call @printMemrefI64(%out_any) : (memref<*xi64>) -> ()

  memref.dealloc %out : memref<1xi64>
  memref.dealloc %sample : memref<1xf32>
  memref.dealloc %sums1 : memref<?xf32>
  memref.dealloc %sums0 : memref<?xf32>
  memref.dealloc %numbers : memref<?xf32>
  return
}
