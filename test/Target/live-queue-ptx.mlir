// The instructions by which a resident kernel takes items of a live queue: what has to
// be ordered, at which scope, and nothing weaker.
// RUN: vyre-opt %s --vyre-lower="device=cuda chip=sm_90 records=false assemble=false" \
// RUN:   | %{python} %S/Inputs/ptx-of.py > %t.ptx
// RUN: lint-ptx.py %t.ptx
// RUN: %{python} %S/../Integration/Host/compile/Inputs/plant-ptx.py queue %t.ptx \
// RUN:   | FileCheck %s --check-prefix=PLANTED
// RUN: FileCheck %s --implicit-check-not=.nc. --implicit-check-not=ldu. < %t.ptx
// RUN: FileCheck %s --check-prefix=LEAVE < %t.ptx
// RUN: FileCheck %s --check-prefix=ORDER < %t.ptx

// Whatever is weaker is found.
// PLANTED: {{[1-9][0-9]+}} defects of queue found

// Thread 0 of block 0 acquires the ring's tail at system scope. While nothing is new it
// looks whether all is done, which it acquires at GPU scope and releases to the host.
// CHECK-LABEL: .visible .entry feed_queue(
// CHECK:       %globaltimer
// CHECK:       ld.acquire.sys.global.b64 %{{.*}}, [%[[RING:rd[0-9]+]]];
// CHECK:       ld.acquire.gpu.global.b64 %{{.*}}, [%[[STATE:rd[0-9]+]]+128];
// CHECK:       st.release.sys.global.b64 [%[[RING]]+128], %{{.*}};
// CHECK:       %globaltimer
// The abort word, through its address in the state of the kernel's barrier.
// CHECK:       ld.global.b64 %[[ABORT:rd[0-9]+]], [%{{.*}}+64];
// CHECK-NEXT:  ld.relaxed.sys.b32 %{{.*}}, [%[[ABORT]]];
// CHECK:       nanosleep.u32

// The end of an item: all threads of the block, a fence, one addition.
// CHECK:       fence.acq_rel.gpu;
// CHECK-NEXT:  atom.global.add.u64 %{{.*}}, [%[[STATE]]+128], 1;

// Block 0 copies the items between two barriers of its threads, then releases them to
// the other blocks.
// CHECK:       st.shared.b64
// CHECK:       bar.sync 0;
// CHECK:       ld.global.v2.b64
// CHECK:       st.global.v2.b64
// CHECK:       bar.sync 0;
// CHECK:       st.release.gpu.global.b64 [%[[STATE]]], %{{.*}};

// The other blocks acquire how many there are.
// CHECK:       ld.acquire.gpu.global.b64 %{{.*}}, [%[[STATE]]];
// CHECK:       nanosleep.u32

// An item that is in order waits until everybody has arrived; its flags are read from
// the copy.
// ORDER-LABEL: .visible .entry feed_queue(
// ORDER:       ld.global.b32 %{{.*}}, [%{{.*}}+516];
// ORDER:       ld.acquire.gpu.global.b64 %{{.*}}, [%{{.*}}+128];
// ORDER:       nanosleep.u32

// That the kernel left by itself is its last word, after `done`.
// LEAVE-LABEL: .visible .entry feed_queue(
// LEAVE:       st.release.sys.global.b64 [%[[RING:rd[0-9]+]]+128], %{{.*}};
// LEAVE:       st.release.sys.global.b32 [%[[RING]]+136], 1;
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @scale(%x: memref<?xf32>, %s: f32) kernel {
      %t = gpu.thread_id x
      %v = memref.load %x[%t] : memref<?xf32>
      %w = arith.mulf %v, %s : f32
      memref.store %w, %x[%t] : memref<?xf32>
      gpu.return
    }
    gpu.func @feed_queue(%q: index) kernel
        attributes {known_block_size = array<i32: 64, 1, 1>, vyre.persistent, vyre.queue} {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %end = scf.while (%n = %c0) : (index) -> index {
        %more, %item, %k, %gx, %gy, %gz, %bx, %by, %bz = vyre.next_item %q at %n
        scf.if %more {
          %x, %s = vyre.item_args %item : memref<?xf32>, f32
          vyre.stage grid(%gx, %gy, %gz) block(%bx, %by, %bz) {
          ^bb0(%vx: index, %vy: index, %vz: index, %tx: index, %ty: index, %tz: index,
               %vgx: index, %vgy: index, %vgz: index, %sx: index, %sy: index, %sz: index):
            %v = memref.load %x[%tx] : memref<?xf32>
            %w = arith.mulf %v, %s : f32
            memref.store %w, %x[%tx] : memref<?xf32>
            vyre.yield
          }
          vyre.finish_item %q at %n
        }
        scf.condition(%more) %n : index
      } do {
      ^bb0(%n: index):
        %next = arith.addi %n, %c1 : index
        scf.yield %next : index
      }
      gpu.return
    }
  }
  func.func private @next() -> f32 attributes {vyre.host_only}
  func.func @feed(%x: memref<?xf32>, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    vyre.live_queue resident @kernels::@feed_queue items [@kernels::@scale]
        attributes {block_threads = 64 : i32} {
      scf.for %i = %c0 to %n step %c1 {
        %s = func.call @next() : () -> f32
        gpu.launch_func @kernels::@scale blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%x : memref<?xf32>, %s : f32)
      }
      vyre.yield
    }
    return
  }
}
