// Solves a large sparse system with the method of conjugate gradients.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The system is Poisson's equation on a 64 x 64 grid, a textbook case: each
// unknown, times four, minus its four neighbours, equals a given value. The
// matrix is never stored; applying it is a stencil.
//
// One iteration is eight small kernels and two numbers that the host needs: the
// step length alpha and the residual, which also says when to stop. A sum of
// floats depends on its order, so the dot product has a fixed one: 64 rows are
// summed in parallel, each from left to right, then one thread adds the rows
// from first to last. Every device and every mode gets the same bits.
//
// Why it is here: the host reads results of the GPU twice per iteration and
// feeds them back, and the number of iterations is known only at the end. As a
// persistent kernel the iteration is one launch: alpha, the residual and the exit
// test never leave the device, and the host gets the two results of the loop.
//
// It prints the number of iterations, eight values of the solution, and a hash
// over the bits of all of them and of the last residual.

func.func private @printMemrefF64(memref<*xf64>) attributes {llvm.emit_c_interface}
func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

// A vector is a 66 x 66 buffer: the 64 x 64 unknowns and an edge of zeros, so
// that the stencil needs no special cases.

// %sum[0] = x . y. %rows holds one partial sum for each row.
func.func private @dot(%x: memref<66x66xf64>, %y: memref<66x66xf64>,
                       %rows: memref<64xf64>, %sum: memref<1xf64>) -> f64 {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f64
  affine.parallel (%i) = (0) to (64) {
    %row = affine.for %j = 0 to 64 iter_args(%acc = %zero) -> f64 {
      %xv = affine.load %x[%i + 1, %j + 1] : memref<66x66xf64>
      %yv = affine.load %y[%i + 1, %j + 1] : memref<66x66xf64>
      %product = arith.mulf %xv, %yv : f64
      %next = arith.addf %acc, %product : f64
      affine.yield %next : f64
    }
    affine.store %row, %rows[%i] : memref<64xf64>
  }
  affine.parallel (%one) = (0) to (1) {
    %total = affine.for %i = 0 to 64 iter_args(%acc = %zero) -> f64 {
      %row = affine.load %rows[%i] : memref<64xf64>
      %next = arith.addf %acc, %row : f64
      affine.yield %next : f64
    }
    affine.store %total, %sum[%one] : memref<1xf64>
  }
  %result = memref.load %sum[%c0] : memref<1xf64>
  return %result : f64
}

// q = A p.
func.func private @apply(%p: memref<66x66xf64>, %q: memref<66x66xf64>) {
  affine.parallel (%i, %j) = (1, 1) to (65, 65) {
    %four = arith.constant 4.0 : f64
    %c = affine.load %p[%i, %j] : memref<66x66xf64>
    %n = affine.load %p[%i - 1, %j] : memref<66x66xf64>
    %s = affine.load %p[%i + 1, %j] : memref<66x66xf64>
    %w = affine.load %p[%i, %j - 1] : memref<66x66xf64>
    %e = affine.load %p[%i, %j + 1] : memref<66x66xf64>
    %fc = arith.mulf %four, %c : f64
    %ns = arith.addf %n, %s : f64
    %we = arith.addf %w, %e : f64
    %around = arith.addf %ns, %we : f64
    %value = arith.subf %fc, %around : f64
    affine.store %value, %q[%i, %j] : memref<66x66xf64>
  }
  return
}

// y = y + a x.
func.func private @add_scaled(%a: f64, %x: memref<66x66xf64>, %y: memref<66x66xf64>) {
  affine.parallel (%i, %j) = (1, 1) to (65, 65) {
    %xv = affine.load %x[%i, %j] : memref<66x66xf64>
    %yv = affine.load %y[%i, %j] : memref<66x66xf64>
    %ax = arith.mulf %a, %xv : f64
    %new = arith.addf %yv, %ax : f64
    affine.store %new, %y[%i, %j] : memref<66x66xf64>
  }
  return
}

// p = r + b p.
func.func private @new_direction(%b: f64, %r: memref<66x66xf64>, %p: memref<66x66xf64>) {
  affine.parallel (%i, %j) = (1, 1) to (65, 65) {
    %rv = affine.load %r[%i, %j] : memref<66x66xf64>
    %pv = affine.load %p[%i, %j] : memref<66x66xf64>
    %bp = arith.mulf %b, %pv : f64
    %new = arith.addf %rv, %bp : f64
    affine.store %new, %p[%i, %j] : memref<66x66xf64>
  }
  return
}

// Folds the bits of one more value into a 64-bit FNV-1a hash.
func.func private @mix(%hash: i64, %value: f64) -> i64 {
  %prime = arith.constant 0x100000001b3 : i64
  %word = arith.bitcast %value : f64 to i64
  %mixed = arith.xori %hash, %word : i64
  %next = arith.muli %mixed, %prime : i64
  return %next : i64
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c66 = arith.constant 66 : index
  %limit = arith.constant 400 : i64
  %none = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %zero = arith.constant 0.0 : f64
  %tolerance = arith.constant 1.0e-8 : f64

  %x = memref.alloc() : memref<66x66xf64>
  %r = memref.alloc() : memref<66x66xf64>
  %p = memref.alloc() : memref<66x66xf64>
  %q = memref.alloc() : memref<66x66xf64>
  %rows = memref.alloc() : memref<64xf64>
  %sum = memref.alloc() : memref<1xf64>

  // Start from x = 0, so the first residual and direction are the right-hand
  // side: a few whole numbers between -3 and 3.
  affine.parallel (%i, %j) = (0, 0) to (66, 66) {
    affine.store %zero, %x[%i, %j] : memref<66x66xf64>
    affine.store %zero, %r[%i, %j] : memref<66x66xf64>
    affine.store %zero, %p[%i, %j] : memref<66x66xf64>
    affine.store %zero, %q[%i, %j] : memref<66x66xf64>
  }
  affine.parallel (%i, %j) = (1, 1) to (65, 65) {
    %three = arith.constant 3 : i32
    %seven = arith.constant 7 : i32
    %i32 = arith.index_cast %i : index to i32
    %j32 = arith.index_cast %j : index to i32
    %ij = arith.muli %i32, %j32 : i32
    %mixed = arith.addi %ij, %i32 : i32
    %rest = arith.remui %mixed, %seven : i32
    %centred = arith.subi %rest, %three : i32
    %value = arith.sitofp %centred : i32 to f64
    affine.store %value, %r[%i, %j] : memref<66x66xf64>
    affine.store %value, %p[%i, %j] : memref<66x66xf64>
  }
  %rr0 = call @dot(%r, %r, %rows, %sum)
      : (memref<66x66xf64>, memref<66x66xf64>, memref<64xf64>, memref<1xf64>) -> f64

  %iterations, %last = scf.while (%it = %none, %rr = %rr0) : (i64, f64) -> (i64, f64) {
    %large = arith.cmpf ogt, %rr, %tolerance : f64
    %early = arith.cmpi slt, %it, %limit : i64
    %more = arith.andi %large, %early : i1
    scf.condition(%more) %it, %rr : i64, f64
  } do {
  ^bb0(%it: i64, %rr: f64):
    func.call @apply(%p, %q) : (memref<66x66xf64>, memref<66x66xf64>) -> ()
    %pq = func.call @dot(%p, %q, %rows, %sum)
        : (memref<66x66xf64>, memref<66x66xf64>, memref<64xf64>, memref<1xf64>) -> f64
    %alpha = arith.divf %rr, %pq : f64
    %back = arith.negf %alpha : f64
    func.call @add_scaled(%alpha, %p, %x) : (f64, memref<66x66xf64>, memref<66x66xf64>) -> ()
    func.call @add_scaled(%back, %q, %r) : (f64, memref<66x66xf64>, memref<66x66xf64>) -> ()
    %rr_next = func.call @dot(%r, %r, %rows, %sum)
        : (memref<66x66xf64>, memref<66x66xf64>, memref<64xf64>, memref<1xf64>) -> f64
    %beta = arith.divf %rr_next, %rr : f64
    func.call @new_direction(%beta, %r, %p) : (f64, memref<66x66xf64>, memref<66x66xf64>) -> ()
    %it_next = arith.addi %it, %one : i64
    scf.yield %it_next, %rr_next : i64, f64
  }

  %count = memref.alloc() : memref<1xi64>
  memref.store %iterations, %count[%c0] : memref<1xi64>
  %count_any = memref.cast %count : memref<1xi64> to memref<*xi64>
  call @printMemrefI64(%count_any) : (memref<*xi64>) -> ()

  %sample = memref.alloc() : memref<8xf64>
  scf.for %i = %c0 to %c8 step %c1 {
    %j = arith.muli %i, %c8 : index
    %j1 = arith.addi %j, %c1 : index
    %value = memref.load %x[%j1, %j1] : memref<66x66xf64>
    memref.store %value, %sample[%i] : memref<8xf64>
  }
  %any = memref.cast %sample : memref<8xf64> to memref<*xf64>
  call @printMemrefF64(%any) : (memref<*xf64>) -> ()

  %basis = arith.constant 0xcbf29ce484222325 : i64
  %start = call @mix(%basis, %last) : (i64, f64) -> i64
  %hash = scf.for %i = %c0 to %c66 step %c1 iter_args(%hi = %start) -> i64 {
    %line = scf.for %j = %c0 to %c66 step %c1 iter_args(%h = %hi) -> i64 {
      %value = memref.load %x[%i, %j] : memref<66x66xf64>
      %next = func.call @mix(%h, %value) : (i64, f64) -> i64
      scf.yield %next : i64
    }
    scf.yield %line : i64
  }
  memref.store %hash, %count[%c0] : memref<1xi64>
  call @printMemrefI64(%count_any) : (memref<*xi64>) -> ()

  memref.dealloc %sample : memref<8xf64>
  memref.dealloc %count : memref<1xi64>
  memref.dealloc %sum : memref<1xf64>
  memref.dealloc %rows : memref<64xf64>
  memref.dealloc %q : memref<66x66xf64>
  memref.dealloc %p : memref<66x66xf64>
  memref.dealloc %r : memref<66x66xf64>
  memref.dealloc %x : memref<66x66xf64>
  return
}
