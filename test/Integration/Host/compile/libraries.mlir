// Executables with functions of others: named with --shared-libs as for vyre-run, as
// an object file, a static or a shared library.
// Executables cannot be linked with an instrumented runtime by themselves.
// UNSUPPORTED: sanitizer

// RUN: rm -rf %t && mkdir %t && split-file %s %t && cd %t
// RUN: clang++-22 -fPIC -c lib.cpp -o lib.o
// RUN: llvm-ar rc liblib.a lib.o
// RUN: clang++-22 -shared lib.o -o liblib.so
// DEFINE: %{check} = vyre-compile %t/main.mlir --device=host -o main --shared-libs
// RUN: %{check}=lib.o && ./main | FileCheck %s
// RUN: %{check}=liblib.a && ./main | FileCheck %s
// A shared library is found where it was, from any folder.
// RUN: %{check}=liblib.so && cd / && %t/main | FileCheck %s
// RUN: vyre-run %t/main.mlir --device=host --shared-libs=%t/liblib.so | FileCheck %s
// RUN: cd %t && vyre-run main.mlir --device=host --shared-libs=liblib.so | FileCheck %s
// CHECK: 42

// What nothing defines is named with its line, once; the linker's words are not shown,
// and no output is left.
// RUN: rm -f %t/main
// RUN: expect-exit.sh 1 vyre-compile %t/main.mlir --device=host -o %t/main 2>&1 | FileCheck %s --check-prefix=UNDEFINED --implicit-check-not=error: --implicit-check-not='undefined reference'
// UNDEFINED-DAG: main.mlir:2:1: error: function 'answer' is called, but nothing defines it; name its library with --shared-libs
// UNDEFINED-DAG: main.mlir:3:1: error: function 'question' is called, but nothing defines it; name its library with --shared-libs
// RUN: ls %t | FileCheck %s --check-prefix=LEFT --implicit-check-not=tmp
// LEFT: main.mlir
// RUN: test ! -e %t/main

// Wrong usage is known before the work.
// RUN: expect-exit.sh 2 vyre-compile %t/none.mlir -o %t/main --shared-libs=%t/lib.o,%t/none.so 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: vyre-compile: error: --shared-libs: there is no file '{{.*}}none.so'
// RUN: expect-exit.sh 2 vyre-compile %t/main.mlir -o %t/main.o --emit=obj --shared-libs=%t/lib.o 2>&1 | FileCheck %s --check-prefix=OBJ
// OBJ: vyre-compile: error: --shared-libs is for --emit=exe; nothing else is linked

//--- lib.cpp
extern "C" int answer(int seed) { return seed + 40; }
extern "C" int question() { return 2; }

//--- main.mlir
// Two functions of a library.
func.func private @answer(i32) -> i32
func.func private @question() -> i32
func.func @main() {
  %seed = call @question() : () -> i32
  %value = call @answer(%seed) : (i32) -> i32
  %again = call @answer(%seed) : (i32) -> i32
  vector.print %value : i32
  vector.print %again : i32
  return
}
