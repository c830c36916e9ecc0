// RUN: rm -rf %t && split-file %s %t

// An error leaves no output, not even a temporary one, and keeps an older file.
// RUN: expect-exit.sh 1 vyre-compile %t/invalid.mlir -o %t/new 2>&1 | FileCheck %s --check-prefix=INVALID
// RUN: test ! -e %t/new
// RUN: echo older > %t/old
// RUN: expect-exit.sh 1 vyre-compile %t/no-main.mlir -o %t/old 2>&1 | FileCheck %s --check-prefix=MAIN
// RUN: FileCheck %s --check-prefix=OLDER < %t/old
// RUN: expect-exit.sh 1 vyre-compile %t/no-device.mlir --device=host -o %t/new --emit=mlir 2>&1 | FileCheck %s --check-prefix=DEVICE
// RUN: ls %t | FileCheck %s --check-prefix=LEFT --implicit-check-not=tmp --implicit-check-not=new
// INVALID: invalid.mlir:2:8: error:
// MAIN: error: {{.*}}no-main.mlir: no function 'main' with a body to run
// OLDER: older
// DEVICE: no-device.mlir:{{[0-9]+}}:{{[0-9]+}}: error:
// LEFT: old

// A path that cannot be written is named.
// RUN: expect-exit.sh 2 vyre-compile %t/fine.mlir -o %t/no/such/folder/out 2>&1 | FileCheck %s --check-prefix=PATH
// RUN: expect-exit.sh 2 vyre-compile %t/fine.mlir -o %t 2>&1 | FileCheck %s --check-prefix=PATH
// PATH: vyre-compile: error: cannot write '{{.*}}':

// Wrong usage has exit code 2, and says what is known.
// RUN: expect-exit.sh 2 vyre-compile %t/fine.mlir -o %t/new --chip=sm_1 2>&1 | FileCheck %s --check-prefix=CHIP
// CHIP: unknown chip 'sm_1'
// RUN: expect-exit.sh 2 vyre-compile %t/fine.mlir -o %t/new --emit=text 2>&1 | FileCheck %s --check-prefix=EMIT
// EMIT: unknown --emit 'text'; expected exe, obj, llvm, ptx or mlir
// RUN: expect-exit.sh 2 vyre-compile %t/fine.mlir -o %t/new --mode=fast 2>&1 | FileCheck %s --check-prefix=MODE
// MODE: unknown mode 'fast'
// RUN: expect-exit.sh 2 vyre-compile %t/fine.mlir 2>&1 | FileCheck %s --check-prefix=OUTPUT
// OUTPUT: no output file; name one with -o
// RUN: expect-exit.sh 2 vyre-compile %t/fine.mlir -o %t/new --device=host --emit=obj --march=i999 2>&1 | FileCheck %s --check-prefix=CPU --implicit-check-not=i999
// CPU: unknown CPU 'i999'
// RUN: expect-exit.sh 1 vyre-compile %t/fine.mlir -o %t/new --emit=ptx 2>&1 | FileCheck %s --check-prefix=KERNELS
// KERNELS: the program has no kernels to make PTX of
// RUN: expect-exit.sh 2 vyre-compile %t/fine.mlir -o %t/new --profile=%t/none.toml 2>&1 | FileCheck %s --check-prefix=PROFILE
// PROFILE: none.toml
// RUN: test ! -e %t/new

//--- invalid.mlir
func.func @main() {
  %c = arith.constant "text" : i32
  return
}

//--- no-main.mlir
func.func @other() {
  return
}

//--- no-device.mlir
func.func @main(%m: memref<4xf32>) {
  %c1 = arith.constant 1 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    nvvm.cp.async.wait.group 0
    gpu.terminator
  }
  return
}

//--- fine.mlir
func.func @main() {
  return
}
