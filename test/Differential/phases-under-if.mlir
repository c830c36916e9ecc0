// Whether the host or a kernel wrote last depends on data, through branches that
// both take part in.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %{python} %S/run-differential.py %s

func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

// Prints a 64-bit FNV-1a hash over the bits of all elements.
func.func private @print_hash_i32(%m: memref<?xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %prime = arith.constant 0x100000001b3 : i64
  %n = memref.dim %m, %c0 : memref<?xi32>
  %hash = scf.for %i = %c0 to %n step %c1 iter_args(%h = %basis) -> i64 {
    %value = memref.load %m[%i] : memref<?xi32>
    %word = arith.extui %value : i32 to i64
    %mixed = arith.xori %h, %word : i64
    %next = arith.muli %mixed, %prime : i64
    scf.yield %next : i64
  }
  %out = memref.alloc() : memref<1xi64>
  memref.store %hash, %out[%c0] : memref<1xi64>
  %any = memref.cast %out : memref<1xi64> to memref<*xi64>
  call @printMemrefI64(%any) : (memref<*xi64>) -> ()
  memref.dealloc %out : memref<1xi64>
  return
}

// Element i becomes 7 i mod 61 - 20, on the host.
func.func private @fill_i32(%m: memref<?xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %seven = arith.constant 7 : i32
  %modulus = arith.constant 61 : i32
  %twenty = arith.constant 20 : i32
  %n = memref.dim %m, %c0 : memref<?xi32>
  scf.for %i = %c0 to %n step %c1 {
    %k = arith.index_cast %i : index to i32
    %scaled = arith.muli %k, %seven : i32
    %rest = arith.remui %scaled, %modulus : i32
    %w = arith.subi %rest, %twenty : i32
    memref.store %w, %m[%i] : memref<?xi32>
  }
  return
}

// One kernel: m[i] = 3 m[i] + i.
func.func private @step(%m: memref<?xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %three = arith.constant 3 : i32
  %n = memref.dim %m, %c0 : memref<?xi32>
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    %v = memref.load %m[%i] : memref<?xi32>
    %k = arith.index_cast %i : index to i32
    %s = arith.muli %v, %three : i32
    %w = arith.addi %s, %k : i32
    memref.store %w, %m[%i] : memref<?xi32>
    scf.reduce
  }
  return
}

// Runs with four combinations of two conditions.
func.func private @once(%p: i1, %q: i1) {
  %c0 = arith.constant 0 : index
  %c7 = arith.constant 7 : index
  %n99 = arith.constant -99 : i32
  %a = memref.alloc() : memref<64xi32>
  %all = memref.cast %a : memref<64xi32> to memref<?xi32>
  func.call @fill_i32(%all) : (memref<?xi32>) -> ()
  scf.if %p {
    memref.store %n99, %a[%c7] : memref<64xi32>
  } else {
    func.call @step(%all) : (memref<?xi32>) -> ()
  }
  func.call @step(%all) : (memref<?xi32>) -> ()
  scf.if %q {
    %x = memref.load %a[%c7] : memref<64xi32>
    memref.store %x, %a[%c0] : memref<64xi32>
    func.call @step(%all) : (memref<?xi32>) -> ()
  }
  func.call @print_hash_i32(%all) : (memref<?xi32>) -> ()
  scf.if %q {
    func.call @step(%all) : (memref<?xi32>) -> ()
  } else {
    scf.if %p {
      memref.store %n99, %a[%c0] : memref<64xi32>
    }
  }
  func.call @print_hash_i32(%all) : (memref<?xi32>) -> ()
  memref.dealloc %a : memref<64xi32>
  return
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  scf.for %i = %c0 to %c4 step %c1 {
    %low = arith.remui %i, %c2 : index
    %p = arith.cmpi eq, %low, %c1 : index
    %q = arith.cmpi uge, %i, %c2 : index
    func.call @once(%p, %q) : (i1, i1) -> ()
  }
  return
}
