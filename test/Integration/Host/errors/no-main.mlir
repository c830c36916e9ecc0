// A program without main.
// RUN: expect-exit.sh 1 vyre-run %s 2>&1 | FileCheck %s --implicit-check-not='error:' --implicit-check-not='Stack dump'
// CHECK: vyre-run: error: {{.*}}no-main.mlir: no function 'main' with a body to run

func.func @other() {
  return
}
