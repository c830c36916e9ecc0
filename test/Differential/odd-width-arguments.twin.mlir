// The twin of odd-width-arguments.mlir.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %odd = arith.constant 4294967303 : i33
  %wide = arith.constant 18446744073709551617 : i65
  %v = arith.constant dense<[[1, 2], [3, 4]]> : vector<2x2xi32>
  %last = arith.constant 3 : i32
  %r = memref.alloc() : memref<2xi64>
  scf.for %t = %c0 to %c3 step %c1 {
    // Values that change from run to run stay arguments.
    %time = arith.index_cast %t : index to i32
    %time33 = arith.extsi %time : i32 to i33
    %time65 = arith.extsi %time : i32 to i65
    %a33 = arith.addi %odd, %time33 : i33
    %a65 = arith.addi %wide, %time65 : i65
    %a32 = arith.addi %last, %time : i32
    %spread = vector.broadcast %time : i32 to vector<2x2xi32>
    %av = arith.addi %v, %spread : vector<2x2xi32>
    scf.for %tx = %c0 to %c2 step %c1 {
      %b33 = arith.extsi %a33 : i33 to i64
      %b65 = arith.trunci %a65 : i65 to i64
      %e = vector.extract %av[1, 0] : i32 from vector<2x2xi32>
      %bv = arith.extsi %e : i32 to i64
      %b32 = arith.extsi %a32 : i32 to i64
      %s0 = arith.addi %b33, %b65 : i64
      %s1 = arith.addi %s0, %bv : i64
      %s2 = arith.addi %s1, %b32 : i64
      memref.store %s2, %r[%tx] : memref<2xi64>
    }
  }
  %all = memref.cast %r : memref<2xi64> to memref<*xi64>
  call @printMemrefI64(%all) : (memref<*xi64>) -> ()
  memref.dealloc %r : memref<2xi64>
  return
}
