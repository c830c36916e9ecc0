// Where a kernel waits for the launches before it.
// RUN: vyre-opt %s --vyre-start-kernels-early | FileCheck %s
// RUN: vyre-opt %s --vyre-start-kernels-early -o /dev/null \
// RUN:   --remarks-filter=vyre-start-kernels-early 2>&1 | FileCheck %s --check-prefix=REMARK

module attributes {gpu.container_module} {
  memref.global "private" constant @table : memref<64xf32> = dense<1.0>
  memref.global "private" @state : memref<64xf32> = dense<1.0>

  gpu.module @kernels attributes {vyre.offload = #vyre.offload<host = true, chips = ["sm_90", "sm_100"]>} {
    // Weights that no kernel writes are read before; what the kernel in front wrote is not.
    // REMARK-DAG: [Passed] EarlyStart | {{.*}}Kernel=scale, Loads=1, WaitsFor=memref.load
    // CHECK-LABEL: gpu.func @scale
    // CHECK: gpu.thread_id
    // CHECK: memref.load %arg0
    // CHECK-NEXT: vyre.await_launches
    // CHECK-NEXT: memref.load %arg1
    gpu.func @scale(%weights: memref<64xf32>, %x: memref<64xf32>) kernel {
      %t = gpu.thread_id x
      %w = memref.load %weights[%t] : memref<64xf32>
      %v = memref.load %x[%t] : memref<64xf32>
      %y = arith.mulf %v, %w : f32
      memref.store %y, %x[%t] : memref<64xf32>
      gpu.return
    }

    // The planted race: the same kernel, and in one of its launches the weights are what
    // the kernel in front writes.
    // REMARK-DAG: [Passed] EarlyStart | {{.*}}Kernel=raced, Loads=0
    // CHECK-LABEL: gpu.func @raced
    // CHECK: gpu.thread_id
    // CHECK-NEXT: vyre.await_launches
    // CHECK-NEXT: memref.load %arg0
    gpu.func @raced(%weights: memref<64xf32>, %x: memref<64xf32>) kernel {
      %t = gpu.thread_id x
      %w = memref.load %weights[%t] : memref<64xf32>
      memref.store %w, %x[%t] : memref<64xf32>
      gpu.return
    }

    // Constant globals are never written; others may be.
    // REMARK-DAG: [Passed] EarlyStart | {{.*}}Kernel=globals, Loads=1
    // CHECK-LABEL: gpu.func @globals
    // CHECK: memref.load %arg0
    // CHECK-NEXT: vyre.await_launches
    // CHECK-NEXT: memref.load %arg1
    gpu.func @globals(%a: memref<64xf32>, %b: memref<64xf32>, %x: memref<64xf32>) kernel {
      %t = gpu.thread_id x
      %v = memref.load %a[%t] : memref<64xf32>
      %w = memref.load %b[%t] : memref<64xf32>
      %y = arith.addf %v, %w : f32
      memref.store %y, %x[%t] : memref<64xf32>
      gpu.return
    }

    // Memory that the function was given, or gives away, may be written by others.
    // REMARK-DAG: [Passed] EarlyStart | {{.*}}Kernel=given, Loads=0
    // REMARK-DAG: [Passed] EarlyStart | {{.*}}Kernel=shown, Loads=0
    // CHECK-LABEL: gpu.func @given
    // CHECK: gpu.thread_id
    // CHECK-NEXT: vyre.await_launches
    // CHECK-LABEL: gpu.func @shown
    // CHECK: gpu.thread_id
    // CHECK-NEXT: vyre.await_launches
    gpu.func @given(%a: memref<64xf32>, %x: memref<64xf32>) kernel {
      %t = gpu.thread_id x
      %v = memref.load %a[%t] : memref<64xf32>
      memref.store %v, %x[%t] : memref<64xf32>
      gpu.return
    }
    gpu.func @shown(%a: memref<64xf32>, %x: memref<64xf32>) kernel {
      %t = gpu.thread_id x
      %v = memref.load %a[%t] : memref<64xf32>
      memref.store %v, %x[%t] : memref<64xf32>
      gpu.return
    }

    // Nothing runs before a branch that touches memory; a kernel without any waits too.
    // CHECK-LABEL: gpu.func @branches
    // CHECK: arith.cmpi
    // CHECK-NEXT: vyre.await_launches
    // CHECK-NEXT: scf.if
    // CHECK-LABEL: gpu.func @idle
    // CHECK: vyre.await_launches
    // CHECK-NEXT: gpu.return
    gpu.func @branches(%n: index, %x: memref<64xf32>) kernel {
      %zero = arith.constant 0.0 : f32
      %t = gpu.thread_id x
      %inside = arith.cmpi ult, %t, %n : index
      scf.if %inside {
        memref.store %zero, %x[%t] : memref<64xf32>
      }
      gpu.return
    }
    gpu.func @idle() kernel {
      gpu.return
    }

    // Nobody launches it.
    // CHECK-LABEL: gpu.func @unused
    // CHECK-NOT: vyre.await_launches
    gpu.func @unused() kernel {
      gpu.return
    }
  }

  // An older chip has no such launches.
  // REMARK-DAG: [Missed] EarlyStart | {{.*}}Kernel=old, Reason="chip: it takes code for sm_90 and newer alone"
  // CHECK-LABEL: gpu.module @older
  // CHECK-NOT: vyre.await_launches
  gpu.module @older attributes {vyre.offload = #vyre.offload<host = true, chips = ["sm_80", "sm_90"]>} {
    gpu.func @old() kernel {
      gpu.return
    }
  }

  func.func private @show(memref<64xf32>)

  // CHECK-LABEL: func.func @main
  func.func @main(%given: memref<64xf32>, %n: index) {
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %zero = arith.constant 0.0 : f32
    %weights = gpu.alloc () : memref<64xf32>
    %x = gpu.alloc () : memref<64xf32>
    %y = gpu.alloc () : memref<64xf32>
    %shown = memref.alloc() : memref<64xf32>
    %constants = memref.get_global @table : memref<64xf32>
    %state = memref.get_global @state : memref<64xf32>
    // The host and fills may write what kernels only read.
    gpu.memset %weights, %zero : memref<64xf32>, f32
    gpu.launch_func @kernels::@scale blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
        args(%weights : memref<64xf32>, %x : memref<64xf32>)
        {vyre.reads = array<i32: 0, 1>, vyre.writes = array<i32: 1>}
    gpu.launch_func @kernels::@raced blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
        args(%weights : memref<64xf32>, %y : memref<64xf32>)
        {vyre.reads = array<i32: 0>, vyre.writes = array<i32: 1>}
    gpu.launch_func @kernels::@raced blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
        args(%y : memref<64xf32>, %x : memref<64xf32>)
        {vyre.reads = array<i32: 0>, vyre.writes = array<i32: 1>}
    gpu.launch_func @kernels::@globals blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
        args(%constants : memref<64xf32>, %state : memref<64xf32>, %x : memref<64xf32>)
        {vyre.reads = array<i32: 0, 1>, vyre.writes = array<i32: 2>}
    gpu.launch_func @kernels::@given blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
        args(%given : memref<64xf32>, %x : memref<64xf32>)
        {vyre.reads = array<i32: 0>, vyre.writes = array<i32: 1>}
    gpu.launch_func @kernels::@shown blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
        args(%shown : memref<64xf32>, %x : memref<64xf32>)
        {vyre.reads = array<i32: 0>, vyre.writes = array<i32: 1>}
    func.call @show(%shown) : (memref<64xf32>) -> ()
    gpu.launch_func @kernels::@branches blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
        args(%n : index, %x : memref<64xf32>)
        {vyre.reads = array<i32>, vyre.writes = array<i32: 1>}
    gpu.launch_func @kernels::@idle blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
    gpu.launch_func @older::@old blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
    return
  }
}
