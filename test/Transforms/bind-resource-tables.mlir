// Kernels with 24 or more buffers get one table of them.
// RUN: vyre-opt %s --vyre-bind-resource-tables | FileCheck %s
// RUN: vyre-opt %s --vyre-bind-resource-tables -o /dev/null \
// RUN:   --remarks-filter=vyre-bind-resource-tables 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: vyre-opt %s --vyre-bind-resource-tables=profile=portable | FileCheck %s --check-prefix=STATIC

module attributes {gpu.container_module} {
  gpu.module @kernels {
    // The kernel reads descriptors of 5 words from the table; what is no buffer stays.
    // REMARK-DAG: [Passed] Table | {{.*}}Buffers=24, Bytes=960, Choices=0, Kernel=many
    // CHECK: gpu.func @many(%[[TABLE:.*]]: index, %[[SCALE:.*]]: f32) kernel
    // CHECK: %[[FIRST:.*]] = arith.constant 0 : index
    // CHECK: %[[A:.*]] = vyre.table_entry %[[TABLE]] at %[[FIRST]] : memref<8xf32>
    // CHECK: %[[LAST:.*]] = arith.constant 115 : index
    // CHECK: %[[B:.*]] = vyre.table_entry %[[TABLE]] at %[[LAST]] : memref<8xf32>
    // CHECK: %[[X:.*]] = memref.load %[[A]]
    // CHECK: %[[Y:.*]] = arith.mulf %[[X]], %[[SCALE]]
    // CHECK: memref.store %[[Y]], %[[B]]
    // STATIC-LABEL: gpu.func @many(%{{.*}}: index, %{{.*}}: f32) kernel
    gpu.func @many(%a0: memref<8xf32>, %a1: memref<8xf32>, %a2: memref<8xf32>, %a3: memref<8xf32>, %a4: memref<8xf32>, %a5: memref<8xf32>, %a6: memref<8xf32>, %a7: memref<8xf32>, %a8: memref<8xf32>, %a9: memref<8xf32>, %a10: memref<8xf32>, %a11: memref<8xf32>, %s: f32, %a12: memref<8xf32>, %a13: memref<8xf32>, %a14: memref<8xf32>, %a15: memref<8xf32>, %a16: memref<8xf32>, %a17: memref<8xf32>, %a18: memref<8xf32>, %a19: memref<8xf32>, %a20: memref<8xf32>, %a21: memref<8xf32>, %a22: memref<8xf32>, %a23: memref<8xf32>) kernel {
      %t = gpu.thread_id x
      %x = memref.load %a0[%t] : memref<8xf32>
      %y = arith.mulf %x, %s : f32
      memref.store %y, %a23[%t] : memref<8xf32>
      gpu.return
    }

    // One buffer less is not enough.
    // REMARK-DAG: [Missed] Table | {{.*}}Buffers=23, Kernel=few, Reason=too-few-resources
    // CHECK-LABEL: gpu.func @few(%{{.*}}: memref<8xf32>, %{{.*}}: memref<8xf32>
    // CHECK-NOT: vyre.table_entry
    gpu.func @few(%a0: memref<8xf32>, %a1: memref<8xf32>, %a2: memref<8xf32>, %a3: memref<8xf32>, %a4: memref<8xf32>, %a5: memref<8xf32>, %a6: memref<8xf32>, %a7: memref<8xf32>, %a8: memref<8xf32>, %a9: memref<8xf32>, %a10: memref<8xf32>, %a11: memref<8xf32>, %a12: memref<8xf32>, %a13: memref<8xf32>, %a14: memref<8xf32>, %a15: memref<8xf32>, %a16: memref<8xf32>, %a17: memref<8xf32>, %a18: memref<8xf32>, %a19: memref<8xf32>, %a20: memref<8xf32>, %a21: memref<8xf32>, %a22: memref<8xf32>) kernel {
      gpu.return
    }

    // Which buffer a thread takes is a place in the table: one descriptor is read. Where
    // the device has no dynamic indexing, the buffers stay.
    // REMARK-DAG: [Passed] Table | {{.*}}Choices=2, Kernel=choose
    // CHECK: gpu.func @choose(%[[TABLE:.*]]: index, %[[NUMBER:.*]]: index) kernel
    // CHECK: %[[WORD:.*]] = scf.index_switch %[[NUMBER]] -> index
    // CHECK: scf.yield %{{.*}} : index
    // CHECK: vyre.table_entry %[[TABLE]] at %[[WORD]] : memref<8xf32>
    // CHECK: %[[WORD:.*]] = arith.select %{{.*}}, %{{.*}}, %{{.*}} : index
    // CHECK: vyre.table_entry %[[TABLE]] at %[[WORD]] : memref<8xf32>
    // STATIC-LABEL: gpu.func @choose(%{{.*}}: memref<8xf32>, %{{.*}}: memref<8xf32>
    gpu.func @choose(%a0: memref<8xf32>, %a1: memref<8xf32>, %a2: memref<8xf32>, %a3: memref<8xf32>, %a4: memref<8xf32>, %a5: memref<8xf32>, %a6: memref<8xf32>, %a7: memref<8xf32>, %a8: memref<8xf32>, %a9: memref<8xf32>, %a10: memref<8xf32>, %a11: memref<8xf32>, %a12: memref<8xf32>, %a13: memref<8xf32>, %a14: memref<8xf32>, %a15: memref<8xf32>, %a16: memref<8xf32>, %a17: memref<8xf32>, %a18: memref<8xf32>, %a19: memref<8xf32>, %a20: memref<8xf32>, %a21: memref<8xf32>, %a22: memref<8xf32>, %a23: memref<8xf32>, %n: index) kernel {
      %c0 = arith.constant 0 : index
      %t = gpu.thread_id x
      %from = scf.index_switch %n -> memref<8xf32>
      case 0 {
        scf.yield %a0 : memref<8xf32>
      }
      case 1 {
        scf.yield %a1 : memref<8xf32>
      }
      default {
        scf.yield %a2 : memref<8xf32>
      }
      %is = arith.cmpi eq, %n, %c0 : index
      %to = arith.select %is, %a3, %a4 : memref<8xf32>
      %x = memref.load %from[%t] : memref<8xf32>
      memref.store %x, %to[%t] : memref<8xf32>
      gpu.return
    }

    // A shared kernel stays as it is if one of its launches cannot do with a table.
    // REMARK-DAG: [Missed] Table | {{.*}}Kernel=shared, Reason="async-token: a launch orders itself with async tokens"
    // CHECK-LABEL: gpu.func @shared(%{{.*}}: memref<8xf32>, %{{.*}}: memref<8xf32>
    gpu.func @shared(%a0: memref<8xf32>, %a1: memref<8xf32>, %a2: memref<8xf32>, %a3: memref<8xf32>, %a4: memref<8xf32>, %a5: memref<8xf32>, %a6: memref<8xf32>, %a7: memref<8xf32>, %a8: memref<8xf32>, %a9: memref<8xf32>, %a10: memref<8xf32>, %a11: memref<8xf32>, %a12: memref<8xf32>, %a13: memref<8xf32>, %a14: memref<8xf32>, %a15: memref<8xf32>, %a16: memref<8xf32>, %a17: memref<8xf32>, %a18: memref<8xf32>, %a19: memref<8xf32>, %a20: memref<8xf32>, %a21: memref<8xf32>, %a22: memref<8xf32>, %a23: memref<8xf32>) kernel {
      gpu.return
    }

    // A table in front of a recording would come too early for a buffer that a branch
    // computes, and for one that is looked up behind a fill; not for look-ups alone.
    // REMARK-DAG: [Missed] Table | {{.*}}Kernel=branched, Reason="graph-branch: a buffer is computed in a branch of a recording"
    // REMARK-DAG: [Missed] Table | {{.*}}Kernel=behind_fill, Reason="graph-copies: buffers are looked up between copies or fills"
    // REMARK-DAG: [Passed] Table | {{.*}}Kernel=looked_up
    gpu.func @branched(%a0: memref<8xf32>, %a1: memref<8xf32>, %a2: memref<8xf32>, %a3: memref<8xf32>, %a4: memref<8xf32>, %a5: memref<8xf32>, %a6: memref<8xf32>, %a7: memref<8xf32>, %a8: memref<8xf32>, %a9: memref<8xf32>, %a10: memref<8xf32>, %a11: memref<8xf32>, %a12: memref<8xf32>, %a13: memref<8xf32>, %a14: memref<8xf32>, %a15: memref<8xf32>, %a16: memref<8xf32>, %a17: memref<8xf32>, %a18: memref<8xf32>, %a19: memref<8xf32>, %a20: memref<8xf32>, %a21: memref<8xf32>, %a22: memref<8xf32>, %a23: memref<8xf32>) kernel {
      gpu.return
    }
    gpu.func @behind_fill(%a0: memref<8xf32>, %a1: memref<8xf32>, %a2: memref<8xf32>, %a3: memref<8xf32>, %a4: memref<8xf32>, %a5: memref<8xf32>, %a6: memref<8xf32>, %a7: memref<8xf32>, %a8: memref<8xf32>, %a9: memref<8xf32>, %a10: memref<8xf32>, %a11: memref<8xf32>, %a12: memref<8xf32>, %a13: memref<8xf32>, %a14: memref<8xf32>, %a15: memref<8xf32>, %a16: memref<8xf32>, %a17: memref<8xf32>, %a18: memref<8xf32>, %a19: memref<8xf32>, %a20: memref<8xf32>, %a21: memref<8xf32>, %a22: memref<8xf32>, %a23: memref<8xf32>) kernel {
      gpu.return
    }
    gpu.func @looked_up(%a0: memref<8xf32>, %a1: memref<8xf32>, %a2: memref<8xf32>, %a3: memref<8xf32>, %a4: memref<8xf32>, %a5: memref<8xf32>, %a6: memref<8xf32>, %a7: memref<8xf32>, %a8: memref<8xf32>, %a9: memref<8xf32>, %a10: memref<8xf32>, %a11: memref<8xf32>, %a12: memref<8xf32>, %a13: memref<8xf32>, %a14: memref<8xf32>, %a15: memref<8xf32>, %a16: memref<8xf32>, %a17: memref<8xf32>, %a18: memref<8xf32>, %a19: memref<8xf32>, %a20: memref<8xf32>, %a21: memref<8xf32>, %a22: memref<8xf32>, %a23: memref<8xf32>) kernel {
      gpu.return
    }
  }

  // The numbers of operands follow them: into the table, or behind it.
  // CHECK-LABEL: func.func @launch
  // CHECK: %[[TABLE:.*]] = vyre.resource_table %arg0, %arg1
  // CHECK-SAME: {vyre.reads = array<i32: 0>, vyre.unknown = array<i32: 0, 23>, vyre.writes = array<i32: 23>}
  // CHECK: gpu.launch_func @kernels::@many
  // CHECK-SAME: args(%[[TABLE]] : index, %{{.*}} : f32)
  // CHECK-SAME: {vyre.reads = array<i32>, vyre.table, vyre.unknown = array<i32>, vyre.writes = array<i32>}
  // CHECK: gpu.launch_func @kernels::@few
  // CHECK-SAME: args(%arg0 : memref<8xf32>
  // CHECK: %[[TABLE:.*]] = vyre.resource_table
  // CHECK: vyre.graph_region
  // CHECK: gpu.launch_func @kernels::@choose
  // CHECK-SAME: args(%[[TABLE]] : index, %{{.*}} : index)
  // CHECK: gpu.launch_func @kernels::@shared
  // CHECK-SAME: args(%arg0 : memref<8xf32>
  func.func @launch(%a0: memref<8xf32>, %a1: memref<8xf32>, %a2: memref<8xf32>, %a3: memref<8xf32>, %a4: memref<8xf32>, %a5: memref<8xf32>, %a6: memref<8xf32>, %a7: memref<8xf32>, %a8: memref<8xf32>, %a9: memref<8xf32>, %a10: memref<8xf32>, %a11: memref<8xf32>, %a12: memref<8xf32>, %a13: memref<8xf32>, %a14: memref<8xf32>, %a15: memref<8xf32>, %a16: memref<8xf32>, %a17: memref<8xf32>, %a18: memref<8xf32>, %a19: memref<8xf32>, %a20: memref<8xf32>, %a21: memref<8xf32>, %a22: memref<8xf32>, %a23: memref<8xf32>, %s: f32, %n: index) {
    %c1 = arith.constant 1 : index
    gpu.launch_func @kernels::@many blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
        args(%a0 : memref<8xf32>, %a1 : memref<8xf32>, %a2 : memref<8xf32>, %a3 : memref<8xf32>, %a4 : memref<8xf32>, %a5 : memref<8xf32>, %a6 : memref<8xf32>, %a7 : memref<8xf32>, %a8 : memref<8xf32>, %a9 : memref<8xf32>, %a10 : memref<8xf32>, %a11 : memref<8xf32>, %s : f32, %a12 : memref<8xf32>, %a13 : memref<8xf32>, %a14 : memref<8xf32>, %a15 : memref<8xf32>, %a16 : memref<8xf32>, %a17 : memref<8xf32>, %a18 : memref<8xf32>, %a19 : memref<8xf32>, %a20 : memref<8xf32>, %a21 : memref<8xf32>, %a22 : memref<8xf32>, %a23 : memref<8xf32>)
        {vyre.reads = array<i32: 0>, vyre.writes = array<i32: 24>, vyre.unknown = array<i32: 0, 24>}
    gpu.launch_func @kernels::@few blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
        args(%a0 : memref<8xf32>, %a1 : memref<8xf32>, %a2 : memref<8xf32>, %a3 : memref<8xf32>, %a4 : memref<8xf32>, %a5 : memref<8xf32>, %a6 : memref<8xf32>, %a7 : memref<8xf32>, %a8 : memref<8xf32>, %a9 : memref<8xf32>, %a10 : memref<8xf32>, %a11 : memref<8xf32>, %a12 : memref<8xf32>, %a13 : memref<8xf32>, %a14 : memref<8xf32>, %a15 : memref<8xf32>, %a16 : memref<8xf32>, %a17 : memref<8xf32>, %a18 : memref<8xf32>, %a19 : memref<8xf32>, %a20 : memref<8xf32>, %a21 : memref<8xf32>, %a22 : memref<8xf32>)
    vyre.graph_region edges [] {
      gpu.launch_func @kernels::@choose blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
          args(%a0 : memref<8xf32>, %a1 : memref<8xf32>, %a2 : memref<8xf32>, %a3 : memref<8xf32>, %a4 : memref<8xf32>, %a5 : memref<8xf32>, %a6 : memref<8xf32>, %a7 : memref<8xf32>, %a8 : memref<8xf32>, %a9 : memref<8xf32>, %a10 : memref<8xf32>, %a11 : memref<8xf32>, %a12 : memref<8xf32>, %a13 : memref<8xf32>, %a14 : memref<8xf32>, %a15 : memref<8xf32>, %a16 : memref<8xf32>, %a17 : memref<8xf32>, %a18 : memref<8xf32>, %a19 : memref<8xf32>, %a20 : memref<8xf32>, %a21 : memref<8xf32>, %a22 : memref<8xf32>, %a23 : memref<8xf32>, %n : index)
    }
    gpu.launch_func @kernels::@shared blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
        args(%a0 : memref<8xf32>, %a1 : memref<8xf32>, %a2 : memref<8xf32>, %a3 : memref<8xf32>, %a4 : memref<8xf32>, %a5 : memref<8xf32>, %a6 : memref<8xf32>, %a7 : memref<8xf32>, %a8 : memref<8xf32>, %a9 : memref<8xf32>, %a10 : memref<8xf32>, %a11 : memref<8xf32>, %a12 : memref<8xf32>, %a13 : memref<8xf32>, %a14 : memref<8xf32>, %a15 : memref<8xf32>, %a16 : memref<8xf32>, %a17 : memref<8xf32>, %a18 : memref<8xf32>, %a19 : memref<8xf32>, %a20 : memref<8xf32>, %a21 : memref<8xf32>, %a22 : memref<8xf32>, %a23 : memref<8xf32>)
    %t = gpu.launch_func async @kernels::@shared blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
        args(%a0 : memref<8xf32>, %a1 : memref<8xf32>, %a2 : memref<8xf32>, %a3 : memref<8xf32>, %a4 : memref<8xf32>, %a5 : memref<8xf32>, %a6 : memref<8xf32>, %a7 : memref<8xf32>, %a8 : memref<8xf32>, %a9 : memref<8xf32>, %a10 : memref<8xf32>, %a11 : memref<8xf32>, %a12 : memref<8xf32>, %a13 : memref<8xf32>, %a14 : memref<8xf32>, %a15 : memref<8xf32>, %a16 : memref<8xf32>, %a17 : memref<8xf32>, %a18 : memref<8xf32>, %a19 : memref<8xf32>, %a20 : memref<8xf32>, %a21 : memref<8xf32>, %a22 : memref<8xf32>, %a23 : memref<8xf32>)
    gpu.wait [%t]
    return
  }

  // CHECK-LABEL: func.func @recorded
  // CHECK-NOT: vyre.resource_table
  // CHECK: vyre.graph_region
  // CHECK: gpu.launch_func @kernels::@branched
  // CHECK-NOT: vyre.resource_table
  // CHECK: gpu.launch_func @kernels::@behind_fill
  // CHECK: vyre.resource_table
  // CHECK-NEXT: vyre.graph_region
  // CHECK: gpu.launch_func @kernels::@looked_up
  func.func @recorded(%a0: memref<8xf32>, %a1: memref<8xf32>, %a2: memref<8xf32>, %a3: memref<8xf32>, %a4: memref<8xf32>, %a5: memref<8xf32>, %a6: memref<8xf32>, %a7: memref<8xf32>, %a8: memref<8xf32>, %a9: memref<8xf32>, %a10: memref<8xf32>, %a11: memref<8xf32>, %a12: memref<8xf32>, %a13: memref<8xf32>, %a14: memref<8xf32>, %a15: memref<8xf32>, %a16: memref<8xf32>, %a17: memref<8xf32>, %a18: memref<8xf32>, %a19: memref<8xf32>, %a20: memref<8xf32>, %a21: memref<8xf32>, %a22: memref<8xf32>, %a23: memref<8xf32>, %b: i1, %x: f32) {
    %c1 = arith.constant 1 : index
    vyre.graph_region edges [] {
      scf.if %b {
        %view = arith.select %b, %a0, %a1 : memref<8xf32>
        gpu.launch_func @kernels::@branched blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
            args(%view : memref<8xf32>, %a1 : memref<8xf32>, %a2 : memref<8xf32>, %a3 : memref<8xf32>, %a4 : memref<8xf32>, %a5 : memref<8xf32>, %a6 : memref<8xf32>, %a7 : memref<8xf32>, %a8 : memref<8xf32>, %a9 : memref<8xf32>, %a10 : memref<8xf32>, %a11 : memref<8xf32>, %a12 : memref<8xf32>, %a13 : memref<8xf32>, %a14 : memref<8xf32>, %a15 : memref<8xf32>, %a16 : memref<8xf32>, %a17 : memref<8xf32>, %a18 : memref<8xf32>, %a19 : memref<8xf32>, %a20 : memref<8xf32>, %a21 : memref<8xf32>, %a22 : memref<8xf32>, %a23 : memref<8xf32>)
      }
    }
    vyre.graph_region edges [] {
      gpu.memset %a0, %x : memref<8xf32>, f32
      gpu.launch_func @kernels::@behind_fill blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
          args(%a0 : memref<8xf32>, %a1 : memref<8xf32>, %a2 : memref<8xf32>, %a3 : memref<8xf32>, %a4 : memref<8xf32>, %a5 : memref<8xf32>, %a6 : memref<8xf32>, %a7 : memref<8xf32>, %a8 : memref<8xf32>, %a9 : memref<8xf32>, %a10 : memref<8xf32>, %a11 : memref<8xf32>, %a12 : memref<8xf32>, %a13 : memref<8xf32>, %a14 : memref<8xf32>, %a15 : memref<8xf32>, %a16 : memref<8xf32>, %a17 : memref<8xf32>, %a18 : memref<8xf32>, %a19 : memref<8xf32>, %a20 : memref<8xf32>, %a21 : memref<8xf32>, %a22 : memref<8xf32>, %a23 : memref<8xf32>) {vyre.unknown = array<i32: 0>}
    }
    vyre.graph_region edges [] {
      gpu.launch_func @kernels::@looked_up blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
          args(%a0 : memref<8xf32>, %a1 : memref<8xf32>, %a2 : memref<8xf32>, %a3 : memref<8xf32>, %a4 : memref<8xf32>, %a5 : memref<8xf32>, %a6 : memref<8xf32>, %a7 : memref<8xf32>, %a8 : memref<8xf32>, %a9 : memref<8xf32>, %a10 : memref<8xf32>, %a11 : memref<8xf32>, %a12 : memref<8xf32>, %a13 : memref<8xf32>, %a14 : memref<8xf32>, %a15 : memref<8xf32>, %a16 : memref<8xf32>, %a17 : memref<8xf32>, %a18 : memref<8xf32>, %a19 : memref<8xf32>, %a20 : memref<8xf32>, %a21 : memref<8xf32>, %a22 : memref<8xf32>, %a23 : memref<8xf32>) {vyre.unknown = array<i32: 0>}
    }
    return
  }
}
