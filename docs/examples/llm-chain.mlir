// A small language model writes sixteen tokens.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Producing one token is a chain of matrix-vector products, each with a little
// arithmetic around it. For each of four layers:
//   normalize   divide the vector by its root mean square (shared memory, barriers)
//   remember    blend it into the layer's state, which links tokens in time
//   up          128 outputs: matrix times vector, bias, ReLU, v / (1 + v)
//   down        64 outputs: matrix times vector, bias, added to the vector
// Then `score` rates each of 32 possible tokens and `choose` takes the best.
// The host reads the choice and looks up the vector that starts the next round.
//
// Why it is here: this is what serving a model to one user looks like. Every
// kernel depends on the one before, none fills a GPU, and sixteen tokens take
// 304 launches. The weights are made up, so the text means nothing.
//
// Only + - * / sqrt and max are used and sums have one order, so each device
// gets the same bits. It prints the tokens and a hash over the bits of all
// scores. llm-chain.twin.mlir is the same program written for one thread.

func.func private @printMemrefI32(memref<*xi32>) attributes {llvm.emit_c_interface}
func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

// Weight e is ((%scale * e) mod 61 - 30) / 256, e its place in the buffer.
func.func private @fill(%weights: memref<?xf32>, %blocks: index, %scale: i32) {
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %blocks, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c64, %sy = %c1, %sz = %c1) {
    %modulus = arith.constant 61 : i32
    %thirty = arith.constant 30 : i32
    %unit = arith.constant 0.00390625 : f32
    %first = arith.muli %bx, %sx : index
    %e = arith.addi %first, %tx : index
    %e32 = arith.index_cast %e : index to i32
    %scaled = arith.muli %e32, %scale : i32
    %rest = arith.remui %scaled, %modulus : i32
    %centred = arith.subi %rest, %thirty : i32
    %whole = arith.sitofp %centred : i32 to f32
    %weight = arith.mulf %whole, %unit : f32
    memref.store %weight, %weights[%e] : memref<?xf32>
    gpu.terminator
  }
  return
}

// %y = %x / sqrt(mean(%x * %x) + 1/1024); the mean comes from a tree of sums.
func.func private @normalize(%x: memref<64xf32>, %y: memref<64xf32>) {
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c64, %sy = %c1, %sz = %c1)
             workgroup(%tile : memref<64xf32, #gpu.address_space<workgroup>>) {
    %c0 = arith.constant 0 : index
    %one = arith.constant 1 : index
    %c6 = arith.constant 6 : index
    %c32 = arith.constant 32 : index
    %share = arith.constant 0.015625 : f32
    %epsilon = arith.constant 0.0009765625 : f32
    %value = memref.load %x[%tx] : memref<64xf32>
    %square = arith.mulf %value, %value : f32
    memref.store %square, %tile[%tx] : memref<64xf32, #gpu.address_space<workgroup>>
    gpu.barrier
    scf.for %level = %c0 to %c6 step %one {
      %half = arith.shrui %c32, %level : index
      %active = arith.cmpi ult, %tx, %half : index
      scf.if %active {
        %other = arith.addi %tx, %half : index
        %mine = memref.load %tile[%tx] : memref<64xf32, #gpu.address_space<workgroup>>
        %theirs = memref.load %tile[%other] : memref<64xf32, #gpu.address_space<workgroup>>
        %sum = arith.addf %mine, %theirs : f32
        memref.store %sum, %tile[%tx] : memref<64xf32, #gpu.address_space<workgroup>>
      }
      gpu.barrier
    }
    %total = memref.load %tile[%c0] : memref<64xf32, #gpu.address_space<workgroup>>
    %mean = arith.mulf %total, %share : f32
    %safe = arith.addf %mean, %epsilon : f32
    %root = math.sqrt %safe : f32
    %scaled = arith.divf %value, %root : f32
    memref.store %scaled, %y[%tx] : memref<64xf32>
    gpu.terminator
  }
  return
}

// %state[%layer] = (%state[%layer] + %y) / 2, and %y gets a copy.
func.func private @remember(%y: memref<64xf32>, %state: memref<4x64xf32>, %layer: index) {
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c64, %sy = %c1, %sz = %c1) {
    %half = arith.constant 0.5 : f32
    %old = memref.load %state[%layer, %tx] : memref<4x64xf32>
    %now = memref.load %y[%tx] : memref<64xf32>
    %sum = arith.addf %old, %now : f32
    %new = arith.mulf %sum, %half : f32
    memref.store %new, %state[%layer, %tx] : memref<4x64xf32>
    memref.store %new, %y[%tx] : memref<64xf32>
    gpu.terminator
  }
  return
}

// %h = v / (1 + v) with v = max(0, bias + weights y): weights are stored as
// 4 layers x 128 rows x 64 columns, biases as 4 x 128.
func.func private @up(%y: memref<64xf32>, %h: memref<128xf32>, %weights: memref<?xf32>,
                      %biases: memref<?xf32>, %layer: index) {
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c32 = arith.constant 32 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c4, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c32, %sy = %c1, %sz = %c1) {
    %c0 = arith.constant 0 : index
    %next = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %first = arith.muli %bx, %sx : index
    %i = arith.addi %first, %tx : index
    %layer_row = arith.muli %layer, %c128 : index
    %row = arith.addi %layer_row, %i : index
    %begin = arith.muli %row, %c64 : index
    %bias = memref.load %biases[%row] : memref<?xf32>
    %sum = scf.for %j = %c0 to %c64 step %next iter_args(%acc = %bias) -> f32 {
      %at = arith.addi %begin, %j : index
      %w = memref.load %weights[%at] : memref<?xf32>
      %v = memref.load %y[%j] : memref<64xf32>
      %product = arith.mulf %w, %v : f32
      %more = arith.addf %acc, %product : f32
      scf.yield %more : f32
    }
    %positive = arith.maximumf %sum, %zero : f32
    %below = arith.addf %one, %positive : f32
    %act = arith.divf %positive, %below : f32
    memref.store %act, %h[%i] : memref<128xf32>
    gpu.terminator
  }
  return
}

// %x = %x + (bias + weights %h), 4 layers x 64 rows x 128 columns.
func.func private @down(%h: memref<128xf32>, %x: memref<64xf32>, %weights: memref<?xf32>,
                        %biases: memref<?xf32>, %layer: index) {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c32 = arith.constant 32 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c2, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c32, %sy = %c1, %sz = %c1) {
    %c0 = arith.constant 0 : index
    %next = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %first = arith.muli %bx, %sx : index
    %i = arith.addi %first, %tx : index
    %layer_row = arith.muli %layer, %c64 : index
    %row = arith.addi %layer_row, %i : index
    %begin = arith.muli %row, %c128 : index
    %bias = memref.load %biases[%row] : memref<?xf32>
    %sum = scf.for %j = %c0 to %c128 step %next iter_args(%acc = %bias) -> f32 {
      %at = arith.addi %begin, %j : index
      %w = memref.load %weights[%at] : memref<?xf32>
      %v = memref.load %h[%j] : memref<128xf32>
      %product = arith.mulf %w, %v : f32
      %more = arith.addf %acc, %product : f32
      scf.yield %more : f32
    }
    %old = memref.load %x[%i] : memref<64xf32>
    %new = arith.addf %old, %sum : f32
    memref.store %new, %x[%i] : memref<64xf32>
    gpu.terminator
  }
  return
}

// %scores[%step, t] = token t's vector times %y.
func.func private @score(%y: memref<64xf32>, %tokens: memref<?xf32>,
                         %scores: memref<16x32xf32>, %step: index) {
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c32, %sy = %c1, %sz = %c1) {
    %c0 = arith.constant 0 : index
    %next = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %zero = arith.constant 0.0 : f32
    %begin = arith.muli %tx, %c64 : index
    %sum = scf.for %j = %c0 to %c64 step %next iter_args(%acc = %zero) -> f32 {
      %at = arith.addi %begin, %j : index
      %w = memref.load %tokens[%at] : memref<?xf32>
      %v = memref.load %y[%j] : memref<64xf32>
      %product = arith.mulf %w, %v : f32
      %more = arith.addf %acc, %product : f32
      scf.yield %more : f32
    }
    memref.store %sum, %scores[%step, %tx] : memref<16x32xf32>
    gpu.terminator
  }
  return
}

// %text[%step] = the first token with the highest score.
func.func private @choose(%scores: memref<16x32xf32>, %text: memref<16xi32>, %step: index) {
  %c1 = arith.constant 1 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    %c0 = arith.constant 0 : index
    %next = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %none = arith.constant 0 : i32
    %start = memref.load %scores[%step, %c0] : memref<16x32xf32>
    %best, %token = scf.for %t = %next to %c32 step %next
        iter_args(%high = %start, %at = %none) -> (f32, i32) {
      %s = memref.load %scores[%step, %t] : memref<16x32xf32>
      %t32 = arith.index_cast %t : index to i32
      %better = arith.cmpf ogt, %s, %high : f32
      %high1 = arith.select %better, %s, %high : f32
      %at1 = arith.select %better, %t32, %at : i32
      scf.yield %high1, %at1 : f32, i32
    }
    memref.store %token, %text[%step] : memref<16xi32>
    gpu.terminator
  }
  return
}

// %x = the vector of %token.
func.func private @embed(%tokens: memref<?xf32>, %x: memref<64xf32>, %token: i32) {
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c64, %sy = %c1, %sz = %c1) {
    %t = arith.index_cast %token : i32 to index
    %begin = arith.muli %t, %sx : index
    %at = arith.addi %begin, %tx : index
    %value = memref.load %tokens[%at] : memref<?xf32>
    memref.store %value, %x[%tx] : memref<64xf32>
    gpu.terminator
  }
  return
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %zero = arith.constant 0.0 : f32
  %n_up = arith.constant 32768 : index
  %n_bias = arith.constant 512 : index
  %n_down_bias = arith.constant 256 : index
  %n_tokens = arith.constant 2048 : index
  %s0 = arith.constant 17 : i32
  %s1 = arith.constant 29 : i32
  %s2 = arith.constant 37 : i32
  %s3 = arith.constant 43 : i32
  %s4 = arith.constant 2027 : i32

  %up_w = memref.alloc(%n_up) : memref<?xf32>
  %up_b = memref.alloc(%n_bias) : memref<?xf32>
  %down_w = memref.alloc(%n_up) : memref<?xf32>
  %down_b = memref.alloc(%n_down_bias) : memref<?xf32>
  %tokens = memref.alloc(%n_tokens) : memref<?xf32>
  call @fill(%up_w, %c512, %s0) : (memref<?xf32>, index, i32) -> ()
  call @fill(%up_b, %c8, %s1) : (memref<?xf32>, index, i32) -> ()
  call @fill(%down_w, %c512, %s2) : (memref<?xf32>, index, i32) -> ()
  call @fill(%down_b, %c4, %s3) : (memref<?xf32>, index, i32) -> ()
  call @fill(%tokens, %c32, %s4) : (memref<?xf32>, index, i32) -> ()

  %x = memref.alloc() : memref<64xf32>
  %y = memref.alloc() : memref<64xf32>
  %h = memref.alloc() : memref<128xf32>
  %state = memref.alloc() : memref<4x64xf32>
  %scores = memref.alloc() : memref<16x32xf32>
  %text = memref.alloc() : memref<16xi32>
  scf.for %l = %c0 to %c4 step %c1 {
    scf.for %i = %c0 to %c64 step %c1 {
      memref.store %zero, %state[%l, %i] : memref<4x64xf32>
    }
  }

  %begin = arith.constant 1 : i32
  %end = scf.for %step = %c0 to %c16 step %c1 iter_args(%token = %begin) -> i32 {
    func.call @embed(%tokens, %x, %token) : (memref<?xf32>, memref<64xf32>, i32) -> ()
    scf.for %l = %c0 to %c4 step %c1 {
      func.call @normalize(%x, %y) : (memref<64xf32>, memref<64xf32>) -> ()
      func.call @remember(%y, %state, %l) : (memref<64xf32>, memref<4x64xf32>, index) -> ()
      func.call @up(%y, %h, %up_w, %up_b, %l)
          : (memref<64xf32>, memref<128xf32>, memref<?xf32>, memref<?xf32>, index) -> ()
      func.call @down(%h, %x, %down_w, %down_b, %l)
          : (memref<128xf32>, memref<64xf32>, memref<?xf32>, memref<?xf32>, index) -> ()
    }
    func.call @score(%x, %tokens, %scores, %step)
        : (memref<64xf32>, memref<?xf32>, memref<16x32xf32>, index) -> ()
    func.call @choose(%scores, %text, %step)
        : (memref<16x32xf32>, memref<16xi32>, index) -> ()
    %chosen = memref.load %text[%step] : memref<16xi32>
    scf.yield %chosen : i32
  }

  %text_any = memref.cast %text : memref<16xi32> to memref<*xi32>
  call @printMemrefI32(%text_any) : (memref<*xi32>) -> ()

  // 64-bit FNV-1a over all scores, a word at a time.
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %prime = arith.constant 0x100000001b3 : i64
  %hash = scf.for %i = %c0 to %c16 step %c1 iter_args(%hi = %basis) -> i64 {
    %row = scf.for %j = %c0 to %c32 step %c1 iter_args(%hj = %hi) -> i64 {
      %value = memref.load %scores[%i, %j] : memref<16x32xf32>
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
  %out_any = memref.cast %out : memref<1xi64> to memref<*xi64>
  call @printMemrefI64(%out_any) : (memref<*xi64>) -> ()

  memref.dealloc %out : memref<1xi64>
  memref.dealloc %text : memref<16xi32>
  memref.dealloc %scores : memref<16x32xf32>
  memref.dealloc %state : memref<4x64xf32>
  memref.dealloc %h : memref<128xf32>
  memref.dealloc %y : memref<64xf32>
  memref.dealloc %x : memref<64xf32>
  memref.dealloc %tokens : memref<?xf32>
  memref.dealloc %down_b : memref<?xf32>
  memref.dealloc %down_w : memref<?xf32>
  memref.dealloc %up_b : memref<?xf32>
  memref.dealloc %up_w : memref<?xf32>
  return
}
