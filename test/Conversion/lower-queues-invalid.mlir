// Resident kernels that have no lowering for a GPU.
// RUN: vyre-opt %s --pass-pipeline="builtin.module(gpu.module(vyre-lower-stages))" --split-input-file --verify-diagnostics

// A second queue: the protocol's state is that of one.
gpu.module @other_queue {
  gpu.func @k(%q: index) kernel attributes {vyre.persistent, vyre.queue} {
    %c64 = arith.constant 64 : index
    // expected-error @below {{a resident kernel's queue is its first argument}}
    %more, %item, %k, %gx, %gy, %gz, %bx, %by, %bz = vyre.next_item %c64 at %c64
    gpu.return
  }
}

// -----

gpu.module @other_queue_to_finish {
  gpu.func @k(%q: index) kernel attributes {vyre.persistent, vyre.queue} {
    %c64 = arith.constant 64 : index
    // expected-error @below {{a resident kernel's queue is its first argument}}
    vyre.finish_item %c64 at %q
    gpu.return
  }
}

// -----

// The runtime passes nothing else.
gpu.module @more_arguments {
  // expected-error @below {{a resident kernel's only argument is the address of its queue}}
  gpu.func @k(%q: index, %x: f32) kernel attributes {vyre.persistent, vyre.queue} {
    gpu.return
  }
}

// -----

// No launch packs an unranked memref.
gpu.module @unranked {
  gpu.func @k(%q: index) kernel attributes {vyre.persistent, vyre.queue} {
    // expected-error @below {{an item has no arguments of type 'memref<*xf32>'}}
    %m = vyre.item_args %q : memref<*xf32>
    gpu.return
  }
}
