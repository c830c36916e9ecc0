// RUN: vyre-opt %s --vyre-order-atomic-loads | FileCheck %s

// The first read of a compare-and-exchange loop races with other threads.
// CHECK-LABEL: llvm.func @loop
llvm.func @loop(%p: !llvm.ptr, %other: !llvm.ptr) -> i32 {
  // CHECK: llvm.load %{{.*}} atomic monotonic {alignment = 4 : i64} : !llvm.ptr -> i32
  %first = llvm.load %p : !llvm.ptr -> i32
  llvm.br ^try(%first : i32)
^try(%old: i32):
  // A place that nothing exchanges is read as before.
  // CHECK: llvm.load %{{.*}} : !llvm.ptr -> i32
  %step = llvm.load %other : !llvm.ptr -> i32
  %new = llvm.add %old, %step : i32
  %pair = llvm.cmpxchg %p, %old, %new acq_rel monotonic : !llvm.ptr, i32
  %now = llvm.extractvalue %pair[0] : !llvm.struct<(i32, i1)>
  %done = llvm.extractvalue %pair[1] : !llvm.struct<(i32, i1)>
  llvm.cond_br %done, ^end, ^try(%now : i32)
^end:
  llvm.return %new : i32
}
