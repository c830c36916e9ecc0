// Shortest ways between all pairs of towns (Floyd-Warshall).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Before step k, the table holds for each pair of towns the shortest way that
// passes only through towns before k. Step k also allows town k: the way from i
// to j may become the way from i to k plus the way from k to j. Row k and
// column k do not change during step k, because passing through k does not
// shorten a way that begins or ends at k; so all pairs can be done at once.
//
// Why it is here: the simplest loop in which every iteration needs everything
// that the one before it wrote, from all over the table. A version that stays
// on the GPU must keep all threads of a step behind all threads of the last.
//
// It prints the distances from town 0 to the first eight towns and a hash over
// the whole table. All numbers are integers.

func.func private @printMemrefI32(memref<*xi32>) attributes {llvm.emit_c_interface}
func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c96 = arith.constant 96 : index

  // Roads: about one pair in seven has one, of length 1 to 100. "No road" is a
  // number that is large but can still be doubled without overflow.
  %dist = memref.alloc() : memref<96x96xi32>
  affine.parallel (%i, %j) = (0, 0) to (96, 96) {
    %none = arith.constant 1000000 : i32
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %seven = arith.constant 7 : i32
    %hundred = arith.constant 100 : i32
    %ki = arith.constant 40503 : i32
    %kj = arith.constant 30011 : i32
    %from = arith.index_cast %i : index to i32
    %to = arith.index_cast %j : index to i32
    %mi = arith.muli %from, %ki : i32
    %mj = arith.muli %to, %kj : i32
    %seed = arith.xori %mi, %mj : i32
    %rest = arith.remui %seed, %seven : i32
    %road = arith.cmpi eq, %rest, %zero : i32
    %length0 = arith.remui %seed, %hundred : i32
    %length = arith.addi %length0, %one : i32
    %maybe = arith.select %road, %length, %none : i32
    %self = arith.cmpi eq, %i, %j : index
    %start = arith.select %self, %zero, %maybe : i32
    affine.store %start, %dist[%i, %j] : memref<96x96xi32>
  }

  affine.for %k = 0 to 96 {
    affine.parallel (%i, %j) = (0, 0) to (96, 96) {
      %direct = affine.load %dist[%i, %j] : memref<96x96xi32>
      %to_k = affine.load %dist[%i, %k] : memref<96x96xi32>
      %from_k = affine.load %dist[%k, %j] : memref<96x96xi32>
      %through = arith.addi %to_k, %from_k : i32
      // Storing only a shorter way keeps row k and column k free of writes.
      %shorter = arith.cmpi slt, %through, %direct : i32
      scf.if %shorter {
        affine.store %through, %dist[%i, %j] : memref<96x96xi32>
      }
    }
  }

  %first = memref.alloc() : memref<8xi32>
  scf.for %j = %c0 to %c8 step %c1 {
    %d = memref.load %dist[%c0, %j] : memref<96x96xi32>
    memref.store %d, %first[%j] : memref<8xi32>
  }
  %any = memref.cast %first : memref<8xi32> to memref<*xi32>
  call @printMemrefI32(%any) : (memref<*xi32>) -> ()

  // 64-bit FNV-1a over the table, a word at a time.
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %prime = arith.constant 0x100000001b3 : i64
  %hash = scf.for %i = %c0 to %c96 step %c1 iter_args(%hi = %basis) -> i64 {
    %row = scf.for %j = %c0 to %c96 step %c1 iter_args(%h = %hi) -> i64 {
      %d = memref.load %dist[%i, %j] : memref<96x96xi32>
      %word = arith.extui %d : i32 to i64
      %mixed = arith.xori %h, %word : i64
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
  memref.dealloc %first : memref<8xi32>
  memref.dealloc %dist : memref<96x96xi32>
  return
}
