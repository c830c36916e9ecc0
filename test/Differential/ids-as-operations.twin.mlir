// The twin of ids-as-operations.mlir: its launches as loops over blocks and threads.
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
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c10 = arith.constant 10 : index
  %c20 = arith.constant 20 : index
  %c32 = arith.constant 32 : index
  %c60 = arith.constant 60 : index
  %c240 = arith.constant 240 : index
  %i4 = arith.constant 4 : i32
  %a = memref.alloc() : memref<240xi32>
  %a_all = memref.cast %a : memref<240xi32> to memref<?xi32>
  call @fill_i32(%a_all) : (memref<?xi32>) -> ()
  %b = memref.alloc() : memref<240xi32>
  %b_all = memref.cast %b : memref<240xi32> to memref<?xi32>
  call @fill_i32(%b_all) : (memref<?xi32>) -> ()
  scf.for %t = %c0 to %c3 step %c1 {
    scf.for %by = %c0 to %c2 step %c1 {
      scf.for %bx = %c0 to %c3 step %c1 {
        scf.for %ty = %c0 to %c2 step %c1 {
          scf.for %tx = %c0 to %c20 step %c1 {
            // 40 threads in a block: a subgroup of 32 and one of 8.
            %y0 = arith.muli %by, %c2 : index
            %y = arith.addi %y0, %ty : index
            %x0 = arith.muli %bx, %c20 : index
            %x = arith.addi %x0, %tx : index
            %row = arith.muli %y, %c60 : index
            %i = arith.addi %row, %x : index
            %l0 = arith.muli %ty, %c20 : index
            %l1 = arith.addi %l0, %tx : index
            %lane = arith.remui %l1, %c32 : index
            %group = arith.divui %l1, %c32 : index
            %p0 = arith.muli %group, %c60 : index
            %p1 = arith.addi %p0, %lane : index
            %p2 = arith.muli %p1, %c10 : index
            %p3 = arith.addi %p2, %c2 : index
            %p = arith.index_cast %p3 : index to i32
            %v = memref.load %a[%i] : memref<240xi32>
            %w = arith.addi %v, %p : i32
            memref.store %w, %b[%i] : memref<240xi32>
          }
        }
      }
    }
    scf.for %i = %c0 to %c240 step %c1 {
      %v = memref.load %b[%i] : memref<240xi32>
      %w = arith.muli %v, %i4 : i32
      memref.store %w, %a[%i] : memref<240xi32>
    }
  }
  call @print_hash_i32(%a_all) : (memref<?xi32>) -> ()
  return
}
