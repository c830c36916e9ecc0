// Text that is no MLIR.
// RUN: expect-exit.sh 1 vyre-run %s 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump'

// CHECK: syntax.mlir:[[@LINE+1]]:17: error: expected non-function type
func.func @main( {
