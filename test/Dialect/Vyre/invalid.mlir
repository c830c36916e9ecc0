// One case for each constraint of the dialect, with the message it gives.
// RUN: vyre-opt %s --split-input-file --verify-diagnostics

// profile-C1
// expected-error @+1 {{profile-C1: bindless is full, static or unsupported, not 'some'}}
func.func private @f() attributes {a = #vyre.profile<name = "p", launch = 1, setup = 1, record = 1, graph_launch = 1, graph_node = 1, barrier = 1, bindless = "some">}

// -----

// profile-C2
// expected-error @+1 {{profile-C2: a profile has a name}}
func.func private @f() attributes {a = #vyre.profile<name = "", launch = 1, setup = 1, record = 1, graph_launch = 1, graph_node = 1, barrier = 1, bindless = "full">}

// -----

// verdict-C1: D1
// expected-error @+1 {{verdict-C1: 'persistent-kernel' is no verdict of d1}}
func.func private @f() attributes {a = #vyre.verdict<d1 = "persistent-kernel", mode = "plain-launches">}

// -----

// verdict-C1: D4
// expected-error @+1 {{verdict-C1: 'record-and-replay:4x' is no verdict of d4}}
func.func private @f() attributes {a = #vyre.verdict<d4 = "record-and-replay:4x", mode = "plain-launches">}

// -----

// verdict-C1: D9
// expected-error @+1 {{verdict-C1: 'bindless:4' is no verdict of d9}}
func.func private @f() attributes {a = #vyre.verdict<d9 = "bindless:4", mode = "plain-launches">}

// -----

// verdict-C1: I2
// expected-error @+1 {{verdict-C1: 'maybe' is no verdict of i2}}
func.func private @f() attributes {a = #vyre.verdict<i2 = "maybe", mode = "plain-launches">}

// -----

// verdict-C1: the mode
// expected-error @+1 {{verdict-C1: 'record-and-replay:4' is no verdict of mode}}
func.func private @f() attributes {a = #vyre.verdict<mode = "record-and-replay:4">}

// -----

// verdict-C1: lists
// expected-error @+1 {{verdict-C1: d2 and d3 are lists of strings}}
func.func private @f() attributes {a = #vyre.verdict<d2 = [1], mode = "plain-launches">}

// -----

// verdict-C2
// expected-error @+1 {{verdict-C2: a verdict names the mode}}
func.func private @f() attributes {a = #vyre.verdict<d9 = "bindless">}

// -----

// An unknown field of a verdict.
// expected-error @+1 {{unknown field 'd5' of a verdict}}
func.func private @f() attributes {a = #vyre.verdict<d5 = "bindless">}

// -----

// offload-C1
// expected-error @+1 {{offload-C1: ask for the host, a chip or both}}
func.func private @f() attributes {a = #vyre.offload<host = false>}

// -----

// offload-C2
// expected-error @+1 {{offload-C2: unknown chip "sm_1"}}
func.func private @f() attributes {a = #vyre.offload<host = true, chips = ["sm_1"]>}

// -----

// launch_group-C1: two blocks in the plain form.
func.func @f(%n: index, %m: memref<4xf32>) {
  // expected-error @+1 {{'vyre.launch_group' op region #0 ('plain') failed to verify constraint: region with 1 blocks}}
  vyre.launch_group attributes {barriers_per_iteration = 0 : i32, launches_per_iteration = 1 : i32, resource_count = 0 : i32}
  plain {
    cf.br ^next
  ^next:
    vyre.yield
  }
  return
}

// -----

// launch_group-C1: two blocks in the graph form.
func.func @f(%n: index, %m: memref<4xf32>) {
  // expected-error @+1 {{'vyre.launch_group' op region #1 ('graph') failed to verify constraint: region with at most 1 blocks}}
  vyre.launch_group attributes {barriers_per_iteration = 0 : i32, launches_per_iteration = 1 : i32, resource_count = 0 : i32}
  plain {
    vyre.yield
  } graph {
    cf.br ^next
  ^next:
    vyre.yield
  }
  return
}

// -----

// launch_group-C2: a result is missing.
func.func @f(%n: index, %m: memref<4xf32>) {
  // expected-error @+1 {{'vyre.launch_group' op launch_group-C2: region 'plain' must end in a vyre.yield of the result types}}
  %r = vyre.launch_group attributes {barriers_per_iteration = 0 : i32, launches_per_iteration = 1 : i32, resource_count = 0 : i32} -> (index)
  plain {
    vyre.yield
  }
  return
}

// -----

// launch_group-C2: another form yields another type.
func.func @f(%n: index, %m: memref<4xf32>) {
  // expected-error @+1 {{'vyre.launch_group' op launch_group-C2: region 'graph' must end in a vyre.yield of the result types}}
  %r = vyre.launch_group attributes {barriers_per_iteration = 0 : i32, launches_per_iteration = 1 : i32, resource_count = 0 : i32} -> (index)
  plain {
    vyre.yield %n : index
  } graph {
    vyre.yield
  }
  return
}

// -----

// launch_group-C3: present and refused.
func.func @f(%n: index, %m: memref<4xf32>) {
  // expected-error @+1 {{'vyre.launch_group' op launch_group-C3: form 'graph' is both present and refused}}
  vyre.launch_group attributes {barriers_per_iteration = 0 : i32, launches_per_iteration = 1 : i32, resource_count = 0 : i32, graph_refusal = "no"}
  plain {
    vyre.yield
  } graph {
    vyre.yield
  }
  return
}

// -----

// launch_group-C4
func.func @f(%n: index, %m: memref<4xf32>) {
  // expected-error @+1 {{'vyre.launch_group' op launch_group-C4: a group launches something in every iteration}}
  vyre.launch_group attributes {barriers_per_iteration = 0 : i32, launches_per_iteration = 0 : i32, resource_count = 0 : i32}
  plain {
    vyre.yield
  }
  return
}

// -----

// launch_group-C5: nothing persistent in the persistent form.
func.func @f(%n: index, %m: memref<4xf32>) {
  // expected-error @+1 {{'vyre.launch_group' op launch_group-C5: a persistent region holds exactly one launch_persistent or live_queue}}
  vyre.launch_group attributes {barriers_per_iteration = 0 : i32, launches_per_iteration = 1 : i32, resource_count = 0 : i32}
  plain {
    vyre.yield
  } persistent {
    vyre.yield
  }
  return
}

// -----

// launch_group-C5: nothing recorded in the graph form.
func.func @f(%n: index, %m: memref<4xf32>) {
  // expected-error @+1 {{'vyre.launch_group' op launch_group-C5: a graph region holds at least one graph_region}}
  vyre.launch_group attributes {barriers_per_iteration = 0 : i32, launches_per_iteration = 1 : i32, resource_count = 0 : i32}
  plain {
    vyre.yield
  } graph {
    vyre.yield
  }
  return
}

// -----

// stage-C1
gpu.module @kernels {
  gpu.func @k(%n: index) kernel {
    // expected-error @+1 {{'vyre.stage' op stage-C1: the body takes twelve index arguments}}
    vyre.stage grid(%n, %n, %n) block(%n, %n, %n) {
    ^bb0(%bx: index):
      
      vyre.yield
    }
    gpu.return
  }
}

// -----

// stage-C2
gpu.module @kernels {
  gpu.func @k(%n: index) kernel {
    vyre.stage grid(%n, %n, %n) block(%n, %n, %n) {
    ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
       %gx: index, %gy: index, %gz: index, %sx: index, %sy: index, %sz: index):
      // expected-error @+1 {{'gpu.thread_id' op stage-C2: reads a physical id or dimension inside a stage}}
      %t = gpu.thread_id x
      vyre.yield
    }
    gpu.return
  }
}

// -----

// stage-C2: derived ids count as well.
gpu.module @kernels {
  gpu.func @k(%n: index) kernel {
    vyre.stage grid(%n, %n, %n) block(%n, %n, %n) {
    ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
       %gx: index, %gy: index, %gz: index, %sx: index, %sy: index, %sz: index):
      // expected-error @+1 {{'gpu.lane_id' op stage-C2: reads a physical id or dimension inside a stage}}
      %t = gpu.lane_id
      vyre.yield
    }
    gpu.return
  }
}

// -----

// stage-C3: not in a kernel.
gpu.module @kernels {
  gpu.func @k(%n: index) {
    // expected-error @+1 {{'vyre.stage' op stage-C3: a stage is inside a kernel gpu.func}}
    vyre.stage grid(%n, %n, %n) block(%n, %n, %n) {
    ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
       %gx: index, %gy: index, %gz: index, %sx: index, %sy: index, %sz: index):
      
      vyre.yield
    }
    gpu.return
  }
}

// -----

// stage-C4: too many threads.
gpu.module @kernels {
  gpu.func @k(%n: index) kernel {
    // expected-error @+1 {{'vyre.stage' op stage-C4: known_block_size is three positive sizes of at most 1024 threads together}}
    vyre.stage grid(%n, %n, %n) block(%n, %n, %n) attributes {known_block_size = array<i32: 64, 32, 1>} {
    ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
       %gx: index, %gy: index, %gz: index, %sx: index, %sy: index, %sz: index):
      
      vyre.yield
    }
    gpu.return
  }
}

// -----

// stage-C4: a negative size does not cancel out.
gpu.module @kernels {
  gpu.func @k(%n: index) kernel {
    // expected-error @+1 {{'vyre.stage' op stage-C4: known_block_size is three positive sizes of at most 1024 threads together}}
    vyre.stage grid(%n, %n, %n) block(%n, %n, %n) attributes {known_block_size = array<i32: -1, -1, 1>} {
    ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
       %gx: index, %gy: index, %gz: index, %sx: index, %sy: index, %sz: index):
      
      vyre.yield
    }
    gpu.return
  }
}

// -----

// stage-C5: no round.
gpu.module @kernels {
  gpu.func @k(%n: index) kernel {
    // expected-error @+1 {{'vyre.stage' op stage-C5: rounds is positive}}
    vyre.stage grid(%n, %n, %n) block(%n, %n, %n) attributes {rounds = 0 : i32} {
    ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
       %gx: index, %gy: index, %gz: index, %sx: index, %sy: index, %sz: index):
      vyre.yield
    }
    gpu.return
  }
}

// -----

// sync-C1: no distance.
gpu.module @kernels {
  gpu.func @k(%n: index) kernel {
    // expected-error @+1 {{'vyre.sync' op sync-C1: a positive distance and blocks go with 'neighbours' and only there}}
    vyre.sync neighbours
    gpu.return
  }
}

// -----

// sync-C1: no number of blocks.
gpu.module @kernels {
  gpu.func @k(%n: index) kernel {
    // expected-error @+1 {{'vyre.sync' op sync-C1: a positive distance and blocks go with 'neighbours' and only there}}
    vyre.sync neighbours distance 1
    gpu.return
  }
}

// -----

// sync-C1: a distance too many.
gpu.module @kernels {
  gpu.func @k(%n: index) kernel {
    // expected-error @+1 {{'vyre.sync' op sync-C1: a positive distance and blocks go with 'neighbours' and only there}}
    vyre.sync grid distance 1
    gpu.return
  }
}

// -----

// sync-C1: no distance at all.
gpu.module @kernels {
  gpu.func @k(%n: index) kernel {
    // expected-error @+1 {{'vyre.sync' op sync-C1: a positive distance and blocks go with 'neighbours' and only there}}
    vyre.sync neighbours distance 0 blocks(%n)
    gpu.return
  }
}

// -----

// sync-C2: not in a kernel.
gpu.module @kernels {
  gpu.func @k(%n: index) {
    // expected-error @+1 {{'vyre.sync' op sync-C2: a sync is inside a kernel gpu.func and outside any stage}}
    vyre.sync grid
    gpu.return
  }
}

// -----

// sync-C2: in a stage.
gpu.module @kernels {
  gpu.func @k(%n: index) kernel {
    vyre.stage grid(%n, %n, %n) block(%n, %n, %n) {
    ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
       %gx: index, %gy: index, %gz: index, %sx: index, %sy: index, %sz: index):
      // expected-error @+1 {{'vyre.sync' op sync-C2: a sync is inside a kernel gpu.func and outside any stage}}
      vyre.sync grid
      vyre.yield
    }
    gpu.return
  }
}

// -----

// launch_persistent-C1: no persistent kernel.
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @k(%n: index) kernel {
      gpu.return
    }
  }
  func.func @f(%n: index, %m: memref<4xf32>) {
    // expected-error @+1 {{'vyre.launch_persistent' op launch_persistent-C1: @kernels::@k is no kernel with the attribute vyre.persistent}}
    vyre.launch_persistent @kernels::@k block(%n, %n, %n) args(%n : index)
    return
  }
}

// -----

// launch_persistent-C1: no such kernel.
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @k(%n: index) kernel {
      gpu.return
    }
  }
  func.func @f(%n: index, %m: memref<4xf32>) {
    // expected-error @+1 {{'vyre.launch_persistent' op launch_persistent-C1: @kernels::@none is no kernel with the attribute vyre.persistent}}
    vyre.launch_persistent @kernels::@none block(%n, %n, %n)
    return
  }
}

// -----

// launch_persistent-C2
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @k(%n: index) kernel attributes {vyre.persistent} {
      gpu.return
    }
  }
  func.func @f(%n: index, %m: memref<4xf32>) {
    // expected-error @+1 {{'vyre.launch_persistent' op launch_persistent-C2: arguments do not match the kernel's types}}
    vyre.launch_persistent @kernels::@k block(%n, %n, %n) args(%m : memref<4xf32>)
    return
  }
}

// -----

// graph_region-C1: nothing to record.
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @k(%n: index) kernel {
      gpu.return
    }
  }
  func.func @f(%n: index, %m: memref<4xf32>) {
    // expected-error @+1 {{'vyre.graph_region' op graph_region-C1: nothing to record}}
    vyre.graph_region edges [] {
    }
    return
  }
}

// -----

// graph_region-C1: a node with a token.
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @k(%n: index) kernel {
      gpu.return
    }
  }
  func.func @f(%n: index, %m: memref<4xf32>) {
    vyre.graph_region edges [] {
      // expected-error @+1 {{'gpu.launch_func' op graph_region-C1: a node has no async tokens}}
      %t = gpu.launch_func async @kernels::@k blocks in (%n, %n, %n) threads in (%n, %n, %n) args(%n : index)
    }
    return
  }
}

// -----

// graph_region-C1: an effect on the host.
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @k(%n: index) kernel {
      gpu.return
    }
  }
  func.func @f(%n: index, %m: memref<4xf32>) {
    vyre.graph_region edges [] {
      gpu.launch_func @kernels::@k blocks in (%n, %n, %n) threads in (%n, %n, %n) args(%n : index)
      // expected-error @+1 {{'memref.load' op graph_region-C1: only launches, copies, fills, branches without results and pure ops are in a graph_region}}
      %v = memref.load %m[%n] : memref<4xf32>
    }
    return
  }
}

// -----

// graph_region-C1: a copy with a token.
func.func @f(%m: memref<4xf32>, %n: memref<4xf32>) {
  vyre.graph_region edges [] {
    // expected-error @+1 {{'gpu.memcpy' op graph_region-C1: a node has no async tokens}}
    %t = gpu.memcpy async %m, %n : memref<4xf32>, memref<4xf32>
  }
  return
}

// -----

// graph_region-C1: a branch with a result, and an effect in a branch.
func.func @f(%m: memref<4xf32>, %n: memref<4xf32>, %c: i1, %i: index) {
  vyre.graph_region edges [] {
    // expected-error @+1 {{'scf.if' op graph_region-C1: only launches, copies, fills, branches without results and pure ops are in a graph_region}}
    %r = scf.if %c -> memref<4xf32> {
      gpu.memcpy %m, %n : memref<4xf32>, memref<4xf32>
      scf.yield %m : memref<4xf32>
    } else {
      scf.yield %n : memref<4xf32>
    }
  }
  return
}

// -----

func.func @f(%m: memref<4xf32>, %n: memref<4xf32>, %c: i1, %i: index) {
  vyre.graph_region edges [] {
    gpu.memcpy %m, %n : memref<4xf32>, memref<4xf32>
    scf.if %c {
      // expected-error @+1 {{'memref.load' op graph_region-C1: only launches}}
      %v = memref.load %m[%i] : memref<4xf32>
    }
  }
  return
}

// -----

// graph_region-C3: rows with gaps between them.
func.func @f(%m: memref<4x2xf32, strided<[4, 1]>>, %n: memref<4x2xf32>) {
  vyre.graph_region edges [] {
    // expected-error @+1 {{'gpu.memcpy' op graph_region-C3: copies and fills memory that is not dense}}
    gpu.memcpy %n, %m : memref<4x2xf32>, memref<4x2xf32, strided<[4, 1]>>
  }
  return
}

// -----

// graph_region-C2: an odd number.
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @k(%n: index) kernel {
      gpu.return
    }
  }
  func.func @f(%n: index, %m: memref<4xf32>) {
    // expected-error @+1 {{'vyre.graph_region' op graph_region-C2: edges are pairs from a lower to a higher node number}}
    vyre.graph_region edges [0] {
      gpu.launch_func @kernels::@k blocks in (%n, %n, %n) threads in (%n, %n, %n) args(%n : index)
    }
    return
  }
}

// -----

// graph_region-C2: a node that is not there.
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @k(%n: index) kernel {
      gpu.return
    }
  }
  func.func @f(%n: index, %m: memref<4xf32>) {
    // expected-error @+1 {{'vyre.graph_region' op graph_region-C2: edges are pairs from a lower to a higher node number}}
    vyre.graph_region edges [0, 1] {
      gpu.launch_func @kernels::@k blocks in (%n, %n, %n) threads in (%n, %n, %n) args(%n : index)
    }
    return
  }
}

// -----

// graph_region-C2: an edge to itself.
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @k(%n: index) kernel {
      gpu.return
    }
  }
  func.func @f(%n: index, %m: memref<4xf32>) {
    // expected-error @+1 {{'vyre.graph_region' op graph_region-C2: edges are pairs from a lower to a higher node number}}
    vyre.graph_region edges [0, 0] {
      gpu.launch_func @kernels::@k blocks in (%n, %n, %n) threads in (%n, %n, %n) args(%n : index)
    }
    return
  }
}

// -----

// graph_region-C2: a negative node.
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @k(%n: index) kernel {
      gpu.return
    }
  }
  func.func @f(%n: index, %m: memref<4xf32>) {
    // expected-error @+1 {{'vyre.graph_region' op graph_region-C2: edges are pairs from a lower to a higher node number}}
    vyre.graph_region edges [-1, 0] {
      gpu.launch_func @kernels::@k blocks in (%n, %n, %n) threads in (%n, %n, %n) args(%n : index)
    }
    return
  }
}

// -----

// live_queue-C1: a kernel that is not in the resident one.
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @k(%n: index) kernel {
      gpu.return
    }
    gpu.func @r(%n: index) kernel attributes {vyre.persistent} {
      gpu.return
    }
  }
  func.func @f(%n: index) {
    vyre.live_queue resident @kernels::@r items [@kernels::@r] attributes {block_threads = 1 : i32} {
      // expected-error @+1 {{'gpu.launch_func' op live_queue-C1: an item has no async tokens and names a kernel of 'items'}}
      gpu.launch_func @kernels::@k blocks in (%n, %n, %n) threads in (%n, %n, %n) args(%n : index)
      vyre.yield
    }
    return
  }
}

// -----

// live_queue-C2: the resident kernel is not persistent.
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @k(%n: index) kernel {
      gpu.return
    }
    gpu.func @r(%n: index) kernel {
      gpu.return
    }
  }
  func.func @f(%n: index) {
    // expected-error @+1 {{'vyre.live_queue' op live_queue-C2: @kernels::@r is no kernel with the attribute vyre.persistent and one index argument}}
    vyre.live_queue resident @kernels::@r items [@kernels::@k] attributes {block_threads = 1 : i32} {
      vyre.yield
    }
    return
  }
}

// -----

// live_queue-C3
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @k(%n: index) kernel {
      gpu.return
    }
    gpu.func @r(%n: index) kernel attributes {vyre.persistent} {
      gpu.return
    }
  }
  func.func @f(%n: index) {
    // expected-error @+1 {{'vyre.live_queue' op live_queue-C3: the body must end in a vyre.yield of the result types}}
    vyre.live_queue resident @kernels::@r items [@kernels::@k] attributes {block_threads = 1 : i32} {
      vyre.yield %n : index
    }
    return
  }
}

// -----

// next_item-C1: on the host.
func.func @f(%n: index) {
  // expected-error @+1 {{'vyre.next_item' op next_item-C1: an item is taken in a kernel gpu.func, outside any stage}}
  %more, %item, %k, %gx, %gy, %gz, %bx, %by, %bz = vyre.next_item %n at %n
  return
}

// -----

// finish_item-C1: on the host.
func.func @f(%n: index) {
  // expected-error @+1 {{'vyre.finish_item' op finish_item-C1: an item is finished in a kernel gpu.func, outside any stage}}
  vyre.finish_item %n at %n
  return
}

// -----

// resource_table-C1: nothing to put into it.
func.func @f() {
  // expected-error @+1 {{'vyre.resource_table' op resource_table-C1: a table is made of strided buffers}}
  %t = "vyre.resource_table"() : () -> index
  return
}

// -----

// resource_table-C1: a layout without strides.
func.func @f(%m: memref<8xf32, affine_map<(d0) -> (d0 floordiv 2)>>) {
  // expected-error @+1 {{'vyre.resource_table' op resource_table-C1: a table is made of strided buffers}}
  %t = vyre.resource_table %m : memref<8xf32, affine_map<(d0) -> (d0 floordiv 2)>>
  return
}

// -----

// table_entry-C1: a layout without strides.
func.func @f(%n: index) {
  // expected-error @+1 {{'vyre.table_entry' op table_entry-C1: an entry is a strided buffer}}
  %m = vyre.table_entry %n at %n : memref<8xf32, affine_map<(d0) -> (d0 floordiv 2)>>
  return
}

// -----

// await_launches-C1: not every thread reaches it.
gpu.module @kernels {
  gpu.func @k(%b: i1) kernel {
    scf.if %b {
      // expected-error @+1 {{'vyre.await_launches' op await_launches-C1: it stands in the entry block of a kernel gpu.func}}
      vyre.await_launches
    }
    gpu.return
  }
}
