// The host reads a result in every tenth iteration, calls a function that nothing is
// known of in every hundredth, and feeds what it read back: every read sees the items
// before it, and the function finds no resident kernel.
// RUN: vyre-run %s --mode=all | FileCheck %s
// RUN: vyre-run %s --mode=persistent --stats=%t.json | FileCheck %s --check-prefix=OUT
// RUN: FileCheck %s --check-prefix=STATS --input-file=%t.json
// RUN: env VYRE_HOST_WORKERS=1 vyre-run %s --mode=persistent | FileCheck %s --check-prefix=OUT
// RUN: env VYRE_HOST_WORKERS=5 vyre-run %s --mode=persistent | FileCheck %s --check-prefix=OUT

// CHECK: plain {{.*}} reference
// CHECK: persistent {{.*}} identical
// OUT: [1]
// OUT: [100351]
// OUT: [458751]
// OUT: [868351]
// OUT: [1277951]
// OUT: [1687551]
// OUT: [2097151]
// OUT: [2506751]
// OUT: [2916351]
// OUT: [3325951]
// OUT: 3731455
// Each of the ten calls but the last one closes what the next item opens again.
// STATS: "cooperative_launches":11,
// STATS-SAME: "queue_items":1000,
module attributes {gpu.container_module} {
  gpu.module @kernels {
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
  func.func private @printI64(i64)
  func.func private @printNewline()
  func.func @main() {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c10 = arith.constant 10 : index
    %c100 = arith.constant 100 : index
    %n = arith.constant 1000 : index
    %one = arith.constant 1 : i64
    %zero = arith.constant 0 : i64
    %x = memref.alloc() : memref<1xi64>
    memref.store %zero, %x[%c0] : memref<1xi64>
    %any = memref.cast %x : memref<1xi64> to memref<*xi64>
    %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %one) -> (i64) {
      %a = func.call @labs(%s) : (i64) -> i64
      gpu.launch_func @kernels::@step blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
          args(%x : memref<1xi64>, %a : i64)
      %m = arith.remui %i, %c10 : index
      %tenth = arith.cmpi eq, %m, %c0 : index
      %next = scf.if %tenth -> (i64) {
        %v = memref.load %x[%c0] : memref<1xi64>
        %half = arith.shrui %v, %one : i64
        %c4095 = arith.constant 4095 : i64
        %low = arith.andi %half, %c4095 : i64
        %sum = arith.addi %low, %one : i64
        scf.yield %sum : i64
      } else {
        scf.yield %s : i64
      }
      %h = arith.remui %i, %c100 : index
      %hundredth = arith.cmpi eq, %h, %c0 : index
      scf.if %hundredth {
        func.call @printMemrefI64(%any) : (memref<*xi64>) -> ()
      }
      scf.yield %next : i64
    }
    %v = memref.load %x[%c0] : memref<1xi64>
    call @printI64(%v) : (i64) -> ()
    call @printNewline() : () -> ()
    memref.dealloc %x : memref<1xi64>
    return
  }
}
