// A batch of small matrix products: C[b] = A[b] * B[b] for 48 pairs.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The program is written with linalg on tensors, which are values, not memory:
// each turn of the loop cuts one pair of 16 x 16 matrices out of the batch,
// multiplies, and puts the product into the result. Upstream bufferization
// turns this into reads and writes of parts of three buffers.
//
// Why it is here: every product is far too small for a GPU, and no turn of the
// loop needs another. All of them can be one launch whose blocks take (turn,
// block) pairs.
//
// It prints the first row of the last product and a hash over the bits of all
// products. The sums run over k in order, so the result is exact to the bit.

func.func private @printMemrefF32(memref<*xf32>) attributes {llvm.emit_c_interface}
func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

#id3 = affine_map<(b, i, j) -> (b, i, j)>

// An input batch of 48 matrices. Entry (b, i, j) is
// ((%p * b + 3 * i + %q * j) mod 17 - 8) / 4.
func.func private @input(%p: i32, %q: i32) -> tensor<48x16x16xf32> {
  %empty = tensor.empty() : tensor<48x16x16xf32>
  %filled = linalg.generic {
      indexing_maps = [#id3],
      iterator_types = ["parallel", "parallel", "parallel"]}
      outs(%empty : tensor<48x16x16xf32>) {
  ^bb0(%unused: f32):
    %three = arith.constant 3 : i32
    %seventeen = arith.constant 17 : i32
    %eight = arith.constant 8 : i32
    %quarter = arith.constant 0.25 : f32
    %b = linalg.index 0 : index
    %i = linalg.index 1 : index
    %j = linalg.index 2 : index
    %b32 = arith.index_cast %b : index to i32
    %i32 = arith.index_cast %i : index to i32
    %j32 = arith.index_cast %j : index to i32
    %pb = arith.muli %p, %b32 : i32
    %ti = arith.muli %three, %i32 : i32
    %qj = arith.muli %q, %j32 : i32
    %s0 = arith.addi %pb, %ti : i32
    %s1 = arith.addi %s0, %qj : i32
    %rest = arith.remui %s1, %seventeen : i32
    %centred = arith.subi %rest, %eight : i32
    %whole = arith.sitofp %centred : i32 to f32
    %entry = arith.mulf %whole, %quarter : f32
    linalg.yield %entry : f32
  } -> tensor<48x16x16xf32>
  return %filled : tensor<48x16x16xf32>
}

func.func private @multiply(%a: tensor<48x16x16xf32>, %b: tensor<48x16x16xf32>)
    -> tensor<48x16x16xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c48 = arith.constant 48 : index
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<48x16x16xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<48x16x16xf32>)
      -> tensor<48x16x16xf32>
  %all = scf.for %n = %c0 to %c48 step %c1 iter_args(%c = %start)
      -> tensor<48x16x16xf32> {
    %an = tensor.extract_slice %a[%n, 0, 0] [1, 16, 16] [1, 1, 1]
        : tensor<48x16x16xf32> to tensor<16x16xf32>
    %bn = tensor.extract_slice %b[%n, 0, 0] [1, 16, 16] [1, 1, 1]
        : tensor<48x16x16xf32> to tensor<16x16xf32>
    %cn = tensor.extract_slice %c[%n, 0, 0] [1, 16, 16] [1, 1, 1]
        : tensor<48x16x16xf32> to tensor<16x16xf32>
    %product = linalg.matmul ins(%an, %bn : tensor<16x16xf32>, tensor<16x16xf32>)
        outs(%cn : tensor<16x16xf32>) -> tensor<16x16xf32>
    %next = tensor.insert_slice %product into %c[%n, 0, 0] [1, 16, 16] [1, 1, 1]
        : tensor<16x16xf32> into tensor<48x16x16xf32>
    scf.yield %next : tensor<48x16x16xf32>
  }
  return %all : tensor<48x16x16xf32>
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c47 = arith.constant 47 : index
  %c48 = arith.constant 48 : index
  %five = arith.constant 5 : i32
  %seven = arith.constant 7 : i32
  %eleven = arith.constant 11 : i32
  %two = arith.constant 2 : i32
  %a = call @input(%five, %seven) : (i32, i32) -> tensor<48x16x16xf32>
  %b = call @input(%eleven, %two) : (i32, i32) -> tensor<48x16x16xf32>
  %c = call @multiply(%a, %b)
      : (tensor<48x16x16xf32>, tensor<48x16x16xf32>) -> tensor<48x16x16xf32>

  %row = memref.alloc() : memref<16xf32>
  scf.for %j = %c0 to %c16 step %c1 {
    %value = tensor.extract %c[%c47, %c0, %j] : tensor<48x16x16xf32>
    memref.store %value, %row[%j] : memref<16xf32>
  }
  %any = memref.cast %row : memref<16xf32> to memref<*xf32>
  call @printMemrefF32(%any) : (memref<*xf32>) -> ()

  // 64-bit FNV-1a over all products, a word at a time.
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %prime = arith.constant 0x100000001b3 : i64
  %hash = scf.for %n = %c0 to %c48 step %c1 iter_args(%hn = %basis) -> i64 {
    %matrix = scf.for %i = %c0 to %c16 step %c1 iter_args(%hi = %hn) -> i64 {
      %line = scf.for %j = %c0 to %c16 step %c1 iter_args(%h = %hi) -> i64 {
        %value = tensor.extract %c[%n, %i, %j] : tensor<48x16x16xf32>
        %bits = arith.bitcast %value : f32 to i32
        %word = arith.extui %bits : i32 to i64
        %mixed = arith.xori %h, %word : i64
        %next = arith.muli %mixed, %prime : i64
        scf.yield %next : i64
      }
      scf.yield %line : i64
    }
    scf.yield %matrix : i64
  }
  %out = memref.alloc() : memref<1xi64>
  memref.store %hash, %out[%c0] : memref<1xi64>
  %out_any = memref.cast %out : memref<1xi64> to memref<*xi64>
  call @printMemrefI64(%out_any) : (memref<*xi64>) -> ()

  memref.dealloc %out : memref<1xi64>
  memref.dealloc %row : memref<16xf32>
  return
}
