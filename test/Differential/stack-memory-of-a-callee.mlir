// A function that cannot be inlined lends its stack memory to kernels: they must be
// done before it returns, although its caller could wait for them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %{python} %S/run-differential.py %s

func.func private @printMemrefI32(memref<*xi32>) attributes {llvm.emit_c_interface}
func.func private @clobber(%n: index) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = memref.alloca() : memref<4096xindex>
  scf.for %i = %c0 to %n step %c1 { 
    %r = arith.remui %i, %n : index
    memref.store %i, %b[%r] : memref<4096xindex> }
  %v = memref.load %b[%c1] : memref<4096xindex>
  return %v : index
}
func.func private @work(%m: memref<4096xi32>, %depth: index) attributes {no_inline} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4096 = arith.constant 4096 : index
  %t = memref.alloca() : memref<4096xi32>
  scf.parallel (%i) = (%c0) to (%c4096) step (%c1) {
    %v = arith.index_cast %i : index to i32
    memref.store %v, %t[%i] : memref<4096xi32>
    scf.reduce
  }
  scf.parallel (%i) = (%c0) to (%c4096) step (%c1) {
    %v = memref.load %t[%i] : memref<4096xi32>
    %w = memref.load %m[%i] : memref<4096xi32>
    %s = arith.addi %v, %w : i32
    memref.store %s, %m[%i] : memref<4096xi32>
    scf.reduce
  }
  %more = arith.cmpi sgt, %depth, %c0 : index
  scf.if %more {
    %less = arith.subi %depth, %c1 : index
    func.call @work(%m, %less) : (memref<4096xi32>, index) -> ()
  }
  return
}
func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c4096 = arith.constant 4096 : index
  %z = arith.constant 0 : i32
  %m = memref.alloc() : memref<4096xi32>
  scf.for %i = %c0 to %c4096 step %c1 { memref.store %z, %m[%i] : memref<4096xi32> }
  scf.for %i = %c0 to %c8 step %c1 {
    func.call @work(%m, %c8) : (memref<4096xi32>, index) -> ()
    %x = func.call @clobber(%c4096) : (index) -> index
  }
  %h = scf.for %i = %c0 to %c4096 step %c1 iter_args(%a = %z) -> i32 {
    %v = memref.load %m[%i] : memref<4096xi32>
    %k = arith.xori %a, %v : i32
    %p = arith.constant 16777619 : i32
    %q = arith.muli %k, %p : i32
    scf.yield %q : i32
  }
  %o = memref.alloc() : memref<1xi32>
  memref.store %h, %o[%c0] : memref<1xi32>
  %u = memref.cast %o : memref<1xi32> to memref<*xi32>
  call @printMemrefI32(%u) : (memref<*xi32>) -> ()
  return
}
