// RUN: vyre-compile %s --device=host --emit=obj -o %t.o
// RUN: FileCheck %s < %t.o.h
// RUN: clang-22 -std=c11 -Wall -Werror -fsyntax-only -x c %t.o.h -Wno-pragma-once-outside-header

// Every type that C can name, and each way to return results.
// CHECK: int64_t rank;
// CHECK: } vyre_memref_any;
// CHECK: double *aligned;
// CHECK-NEXT: int64_t offset;
// CHECK-NEXT: } vyre_memref_double_0d;
// CHECK: int64_t sizes[2];
// CHECK-NEXT: int64_t strides[2];
// CHECK-NEXT: } vyre_memref_int32_2d;
// CHECK: int64_t result0;
// CHECK-NEXT: bool result1;
// CHECK-NEXT: } vyre_result_several;
// CHECK: void _mlir_ciface_buffers(vyre_memref_double_0d *arg0, vyre_memref_int32_2d *arg1, vyre_memref_any *arg2);
func.func @buffers(%a: memref<f64>, %b: memref<?x8xi32>, %c: memref<*xf32>) {
  return
}
// CHECK: int64_t _mlir_ciface_scalar(int8_t arg0, bool arg1, double arg2);
func.func @scalar(%a: i8, %b: i1, %c: f64) -> i64 {
  %r = arith.extsi %a : i8 to i64
  return %r : i64
}
// CHECK: void _mlir_ciface_several(vyre_result_several *result, int64_t arg0);
func.func @several(%a: index) -> (index, i1) {
  %true = arith.constant true
  return %a, %true : index, i1
}
// CHECK: void _mlir_ciface_memref(vyre_memref_int32_2d *result, vyre_memref_int32_2d *arg0);
func.func @memref(%a: memref<?x8xi32>) -> memref<?x8xi32> {
  return %a : memref<?x8xi32>
}
// A type without a name in C: said, not guessed.
// CHECK: /* half is left out: C has no name for one of its types. */
func.func @half(%a: f16) {
  return
}
// CHECK-NOT: helper
func.func private @helper() {
  return
}
