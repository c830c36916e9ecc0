// RUN: vyre-opt %s --pass-pipeline="builtin.module(gpu.module(vyre-lower-stages))" | FileCheck %s

gpu.module @m {
  // A stage is a loop of each physical block over its share of the virtual ones, its
  // body under a guard; the kernel gets an argument for the state of the barrier.
  // CHECK-LABEL: gpu.func @loop
  // CHECK-SAME: %[[N:.*]]: index, %[[M:.*]]: memref<64xf32>, %[[STATE:.*]]: !llvm.ptr)
  // CHECK: %[[NUMBER:.*]] = gpu.block_id x
  // CHECK: %[[COUNT:.*]] = gpu.grid_dim x
  // CHECK: %[[FIRST:.*]] = arith.divui %{{.*}}, %[[COUNT]]
  // CHECK: %[[END:.*]] = arith.divui %{{.*}}, %[[COUNT]]
  // CHECK: scf.for %{{.*}} = %[[FIRST]] to %[[END]] step %{{.*}} {
  // CHECK: %[[PART:.*]] = arith.cmpi ult
  // CHECK: scf.if %[[PART]] {
  // CHECK: memref.store
  // CHECK-NOT: vyre.stage
  gpu.func @loop(%n: index, %m: memref<64xf32>) kernel attributes {vyre.persistent} {
    %c1 = arith.constant 1 : index
    %x = arith.constant 1.0 : f32
    vyre.stage grid(%n, %c1, %c1) block(%n, %c1, %c1) {
    ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
         %gx: index, %gy: index, %gz: index, %sx: index, %sy: index, %sz: index):
      memref.store %x, %m[%tx] : memref<64xf32>
      vyre.yield
    }
    gpu.return
  }

  // Blocks that are dealt out in rounds: each round gives every physical block a run of
  // virtual ones, the next one in the opposite order.
  // CHECK-LABEL: gpu.func @dealt
  // CHECK: %[[NUMBER:.*]] = gpu.block_id x
  // CHECK: %[[COUNT:.*]] = gpu.grid_dim x
  // CHECK: %[[ROUNDS:.*]] = arith.constant 5 : index
  // CHECK: %[[RUNS:.*]] = arith.muli %[[COUNT]], %[[ROUNDS]]
  // CHECK: %[[SIZE:.*]] = arith.ceildivui %[[ALL:.*]], %[[RUNS]]
  // CHECK: %[[PIECE:.*]] = arith.maxui %[[SIZE]], %{{.*}}
  // CHECK: %[[STEP:.*]] = arith.muli %[[PIECE]], %[[COUNT]]
  // CHECK: scf.for %[[ROUND:.*]] = %{{.*}} to %[[ALL]] step %[[STEP]] iter_args(%[[PLACE:.*]] = %[[NUMBER]])
  // CHECK: %[[OFFSET:.*]] = arith.muli %[[PLACE]], %[[PIECE]]
  // CHECK: %[[BEGIN:.*]] = arith.addi %[[ROUND]], %[[OFFSET]]
  // CHECK: %[[PAST:.*]] = arith.addi %[[BEGIN]], %[[PIECE]]
  // CHECK: %[[END:.*]] = arith.minsi %[[PAST]], %[[ALL]]
  // CHECK: %[[LAST:.*]] = arith.subi %[[COUNT]], %{{.*}}
  // CHECK: %[[NEXT:.*]] = arith.subi %[[LAST]], %[[PLACE]]
  // CHECK: scf.for %{{.*}} = %[[BEGIN]] to %[[END]] step
  // CHECK: memref.store
  // CHECK: scf.yield %[[NEXT]] : index
  gpu.func @dealt(%n: index, %m: memref<64xf32>) kernel attributes {vyre.persistent} {
    %c1 = arith.constant 1 : index
    %x = arith.constant 1.0 : f32
    vyre.stage grid(%n, %c1, %c1) block(%n, %c1, %c1) attributes {rounds = 5 : i32} {
    ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
         %gx: index, %gy: index, %gz: index, %sx: index, %sy: index, %sz: index):
      memref.store %x, %m[%tx] : memref<64xf32>
      vyre.yield
    }
    gpu.return
  }

  // A stage whose threads meet is run by all of them: no guard, and a barrier
  // before the next virtual block reuses the shared memory.
  // CHECK-LABEL: gpu.func @meets
  // CHECK: scf.for
  // CHECK-NOT: scf.if
  // CHECK: memref.store
  // CHECK: gpu.barrier
  // CHECK: memref.store
  // CHECK: gpu.barrier
  gpu.func @meets(%n: index, %m: memref<64xf32>) kernel attributes {vyre.persistent} {
    %c1 = arith.constant 1 : index
    %x = arith.constant 1.0 : f32
    vyre.stage grid(%n, %c1, %c1) block(%n, %c1, %c1) {
    ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
         %gx: index, %gy: index, %gz: index, %sx: index, %sy: index, %sz: index):
      memref.store %x, %m[%tx] : memref<64xf32>
      gpu.barrier
      memref.store %x, %m[%tx] : memref<64xf32>
      vyre.yield
    }
    gpu.return
  }

  // A grid barrier: one thread counts itself in between fences and polls the
  // generation with acquire loads until it moves or, looked at now and then, the
  // abort word is set. All threads of the block learn which, and return then.
  // CHECK-LABEL: gpu.func @barrier
  // CHECK: gpu.barrier
  // CHECK: %[[SEEN:.*]] = scf.if
  // CHECK: llvm.load %{{.*}} atomic syncscope("device") acquire
  // CHECK: llvm.fence syncscope("device") acq_rel
  // CHECK: llvm.atomicrmw add %{{.*}} syncscope("device") monotonic
  // CHECK: llvm.fence syncscope("device") acq_rel
  // CHECK: llvm.store %{{.*}} atomic syncscope("device") release
  // The last to arrive looks too: it may be the only one.
  // CHECK: llvm.load %{{.*}} atomic monotonic
  // CHECK: scf.while
  // CHECK: llvm.load %{{.*}} atomic syncscope("device") acquire
  // CHECK: scf.if
  // CHECK: %[[PLACE:.*]] = llvm.getelementptr %{{.*}}[64]
  // CHECK: %[[WORD:.*]] = llvm.load %[[PLACE]] {{.*}} -> !llvm.ptr
  // CHECK: llvm.load %[[WORD]] atomic monotonic
  // CHECK: llvm.fence syncscope("device") acq_rel
  // CHECK: %[[ANY:.*]] = nvvm.barrier #nvvm.reduction<or> %[[SEEN]] -> i32
  // CHECK: %[[ABORTED:.*]] = arith.cmpi ne, %[[ANY]]
  // CHECK: cf.cond_br %[[ABORTED]], ^[[LEAVE:.*]], ^[[ON:bb[0-9]*]]
  // CHECK: ^[[ON]]:
  // CHECK: memref.store
  // CHECK: gpu.return
  // CHECK: ^[[LEAVE]]:
  // CHECK-NEXT: gpu.return
  gpu.func @barrier(%m: memref<64xf32>) kernel attributes {vyre.persistent} {
    %c0 = arith.constant 0 : index
    %x = arith.constant 1.0 : f32
    vyre.sync grid
    memref.store %x, %m[%c0] : memref<64xf32>
    gpu.return
  }

  // An aborted barrier ends the loops and branches around it too, those that would
  // never end by themselves included.
  // CHECK-LABEL: gpu.func @in_loops
  // CHECK-NOT: scf.for
  // CHECK: nvvm.barrier #nvvm.reduction<or>
  // CHECK-NEXT: llvm.mlir.constant(0 : i32)
  // CHECK-NEXT: %[[OUT:.*]] = arith.cmpi ne
  // CHECK-NEXT: cf.cond_br %[[OUT]], ^[[END:bb[0-9]*]], ^{{bb[0-9]*}}
  // CHECK: ^[[END]]:
  // CHECK-NEXT: gpu.return
  gpu.func @in_loops(%n: index, %b: i1) kernel attributes {vyre.persistent} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    scf.while : () -> () {
      scf.condition(%b)
    } do {
      scf.for %i = %c0 to %n step %c1 {
        scf.if %b {
          vyre.sync grid
        }
      }
      scf.yield
    }
    gpu.return
  }

  // A meeting of neighbours: each block counts its meetings in its own flag, with
  // release, and its threads poll those of the blocks near it, with acquire. Physical
  // blocks are at most ceil(2 P / n) apart.
  // CHECK-LABEL: gpu.func @near
  // CHECK: %[[MEETINGS:.*]] = llvm.alloca
  // CHECK: llvm.getelementptr %{{.*}}[72]
  // CHECK: %[[FLAGS:.*]] = llvm.load %{{.*}} -> !llvm.ptr
  // CHECK: arith.ceildivui
  // CHECK: %[[BEFORE:.*]] = llvm.load %[[MEETINGS]]
  // CHECK: %[[COUNT:.*]] = arith.addi %[[BEFORE]]
  // CHECK: llvm.store %[[COUNT]], %[[MEETINGS]]
  // CHECK: gpu.barrier
  // CHECK: scf.if
  // CHECK: %[[OWN:.*]] = llvm.getelementptr %[[FLAGS]]
  // CHECK: llvm.fence syncscope("device") acq_rel
  // CHECK: llvm.store %[[COUNT]], %[[OWN]] atomic syncscope("device") release
  // CHECK: scf.for
  // CHECK: %[[FLAG:.*]] = llvm.getelementptr %[[FLAGS]]
  // CHECK: scf.while
  // CHECK: llvm.load %[[FLAG]] atomic syncscope("device") acquire
  // CHECK: llvm.load %{{.*}} atomic monotonic
  // CHECK: llvm.fence syncscope("device") acq_rel
  // CHECK: nvvm.barrier #nvvm.reduction<or>
  // CHECK: cf.cond_br
  gpu.func @near(%n: index, %m: memref<64xf32>) kernel attributes {vyre.persistent} {
    %c0 = arith.constant 0 : index
    %x = arith.constant 1.0 : f32
    vyre.sync neighbours distance 2 blocks(%n)
    memref.store %x, %m[%c0] : memref<64xf32>
    gpu.return
  }

  // A block's synchronization is a block barrier, none is nothing.
  // CHECK-LABEL: gpu.func @smaller
  // CHECK-NEXT: gpu.barrier
  // CHECK-NEXT: gpu.return
  gpu.func @smaller() kernel attributes {vyre.persistent} {
    vyre.sync none
    vyre.sync block
    gpu.return
  }

  // A kernel that is not persistent keeps its arguments.
  // CHECK-LABEL: gpu.func @plain(%{{[a-z0-9]*}}: memref<64xf32>) kernel
  gpu.func @plain(%m: memref<64xf32>) kernel {
    gpu.return
  }

  // Nobody can tell when a while loop ends, so its threads look at the abort word, by
  // time, and exit if it is set.
  // CHECK-LABEL: gpu.func @endless
  // CHECK-SAME: %[[STATE:[a-z0-9]+]]: !llvm.ptr)
  // CHECK: %[[TURNS:.*]] = llvm.alloca
  // CHECK: %[[LAST:.*]] = llvm.alloca
  // CHECK: scf.while
  // CHECK: memref.store
  // CHECK: %[[TURN:.*]] = llvm.load %[[TURNS]]
  // CHECK: %[[ROUND:.*]] = arith.cmpi eq
  // CHECK: scf.if %[[ROUND]] {
  // CHECK: %[[NOW:.*]] = nvvm.read.ptx.sreg.clock
  // CHECK: llvm.load %[[LAST]]
  // CHECK: %[[DUE:.*]] = arith.cmpi uge
  // CHECK: scf.if %[[DUE]] {
  // CHECK: llvm.store %[[NOW]], %[[LAST]]
  // CHECK: %[[PLACE:.*]] = llvm.getelementptr %[[STATE]][64]
  // CHECK: %[[WORD:.*]] = llvm.load %[[PLACE]] {{.*}} -> !llvm.ptr
  // CHECK: llvm.load %[[WORD]] atomic monotonic
  // CHECK: %[[ABORTED:.*]] = arith.cmpi ne
  // CHECK: scf.if %[[ABORTED]] {
  // CHECK-NEXT: nvvm.exit
  // CHECK: scf.yield
  gpu.func @endless(%b: i1, %m: memref<64xf32>) kernel attributes {vyre.persistent} {
    %c0 = arith.constant 0 : index
    %x = arith.constant 1.0 : f32
    scf.while : () -> () {
      scf.condition(%b)
    } do {
      memref.store %x, %m[%c0] : memref<64xf32>
      scf.yield
    }
    gpu.return
  }

  // So do those inside of a stage, at every depth.
  // CHECK-LABEL: gpu.func @endless_stage
  // CHECK: scf.while
  // CHECK: scf.while
  // CHECK: nvvm.exit
  // CHECK: nvvm.exit
  gpu.func @endless_stage(%b: i1, %n: index) kernel attributes {vyre.persistent} {
    %c1 = arith.constant 1 : index
    vyre.stage grid(%n, %c1, %c1) block(%n, %c1, %c1) {
    ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
         %gx: index, %gy: index, %gz: index, %sx: index, %sy: index, %sz: index):
      scf.while : () -> () {
        scf.condition(%b)
      } do {
        scf.while : () -> () {
          scf.condition(%b)
        } do {
          scf.yield
        }
        scf.yield
      }
      vyre.yield
    }
    gpu.return
  }

  // Who meets other blocks in each iteration looks there; who may not meet them does not.
  // CHECK-LABEL: gpu.func @meeting_loop
  // CHECK-NOT: nvvm.read.ptx.sreg.clock
  // CHECK-LABEL: gpu.func @rarely_meeting_loop
  // CHECK: nvvm.read.ptx.sreg.clock
  gpu.func @meeting_loop(%b: i1) kernel attributes {vyre.persistent} {
    scf.while : () -> () {
      vyre.sync grid
      scf.condition(%b)
    } do {
      scf.yield
    }
    gpu.return
  }
  gpu.func @rarely_meeting_loop(%b: i1, %c: i1) kernel attributes {vyre.persistent} {
    scf.while : () -> () {
      scf.if %c {
        vyre.sync grid
      }
      scf.condition(%b)
    } do {
      scf.yield
    }
    gpu.return
  }

  // The waits of plain kernels have no abort word to look at.
  // CHECK-LABEL: gpu.func @plain_endless
  // CHECK-NOT: nvvm
  gpu.func @plain_endless(%b: i1) kernel {
    scf.while : () -> () {
      scf.condition(%b)
    } do {
      scf.yield
    }
    gpu.return
  }

  // Where threads may exit in a loop, those that come to a barrier of their block count
  // themselves, and exit too if some are missing: here thread 0 leads alone.
  // CHECK-LABEL: gpu.func @led
  // CHECK: nvvm.exit
  // CHECK: %[[CAME:.*]] = nvvm.barrier #nvvm.reduction<popc> %{{.*}} -> i32
  // CHECK: %[[MISSING:.*]] = arith.cmpi ne, %[[CAME]]
  // CHECK: scf.if %[[MISSING]] {
  // CHECK-NEXT: nvvm.exit
  // CHECK-NOT: gpu.barrier
  // CHECK: gpu.return
  gpu.func @led(%b: i1, %lead: i1) kernel attributes {vyre.persistent} {
    scf.if %lead {
      scf.while : () -> () {
        scf.condition(%b)
      } do {
        scf.yield
      }
    }
    vyre.sync block
    gpu.return
  }

  // Loops in functions are taken into the kernel, which alone knows the abort word.
  // CHECK-LABEL: gpu.func @calls
  // CHECK-NOT: call @spin
  // CHECK: scf.while
  // CHECK: nvvm.exit
  // CHECK: gpu.return
  gpu.func @calls(%b: i1) kernel attributes {vyre.persistent} {
    func.call @spin(%b) : (i1) -> ()
    gpu.return
  }
  func.func @spin(%b: i1) {
    func.call @inner(%b) : (i1) -> ()
    return
  }
  func.func @inner(%b: i1) {
    scf.while : () -> () {
      scf.condition(%b)
    } do {
      scf.yield
    }
    return
  }

  // A recursive function cannot be, and stays as it is.
  // CHECK-LABEL: gpu.func @recurses
  // CHECK: call @again
  // CHECK-NOT: nvvm.exit
  // CHECK: gpu.return
  gpu.func @recurses(%b: i1) kernel attributes {vyre.persistent} {
    func.call @again(%b) : (i1) -> ()
    gpu.return
  }
  func.func @again(%b: i1) {
    scf.while : () -> () {
      scf.condition(%b)
    } do {
      func.call @again(%b) : (i1) -> ()
      scf.yield
    }
    return
  }
}
