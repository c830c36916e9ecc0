// RUN: vyre-opt %s --vyre-widen-loop-counters | FileCheck %s
// RUN: vyre-opt %s --vyre-widen-loop-counters --canonicalize | FileCheck %s --check-prefix=FOLDED

func.func private @use(i8)
func.func private @use32(i32)

// 67 iterations: the difference of the bounds is 200, and i8 ends at 127.
// CHECK-LABEL: func.func @narrow
// CHECK-DAG: %[[LOWER:.*]] = arith.constant -100 : i64
// CHECK-DAG: %[[UPPER:.*]] = arith.constant 100 : i64
// CHECK-DAG: %[[STEP:.*]] = arith.constant 3 : i64
// CHECK: scf.for %[[WIDE:.*]] = %[[LOWER]] to %[[UPPER]] step %[[STEP]] : i64 {
// CHECK-NEXT: %[[I:.*]] = arith.trunci %[[WIDE]] : i64 to i8
// CHECK-NEXT: call @use(%[[I]])
// FOLDED-LABEL: func.func @narrow
// FOLDED: scf.for
func.func @narrow() {
  %lower = arith.constant -100 : i8
  %upper = arith.constant 100 : i8
  %step = arith.constant 3 : i8
  scf.for %i = %lower to %upper step %step : i8 {
    func.call @use(%i) : (i8) -> ()
  }
  return
}

// A span that fits, one that is unsigned, and bounds that are no constants.
// CHECK-LABEL: func.func @others
// CHECK: scf.for {{.*}} : i8 {
// CHECK: scf.for unsigned {{.*}} : i8 {
// CHECK: scf.for {{.*}} : i32 {
// CHECK-NOT: arith.trunci
func.func @others(%n: i32) {
  %lower = arith.constant -50 : i8
  %low = arith.constant -100 : i8
  %upper = arith.constant 50 : i8
  %step = arith.constant 3 : i8
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  scf.for %i = %lower to %upper step %step : i8 {
    func.call @use(%i) : (i8) -> ()
  }
  scf.for unsigned %i = %step to %low step %step : i8 {
    func.call @use(%i) : (i8) -> ()
  }
  scf.for %i = %c0 to %n step %c1 : i32 {
    func.call @use32(%i) : (i32) -> ()
  }
  return
}
