// Collectives become workgroup memory, barriers and a tree of fixed order where
// all threads of a block arrive together; elsewhere they stay, with a remark.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: vyre-opt %s --pass-pipeline='builtin.module(gpu.module(vyre-expand-collectives))' | FileCheck %s
// RUN: vyre-opt %s --pass-pipeline='builtin.module(gpu.module(vyre-expand-collectives))' \
// RUN:   --remarks-filter=vyre-expand-collectives -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=REMARK --implicit-check-not=remark:
// RUN: vyre-opt %s --pass-pipeline='builtin.module(gpu.module(vyre-expand-collectives{shuffles=false}))' \
// RUN:   | FileCheck %s --check-prefix=NATIVE

gpu.module @kernels {
  // Forty threads: strides from 32 down, a guard around loads and stores only,
  // and one element of memory per thread.
  // CHECK-LABEL: gpu.func @known_block
  // CHECK-SAME: workgroup(%[[MEMORY:.*]] : memref<40xf32, #gpu.address_space<workgroup>>)
  gpu.func @known_block(%x: f32, %out: memref<f32>) kernel attributes {known_block_size = array<i32: 40, 1, 1>} {
    // CHECK: memref.store %{{.*}}, %[[MEMORY]][%[[THREAD:.*]]] :
    // CHECK-NEXT: gpu.barrier
    // CHECK-NEXT: scf.while
    // CHECK: scf.condition
    // CHECK: ^bb0(%[[STRIDE:.*]]: index):
    // CHECK: %[[OTHER:.*]] = arith.addi %[[THREAD]]
    // CHECK: arith.cmpi ult, %[[THREAD]], %[[STRIDE]]
    // CHECK: scf.if
    // CHECK-NEXT: %[[OWN:.*]] = memref.load %[[MEMORY]][%[[THREAD]]]
    // CHECK-NEXT: %[[TAKEN:.*]] = memref.load %[[MEMORY]][%[[OTHER]]]
    // CHECK-NEXT: %[[SUM:.*]] = arith.addf %[[OWN]], %[[TAKEN]]
    // CHECK-NEXT: memref.store %[[SUM]], %[[MEMORY]][%[[THREAD]]]
    // CHECK-NEXT: }
    // CHECK-NEXT: gpu.barrier
    // CHECK: %[[RESULT:.*]] = memref.load %[[MEMORY]]
    // CHECK-NEXT: gpu.barrier
    // CHECK-NEXT: memref.store %[[RESULT]]
    %sum = gpu.all_reduce add %x {} : (f32) -> f32
    memref.store %sum, %out[] : memref<f32>
    gpu.return
  }

  // An unknown block has at most 1,024 threads; two reductions of a type share
  // memory, a region is copied.
  // CHECK-LABEL: gpu.func @unknown_block
  // CHECK-SAME: workgroup(%{{[^:]*}} : memref<1024xi32, #gpu.address_space<workgroup>>)
  gpu.func @unknown_block(%x: i32, %out: memref<i32>) kernel {
    // CHECK: scf.while
    // CHECK: arith.maxsi
    // CHECK: scf.while
    // CHECK: arith.xori
    // CHECK-NOT: gpu.all_reduce
    %max = gpu.all_reduce maxsi %x {} : (i32) -> i32
    %any = gpu.all_reduce %max {
    ^bb0(%a: i32, %b: i32):
      %c = arith.xori %a, %b : i32
      gpu.yield %c : i32
    } : (i32) -> i32
    memref.store %any, %out[] : memref<i32>
    gpu.return
  }

  // Clusters of four lanes, two apart: the stride starts at two positions.
  // CHECK-LABEL: gpu.func @clusters
  gpu.func @clusters(%x: i32, %out: memref<i32>) kernel {
    // CHECK: %[[C2:.*]] = arith.constant 2 : index
    // CHECK: %[[STEP:.*]] = arith.divui %{{.*}}, %[[C2]]
    // CHECK: %[[C4:.*]] = arith.constant 4 : index
    // CHECK: arith.remui %[[STEP]], %[[C4]]
    // CHECK: scf.while
    // CHECK: arith.muli
    // CHECK-NOT: gpu.subgroup_reduce
    %sum = gpu.subgroup_reduce add %x cluster(size = 4, stride = 2) : (i32) -> i32
    memref.store %sum, %out[] : memref<i32>
    gpu.return
  }

  // A shuffle takes two barriers and no loop; CUDA keeps its own.
  // CHECK-LABEL: gpu.func @shuffle
  // NATIVE-LABEL: gpu.func @shuffle
  gpu.func @shuffle(%x: f32, %offset: i32, %width: i32, %out: memref<f32>) kernel {
    // CHECK: arith.xori
    // CHECK: %[[VALID:.*]] = arith.cmpi ult
    // CHECK: memref.store
    // CHECK-NEXT: gpu.barrier
    // CHECK: arith.andi %[[VALID]]
    // CHECK: memref.load
    // CHECK-NEXT: gpu.barrier
    // CHECK-NOT: gpu.shuffle
    // NATIVE: gpu.shuffle xor
    %y, %valid = gpu.shuffle xor %x, %offset, %width : f32
    memref.store %y, %out[] : memref<f32>
    gpu.return
  }

  // Under a condition on the thread a barrier would hang.
  // CHECK-LABEL: gpu.func @divergent
  gpu.func @divergent(%x: i32, %n: index, %out: memref<i32>) kernel {
    // CHECK-NOT: gpu.barrier
    // CHECK: gpu.all_reduce
    %t = gpu.thread_id x
    %some = arith.cmpi ult, %t, %n : index
    scf.if %some {
      // REMARK: :[[@LINE+1]]:{{.*}} [Missed] NotExpanded {{.*}}Reason="not proven to be reached by all threads of a block", Remark="'gpu.all_reduce' stays for CUDA alone"
      %sum = gpu.all_reduce add %x {} : (i32) -> i32
      memref.store %sum, %out[] : memref<i32>
    }
    gpu.return
  }

  // The same condition, but the program promises that all threads agree.
  // CHECK-LABEL: gpu.func @promised
  gpu.func @promised(%x: i32, %n: index, %out: memref<i32>) kernel {
    // CHECK-NOT: gpu.all_reduce
    // CHECK: gpu.barrier
    %t = gpu.thread_id x
    %some = arith.cmpi ult, %t, %n : index
    scf.if %some {
      %sum = gpu.all_reduce add %x uniform {} : (i32) -> i32
      memref.store %sum, %out[] : memref<i32>
    }
    gpu.return
  }

  // Loops and conditions on arguments and block ids are the same in all threads,
  // also where a loop carries what decides.
  // CHECK-LABEL: gpu.func @uniform_flow
  gpu.func @uniform_flow(%x: i32, %n: index, %out: memref<i32>) kernel {
    // CHECK-NOT: gpu.all_reduce
    // CHECK: gpu.barrier
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %b = gpu.block_id x
    %end = scf.for %i = %c0 to %n step %c1 iter_args(%limit = %b) -> (index) {
      %runs = arith.cmpi ult, %i, %limit : index
      scf.if %runs {
        %sum = gpu.all_reduce add %x {} : (i32) -> i32
        memref.store %sum, %out[] : memref<i32>
      }
      %next = arith.addi %limit, %c1 : index
      scf.yield %next : index
    }
    gpu.return
  }

  // A subgroup's promise says nothing about the other subgroups.
  // CHECK-LABEL: gpu.func @subgroup_promise
  gpu.func @subgroup_promise(%x: i32, %n: index, %out: memref<i32>) kernel {
    // CHECK-NOT: gpu.barrier
    // CHECK: gpu.subgroup_reduce
    %s = gpu.subgroup_id : index
    %some = arith.cmpi ult, %s, %n : index
    scf.if %some {
      // REMARK: :[[@LINE+1]]:{{.*}} [Missed] NotExpanded {{.*}}Reason="not proven to be reached by all threads of a block", Remark="'gpu.subgroup_reduce' stays for CUDA alone"
      %sum = gpu.subgroup_reduce add %x uniform : (i32) -> i32
      memref.store %sum, %out[] : memref<i32>
    }
    gpu.return
  }
}
