// The twin of llm-chain.mlir: the same program for one thread.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A launch becomes loops over its blocks and threads; where the kernel has a
// barrier, the loop over threads ends and another begins. Upstream MLIR can
// run this without any GPU support, which makes it an independent reference.

func.func private @printMemrefI32(memref<*xi32>) attributes {llvm.emit_c_interface}
func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

// Weight e is ((%scale * e) mod 61 - 30) / 256, e its place in the buffer.
func.func private @fill(%weights: memref<?xf32>, %blocks: index, %scale: i32) {
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %first0 = arith.constant 0 : index
  %step0 = arith.constant 1 : index
  scf.for %bx = %first0 to %blocks step %step0 {
    scf.for %tx = %first0 to %c64 step %step0 {
      %modulus = arith.constant 61 : i32
      %thirty = arith.constant 30 : i32
      %unit = arith.constant 0.00390625 : f32
      %first = arith.muli %bx, %c64 : index
      %e = arith.addi %first, %tx : index
      %e32 = arith.index_cast %e : index to i32
      %scaled = arith.muli %e32, %scale : i32
      %rest = arith.remui %scaled, %modulus : i32
      %centred = arith.subi %rest, %thirty : i32
      %whole = arith.sitofp %centred : i32 to f32
      %weight = arith.mulf %whole, %unit : f32
      memref.store %weight, %weights[%e] : memref<?xf32>
    }
  }
  return
}

// %y = %x / sqrt(mean(%x * %x) + 1/1024); the mean comes from a tree of sums.
func.func private @normalize(%x: memref<64xf32>, %y: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1 : index
  %c6 = arith.constant 6 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %share = arith.constant 0.015625 : f32
  %epsilon = arith.constant 0.0009765625 : f32
  %tile = memref.alloc() : memref<64xf32>
  scf.for %tx = %c0 to %c64 step %one {
    %value = memref.load %x[%tx] : memref<64xf32>
    %square = arith.mulf %value, %value : f32
    memref.store %square, %tile[%tx] : memref<64xf32>
  }
  scf.for %level = %c0 to %c6 step %one {
    %half = arith.shrui %c32, %level : index
    scf.for %tx = %c0 to %half step %one {
      %other = arith.addi %tx, %half : index
      %mine = memref.load %tile[%tx] : memref<64xf32>
      %theirs = memref.load %tile[%other] : memref<64xf32>
      %sum = arith.addf %mine, %theirs : f32
      memref.store %sum, %tile[%tx] : memref<64xf32>
    }
  }
  scf.for %tx = %c0 to %c64 step %one {
    %value = memref.load %x[%tx] : memref<64xf32>
    %total = memref.load %tile[%c0] : memref<64xf32>
    %mean = arith.mulf %total, %share : f32
    %safe = arith.addf %mean, %epsilon : f32
    %root = math.sqrt %safe : f32
    %scaled = arith.divf %value, %root : f32
    memref.store %scaled, %y[%tx] : memref<64xf32>
  }
  memref.dealloc %tile : memref<64xf32>
  return
}

// %state[%layer] = (%state[%layer] + %y) / 2, and %y gets a copy.
func.func private @remember(%y: memref<64xf32>, %state: memref<4x64xf32>, %layer: index) {
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %first1 = arith.constant 0 : index
  %step1 = arith.constant 1 : index
  scf.for %tx = %first1 to %c64 step %step1 {
    %half = arith.constant 0.5 : f32
    %old = memref.load %state[%layer, %tx] : memref<4x64xf32>
    %now = memref.load %y[%tx] : memref<64xf32>
    %sum = arith.addf %old, %now : f32
    %new = arith.mulf %sum, %half : f32
    memref.store %new, %state[%layer, %tx] : memref<4x64xf32>
    memref.store %new, %y[%tx] : memref<64xf32>
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
  %first2 = arith.constant 0 : index
  %step2 = arith.constant 1 : index
  scf.for %bx = %first2 to %c4 step %step2 {
    scf.for %tx = %first2 to %c32 step %step2 {
      %c0 = arith.constant 0 : index
      %next = arith.constant 1 : index
      %c64 = arith.constant 64 : index
      %c128 = arith.constant 128 : index
      %zero = arith.constant 0.0 : f32
      %one = arith.constant 1.0 : f32
      %first = arith.muli %bx, %c32 : index
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
    }
  }
  return
}

// %x = %x + (bias + weights %h), 4 layers x 64 rows x 128 columns.
func.func private @down(%h: memref<128xf32>, %x: memref<64xf32>, %weights: memref<?xf32>,
                        %biases: memref<?xf32>, %layer: index) {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c32 = arith.constant 32 : index
  %first3 = arith.constant 0 : index
  %step3 = arith.constant 1 : index
  scf.for %bx = %first3 to %c2 step %step3 {
    scf.for %tx = %first3 to %c32 step %step3 {
      %c0 = arith.constant 0 : index
      %next = arith.constant 1 : index
      %c64 = arith.constant 64 : index
      %c128 = arith.constant 128 : index
      %first = arith.muli %bx, %c32 : index
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
    }
  }
  return
}

// %scores[%step, t] = token t's vector times %y.
func.func private @score(%y: memref<64xf32>, %tokens: memref<?xf32>,
                         %scores: memref<16x32xf32>, %step: index) {
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  %first4 = arith.constant 0 : index
  %step4 = arith.constant 1 : index
  scf.for %tx = %first4 to %c32 step %step4 {
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
  }
  return
}

// %text[%step] = the first token with the highest score.
func.func private @choose(%scores: memref<16x32xf32>, %text: memref<16xi32>, %step: index) {
  %c1 = arith.constant 1 : index
  %first5 = arith.constant 0 : index
  %step5 = arith.constant 1 : index
  scf.execute_region {
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
    scf.yield
  }
  return
}

// %x = the vector of %token.
func.func private @embed(%tokens: memref<?xf32>, %x: memref<64xf32>, %token: i32) {
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %first6 = arith.constant 0 : index
  %step6 = arith.constant 1 : index
  scf.for %tx = %first6 to %c64 step %step6 {
    %t = arith.index_cast %token : i32 to index
    %begin = arith.muli %t, %c64 : index
    %at = arith.addi %begin, %tx : index
    %value = memref.load %tokens[%at] : memref<?xf32>
    memref.store %value, %x[%tx] : memref<64xf32>
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
