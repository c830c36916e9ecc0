// A call of a function that no library defines.
// RUN: expect-exit.sh 1 vyre-run %s 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump'

// CHECK: undefined-function.mlir:[[@LINE+1]]:1: error: function 'nowhere' is called, but nothing defines it; name its library with --shared-libs
func.func private @nowhere(i32)
func.func @main() {
  %c = arith.constant 1 : i32
  call @nowhere(%c) : (i32) -> ()
  return
}
