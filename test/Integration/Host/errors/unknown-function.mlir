// A call of a function that is not declared.
// RUN: expect-exit.sh 1 vyre-run %s 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump'

func.func @main() {
// CHECK: unknown-function.mlir:[[@LINE+1]]:3: error: 'func.call' op 'missing' does not reference a valid function
  call @missing() : () -> ()
  return
}
