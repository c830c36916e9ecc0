// The live queue: loops that stay on the host hand their launches to a resident kernel.
// RUN: vyre-opt %s --vyre-form-launch-groups --vyre-form-persistent-kernels --vyre-form-live-queues \
// RUN:   --split-input-file | FileCheck %s
// RUN: vyre-opt %s --vyre-form-launch-groups --vyre-form-persistent-kernels --vyre-form-live-queues \
// RUN:   --split-input-file -o /dev/null --remarks-filter=vyre-form-live-queues 2>&1 \
// RUN:   | FileCheck %s --check-prefix=REMARK --implicit-check-not=LiveQueue

// The host computes an argument that no kernel can: the loop stays, its launches are
// items. The resident kernel has a stage for each kernel.
// REMARK: [Passed] LiveQueue | Category:vyre-form-live-queues | Function=feed | ItemsInOrder=2, Kernel=feed_loop0_queue, Reason="the loop stays on the host: unknown-call: a call inside the loop may do anything", Sessions=0
// CHECK-LABEL: gpu.func @feed_loop0_queue(
// CHECK-SAME:    %[[Q:.*]]: index) kernel
// CHECK-SAME:    known_block_size = array<i32: 64, 1, 1>
// CHECK-SAME:    vyre.persistent, vyre.queue
// CHECK:         scf.while (%[[N:.*]] = %{{.*}}) : (index) -> index {
// CHECK-NEXT:      %[[MORE:.*]], %[[ITEM:[a-z_]+]], %[[KERNEL:.*]], %[[GX:.*]], %[[GY:.*]], %[[GZ:.*]], %[[BX:.*]], %[[BY:.*]], %[[BZ:.*]] = vyre.next_item %[[Q]] at %[[N]]
// CHECK-NEXT:      scf.if %[[MORE]] {
// CHECK-NEXT:        scf.index_switch %[[KERNEL]]
// CHECK-NEXT:        case 1 {
// CHECK-NEXT:          %[[A:.*]] = vyre.item_args %[[ITEM]] : memref<?xf32>
// CHECK-NEXT:          vyre.stage grid(%[[GX]], %[[GY]], %[[GZ]]) block(%[[BX]], %[[BY]], %[[BZ]]) kernel @kernels::@twice
// CHECK:                 memref.load %[[A]]
// CHECK:             default {
// CHECK-NEXT:          %[[ARGS:.*]]:2 = vyre.item_args %[[ITEM]] : memref<?xf32>, f32
// CHECK-NEXT:          vyre.stage grid(%[[GX]], %[[GY]], %[[GZ]]) block(%[[BX]], %[[BY]], %[[BZ]]) kernel @kernels::@scale
// CHECK:                 memref.load %[[ARGS]]#0
// CHECK:             vyre.finish_item %[[Q]] at %[[N]]
// CHECK:           scf.condition(%[[MORE]]) %[[N]]
// CHECK-LABEL: func.func @feed
// CHECK:         vyre.launch_group
// CHECK-SAME:      barriers_per_iteration = 2
// CHECK-NOT:       persistent_refusal
// CHECK-SAME:      persistent_syncs = ["before item scale: in order (waits for the items before it)", "before item twice: in order (waits for the items before it)"]
// CHECK-NOT:       sessions_per_iteration
// CHECK:         plain {
// CHECK:         } persistent {
// CHECK-NEXT:      vyre.live_queue resident @kernels::@feed_loop0_queue items [@kernels::@scale, @kernels::@twice] attributes {block_threads = 64 : i32} {
// CHECK-NEXT:        scf.for
// CHECK-NEXT:          %[[S:.*]] = func.call @next() : () -> f32
// CHECK-NEXT:          gpu.launch_func @kernels::@scale {{.*}} args(%{{.*}} : memref<?xf32>, %[[S]] : f32)
// CHECK-NOT:           vyre.concurrent_item
// CHECK:               gpu.launch_func @kernels::@twice
// CHECK-NOT:           vyre.concurrent_item
// CHECK:             vyre.yield
// CHECK-NEXT:      }
// CHECK-NEXT:      vyre.yield
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @scale(%x: memref<?xf32>, %s: f32) kernel {
      %t = gpu.thread_id x
      %v = memref.load %x[%t] : memref<?xf32>
      %w = arith.mulf %v, %s : f32
      memref.store %w, %x[%t] : memref<?xf32>
      gpu.return
    }
    gpu.func @twice(%x: memref<?xf32>) kernel {
      %t = gpu.thread_id x
      %v = memref.load %x[%t] : memref<?xf32>
      %w = arith.addf %v, %v : f32
      memref.store %w, %x[%t] : memref<?xf32>
      gpu.return
    }
  }
  func.func private @next() -> f32 attributes {vyre.host_only}
  func.func @feed(%x: memref<?xf32>, %n: index, %grid: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %n step %c1 {
      %s = func.call @next() : () -> f32
      gpu.launch_func @kernels::@scale blocks in (%grid, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%x : memref<?xf32>, %s : f32)
      gpu.launch_func @kernels::@twice blocks in (%grid, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%x : memref<?xf32>)
    }
    return
  }
}

// -----

// A function that nothing is known of may wait for the device: closed before it, once
// for two such calls. Printing a scalar waits for the items before it, printing a memref
// may wait for the device.
// REMARK: [Passed] LiveQueue {{.*}} Function=unknown | ItemsInOrder=2, Kernel=unknown_loop0_queue, {{.*}} Sessions=3
// CHECK-LABEL: func.func @unknown
// CHECK:         vyre.launch_group
// CHECK-SAME:      "before 'func.call': the host waits for the items before it (may touch the same memory)"
// CHECK-SAME:      "before 'func.call': the queue is closed (it may wait for the device)"
// CHECK-SAME:      sessions_per_iteration = 3
// CHECK:         vyre.live_queue
// CHECK-SAME:      max_blocks = 3
// CHECK:             call @printI64
// CHECK-NEXT:        vector.print
// CHECK-NEXT:        gpu.launch_func
// CHECK-NEXT:        vyre.close_queue
// CHECK-NEXT:        call @other
// CHECK-NEXT:        call @other
// CHECK-NEXT:        gpu.launch_func
// CHECK:             scf.if
// CHECK-NEXT:          vyre.close_queue
// CHECK-NEXT:          call @printMemrefF32
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @k(%x: memref<8xf32>) kernel {
      %t = gpu.thread_id x
      %v = memref.load %x[%t] : memref<8xf32>
      memref.store %v, %x[%t] : memref<8xf32>
      gpu.return
    }
  }
  func.func private @other()
  func.func private @printI64(i64)
  func.func private @printMemrefF32(memref<*xf32>)
  func.func @unknown(%x: memref<8xf32>, %n: index, %v: i64, %c: i1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c3 = arith.constant 3 : index
    %c8 = arith.constant 8 : index
    %any = memref.cast %x : memref<8xf32> to memref<*xf32>
    scf.for %i = %c0 to %n step %c1 {
      func.call @printI64(%v) : (i64) -> ()
      vector.print %v : i64
      gpu.launch_func @kernels::@k blocks in (%c3, %c1, %c1) threads in (%c8, %c1, %c1)
          args(%x : memref<8xf32>)
      func.call @other() : () -> ()
      func.call @other() : () -> ()
      gpu.launch_func @kernels::@k blocks in (%c1, %c1, %c1) threads in (%c8, %c1, %c1)
          args(%x : memref<8xf32>)
      scf.if %c {
        func.call @printMemrefF32(%any) : (memref<*xf32>) -> ()
      }
    }
    return
  }
}

// -----

// Two allocations do not share memory: the second launch runs beside the first. The
// third reads what both wrote; the fourth follows an op with an effect.
// REMARK: [Passed] LiveQueue {{.*}} Function=beside | ItemsInOrder=3
// CHECK-LABEL: func.func @beside
// CHECK:         vyre.live_queue
// CHECK-SAME:      max_blocks = 2
// CHECK:             gpu.launch_func @kernels::@set
// CHECK-NOT:         vyre.concurrent_item
// CHECK:             gpu.launch_func @kernels::@set
// CHECK-SAME:          vyre.concurrent_item
// CHECK:             gpu.launch_func @kernels::@add
// CHECK-NOT:         vyre.concurrent_item
// CHECK:             memref.store
// CHECK-NEXT:        gpu.launch_func @kernels::@set
// CHECK-NOT:         vyre.concurrent_item
// CHECK:             vyre.yield
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @set(%x: memref<8xf32>, %s: f32) kernel {
      %t = gpu.thread_id x
      memref.store %s, %x[%t] : memref<8xf32>
      gpu.return
    }
    gpu.func @add(%x: memref<8xf32>, %y: memref<8xf32>) kernel {
      %t = gpu.thread_id x
      %v = memref.load %x[%t] : memref<8xf32>
      memref.store %v, %y[%t] : memref<8xf32>
      gpu.return
    }
  }
  func.func private @next() -> f32 attributes {vyre.host_only}
  func.func @beside(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %x = memref.alloc() : memref<8xf32>
    %y = memref.alloc() : memref<8xf32>
    %host = memref.alloc() : memref<f32>
    scf.for %i = %c0 to %n step %c1 {
      %s = func.call @next() : () -> f32
      gpu.launch_func @kernels::@set blocks in (%c1, %c1, %c1) threads in (%c8, %c1, %c1)
          args(%x : memref<8xf32>, %s : f32)
      gpu.launch_func @kernels::@set blocks in (%c1, %c1, %c1) threads in (%c8, %c1, %c1)
          args(%y : memref<8xf32>, %s : f32)
      gpu.launch_func @kernels::@add blocks in (%c1, %c1, %c1) threads in (%c8, %c1, %c1)
          args(%x : memref<8xf32>, %y : memref<8xf32>)
      memref.store %s, %host[] : memref<f32>
      gpu.launch_func @kernels::@set blocks in (%c1, %c1, %c1) threads in (%c8, %c1, %c1)
          args(%y : memref<8xf32>, %s : f32)
    }
    return
  }
}

// -----

// Two arguments may be the same memory: in order.
// REMARK: [Passed] LiveQueue {{.*}} Function=overlap | ItemsInOrder=2
// CHECK-LABEL: func.func @overlap
// CHECK-NOT:     vyre.concurrent_item
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @set(%x: memref<8xf32>, %s: f32) kernel {
      %t = gpu.thread_id x
      memref.store %s, %x[%t] : memref<8xf32>
      gpu.return
    }
  }
  func.func private @next() -> f32 attributes {vyre.host_only}
  func.func @overlap(%x: memref<8xf32>, %y: memref<8xf32>, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    scf.for %i = %c0 to %n step %c1 {
      %s = func.call @next() : () -> f32
      gpu.launch_func @kernels::@set blocks in (%c1, %c1, %c1) threads in (%c8, %c1, %c1)
          args(%x : memref<8xf32>, %s : f32)
      gpu.launch_func @kernels::@set blocks in (%c1, %c1, %c1) threads in (%c8, %c1, %c1)
          args(%y : memref<8xf32>, %s : f32)
    }
    return
  }
}

// -----

// The loop can move to the device: left alone.
// CHECK-LABEL: func.func @device
// CHECK-NOT:     vyre.live_queue
// CHECK:         vyre.launch_persistent
// CHECK-NOT:     vyre.live_queue
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @set(%x: memref<8xf32>, %s: f32) kernel {
      %t = gpu.thread_id x
      memref.store %s, %x[%t] : memref<8xf32>
      gpu.return
    }
  }
  func.func @device(%x: memref<8xf32>, %s: f32, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@set blocks in (%c1, %c1, %c1) threads in (%c8, %c1, %c1)
          args(%x : memref<8xf32>, %s : f32)
    }
    return
  }
}

// -----

// Refused: the kernel prints; a barrier in a block of unknown size; a barrier in a block
// that is smaller than another; arguments that no item holds; tokens. The refusal of
// the device loop stays and the queue's joins it.
// REMARK: [Missed] LiveQueue {{.*}} Function=prints | Reason="kernel-printf: a kernel prints"
// REMARK: [Missed] LiveQueue {{.*}} Function=any_block | Reason="barrier-shape: a kernel with a barrier needs a block size that the resident kernel knows"
// REMARK: [Missed] LiveQueue {{.*}} Function=two_blocks | Reason="barrier-shape: a kernel with a barrier has a smaller block than another"
// REMARK: [Missed] LiveQueue {{.*}} Function=large | Reason="argument-bytes: the arguments are larger than an item of a queue"
// REMARK: [Missed] LiveQueue {{.*}} Function=tokens | Reason="async-token: an op of the loop orders itself with async tokens"
// CHECK-LABEL: func.func @prints
// CHECK-NOT:     vyre.live_queue
// CHECK:         persistent_refusal = "unknown-call: a call inside the loop may do anything; no live queue: kernel-printf: a kernel prints"
// CHECK-LABEL: func.func @any_block
// CHECK-NOT:     vyre.live_queue
// CHECK-LABEL: func.func @tokens
// CHECK-NOT:     vyre.live_queue
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @printer() kernel {
      gpu.printf "hello\n"
      gpu.return
    }
    gpu.func @meet(%x: memref<8xf32>, %s: f32) kernel {
      %t = gpu.thread_id x
      memref.store %s, %x[%t] : memref<8xf32>
      gpu.barrier
      memref.store %s, %x[%t] : memref<8xf32>
      gpu.return
    }
    gpu.func @many(%a: memref<?x?x?x?x?x?xf32>, %b: memref<?x?x?x?x?x?xf32>,
                   %c: memref<?x?x?x?x?x?xf32>, %d: memref<?x?x?x?x?x?xf32>,
                   %e: memref<?x?x?x?x?x?xf32>, %f: memref<?x?x?x?x?x?xf32>,
                   %g: memref<?x?x?x?x?x?xf32>, %h: memref<?x?x?x?x?x?xf32>, %s: f32) kernel {
      gpu.return
    }
  }
  func.func private @next() -> f32 attributes {vyre.host_only}
  func.func @prints(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    scf.for %i = %c0 to %n step %c1 {
      %s = func.call @next() : () -> f32
      gpu.launch_func @kernels::@printer blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
    }
    return
  }
  func.func @any_block(%x: memref<8xf32>, %n: index, %threads: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    scf.for %i = %c0 to %n step %c1 {
      %s = func.call @next() : () -> f32
      gpu.launch_func @kernels::@meet blocks in (%c1, %c1, %c1) threads in (%threads, %c1, %c1)
          args(%x : memref<8xf32>, %s : f32)
    }
    return
  }
  func.func @two_blocks(%x: memref<8xf32>, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    scf.for %i = %c0 to %n step %c1 {
      %s = func.call @next() : () -> f32
      gpu.launch_func @kernels::@meet blocks in (%c1, %c1, %c1) threads in (%c8, %c1, %c1)
          args(%x : memref<8xf32>, %s : f32)
      gpu.launch_func @kernels::@meet blocks in (%c1, %c1, %c1) threads in (%c4, %c1, %c1)
          args(%x : memref<8xf32>, %s : f32)
    }
    return
  }
  func.func @large(%x: memref<?x?x?x?x?x?xf32>, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    scf.for %i = %c0 to %n step %c1 {
      %s = func.call @next() : () -> f32
      gpu.launch_func @kernels::@many blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
          args(%x : memref<?x?x?x?x?x?xf32>, %x : memref<?x?x?x?x?x?xf32>,
               %x : memref<?x?x?x?x?x?xf32>, %x : memref<?x?x?x?x?x?xf32>,
               %x : memref<?x?x?x?x?x?xf32>, %x : memref<?x?x?x?x?x?xf32>,
               %x : memref<?x?x?x?x?x?xf32>, %x : memref<?x?x?x?x?x?xf32>, %s : f32)
    }
    return
  }
  func.func @tokens(%x: memref<8xf32>, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    scf.for %i = %c0 to %n step %c1 {
      %s = func.call @next() : () -> f32
      %t = gpu.wait async
      gpu.wait [%t]
      gpu.launch_func @kernels::@meet blocks in (%c1, %c1, %c1) threads in (%c8, %c1, %c1)
          args(%x : memref<8xf32>, %s : f32)
    }
    return
  }
}
