// RUN: vyre-opt %s --vyre-split-index-casts | FileCheck %s
// RUN: vyre-opt %s --vyre-split-index-casts --canonicalize | FileCheck %s --check-prefix=CANONICAL

// Bits that a narrowing cast drops stay dropped.
// CHECK-LABEL: func.func @there_and_back
// CHECK: %[[WIDE:.*]] = arith.index_cast %{{.*}} : index to i64
// CHECK: %[[NARROW:.*]] = arith.trunci %[[WIDE]] : i64 to i32
// CHECK: arith.index_cast %[[NARROW]] : i32 to index
// CANONICAL-LABEL: func.func @there_and_back
// CANONICAL: arith.trunci
// CANONICAL-LABEL: func.func @unsigned
func.func @there_and_back(%i: index) -> index {
  %narrow = arith.index_cast %i : index to i32
  %back = arith.index_cast %narrow : i32 to index
  return %back : index
}

// The same for casts that extend with zeros, and for vectors.
// CHECK-LABEL: func.func @unsigned
// CHECK: %[[WIDE:.*]] = arith.index_cast %{{.*}} : vector<4xindex> to vector<4xi64>
// CHECK: arith.trunci %[[WIDE]] : vector<4xi64> to vector<4xi8>
// CANONICAL: arith.trunci
func.func @unsigned(%i: vector<4xindex>) -> vector<4xindex> {
  %narrow = arith.index_castui %i : vector<4xindex> to vector<4xi8>
  %back = arith.index_castui %narrow : vector<4xi8> to vector<4xindex>
  return %back : vector<4xindex>
}

// No bit is lost here.
// CHECK-LABEL: func.func @wide
// CHECK-NOT: trunci
func.func @wide(%i: index, %j: i32) -> (i64, index) {
  %wide = arith.index_cast %i : index to i64
  %index = arith.index_cast %j : i32 to index
  return %wide, %index : i64, index
}
