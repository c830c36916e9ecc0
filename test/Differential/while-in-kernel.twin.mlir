// The twin of while-in-kernel.mlir: its launches as loops over blocks and threads.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

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
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c32 = arith.constant 32 : index
  %i1 = arith.constant 1 : i32
  %i5 = arith.constant 5 : i32
  %a = memref.alloc() : memref<128xi32>
  %a_all = memref.cast %a : memref<128xi32> to memref<?xi32>
  call @fill_i32(%a_all) : (memref<?xi32>) -> ()
  scf.for %t = %c0 to %c3 step %c1 {
    %k = arith.index_cast %t : index to i32
    %first0 = arith.constant 0 : index
    %step0 = arith.constant 1 : index
    scf.for %bx = %first0 to %c4 step %step0 {
      scf.for %tx = %first0 to %c32 step %step0 {
        %one = arith.constant 1 : i32
        %two = arith.constant 2 : i32
        %three = arith.constant 3 : i32
        %zero = arith.constant 0 : i32
        %first = arith.muli %bx, %c32 : index
        %i = arith.addi %first, %tx : index
        %i32 = arith.index_cast %i : index to i32
        %up = arith.addi %i32, %one : i32
        %begin = arith.addi %up, %k : i32
        %last, %steps = scf.while (%n = %begin, %s = %zero) : (i32, i32) -> (i32, i32) {
          %more = arith.cmpi sgt, %n, %one : i32
          scf.condition(%more) %n, %s : i32, i32
        } do {
        ^bb0(%n: i32, %s: i32):
          %parity = arith.remsi %n, %two : i32
          %is_odd = arith.cmpi eq, %parity, %one : i32
          %tripled = arith.muli %n, %three : i32
          %grown = arith.addi %tripled, %one : i32
          %halved = arith.divsi %n, %two : i32
          %next = arith.select %is_odd, %grown, %halved : i32
          %s1 = arith.addi %s, %one : i32
          scf.yield %next, %s1 : i32, i32
        }
        %v = memref.load %a[%i] : memref<128xi32>
        %w = arith.addi %v, %steps : i32
        memref.store %w, %a[%i] : memref<128xi32>
      }
    }
  }
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  memref.dealloc %a : memref<128xi32>
  return
}
