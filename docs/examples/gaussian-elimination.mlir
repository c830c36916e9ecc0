// Solves a system of linear equations by Gaussian elimination.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Step k of the elimination clears column k below the diagonal. It needs two
// kernels, one after the other: the first computes how many times row k must be
// subtracted from each row below it, the second subtracts. Both shrink as k
// grows, so grid sizes change in every iteration and the last ones are tiny.
// Back substitution then runs on the host, from the last unknown to the first.
//
// Why it is here: two dependent launches per iteration whose bounds depend on
// the iteration, and a size that only run time knows.
//
// It prints the first eight unknowns and a hash over the bits of all of them
// and of the reduced matrix.

func.func private @printMemrefF32(memref<*xf32>) attributes {llvm.emit_c_interface}
func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

// Folds the bits of one more value into a 64-bit FNV-1a hash.
func.func private @mix(%hash: i64, %value: f32) -> i64 {
  %prime = arith.constant 0x100000001b3 : i64
  %bits = arith.bitcast %value : f32 to i32
  %word = arith.extui %bits : i32 to i64
  %mixed = arith.xori %hash, %word : i64
  %next = arith.muli %mixed, %prime : i64
  return %next : i64
}

// The equations: %a is n x n, %b the right-hand side. Entries are small whole
// numbers; a heavy diagonal makes elimination without pivoting safe.
func.func private @fill(%a: memref<?x?xf32>, %b: memref<?xf32>, %n: index) {
  affine.parallel (%i, %j) = (0, 0) to (symbol(%n), symbol(%n)) {
    %c7 = arith.constant 7 : index
    %c11 = arith.constant 11 : index
    %c13 = arith.constant 13 : index
    %seven_i = arith.muli %i, %c7 : index
    %eleven_j = arith.muli %j, %c11 : index
    %sum = arith.addi %seven_i, %eleven_j : index
    %rest = arith.remui %sum, %c13 : index
    %small = arith.index_cast %rest : index to i32
    %entry = arith.sitofp %small : i32 to f32
    %diagonal = arith.constant 1000.0 : f32
    %heavy = arith.addf %entry, %diagonal : f32
    %on = arith.cmpi eq, %i, %j : index
    %value = arith.select %on, %heavy, %entry : f32
    affine.store %value, %a[%i, %j] : memref<?x?xf32>
  }
  affine.parallel (%i) = (0) to (symbol(%n)) {
    %c5 = arith.constant 5 : index
    %rest = arith.remui %i, %c5 : index
    %small = arith.index_cast %rest : index to i32
    %entry = arith.sitofp %small : i32 to f32
    affine.store %entry, %b[%i] : memref<?xf32>
  }
  return
}

// Reduces the system to an upper triangle. %factor is scratch space: one
// multiplier for each row.
func.func private @eliminate(%a: memref<?x?xf32>, %b: memref<?xf32>,
                             %factor: memref<?xf32>, %n: index) {
  affine.for %k = 0 to affine_map<()[s0] -> (s0 - 1)>()[%n] {
    affine.parallel (%i) = (%k + 1) to (symbol(%n)) {
      %below = affine.load %a[%i, %k] : memref<?x?xf32>
      %pivot = affine.load %a[%k, %k] : memref<?x?xf32>
      %times = arith.divf %below, %pivot : f32
      affine.store %times, %factor[%i] : memref<?xf32>
    }
    affine.parallel (%i, %j) = (%k + 1, %k) to (symbol(%n), symbol(%n)) {
      %times = affine.load %factor[%i] : memref<?xf32>
      %top = affine.load %a[%k, %j] : memref<?x?xf32>
      %old = affine.load %a[%i, %j] : memref<?x?xf32>
      %part = arith.mulf %times, %top : f32
      %new = arith.subf %old, %part : f32
      affine.store %new, %a[%i, %j] : memref<?x?xf32>
      affine.if affine_set<(d0, d1) : (d0 - d1 == 0)>(%j, %k) {
        %right_top = affine.load %b[%k] : memref<?xf32>
        %right = affine.load %b[%i] : memref<?xf32>
        %right_part = arith.mulf %times, %right_top : f32
        %right_new = arith.subf %right, %right_part : f32
        affine.store %right_new, %b[%i] : memref<?xf32>
      }
    }
  }
  return
}

// Solves the triangular system in place: %b becomes the vector of unknowns.
func.func private @substitute(%a: memref<?x?xf32>, %b: memref<?xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %step = %c0 to %n step %c1 {
    %after = arith.subi %n, %step : index
    %i = arith.subi %after, %c1 : index
    %right = memref.load %b[%i] : memref<?xf32>
    %rest = scf.for %j = %after to %n step %c1 iter_args(%acc = %right) -> f32 {
      %entry = memref.load %a[%i, %j] : memref<?x?xf32>
      %known = memref.load %b[%j] : memref<?xf32>
      %part = arith.mulf %entry, %known : f32
      %next = arith.subf %acc, %part : f32
      scf.yield %next : f32
    }
    %pivot = memref.load %a[%i, %i] : memref<?x?xf32>
    %x = arith.divf %rest, %pivot : f32
    memref.store %x, %b[%i] : memref<?xf32>
  }
  return
}

// The size comes from memory, as it would from a file header.
memref.global "private" constant @size : memref<1xindex> = dense<96>

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %size = memref.get_global @size : memref<1xindex>
  %n = memref.load %size[%c0] : memref<1xindex>

  %a = memref.alloc(%n, %n) : memref<?x?xf32>
  %b = memref.alloc(%n) : memref<?xf32>
  %factor = memref.alloc(%n) : memref<?xf32>
  call @fill(%a, %b, %n) : (memref<?x?xf32>, memref<?xf32>, index) -> ()
  call @eliminate(%a, %b, %factor, %n)
      : (memref<?x?xf32>, memref<?xf32>, memref<?xf32>, index) -> ()
  call @substitute(%a, %b, %n) : (memref<?x?xf32>, memref<?xf32>, index) -> ()

  %first = memref.alloc() : memref<8xf32>
  scf.for %i = %c0 to %c8 step %c1 {
    %x = memref.load %b[%i] : memref<?xf32>
    memref.store %x, %first[%i] : memref<8xf32>
  }
  %any = memref.cast %first : memref<8xf32> to memref<*xf32>
  call @printMemrefF32(%any) : (memref<*xf32>) -> ()

  %basis = arith.constant 0xcbf29ce484222325 : i64
  %hash_b = scf.for %i = %c0 to %n step %c1 iter_args(%h = %basis) -> i64 {
    %x = memref.load %b[%i] : memref<?xf32>
    %next = func.call @mix(%h, %x) : (i64, f32) -> i64
    scf.yield %next : i64
  }
  %hash = scf.for %i = %c0 to %n step %c1 iter_args(%hi = %hash_b) -> i64 {
    %row = scf.for %j = %c0 to %n step %c1 iter_args(%h = %hi) -> i64 {
      %entry = memref.load %a[%i, %j] : memref<?x?xf32>
      %next = func.call @mix(%h, %entry) : (i64, f32) -> i64
      scf.yield %next : i64
    }
    scf.yield %row : i64
  }
  %out = memref.alloc() : memref<1xi64>
  memref.store %hash, %out[%c0] : memref<1xi64>
  %out_any = memref.cast %out : memref<1xi64> to memref<*xi64>
  call @printMemrefI64(%out_any) : (memref<*xi64>) -> ()

  memref.dealloc %out : memref<1xi64>
  memref.dealloc %first : memref<8xf32>
  memref.dealloc %factor : memref<?xf32>
  memref.dealloc %b : memref<?xf32>
  memref.dealloc %a : memref<?x?xf32>
  return
}
