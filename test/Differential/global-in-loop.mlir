// A loop names the mutable globals that its kernels change: twice the same one, one
// in a branch, one in a while loop, and one that the host reads and writes between.
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

memref.global "private" @state : memref<64xi32> = dense<1>
memref.global "private" @total : memref<64xi32> = dense<0>
memref.global "private" constant @weights : memref<4xi32> = dense<[3, 1, 4, 1]>

// All of the loop can be one kernel: what it names comes from outside.
func.func private @steps(%n: index) {
  affine.for %t = 0 to %n {
    %state = memref.get_global @state : memref<64xi32>
    %weights = memref.get_global @weights : memref<4xi32>
    affine.parallel (%i) = (0) to (64) {
      %v = affine.load %state[%i] : memref<64xi32>
      %f = affine.load %weights[%i mod 4] : memref<4xi32>
      %w = arith.muli %v, %f : i32
      affine.store %w, %state[%i] : memref<64xi32>
    }
    affine.if affine_set<(d0) : (d0 mod 2 == 0)>(%t) {
      %again = memref.get_global @state : memref<64xi32>
      %total = memref.get_global @total : memref<64xi32>
      affine.parallel (%i) = (0) to (64) {
        %v = affine.load %again[%i] : memref<64xi32>
        %s = affine.load %total[63 - %i] : memref<64xi32>
        %w = arith.addi %s, %v : i32
        affine.store %w, %total[63 - %i] : memref<64xi32>
      }
    }
  }
  return
}

// The host looks at the global in each iteration.
func.func private @steps_with_host(%n: index) {
  %c0 = arith.constant 0 : index
  affine.for %t = 0 to %n {
    %state = memref.get_global @state : memref<64xi32>
    %first = memref.load %state[%c0] : memref<64xi32>
    affine.parallel (%i) = (0) to (64) {
      %v = affine.load %state[%i] : memref<64xi32>
      %w = arith.addi %v, %first : i32
      affine.store %w, %state[%i] : memref<64xi32>
    }
    memref.store %first, %state[%t] : memref<64xi32>
  }
  return
}

// A while loop without a trip count.
func.func private @halve(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %left = scf.while (%k = %n) : (index) -> index {
    %goes = arith.cmpi sgt, %k, %c0 : index
    scf.condition(%goes) %k : index
  } do {
  ^bb0(%k: index):
    %total = memref.get_global @total : memref<64xi32>
    affine.parallel (%i) = (0) to (64) {
      %v = affine.load %total[%i] : memref<64xi32>
      %one = arith.constant 1 : i32
      %w = arith.shrui %v, %one : i32
      affine.store %w, %total[%i] : memref<64xi32>
    }
    %next = arith.subi %k, %c1 : index
    scf.yield %next : index
  }
  return
}

func.func @main() {
  %c3 = arith.constant 3 : index
  %c9 = arith.constant 9 : index
  %c20 = arith.constant 20 : index
  call @steps(%c20) : (index) -> ()
  call @steps_with_host(%c9) : (index) -> ()
  call @halve(%c3) : (index) -> ()
  %state = memref.get_global @state : memref<64xi32>
  %total = memref.get_global @total : memref<64xi32>
  %state_all = memref.cast %state : memref<64xi32> to memref<?xi32>
  %total_all = memref.cast %total : memref<64xi32> to memref<?xi32>
  call @print_hash_i32(%state_all) : (memref<?xi32>) -> ()
  call @print_hash_i32(%total_all) : (memref<?xi32>) -> ()
  return
}
