// A loop that ends when the device says so, with buffers that swap: how often it ran
// and which buffer is the last one are results.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %{python} %S/run-differential.py %s
// RUN: vyre-run %s --device=host --mode=persistent --stats=%t.json > %t.out
// RUN: FileCheck %s --check-prefix=STATS --input-file=%t.json
// STATS: "kernel_launches":0,"cooperative_launches":5,
// STATS-SAME: "fallbacks":[]

func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

// Prints a 64-bit FNV-1a hash over the bits of all elements.
func.func private @print_hash(%m: memref<?xi32>) {
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
func.func private @fill(%m: memref<?xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %seven = arith.constant 7 : i32
  %modulus = arith.constant 61 : i32
  %twenty = arith.constant 20 : i32
  %n = memref.dim %m, %c0 : memref<?xi32>
  scf.for %i = %c0 to %n step %c1 {
    %wide = arith.index_cast %i : index to i64
    %k = arith.trunci %wide : i64 to i32
    %scaled = arith.muli %k, %seven : i32
    %rest = arith.remui %scaled, %modulus : i32
    %w = arith.subi %rest, %twenty : i32
    memref.store %w, %m[%i] : memref<?xi32>
  }
  return
}

func.func private @settle(%limit: i32) -> (memref<2600xi32>, memref<2600xi32>, i32)
    attributes {no_inline} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %size = arith.constant 2600 : index
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %a = memref.alloc() : memref<2600xi32>
  %b = memref.alloc() : memref<2600xi32>
  %a_all = memref.cast %a : memref<2600xi32> to memref<?xi32>
  %b_all = memref.cast %b : memref<2600xi32> to memref<?xi32>
  call @fill(%a_all) : (memref<?xi32>) -> ()
  call @fill(%b_all) : (memref<?xi32>) -> ()
  %changed = memref.alloc() : memref<1xi32>
  memref.store %one, %changed[%c0] : memref<1xi32>
  %end:3 = scf.while (%x = %a, %y = %b, %t = %zero)
      : (memref<2600xi32>, memref<2600xi32>, i32) -> (memref<2600xi32>, memref<2600xi32>, i32) {
    %flag = memref.load %changed[%c0] : memref<1xi32>
    %set = arith.cmpi ne, %flag, %zero : i32
    %early = arith.cmpi slt, %t, %limit : i32
    %more = arith.andi %set, %early : i1
    scf.condition(%more) %x, %y, %t : memref<2600xi32>, memref<2600xi32>, i32
  } do {
  ^bb0(%x: memref<2600xi32>, %y: memref<2600xi32>, %t: i32):
    memref.store %zero, %changed[%c0] : memref<1xi32>
    scf.parallel (%i) = (%c0) to (%size) step (%c1) {
      %up = arith.addi %i, %c1 : index
      %next = arith.remui %up, %size : index
      %u = memref.load %x[%i] : memref<2600xi32>
      %v = memref.load %x[%next] : memref<2600xi32>
      %w = arith.maxsi %u, %v : i32
      memref.store %w, %y[%i] : memref<2600xi32>
      %differs = arith.cmpi ne, %u, %w : i32
      scf.if %differs {
        %was = memref.atomic_rmw maxs %one, %changed[%c0] : (i32, memref<1xi32>) -> i32
      }
      scf.reduce
    }
    %t1 = arith.addi %t, %one : i32
    scf.yield %y, %x, %t1 : memref<2600xi32>, memref<2600xi32>, i32
  }
  memref.dealloc %changed : memref<1xi32>
  return %end#0, %end#1, %end#2 : memref<2600xi32>, memref<2600xi32>, i32
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %eleven = arith.constant 11 : i32
  %counts = memref.alloc() : memref<4xi32>
  scf.for %k = %c0 to %c4 step %c1 {
    // Limits of 0, 11, 22 and 33 steps; it settles after fewer than 70.
    %wide = arith.index_cast %k : index to i64
    %k32 = arith.trunci %wide : i64 to i32
    %limit = arith.muli %k32, %eleven : i32
    %m, %n, %t = func.call @settle(%limit) : (i32) -> (memref<2600xi32>, memref<2600xi32>, i32)
    memref.store %t, %counts[%k] : memref<4xi32>
    %m_all = memref.cast %m : memref<2600xi32> to memref<?xi32>
    %n_all = memref.cast %n : memref<2600xi32> to memref<?xi32>
    func.call @print_hash(%m_all) : (memref<?xi32>) -> ()
    func.call @print_hash(%n_all) : (memref<?xi32>) -> ()
    memref.dealloc %m : memref<2600xi32>
    memref.dealloc %n : memref<2600xi32>
  }
  %limit = arith.constant 500 : i32
  %m, %n, %t = call @settle(%limit) : (i32) -> (memref<2600xi32>, memref<2600xi32>, i32)
  memref.store %t, %counts[%c0] : memref<4xi32>
  %m_all = memref.cast %m : memref<2600xi32> to memref<?xi32>
  %counts_all = memref.cast %counts : memref<4xi32> to memref<?xi32>
  call @print_hash(%m_all) : (memref<?xi32>) -> ()
  call @print_hash(%counts_all) : (memref<?xi32>) -> ()
  memref.dealloc %m : memref<2600xi32>
  memref.dealloc %n : memref<2600xi32>
  memref.dealloc %counts : memref<4xi32>
  return
}
