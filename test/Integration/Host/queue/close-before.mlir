// A plain launch is pending when the loop's first iteration closes a queue that is not
// open: vyreQueueClose returns at once, ScheduleStreams takes it for a wait.
// RUN: env VYRE_HOST_WORKERS=4 vyre-run %s --mode=all | FileCheck %s
// CHECK: plain {{.*}} reference
// CHECK: persistent {{.*}} identical
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @slow(%x: memref<1xi64>, %n: index) kernel {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %k = arith.constant 6364136223846793005 : i64
      %v = memref.load %x[%c0] : memref<1xi64>
      %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %v) -> (i64) {
        %ii = arith.index_cast %i : index to i64
        %m = arith.muli %a, %k : i64
        %w = arith.xori %m, %ii : i64
        scf.yield %w : i64
      }
      memref.store %r, %x[%c0] : memref<1xi64>
      gpu.return
    }
    gpu.func @step(%x: memref<1xi64>, %s: i64) kernel {
      %c0 = arith.constant 0 : index
      %v = memref.load %x[%c0] : memref<1xi64>
      %w = arith.addi %v, %s : i64
      memref.store %w, %x[%c0] : memref<1xi64>
      gpu.return
    }
  }
  func.func private @labs(i64) -> i64 attributes {vyre.host_only}
  func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}
  func.func @main() {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %n = arith.constant 3 : index
    %big = arith.constant 200000000 : index
    %one = arith.constant 1 : i64
    %x = memref.alloc() : memref<1xi64>
    memref.store %one, %x[%c0] : memref<1xi64>
    %any = memref.cast %x : memref<1xi64> to memref<*xi64>
    gpu.launch_func @kernels::@slow blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
        args(%x : memref<1xi64>, %big : index)
    scf.for %i = %c0 to %n step %c1 {
      func.call @printMemrefI64(%any) : (memref<*xi64>) -> ()
      %j = arith.index_cast %i : index to i64
      %a = func.call @labs(%j) : (i64) -> i64
      gpu.launch_func @kernels::@step blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
          args(%x : memref<1xi64>, %a : i64)
    }
    memref.dealloc %x : memref<1xi64>
    return
  }
}
