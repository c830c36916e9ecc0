// An op of no known dialect.
// RUN: expect-exit.sh 1 vyre-run %s 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump'

func.func @main() {
// CHECK: unknown-op.mlir:[[@LINE+1]]:18: error: operation being parsed with an unregistered dialect
  "nothing.known"() : () -> ()
  return
}
