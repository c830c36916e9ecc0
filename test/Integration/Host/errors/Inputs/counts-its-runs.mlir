// Adds a byte to the file `runs` in the working folder, and prints 1 from the sixth
// run on: with --mode=all the first round of runs agrees, the second does not.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
llvm.mlir.global private constant @name("runs\00") {addr_space = 0 : i32}
llvm.mlir.global private constant @how("a\00") {addr_space = 0 : i32}
llvm.func @fopen(!llvm.ptr, !llvm.ptr) -> !llvm.ptr
llvm.func @fputc(i32, !llvm.ptr) -> i32
llvm.func @ftell(!llvm.ptr) -> i64
llvm.func @fclose(!llvm.ptr) -> i32

func.func @main() {
  %name = llvm.mlir.addressof @name : !llvm.ptr
  %how = llvm.mlir.addressof @how : !llvm.ptr
  %file = llvm.call @fopen(%name, %how) : (!llvm.ptr, !llvm.ptr) -> !llvm.ptr
  %byte = arith.constant 46 : i32
  llvm.call @fputc(%byte, %file) : (i32, !llvm.ptr) -> i32
  %runs = llvm.call @ftell(%file) : (!llvm.ptr) -> i64
  llvm.call @fclose(%file) : (!llvm.ptr) -> i32
  %six = arith.constant 6 : i64
  %late = arith.cmpi sge, %runs, %six : i64
  %shown = arith.extui %late : i1 to i32
  vector.print %shown : i32
  return
}
