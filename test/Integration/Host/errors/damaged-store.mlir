// A store that was cut in the middle is reported; the program runs all the same
// and the file stays as it is.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: printf 'schema = 1\n[[record]]\nkey = "00' > %t.toml
// RUN: cp %t.toml %t.before.toml
// RUN: env VYRE_STORE=%t.toml vyre-run %s --device=host > %t.out 2> %t.err
// RUN: FileCheck %s < %t.out
// RUN: FileCheck %s --check-prefix=ERR < %t.err
// RUN: cmp %t.toml %t.before.toml

// ERR: vyre: warning: {{.*}}.toml:3: {{.*}}; it is not used
// CHECK: [7]
func.func private @printMemrefI32(memref<*xi32>) attributes {llvm.emit_c_interface}
func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %seven = arith.constant 7 : i32
  %m = memref.alloc() : memref<1xi32>
  scf.parallel (%i) = (%c0) to (%c1) step (%c1) {
    memref.store %seven, %m[%i] : memref<1xi32>
    scf.reduce
  }
  %any = memref.cast %m : memref<1xi32> to memref<*xi32>
  call @printMemrefI32(%any) : (memref<*xi32>) -> ()
  memref.dealloc %m : memref<1xi32>
  return
}
