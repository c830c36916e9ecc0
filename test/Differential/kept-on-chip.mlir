// Loops whose iterations each block runs in a row: per-thread data in two buffers, in
// buffers that change places, under a condition, in nested loops, in rows that change
// with the iteration, and in arguments that do or do not overlap.
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

// More than one block of threads, the last one not full.
func.func private @two_buffers(%a: memref<3000xi32>, %b: memref<3000xi32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c3000 = arith.constant 3000 : index
  scf.for %t = %c0 to %n step %c3 {
    %k = arith.index_cast %t : index to i32
    scf.parallel (%i) = (%c0) to (%c3000) step (%c1) {
      %u = memref.load %a[%i] : memref<3000xi32>
      %v = memref.load %b[%i] : memref<3000xi32>
      %s = arith.addi %u, %v : i32
      %w = arith.xori %s, %k : i32
      memref.store %w, %b[%i] : memref<3000xi32>
      scf.reduce
    }
    scf.parallel (%i) = (%c0) to (%c3000) step (%c1) {
      %u = memref.load %a[%i] : memref<3000xi32>
      %v = memref.load %b[%i] : memref<3000xi32>
      %w = arith.muli %u, %v : i32
      memref.store %w, %a[%i] : memref<3000xi32>
      scf.reduce
    }
  }
  return
}

// The buffers that the loop ends with count.
func.func private @swap(%a: memref<3000xi32>, %b: memref<3000xi32>, %n: index) -> memref<3000xi32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3000 = arith.constant 3000 : index
  %end:2 = scf.for %t = %c0 to %n step %c1 iter_args(%x = %a, %y = %b) -> (memref<3000xi32>, memref<3000xi32>) {
    scf.parallel (%i) = (%c0) to (%c3000) step (%c1) {
      %u = memref.load %x[%i] : memref<3000xi32>
      %v = memref.load %y[%i] : memref<3000xi32>
      %w = arith.subi %u, %v : i32
      memref.store %w, %y[%i] : memref<3000xi32>
      scf.reduce
    }
    scf.yield %y, %x : memref<3000xi32>, memref<3000xi32>
  }
  return %end#0 : memref<3000xi32>
}

// Only some threads store, and not in every iteration.
func.func private @sometimes(%a: memref<3000xi32>, %b: memref<3000xi32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3000 = arith.constant 3000 : index
  %seven = arith.constant 7 : i32
  scf.for %t = %c0 to %n step %c1 {
    scf.parallel (%i) = (%c0) to (%c3000) step (%c1) {
      %u = memref.load %a[%i] : memref<3000xi32>
      %v = memref.load %b[%i] : memref<3000xi32>
      %less = arith.cmpi slt, %u, %v : i32
      scf.if %less {
        %w = arith.addi %u, %seven : i32
        memref.store %w, %a[%i] : memref<3000xi32>
      }
      scf.reduce
    }
  }
  return
}

// The inner loop has no iteration at first.
func.func private @nested(%a: memref<3000xi32>, %b: memref<3000xi32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3000 = arith.constant 3000 : index
  scf.for %t = %c0 to %n step %c1 {
    scf.for %s = %c0 to %t step %c1 {
      %k = arith.index_cast %s : index to i32
      scf.parallel (%i) = (%c0) to (%c3000) step (%c1) {
        %u = memref.load %a[%i] : memref<3000xi32>
        %w = arith.addi %u, %k : i32
        memref.store %w, %a[%i] : memref<3000xi32>
        scf.reduce
      }
    }
    scf.parallel (%i) = (%c0) to (%c3000) step (%c1) {
      %u = memref.load %a[%i] : memref<3000xi32>
      %v = memref.load %b[%i] : memref<3000xi32>
      %w = arith.xori %u, %v : i32
      memref.store %w, %b[%i] : memref<3000xi32>
      scf.reduce
    }
  }
  return
}

// Each iteration reads another row and writes the next one.
func.func private @rows(%m: memref<20x3000xi32>, %a: memref<3000xi32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3000 = arith.constant 3000 : index
  scf.for %t = %c0 to %n step %c1 {
    %below = arith.addi %t, %c1 : index
    scf.parallel (%i) = (%c0) to (%c3000) step (%c1) {
      %u = memref.load %m[%t, %i] : memref<20x3000xi32>
      %v = memref.load %a[%i] : memref<3000xi32>
      %w = arith.addi %u, %v : i32
      memref.store %w, %m[%below, %i] : memref<20x3000xi32>
      memref.store %u, %a[%i] : memref<3000xi32>
      scf.reduce
    }
  }
  return
}

// Where the arguments overlap, threads of other blocks work on the same elements.
func.func private @views(%x: memref<3000xi32>, %y: memref<3000xi32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %size = arith.constant 3000 : index
  %three = arith.constant 3 : i32
  scf.for %t = %c0 to %n step %c1 {
    scf.parallel (%i) = (%c0) to (%size) step (%c1) {
      %v = memref.load %y[%i] : memref<3000xi32>
      %k = arith.index_cast %t : index to i32
      %w = arith.addi %v, %k : i32
      memref.store %w, %y[%i] : memref<3000xi32>
      scf.reduce
    }
    scf.parallel (%i) = (%c0) to (%size) step (%c1) {
      %v = memref.load %x[%i] : memref<3000xi32>
      %w = arith.muli %v, %three : i32
      memref.store %w, %x[%i] : memref<3000xi32>
      scf.reduce
    }
  }
  return
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %c19 = arith.constant 19 : index
  %a = memref.alloc() : memref<3000xi32>
  %b = memref.alloc() : memref<3000xi32>
  %a_all = memref.cast %a : memref<3000xi32> to memref<?xi32>
  %b_all = memref.cast %b : memref<3000xi32> to memref<?xi32>
  call @fill_i32(%a_all) : (memref<?xi32>) -> ()
  call @fill_i32(%b_all) : (memref<?xi32>) -> ()
  call @two_buffers(%a, %b, %c0) : (memref<3000xi32>, memref<3000xi32>, index) -> ()
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  call @print_hash_i32(%b_all) : (memref<?xi32>) -> ()
  call @sometimes(%a, %b, %c0) : (memref<3000xi32>, memref<3000xi32>, index) -> ()
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  call @print_hash_i32(%b_all) : (memref<?xi32>) -> ()
  call @nested(%a, %b, %c0) : (memref<3000xi32>, memref<3000xi32>, index) -> ()
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  call @print_hash_i32(%b_all) : (memref<?xi32>) -> ()
  %s0 = call @swap(%a, %b, %c0) : (memref<3000xi32>, memref<3000xi32>, index) -> memref<3000xi32>
  %s0_all = memref.cast %s0 : memref<3000xi32> to memref<?xi32>
  call @print_hash_i32(%s0_all) : (memref<?xi32>) -> ()
  call @two_buffers(%a, %b, %c1) : (memref<3000xi32>, memref<3000xi32>, index) -> ()
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  call @print_hash_i32(%b_all) : (memref<?xi32>) -> ()
  call @sometimes(%a, %b, %c1) : (memref<3000xi32>, memref<3000xi32>, index) -> ()
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  call @print_hash_i32(%b_all) : (memref<?xi32>) -> ()
  call @nested(%a, %b, %c1) : (memref<3000xi32>, memref<3000xi32>, index) -> ()
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  call @print_hash_i32(%b_all) : (memref<?xi32>) -> ()
  %s1 = call @swap(%a, %b, %c1) : (memref<3000xi32>, memref<3000xi32>, index) -> memref<3000xi32>
  %s1_all = memref.cast %s1 : memref<3000xi32> to memref<?xi32>
  call @print_hash_i32(%s1_all) : (memref<?xi32>) -> ()
  call @two_buffers(%a, %b, %c19) : (memref<3000xi32>, memref<3000xi32>, index) -> ()
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  call @print_hash_i32(%b_all) : (memref<?xi32>) -> ()
  call @sometimes(%a, %b, %c19) : (memref<3000xi32>, memref<3000xi32>, index) -> ()
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  call @print_hash_i32(%b_all) : (memref<?xi32>) -> ()
  call @nested(%a, %b, %c19) : (memref<3000xi32>, memref<3000xi32>, index) -> ()
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  call @print_hash_i32(%b_all) : (memref<?xi32>) -> ()
  %s2 = call @swap(%a, %b, %c19) : (memref<3000xi32>, memref<3000xi32>, index) -> memref<3000xi32>
  %s2_all = memref.cast %s2 : memref<3000xi32> to memref<?xi32>
  call @print_hash_i32(%s2_all) : (memref<?xi32>) -> ()
  %m = memref.alloc() : memref<20x3000xi32>
  %flat = memref.collapse_shape %m [[0, 1]] : memref<20x3000xi32> into memref<60000xi32>
  %m_all = memref.cast %flat : memref<60000xi32> to memref<?xi32>
  call @fill_i32(%m_all) : (memref<?xi32>) -> ()
  call @rows(%m, %a, %c19) : (memref<20x3000xi32>, memref<3000xi32>, index) -> ()
  call @print_hash_i32(%m_all) : (memref<?xi32>) -> ()
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  %bytes = memref.alloc() : memref<24000xi8>
  %near = arith.constant 3000 : index
  %far = arith.constant 12000 : index
  %all = memref.view %bytes[%c0][] : memref<24000xi8> to memref<6000xi32>
  %all_all = memref.cast %all : memref<6000xi32> to memref<?xi32>
  call @fill_i32(%all_all) : (memref<?xi32>) -> ()
  %v0 = memref.view %bytes[%c0][] : memref<24000xi8> to memref<3000xi32>
  %v3 = memref.view %bytes[%far][] : memref<24000xi8> to memref<3000xi32>
  %v1 = memref.view %bytes[%near][] : memref<24000xi8> to memref<3000xi32>
  call @views(%v0, %v3, %c5) : (memref<3000xi32>, memref<3000xi32>, index) -> ()
  call @print_hash_i32(%all_all) : (memref<?xi32>) -> ()
  call @views(%v0, %v1, %c5) : (memref<3000xi32>, memref<3000xi32>, index) -> ()
  call @print_hash_i32(%all_all) : (memref<?xi32>) -> ()
  call @views(%v0, %v0, %c5) : (memref<3000xi32>, memref<3000xi32>, index) -> ()
  call @print_hash_i32(%all_all) : (memref<?xi32>) -> ()
  memref.dealloc %bytes : memref<24000xi8>
  memref.dealloc %m : memref<20x3000xi32>
  memref.dealloc %b : memref<3000xi32>
  memref.dealloc %a : memref<3000xi32>
  return
}
