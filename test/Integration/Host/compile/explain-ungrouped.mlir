// What became no launch group is explained too: a line each, with the reason, from
// the compiler, after a run, and from an executable.
// RUN: vyre-compile %s --emit=mlir -o %t.mlir --explain 2>&1 | FileCheck %s --implicit-check-not=iterations
// RUN: vyre-run %s --device=host --explain 2>&1 | FileCheck %s --implicit-check-not=iterations
// RUN: vyre-run %s --device=host --explain=json:%t.json
// RUN: %{python} -m json.tool %t.json | FileCheck %s --check-prefix=JSON
// RUN: vyre-compile %s --emit=mlir -o %t.mlir --explain=json:%t.compiled.json
// RUN: diff %t.json %t.compiled.json

// Asking for other remarks shows them and not these.
// RUN: vyre-run %s --device=host --remarks-filter=vyre-outline-kernels 2>&1 | FileCheck %s --check-prefix=REMARKS --implicit-check-not=vyre-map
// REMARKS-NOT: no launch group

// CHECK: explain-ungrouped.mlir:[[@LINE+22]]:10: no launch group: host-loop: the parallel loop stays on the host: reduction
// CHECK-NEXT: explain-ungrouped.mlir:[[@LINE+15]]:3: no launch group: no-loop: no scf.for or scf.while repeats these launches; they stay plain
// CHECK-NOT: {{.}}
// JSON: "launch_groups": [],
// JSON-NEXT: "ungrouped": [
// JSON: "location": "{{.*}}explain-ungrouped.mlir:[[@LINE+17]]:10",
// JSON-NEXT: "reason": "host-loop: the parallel loop stays on the host: reduction"
// JSON: "location": "{{.*}}explain-ungrouped.mlir:[[@LINE+9]]:3",
// JSON-NEXT: "reason": "no-loop: {{.*}}"
func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %m = memref.alloc() : memref<64xi32>
  scf.parallel (%i) = (%c0) to (%c64) step (%c1) {
    memref.store %one, %m[%i] : memref<64xi32>
    scf.reduce
  }
  %last = memref.load %m[%c1] : memref<64xi32>
  memref.store %last, %m[%c0] : memref<64xi32>
  %sum = scf.parallel (%i) = (%c0) to (%c64) step (%c1) init (%zero) -> i32 {
    %v = memref.load %m[%i] : memref<64xi32>
    scf.reduce(%v : i32) {
    ^bb0(%a: i32, %b: i32):
      %s = arith.addi %a, %b : i32
      scf.reduce.return %s : i32
    }
  }
  memref.store %sum, %m[%c0] : memref<64xi32>
  memref.dealloc %m : memref<64xi32>
  return
}
