// Executables cannot be linked with an instrumented runtime by themselves.
// UNSUPPORTED: sanitizer

// RUN: split-file %s %t

// An executable exits with main's value.
// RUN: vyre-compile %t/value.mlir --device=host -o %t/value
// RUN: %{python} -c "import subprocess,sys; sys.exit(subprocess.call(['%t/value']) != 42)"

// A runtime failure is 113, with a line that says what failed.
// RUN: vyre-compile %t/fails.mlir --device=host -o %t/fails
// RUN: %{python} -c "import subprocess,sys; sys.exit(subprocess.call(['%t/fails']) != 113)" 2> %t/fails.err
// RUN: FileCheck %s --check-prefix=FAILS < %t/fails.err
// FAILS: vyre: {{.*}}block

// A mode that is forced at compile time is the executable's default; the environment wins.
// RUN: vyre-compile %t/value.mlir --device=host --mode=graph -o %t/forced
// RUN: not env VYRE_STATS=%t/stats.json %t/forced
// RUN: FileCheck %s --check-prefix=FORCED < %t/stats.json
// FORCED: "mode":"graph"
// RUN: not env VYRE_STATS=%t/stats.json VYRE_MODE=plain %t/forced
// RUN: FileCheck %s --check-prefix=ENVIRONMENT < %t/stats.json
// ENVIRONMENT: "mode":"plain"

//--- value.mlir
func.func @main() -> i32 {
  %m = memref.alloc() : memref<4xi32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %n = arith.constant 42 : i32
  scf.parallel (%i) = (%c0) to (%c4) step (%c1) {
    memref.store %n, %m[%i] : memref<4xi32>
    scf.reduce
  }
  %value = memref.load %m[%c1] : memref<4xi32>
  memref.dealloc %m : memref<4xi32>
  return %value : i32
}

//--- fails.mlir
func.func private @size() -> index {
  %size = arith.constant 2048 : index
  return %size : index
}
func.func @main() -> i32 {
  %c1 = arith.constant 1 : index
  %m = memref.alloc() : memref<4xi32>
  %n = arith.constant 42 : i32
  %size = call @size() : () -> index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %size, %sy = %c1, %sz = %c1) {
    memref.store %n, %m[%c1] : memref<4xi32>
    gpu.terminator
  }
  %value = memref.load %m[%c1] : memref<4xi32>
  memref.dealloc %m : memref<4xi32>
  return %value : i32
}
