// The kernel asks for its ids by operation instead of by region argument, lane
// and subgroup included; a merged kernel must answer for the launch it stands
// for.
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

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c5 = arith.constant 5 : index
  %c20 = arith.constant 20 : index
  %a = memref.alloc() : memref<240xi32>
  %a_all = memref.cast %a : memref<240xi32> to memref<?xi32>
  call @fill_i32(%a_all) : (memref<?xi32>) -> ()
  %b = memref.alloc() : memref<240xi32>
  %b_all = memref.cast %b : memref<240xi32> to memref<?xi32>
  call @fill_i32(%b_all) : (memref<?xi32>) -> ()
  scf.for %t = %c0 to %c3 step %c1 {
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c3, %gy = %c2, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c20, %sy = %c2, %sz = %c1) {
      %x = gpu.global_id x
      %y = gpu.global_id y
      %sixty = arith.constant 60 : index
      %row = arith.muli %y, %sixty : index
      %i = arith.addi %row, %x : index
      %lane = gpu.lane_id
      %group = gpu.subgroup_id : index
      %groups = gpu.num_subgroups : index
      %ten = arith.constant 10 : index
      %p0 = arith.muli %group, %sixty : index
      %p1 = arith.addi %p0, %lane : index
      %p2 = arith.muli %p1, %ten : index
      %p3 = arith.addi %p2, %groups : index
      %p = arith.index_cast %p3 : index to i32
      %v = memref.load %a[%i] : memref<240xi32>
      %w = arith.addi %v, %p : i32
      memref.store %w, %b[%i] : memref<240xi32>
      gpu.terminator
    }
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c4, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c5, %sy = %c3, %sz = %c4) {
      %jx = gpu.thread_id x
      %jy = gpu.thread_id y
      %jz = gpu.thread_id z
      %dx = gpu.block_dim x
      %dy = gpu.block_dim y
      %dz = gpu.block_dim z
      %bid = gpu.block_id x
      %n = gpu.grid_dim x
      %s0 = arith.muli %bid, %dz : index
      %s1 = arith.addi %s0, %jz : index
      %s2 = arith.muli %s1, %dy : index
      %s3 = arith.addi %s2, %jy : index
      %s4 = arith.muli %s3, %dx : index
      %i = arith.addi %s4, %jx : index
      %k = arith.index_cast %n : index to i32
      %v = memref.load %b[%i] : memref<240xi32>
      %w = arith.muli %v, %k : i32
      memref.store %w, %a[%i] : memref<240xi32>
      gpu.terminator
    }
  }
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  memref.dealloc %b : memref<240xi32>
  memref.dealloc %a : memref<240xi32>
  return
}
