// The twin of narrow-integer-arguments.mlir: its launches as loops over blocks and threads.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

// Prints a 64-bit FNV-1a hash over the bits of all elements.
func.func private @print_hash_i1(%m: memref<?xi1>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %prime = arith.constant 0x100000001b3 : i64
  %n = memref.dim %m, %c0 : memref<?xi1>
  %hash = scf.for %i = %c0 to %n step %c1 iter_args(%h = %basis) -> i64 {
    %value = memref.load %m[%i] : memref<?xi1>
    %word = arith.extui %value : i1 to i64
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

// Prints a 64-bit FNV-1a hash over the bits of all elements.
func.func private @print_hash_i8(%m: memref<?xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %prime = arith.constant 0x100000001b3 : i64
  %n = memref.dim %m, %c0 : memref<?xi8>
  %hash = scf.for %i = %c0 to %n step %c1 iter_args(%h = %basis) -> i64 {
    %value = memref.load %m[%i] : memref<?xi8>
    %word = arith.extui %value : i8 to i64
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

// Prints a 64-bit FNV-1a hash over the bits of all elements.
func.func private @print_hash_i64(%m: memref<?xi64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %prime = arith.constant 0x100000001b3 : i64
  %n = memref.dim %m, %c0 : memref<?xi64>
  %hash = scf.for %i = %c0 to %n step %c1 iter_args(%h = %basis) -> i64 {
    %value = memref.load %m[%i] : memref<?xi64>
    %mixed = arith.xori %h, %value : i64
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
func.func private @fill_i1(%m: memref<?xi1>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %seven = arith.constant 7 : i32
  %modulus = arith.constant 61 : i32
  %twenty = arith.constant 20 : i32
  %n = memref.dim %m, %c0 : memref<?xi1>
  scf.for %i = %c0 to %n step %c1 {
    %k = arith.index_cast %i : index to i32
    %scaled = arith.muli %k, %seven : i32
    %rest = arith.remui %scaled, %modulus : i32
    %w = arith.subi %rest, %twenty : i32
    %v = arith.trunci %w : i32 to i1
    memref.store %v, %m[%i] : memref<?xi1>
  }
  return
}

// Element i becomes 7 i mod 61 - 20, on the host.
func.func private @fill_i8(%m: memref<?xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %seven = arith.constant 7 : i32
  %modulus = arith.constant 61 : i32
  %twenty = arith.constant 20 : i32
  %n = memref.dim %m, %c0 : memref<?xi8>
  scf.for %i = %c0 to %n step %c1 {
    %k = arith.index_cast %i : index to i32
    %scaled = arith.muli %k, %seven : i32
    %rest = arith.remui %scaled, %modulus : i32
    %w = arith.subi %rest, %twenty : i32
    %v = arith.trunci %w : i32 to i8
    memref.store %v, %m[%i] : memref<?xi8>
  }
  return
}

// Element i becomes 7 i mod 61 - 20, on the host.
func.func private @fill_i64(%m: memref<?xi64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %seven = arith.constant 7 : i32
  %modulus = arith.constant 61 : i32
  %twenty = arith.constant 20 : i32
  %n = memref.dim %m, %c0 : memref<?xi64>
  scf.for %i = %c0 to %n step %c1 {
    %k = arith.index_cast %i : index to i32
    %scaled = arith.muli %k, %seven : i32
    %rest = arith.remui %scaled, %modulus : i32
    %w = arith.subi %rest, %twenty : i32
    %v = arith.extsi %w : i32 to i64
    memref.store %v, %m[%i] : memref<?xi64>
  }
  return
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c16 = arith.constant 16 : index
  %byte = arith.constant -77 : i8
  %short = arith.constant -12345 : i16
  %long = arith.constant 1234567890123 : i64
  %flags = memref.alloc() : memref<48xi1>
  %flags_all = memref.cast %flags : memref<48xi1> to memref<?xi1>
  call @fill_i1(%flags_all) : (memref<?xi1>) -> ()
  %bytes = memref.alloc() : memref<48xi8>
  %bytes_all = memref.cast %bytes : memref<48xi8> to memref<?xi8>
  call @fill_i8(%bytes_all) : (memref<?xi8>) -> ()
  %a = memref.alloc() : memref<48xi64>
  %a_all = memref.cast %a : memref<48xi64> to memref<?xi64>
  call @fill_i64(%a_all) : (memref<?xi64>) -> ()
  scf.for %t = %c0 to %c4 step %c1 iter_args(%flag = %short) -> i16 {
    %odd = arith.trunci %flag : i16 to i1
    %first0 = arith.constant 0 : index
    %step0 = arith.constant 1 : index
    scf.for %bx = %first0 to %c3 step %step0 {
      scf.for %tx = %first0 to %c16 step %step0 {
        %first = arith.muli %bx, %c16 : index
        %i = arith.addi %first, %tx : index
        %f = memref.load %flags[%i] : memref<48xi1>
        %b = memref.load %bytes[%i] : memref<48xi8>
        %v = memref.load %a[%i] : memref<48xi64>
        %g = arith.xori %f, %odd : i1
        %b1 = arith.muli %b, %byte : i8
        %b2 = arith.select %g, %b1, %b : i8
        %b64 = arith.extsi %b2 : i8 to i64
        %s64 = arith.extsi %flag : i16 to i64
        %w0 = arith.addi %v, %b64 : i64
        %w1 = arith.addi %w0, %s64 : i64
        %w2 = arith.xori %w1, %long : i64
        memref.store %g, %flags[%i] : memref<48xi1>
        memref.store %b2, %bytes[%i] : memref<48xi8>
        memref.store %w2, %a[%i] : memref<48xi64>
      }
    }
    %three = arith.constant 3 : i16
    %next = arith.muli %flag, %three : i16
    %one = arith.constant 1 : i16
    %moved = arith.addi %next, %one : i16
    scf.yield %moved : i16
  }
  call @print_hash_i1(%flags_all) : (memref<?xi1>) -> ()
  call @print_hash_i8(%bytes_all) : (memref<?xi8>) -> ()
  call @print_hash_i64(%a_all) : (memref<?xi64>) -> ()
  memref.dealloc %a : memref<48xi64>
  memref.dealloc %bytes : memref<48xi8>
  memref.dealloc %flags : memref<48xi1>
  return
}
