// A parallel loop of extents that only run time knows may have more rows than a CUDA
// grid has blocks in y: the host device takes it in every form.
// RUN: vyre-run %s --device=host --mode=plain | FileCheck %s
// RUN: vyre-run %s --device=host --mode=persistent | FileCheck %s
// CHECK: 70001
func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %rows_value = arith.constant 70001 : index
  %cell = memref.alloc() : memref<1xindex>
  memref.store %rows_value, %cell[%c0] : memref<1xindex>
  %rows = memref.load %cell[%c0] : memref<1xindex>
  %m = memref.alloc(%rows) : memref<?x2xi32>
  scf.for %t = %c0 to %c2 step %c1 {
    scf.parallel (%i, %j) = (%c0, %c0) to (%rows, %c2) step (%c1, %c1) {
      %row = arith.index_cast %i : index to i32
      %one = arith.constant 1 : i32
      %next = arith.addi %row, %one : i32
      memref.store %next, %m[%i, %j] : memref<?x2xi32>
      scf.reduce
    }
  }
  %last = arith.subi %rows, %c1 : index
  %v = memref.load %m[%last, %c1] : memref<?x2xi32>
  vector.print %v : i32
  return
}
