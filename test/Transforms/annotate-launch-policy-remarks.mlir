// Decisions are written to a file as structured remarks.
// RUN: vyre-opt %s --vyre-annotate-launch-policy -o /dev/null --remarks-filter=vyre-annotate-launch-policy \
// RUN:   --remark-format=yaml --remarks-output-file=%t.yaml
// RUN: FileCheck %s --input-file=%t.yaml

// CHECK:      --- !Missed
// CHECK-NEXT: Pass: {{ *}}vyre-annotate-launch-policy
// CHECK-NEXT: Name: {{ *}}D1
// CHECK-NEXT: DebugLoc: { File: '{{.*}}annotate-launch-policy-remarks.mlir'
// CHECK:      Function: once
// CHECK-NEXT: Args:
// CHECK-NEXT:   - Reason: single-launch
// CHECK-NEXT:   - Verdict: standard-launches
func.func @once(%n: index) {
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %n, %gy = %n, %gz = %n)
             threads(%tx, %ty, %tz) in (%sx = %n, %sy = %n, %sz = %n) {
    gpu.terminator
  }
  return
}
