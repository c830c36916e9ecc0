// Every run prints something else.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func private @nanoTime() -> i64

func.func @main() {
  %t = call @nanoTime() : () -> i64
  vector.print %t : i64
  return
}
