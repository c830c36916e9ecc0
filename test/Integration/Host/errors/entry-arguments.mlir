// An entry that takes arguments.
// RUN: expect-exit.sh 1 vyre-run %s 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump'

// CHECK: entry-arguments.mlir:[[@LINE+1]]:1: error: function 'main' takes arguments; the one to run takes none
func.func @main(%a: i32) {
  return
}
