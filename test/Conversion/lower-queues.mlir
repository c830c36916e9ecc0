// RUN: vyre-opt %s --allow-unregistered-dialect --pass-pipeline="builtin.module(gpu.module(vyre-lower-stages))" | FileCheck %s

// How a resident kernel takes items of a live queue on a GPU. The instructions that
// come of it: Target/live-queue-ptx.mlir.
gpu.module @m {
  // The kernel reads once where its items begin and where the device's memory is.
  // CHECK-LABEL: gpu.func @take
  // CHECK-SAME: (%[[QUEUE:.*]]: index, %{{.*}}: !llvm.ptr) workgroup(%[[WORDS:.*]] : memref<3xi64, #gpu.address_space<workgroup>>)
  // CHECK: %[[ADDRESS:.*]] = arith.index_cast %[[QUEUE]] : index to i64
  // CHECK: %[[RING:.*]] = llvm.inttoptr %[[ADDRESS]] : i64 to !llvm.ptr<1>
  // CHECK: %[[PLACE:.*]] = llvm.getelementptr %[[RING]][8]
  // CHECK: %[[FIRST:.*]] = llvm.load %[[PLACE]]
  // CHECK: %[[PLACE:.*]] = llvm.getelementptr %[[RING]][16]
  // CHECK: %[[MEMORY:.*]] = llvm.load %[[PLACE]]
  // CHECK: %[[STATE:.*]] = llvm.inttoptr %[[MEMORY]] : i64 to !llvm.ptr<1>

  // Thread 0 of block 0 polls the ring at system scope; what is done meanwhile it reports
  // at system scope too.
  // CHECK: scf.while
  // CHECK: %[[TAIL:.*]] = llvm.load %{{.*}} atomic acquire
  // CHECK: %[[ARRIVED:.*]] = llvm.load %{{.*}} atomic syncscope("device") acquire
  // CHECK: llvm.store %{{.*}} atomic release
  // CHECK: nvvm.read.ptx.sreg.globaltimer
  // CHECK: llvm.load %{{.*}} atomic monotonic
  // CHECK: nvvm.nanosleep

  // Its block copies the items between two barriers; then their number is published.
  // CHECK: gpu.barrier
  // CHECK: scf.for
  // CHECK: %[[CHUNK:.*]] = llvm.load %{{.*}} : !llvm.ptr<1> -> vector<2xi64>
  // CHECK: llvm.store %[[CHUNK]]
  // CHECK: gpu.barrier
  // CHECK: llvm.store %{{.*}} atomic syncscope("device") release

  // Each leader waits until the item is published and, if it is in order, until all
  // blocks are done with those before it; its block learns what came of it.
  // CHECK: llvm.load %{{.*}} atomic syncscope("device") acquire
  // CHECK: nvvm.nanosleep
  // CHECK: llvm.load %{{.*}} atomic syncscope("device") acquire
  // CHECK: nvvm.nanosleep
  // The kernel that leaves by itself says so after everything else.
  // CHECK: llvm.store %{{.*}} atomic release
  // CHECK: llvm.store %{{.*}} atomic release {alignment = 4 : i64} : i32
  // CHECK: gpu.barrier
  // CHECK: memref.load %[[WORDS]]

  // The stage's first physical block is another one for each item.
  // CHECK: %[[BLOCK:.*]] = gpu.block_id x
  // CHECK: %[[COUNT:.*]] = gpu.grid_dim x
  // CHECK: %[[ITEM:.*]] = memref.load %[[WORDS]]
  // CHECK: %[[NUMBER:.*]] = arith.index_cast %[[ITEM]] : i64 to index
  // CHECK: %[[SUM:.*]] = arith.addi %[[BLOCK]], %[[NUMBER]]
  // CHECK: arith.remui %[[SUM]], %[[COUNT]]

  // A finished item: all threads, then a fence and an addition by one of them.
  // CHECK: gpu.barrier
  // CHECK: scf.if
  // CHECK-NEXT: llvm.fence syncscope("device") acq_rel
  // CHECK: llvm.atomicrmw add %{{.*}} syncscope("device") monotonic
  // CHECK-NOT: vyre.
  gpu.func @take(%q: index) kernel attributes {vyre.persistent, vyre.queue} {
    %n = arith.constant 0 : index
    %more, %item, %k, %gx, %gy, %gz, %bx, %by, %bz = vyre.next_item %q at %n
    vyre.stage grid(%gx, %gy, %gz) block(%bx, %by, %bz) {
    ^bb0(%vbx: index, %vby: index, %vbz: index, %tx: index, %ty: index, %tz: index,
         %vgx: index, %vgy: index, %vgz: index, %sx: index, %sy: index, %sz: index):
      "test.body"(%tx) : (index) -> ()
      vyre.yield
    }
    vyre.finish_item %q at %n
    gpu.return
  }

  // Arguments lie as a launch packs them: a memref as its descriptor, an i1 as a byte,
  // each at its natural alignment, 64 bytes into the item.
  // CHECK-LABEL: gpu.func @arguments
  // CHECK: %[[ARGS:.*]] = llvm.getelementptr %{{.*}}[64]
  // CHECK: llvm.getelementptr %[[ARGS]][0, 0] : {{.*}}, !llvm.struct<(i8, ptr, ptr, i64, i64, i64, i64, vector<4xf32>, ptr, ptr, i64)>
  // CHECK: llvm.load %{{.*}} {alignment = 1 : i64} : !llvm.ptr<1> -> i8
  // CHECK: arith.trunci %{{.*}} : i8 to i1
  // CHECK-COUNT-2: llvm.load %{{.*}} : !llvm.ptr<1> -> !llvm.ptr
  // CHECK: llvm.getelementptr %[[ARGS]][0, 4]
  // CHECK: %[[DESCRIPTOR:.*]] = llvm.insertvalue %{{.*}}[4, 0]
  // CHECK: %[[M:.*]] = builtin.unrealized_conversion_cast %[[DESCRIPTOR]] : !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)> to memref<?xf32>
  // CHECK: %[[J:.*]] = llvm.load %{{.*}} {alignment = 8 : i64} : !llvm.ptr<1> -> i64
  // CHECK: %[[INDEX:.*]] = builtin.unrealized_conversion_cast %[[J]] : i64 to index
  // CHECK: %[[V:.*]] = llvm.load %{{.*}} {alignment = 16 : i64} : !llvm.ptr<1> -> vector<4xf32>
  // CHECK: %[[Z:.*]] = builtin.unrealized_conversion_cast %{{.*}} : !llvm.struct<(ptr, ptr, i64)> to memref<f64>
  // CHECK: "test.use"(%{{.*}}, %[[M]], %[[INDEX]], %[[V]], %[[Z]])
  gpu.func @arguments(%q: index) kernel attributes {vyre.persistent, vyre.queue} {
    %c0 = arith.constant 0 : index
    %b, %m, %j, %v, %z = vyre.item_args %c0 : i1, memref<?xf32>, index, vector<4xf32>, memref<f64>
    "test.use"(%b, %m, %j, %v, %z) : (i1, memref<?xf32>, index, vector<4xf32>, memref<f64>) -> ()
    gpu.return
  }

  // The stages of other kernels begin with block 0 as ever.
  // CHECK-LABEL: gpu.func @other(%{{.*}}: index, %{{.*}}: !llvm.ptr) kernel
  // CHECK: gpu.block_id x
  // CHECK-NOT: arith.remui
  // CHECK: scf.for
  gpu.func @other(%q: index) kernel attributes {vyre.persistent} {
    %c1 = arith.constant 1 : index
    vyre.stage grid(%q, %c1, %c1) block(%q, %c1, %c1) {
    ^bb0(%vbx: index, %vby: index, %vbz: index, %tx: index, %ty: index, %tz: index,
         %vgx: index, %vgy: index, %vgz: index, %sx: index, %sy: index, %sz: index):
      vyre.yield
    }
    gpu.return
  }

  // A loop without a bound in an item's kernel looks at the abort word; the loop over the
  // items does where it takes one. If a leader has left, the barrier behind its verdict
  // says so, before anybody reads words that it did not write.
  // CHECK-LABEL: gpu.func @endless_item
  // CHECK: nvvm.barrier #nvvm.reduction<popc>
  // CHECK: nvvm.exit
  // CHECK: memref.load %{{.*}} : memref<3xi64
  // CHECK: scf.while
  // CHECK: nvvm.read.ptx.sreg.clock
  // CHECK: nvvm.exit
  // CHECK-NOT: gpu.barrier
  // CHECK-NOT: nvvm.read.ptx.sreg.clock
  // CHECK: gpu.return
  gpu.func @endless_item(%q: index) kernel attributes {vyre.persistent, vyre.queue} {
    %n = arith.constant 0 : index
    scf.while : () -> () {
      %more, %item, %k, %gx, %gy, %gz, %bx, %by, %bz = vyre.next_item %q at %n
      scf.if %more {
        vyre.stage grid(%gx, %gy, %gz) block(%bx, %by, %bz) {
        ^bb0(%vbx: index, %vby: index, %vbz: index, %tx: index, %ty: index, %tz: index,
             %vgx: index, %vgy: index, %vgz: index, %sx: index, %sy: index, %sz: index):
          scf.while : () -> () {
            %goes = "test.goes"() : () -> i1
            scf.condition(%goes)
          } do {
            scf.yield
          }
          vyre.yield
        }
        vyre.finish_item %q at %n
      }
      scf.condition(%more)
    } do {
      scf.yield
    }
    gpu.return
  }
}
