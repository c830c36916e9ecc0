// The item in order of each pair has an empty grid but in the first iteration, so it is never
// pushed; the one after it is marked concurrent on the strength of it. Items of @b, each of
// which needs what the one before wrote, then run beside each other.
// RUN: env VYRE_HOST_WORKERS=4 vyre-run %s --mode=all | FileCheck %s
// CHECK: plain {{.*}} reference
// CHECK: persistent {{.*}} identical
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @a(%x: memref<64xi64>, %s: i64) kernel {
      %t = gpu.block_id x
      %v = memref.load %x[%t] : memref<64xi64>
      %w = arith.addi %v, %s : i64
      memref.store %w, %x[%t] : memref<64xi64>
      gpu.return
    }
    gpu.func @b(%y: memref<64xi64>, %s: i64) kernel {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %n = arith.constant 500 : index
      %k = arith.constant 6364136223846793005 : i64
      %t = gpu.block_id x
      %v = memref.load %y[%t] : memref<64xi64>
      %v2 = arith.addi %v, %s : i64
      %r = scf.for %i = %c0 to %n step %c1 iter_args(%q = %v2) -> (i64) {
        %ii = arith.index_cast %i : index to i64
        %m = arith.muli %q, %k : i64
        %w = arith.xori %m, %ii : i64
        scf.yield %w : i64
      }
      memref.store %r, %y[%t] : memref<64xi64>
      gpu.return
    }
  }
  func.func private @labs(i64) -> i64 attributes {vyre.host_only}
  func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}
  func.func @main() {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    %n = arith.constant 2000 : index
    %x = memref.alloc() : memref<64xi64>
    %y = memref.alloc() : memref<64xi64>
    scf.for %i = %c0 to %c64 step %c1 {
      %z = arith.index_cast %i : index to i64
      memref.store %z, %x[%i] : memref<64xi64>
      memref.store %z, %y[%i] : memref<64xi64>
    }
    scf.for %i = %c0 to %n step %c1 {
      %j = arith.index_cast %i : index to i64
      %a = func.call @labs(%j) : (i64) -> i64
      %is = arith.cmpi eq, %i, %c0 : index
      %g = arith.select %is, %c8, %c0 : index
      gpu.launch_func @kernels::@a blocks in (%g, %c1, %c1) threads in (%c1, %c1, %c1)
          args(%x : memref<64xi64>, %a : i64)
      gpu.launch_func @kernels::@b blocks in (%c8, %c1, %c1) threads in (%c1, %c1, %c1)
          args(%y : memref<64xi64>, %a : i64)
    }
    %s1 = memref.cast %y : memref<64xi64> to memref<*xi64>
    call @printMemrefI64(%s1) : (memref<*xi64>) -> ()
    return
  }
}
