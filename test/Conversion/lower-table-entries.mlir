// RUN: vyre-opt %s --vyre-lower-table-entries | FileCheck %s

gpu.module @m {
  // A descriptor is loads of its words, which nothing writes meanwhile.
  // CHECK-LABEL: gpu.func @entry(%arg0: index, %arg1: index)
  // CHECK: %[[ADDRESS:.*]] = arith.index_cast %arg0 : index to i64
  // CHECK: %[[WORD:.*]] = arith.index_cast %arg1 : index to i64
  // CHECK: %[[TABLE:.*]] = llvm.inttoptr %[[ADDRESS]]
  // CHECK: %[[ENTRY:.*]] = llvm.getelementptr %[[TABLE]][%[[WORD]]] : (!llvm.ptr, i64) -> !llvm.ptr, i64
  // CHECK: %[[P:.*]] = llvm.getelementptr %[[ENTRY]][0]
  // CHECK: llvm.load %[[P]] invariant {alignment = 8 : i64} : !llvm.ptr -> !llvm.ptr
  // CHECK: %[[P:.*]] = llvm.getelementptr %[[ENTRY]][4]
  // CHECK: llvm.load %[[P]] invariant {alignment = 8 : i64} : !llvm.ptr -> i64
  // CHECK: %[[MEMREF:.*]] = builtin.unrealized_conversion_cast {{.*}} to memref<?xf32>
  // CHECK: memref.load %[[MEMREF]]
  gpu.func @entry(%table: index, %word: index) kernel {
    %m = vyre.table_entry %table at %word : memref<?xf32>
    %c0 = arith.constant 0 : index
    %x = memref.load %m[%c0] : memref<?xf32>
    memref.store %x, %m[%c0] : memref<?xf32>
    gpu.return
  }
}
