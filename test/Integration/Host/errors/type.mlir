// An operand of the wrong type.
// RUN: expect-exit.sh 1 vyre-run %s 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump'

func.func @main() {
  %c = arith.constant 1 : i32
// CHECK: type.mlir:[[@LINE+1]]:8: error: 'arith.addf' op operand #0 must be floating-point-like, but got 'i32'
  %d = arith.addf %c, %c : i32
  return
}
