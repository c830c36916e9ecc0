// A loop in which the host computes an argument of each launch: 1,000 iterations of two
// launches are 2,000 items for one resident kernel, and the host synchronizes once.
// RUN: vyre-run %s --mode=all | FileCheck %s
// RUN: vyre-run %s --mode=persistent --stats=%t.json | FileCheck %s --check-prefix=OUT
// RUN: FileCheck %s --check-prefix=STATS --input-file=%t.json
// RUN: vyre-run %s --mode=plain --stats=%t.json | FileCheck %s --check-prefix=OUT
// RUN: FileCheck %s --check-prefix=PLAIN --input-file=%t.json
// RUN: vyre-run %s --mode=persistent --explain 2>&1 | FileCheck %s --check-prefix=EXPLAIN

// CHECK: plain {{.*}} reference
// CHECK: persistent {{.*}} identical
// x = x + |i - 500| and then y = 3 y + x, modulo 2^32, 1,000 times.
// OUT: [{{ *}}250000, {{ *}}250001, {{ *}}250002, {{ *}}250003,
// OUT: [{{ *}}266025384, {{ *}}637471768, {{ *}}1008918152, {{ *}}1380364536,
// STATS: "kernel_launches":0,"cooperative_launches":1,
// STATS-SAME: "queue_items":2000,
// STATS-SAME: "fallbacks":[]
// PLAIN: "kernel_launches":2000,"cooperative_launches":0,
// PLAIN-SAME: "queue_items":0,
// EXPLAIN: persistent form: before item add: in order
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @add(%x: memref<256xi32>, %s: i32) kernel {
      %b = gpu.block_id x
      %d = gpu.block_dim x
      %t = gpu.thread_id x
      %f = arith.muli %b, %d : index
      %i = arith.addi %f, %t : index
      %v = memref.load %x[%i] : memref<256xi32>
      %w = arith.addi %v, %s : i32
      memref.store %w, %x[%i] : memref<256xi32>
      gpu.return
    }
    // Reads what another block wrote: the order of items shows.
    gpu.func @mix(%x: memref<256xi32>, %y: memref<256xi32>) kernel {
      %c3 = arith.constant 3 : i32
      %c255 = arith.constant 255 : index
      %b = gpu.block_id x
      %d = gpu.block_dim x
      %t = gpu.thread_id x
      %f = arith.muli %b, %d : index
      %i = arith.addi %f, %t : index
      %j = arith.subi %c255, %i : index
      %v = memref.load %x[%j] : memref<256xi32>
      %u = memref.load %y[%i] : memref<256xi32>
      %p = arith.muli %u, %c3 : i32
      %w = arith.addi %p, %v : i32
      memref.store %w, %y[%i] : memref<256xi32>
      gpu.return
    }
  }
  func.func private @abs(i32) -> i32 attributes {vyre.host_only}
  func.func private @printMemrefI32(memref<*xi32>) attributes {llvm.emit_c_interface}
  func.func @main() {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %c64 = arith.constant 64 : index
    %c256 = arith.constant 256 : index
    %n = arith.constant 1000 : index
    %middle = arith.constant 500 : i32
    %zero = arith.constant 0 : i32
    %x = memref.alloc() : memref<256xi32>
    %y = memref.alloc() : memref<256xi32>
    scf.for %i = %c0 to %c256 step %c1 {
      %v = arith.index_cast %i : index to i32
      memref.store %v, %x[%i] : memref<256xi32>
      memref.store %zero, %y[%i] : memref<256xi32>
    }
    scf.for %i = %c0 to %n step %c1 {
      %v = arith.index_cast %i : index to i32
      %off = arith.subi %v, %middle : i32
      %s = func.call @abs(%off) : (i32) -> i32
      gpu.launch_func @kernels::@add blocks in (%c4, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%x : memref<256xi32>, %s : i32)
      gpu.launch_func @kernels::@mix blocks in (%c4, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%x : memref<256xi32>, %y : memref<256xi32>)
    }
    %any = memref.cast %x : memref<256xi32> to memref<*xi32>
    call @printMemrefI32(%any) : (memref<*xi32>) -> ()
    %other = memref.cast %y : memref<256xi32> to memref<*xi32>
    call @printMemrefI32(%other) : (memref<*xi32>) -> ()
    memref.dealloc %x : memref<256xi32>
    memref.dealloc %y : memref<256xi32>
    return
  }
}
