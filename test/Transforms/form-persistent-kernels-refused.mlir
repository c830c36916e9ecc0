// One loop per reason for which a persistent kernel is refused.
// RUN: vyre-opt %s --vyre-form-launch-groups --vyre-form-persistent-kernels | FileCheck %s
// RUN: vyre-opt %s --vyre-form-launch-groups --vyre-form-persistent-kernels -o /dev/null \
// RUN:   --remarks-filter=vyre-form-persistent-kernels 2>&1 | FileCheck %s --check-prefix=REMARK

// RUN: vyre-opt %s --vyre-form-launch-groups=reorder-float-atomics \
// RUN:   --vyre-form-persistent-kernels=reorder-float-atomics -o /dev/null \
// RUN:   --remarks-filter=vyre-form-persistent-kernels 2>&1 | FileCheck %s --check-prefix=REORDER

// The option lifts one refusal.
// REORDER-COUNT-1: [Passed] Persistent | {{.*}} Function=float_atomic
// REORDER-NOT: [Passed]

// CHECK-NOT: vyre.launch_persistent
// CHECK-NOT: vyre.persistent
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @fill(%to: memref<64xf32>) kernel {
      %t = gpu.thread_id x
      %v = arith.constant 1.0 : f32
      memref.store %v, %to[%t] : memref<64xf32>
      gpu.return
    }
    gpu.func @print(%to: memref<64xf32>) kernel {
      gpu.printf "here\n"
      gpu.return
    }
    gpu.func @assert(%to: memref<64xf32>) kernel {
      %t = arith.constant true
      cf.assert %t, "holds"
      gpu.return
    }
    gpu.func @cuda(%to: memref<64xf32>) kernel {
      nvvm.barrier0
      gpu.return
    }
    gpu.func @fatomic(%to: memref<64xf32>) kernel {
      %t = gpu.thread_id x
      %v = arith.constant 1.0 : f32
      %r = memref.atomic_rmw addf %v, %to[%t] : (f32, memref<64xf32>) -> f32
      gpu.return
    }
    gpu.func @collective(%to: memref<64xf32>) kernel {
      %v = arith.constant 1.0 : f32
      %s = gpu.all_reduce add %v {} : (f32) -> (f32)
      gpu.return
    }
    func.func @callee() -> index {
      %t = gpu.thread_id x
      return %t : index
    }
    func.func private @outside()
    gpu.func @calls_out(%to: memref<64xf32>) kernel {
      func.call @outside() : () -> ()
      gpu.return
    }
    gpu.func @caller(%to: memref<64xf32>) kernel {
      %t = func.call @callee() : () -> index
      gpu.return
    }
    gpu.func @barrier(%to: memref<64xf32>) kernel {
      gpu.barrier
      gpu.return
    }
  }
  gpu.module @others {
    gpu.func @fill(%to: memref<64xf32>) kernel {
      gpu.return
    }
  }
  func.func private @elsewhere()


  // Glue loads and stores scalars.
  // REMARK: [Missed] Persistent | {{.*}} Function=host_load | Reason="host-load: 'memref.load' on the host reads what no kernel takes along"
  // CHECK-LABEL: func.func @host_load
  // CHECK:         persistent_refusal = "host-load: 'memref.load' on the host reads what no kernel takes along"
  func.func @host_load(%a: memref<64xf32>, %v: memref<64xvector<4xf32>>, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
      %x = memref.load %v[%i] : memref<64xvector<4xf32>>
    }
    return
  }

  // The same.
  // REMARK: [Missed] Persistent | {{.*}} Function=host_store | Reason="host-store: 'memref.store' on the host writes what no kernel takes along"
  // CHECK-LABEL: func.func @host_store
  // CHECK:         persistent_refusal = "host-store: 'memref.store' on the host writes what no kernel takes along"
  func.func @host_store(%a: memref<64xf32>, %v: memref<64xvector<4xf32>>, %x: vector<4xf32>, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
      memref.store %x, %v[%i] : memref<64xvector<4xf32>>
    }
    return
  }

  // Affine ops are lowered before.
  // REMARK: [Missed] Persistent | {{.*}} Function=affine_load | Reason="host-load: 'affine.load' on the host reads what no kernel takes along"
  // CHECK-LABEL: func.func @affine_load
  // CHECK:         persistent_refusal = "host-load: 'affine.load' on the host reads what no kernel takes along"
  func.func @affine_load(%a: memref<64xf32>, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
      %x = affine.load %a[0] : memref<64xf32>
    }
    return
  }

  // The host would report it, a GPU would not.
  // REMARK: [Missed] Persistent | {{.*}} Function=division | Reason="division: 'arith.divsi' on the host may divide by zero"
  // CHECK-LABEL: func.func @division
  // CHECK:         persistent_refusal = "division: 'arith.divsi' on the host may divide by zero"
  func.func @division(%a: memref<64xf32>, %m: memref<64xi32>, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
      %x = memref.load %m[%i] : memref<64xi32>
      %q = arith.divsi %x, %x : i32
      memref.store %q, %m[%i] : memref<64xi32>
    }
    return
  }

  // The smallest integer divided by -1 is the same kind of error.
  // REMARK: [Missed] Persistent | {{.*}} Function=overflowing_division | Reason="division: 'arith.remsi' on the host may divide by zero"
  // CHECK-LABEL: func.func @overflowing_division
  // CHECK:         persistent_refusal = "division: 'arith.remsi' on the host may divide by zero"
  func.func @overflowing_division(%a: memref<64xf32>, %m: memref<64xi32>, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
      %minus = arith.constant -1 : i32
      %x = memref.load %m[%i] : memref<64xi32>
      %q = arith.remsi %x, %minus : i32
      memref.store %q, %m[%i] : memref<64xi32>
    }
    return
  }

  // The device may contract other operations than the host.
  // REMARK: [Missed] Persistent | {{.*}} Function=relaxed_float | Reason="relaxed-float: 'arith.mulf' on the host has fast-math flags"
  // CHECK-LABEL: func.func @relaxed_float
  // CHECK:         persistent_refusal = "relaxed-float: 'arith.mulf' on the host has fast-math flags"
  func.func @relaxed_float(%a: memref<64xf32>, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
      %x = memref.load %a[%i] : memref<64xf32>
      %y = arith.mulf %x, %x fastmath<contract> : f32
      memref.store %y, %a[%i] : memref<64xf32>
    }
    return
  }

  // The host computes it exactly.
  // REMARK: [Missed] Persistent | {{.*}} Function=float_remainder | Reason="unsupported-op: 'arith.remf' differs between devices"
  // CHECK-LABEL: func.func @float_remainder
  // CHECK:         persistent_refusal = "unsupported-op: 'arith.remf' differs between devices"
  func.func @float_remainder(%a: memref<64xf32>, %f: f32, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
      %x = memref.load %a[%i] : memref<64xf32>
      %y = arith.remf %x, %f : f32
      memref.store %y, %a[%i] : memref<64xf32>
    }
    return
  }

  // A type that only x86 has.
  // REMARK: [Missed] Persistent | {{.*}} Function=host_type | Reason="unsupported-op: 'arith.extf' computes in a type of the host"
  // CHECK-LABEL: func.func @host_type
  // CHECK:         persistent_refusal = "unsupported-op: 'arith.extf' computes in a type of the host"
  func.func @host_type(%a: memref<64xf32>, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
      %x = memref.load %a[%i] : memref<64xf32>
      %y = arith.extf %x : f32 to f80
      %z = arith.truncf %y : f80 to f32
      memref.store %z, %a[%i] : memref<64xf32>
    }
    return
  }

  // Nobody could check it before the launch.
  // REMARK: [Missed] Persistent | {{.*}} Function=loaded_grid | Reason="grid-size: a grid size that depends on loaded memory may be out of range"
  // CHECK-LABEL: func.func @loaded_grid
  // CHECK:         persistent_refusal = "grid-size: a grid size that depends on loaded memory may be out of range"
  func.func @loaded_grid(%a: memref<64xf32>, %m: memref<64xindex>, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %n step %c1 {
      %g = memref.load %m[%i] : memref<64xindex>
      gpu.launch_func @kernels::@fill blocks in (%g, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
    }
    return
  }

  // Which launches run is known on the device only.
  // REMARK: [Missed] Persistent | {{.*}} Function=grid_behind_flag | Reason="grid-size: a grid size that depends on loaded memory may be out of range"
  // CHECK-LABEL: func.func @grid_behind_flag
  // CHECK:         persistent_refusal = "grid-size: a grid size that depends on loaded memory may be out of range"
  func.func @grid_behind_flag(%a: memref<64xf32>, %m: memref<64xi1>, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %n step %c1 {
      %flag = memref.load %m[%i] : memref<64xi1>
      scf.if %flag {
        %g = arith.subi %n, %c64 : index
        gpu.launch_func @kernels::@fill blocks in (%g, %c1, %c1) threads in (%c64, %c1, %c1)
            args(%a : memref<64xf32>)
      }
    }
    return
  }

  // The arguments may be the same memory, so its address does not tell which one it is.
  // REMARK: [Missed] Persistent | {{.*}} Function=aliasing_result | Reason="result-buffer: which buffer the loop ends with depends on loaded memory"
  // CHECK-LABEL: func.func @aliasing_result
  // CHECK:         persistent_refusal = "result-buffer: which buffer the loop ends with depends on loaded memory"
  func.func @aliasing_result(%a: memref<64xf32>, %b: memref<64xf32>, %m: memref<64xi1>, %n: index) -> memref<64xf32> {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %r = scf.for %i = %c0 to %n step %c1 iter_args(%x = %a) -> memref<64xf32> {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%x : memref<64xf32>)
      %flag = memref.load %m[%i] : memref<64xi1>
      %next = arith.select %flag, %a, %b : memref<64xf32>
      scf.yield %next : memref<64xf32>
    }
    return %r : memref<64xf32>
  }

  // A view that the loop makes is no buffer from outside.
  // REMARK: [Missed] Persistent | {{.*}} Function=view_result | Reason="result-buffer: which buffer the loop ends with depends on loaded memory"
  // CHECK-LABEL: func.func @view_result
  // CHECK:         persistent_refusal = "result-buffer: which buffer the loop ends with depends on loaded memory"
  func.func @view_result(%m: memref<64xi1>, %n: index) -> memref<64xf32, strided<[1], offset: ?>> {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %m0 = memref.alloc() : memref<128xf32>
    %start = memref.subview %m0[%c0] [64] [1] : memref<128xf32> to memref<64xf32, strided<[1], offset: ?>>
    %a = memref.alloc() : memref<64xf32>
    %r = scf.for %i = %c0 to %n step %c1 iter_args(%x = %start) -> memref<64xf32, strided<[1], offset: ?>> {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
      %flag = memref.load %m[%i] : memref<64xi1>
      %at = arith.select %flag, %c0, %c64 : index
      %next = memref.subview %m0[%at] [64] [1] : memref<128xf32> to memref<64xf32, strided<[1], offset: ?>>
      scf.yield %next : memref<64xf32, strided<[1], offset: ?>>
    }
    return %r : memref<64xf32, strided<[1], offset: ?>>
  }

  // Threads pass scalars to each other, and no buffers.
  // REMARK: [Missed] Persistent | {{.*}} Function=glue_result | Reason="glue-result: a branch or loop in which the host touches memory gives a buffer"
  // CHECK-LABEL: func.func @glue_result
  // CHECK:         persistent_refusal = "glue-result: a branch or loop in which the host touches memory gives a buffer"
  func.func @glue_result(%a: memref<64xf32>, %b: memref<64xf32>, %p: i1, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
      %x = scf.if %p -> memref<64xf32> {
        %v = memref.load %a[%i] : memref<64xf32>
        memref.store %v, %b[%i] : memref<64xf32>
        scf.yield %a : memref<64xf32>
      } else {
        scf.yield %b : memref<64xf32>
      }
      %y = memref.load %x[%i] : memref<64xf32>
    }
    return
  }

  // REMARK: [Missed] Persistent | {{.*}} Function=host_copy | Reason="host-copy: 'memref.copy' copies or fills memory inside the loop"
  // CHECK-LABEL: func.func @host_copy
  // CHECK:         persistent_refusal = "host-copy: 'memref.copy' copies or fills memory inside the loop"
  func.func @host_copy(%a: memref<64xf32>, %b: memref<64xf32>, %f: f32, %n: index, %s: i32) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c2048 = arith.constant 2048 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
      memref.copy %a, %b : memref<64xf32> to memref<64xf32>
    }
    return
  }

  // REMARK: [Missed] Persistent | {{.*}} Function=host_wait | Reason="host-wait: 'vyre.host_sync' waits inside the loop"
  // CHECK-LABEL: func.func @host_wait
  // CHECK:         persistent_refusal = "host-wait: 'vyre.host_sync' waits inside the loop"
  func.func @host_wait(%a: memref<64xf32>, %b: memref<64xf32>, %f: f32, %n: index, %s: i32) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c2048 = arith.constant 2048 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
      vyre.host_sync
    }
    return
  }

  // REMARK: [Missed] Persistent | {{.*}} Function=allocation | Reason="allocation-in-loop: 'memref.alloc' inside the loop"
  // CHECK-LABEL: func.func @allocation
  // CHECK:         persistent_refusal = "allocation-in-loop: 'memref.alloc' inside the loop"
  func.func @allocation(%a: memref<64xf32>, %b: memref<64xf32>, %f: f32, %n: index, %s: i32) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c2048 = arith.constant 2048 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
      %m = memref.alloc() : memref<64xf32>
    }
    return
  }

  // REMARK: [Missed] Persistent | {{.*}} Function=call | Reason="unknown-call: a call inside the loop may do anything"
  // CHECK-LABEL: func.func @call
  // CHECK:         persistent_refusal = "unknown-call: a call inside the loop may do anything"
  func.func @call(%a: memref<64xf32>, %b: memref<64xf32>, %f: f32, %n: index, %s: i32) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c2048 = arith.constant 2048 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
      func.call @elsewhere() : () -> ()
    }
    return
  }

  // REMARK: [Missed] Persistent | {{.*}} Function=math | Reason="unsupported-op: 'math.exp' cannot run inside a kernel"
  // CHECK-LABEL: func.func @math
  // CHECK:         persistent_refusal = "unsupported-op: 'math.exp' cannot run inside a kernel"
  func.func @math(%a: memref<64xf32>, %b: memref<64xf32>, %f: f32, %n: index, %s: i32) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c2048 = arith.constant 2048 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
      %e = math.exp %f : f32
    }
    return
  }

  // REMARK: [Missed] Persistent | {{.*}} Function=printf | Reason="kernel-printf: a kernel prints"
  // CHECK-LABEL: func.func @printf
  // CHECK:         persistent_refusal = "kernel-printf: a kernel prints"
  func.func @printf(%a: memref<64xf32>, %b: memref<64xf32>, %f: f32, %n: index, %s: i32) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c2048 = arith.constant 2048 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@print blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
    }
    return
  }

  // REMARK: [Missed] Persistent | {{.*}} Function=assertion | Reason="kernel-assert: a kernel holds an assertion"
  // CHECK-LABEL: func.func @assertion
  // CHECK:         persistent_refusal = "kernel-assert: a kernel holds an assertion"
  func.func @assertion(%a: memref<64xf32>, %b: memref<64xf32>, %f: f32, %n: index, %s: i32) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c2048 = arith.constant 2048 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@assert blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
    }
    return
  }

  // REMARK: [Missed] Persistent | {{.*}} Function=cuda_only | Reason="cuda-only-op: a kernel can only run on CUDA"
  // CHECK-LABEL: func.func @cuda_only
  // CHECK:         persistent_refusal = "cuda-only-op: a kernel can only run on CUDA"
  func.func @cuda_only(%a: memref<64xf32>, %b: memref<64xf32>, %f: f32, %n: index, %s: i32) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c2048 = arith.constant 2048 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@cuda blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
    }
    return
  }

  // REMARK: [Missed] Persistent | {{.*}} Function=float_atomic | Reason="float-atomic: a kernel's float atomics depend on the order of threads (reorder-float-atomics allows them)"
  // CHECK-LABEL: func.func @float_atomic
  // CHECK:         persistent_refusal = "float-atomic: a kernel's float atomics depend on the order of threads (reorder-float-atomics allows them)"
  func.func @float_atomic(%a: memref<64xf32>, %b: memref<64xf32>, %f: f32, %n: index, %s: i32) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c2048 = arith.constant 2048 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@fatomic blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
    }
    return
  }

  // REMARK: [Missed] Persistent | {{.*}} Function=collective | Reason="collective: a kernel exchanges values between threads of a block"
  // CHECK-LABEL: func.func @collective
  // CHECK:         persistent_refusal = "collective: a kernel exchanges values between threads of a block"
  func.func @collective(%a: memref<64xf32>, %b: memref<64xf32>, %f: f32, %n: index, %s: i32) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c2048 = arith.constant 2048 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@collective blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
    }
    return
  }

  // REMARK: [Missed] Persistent | {{.*}} Function=kernel_call | Reason="unknown-call: a kernel calls a function without a body"
  // CHECK-LABEL: func.func @kernel_call
  // CHECK:         persistent_refusal = "unknown-call: a kernel calls a function without a body"
  func.func @kernel_call(%a: memref<64xf32>, %b: memref<64xf32>, %f: f32, %n: index, %s: i32) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c2048 = arith.constant 2048 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@calls_out blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
    }
    return
  }

  // REMARK: [Missed] Persistent | {{.*}} Function=call_shape | Reason="call-shape: a function that a kernel calls reads ids or has barriers"
  // CHECK-LABEL: func.func @call_shape
  // CHECK:         persistent_refusal = "call-shape: a function that a kernel calls reads ids or has barriers"
  func.func @call_shape(%a: memref<64xf32>, %b: memref<64xf32>, %f: f32, %n: index, %s: i32) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c2048 = arith.constant 2048 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@caller blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
    }
    return
  }

  // REMARK: [Missed] Persistent | {{.*}} Function=async | Reason="async-token: a launch orders itself with async tokens"
  // CHECK-LABEL: func.func @async
  // CHECK:         persistent_refusal = "async-token: a launch orders itself with async tokens"
  func.func @async(%a: memref<64xf32>, %b: memref<64xf32>, %f: f32, %n: index, %s: i32) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c2048 = arith.constant 2048 : index
    scf.for %i = %c0 to %n step %c1 {
      %t = gpu.launch_func async @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
    }
    return
  }

  // REMARK: [Missed] Persistent | {{.*}} Function=block_varies | Reason="block-size: the block size depends on the iteration"
  // CHECK-LABEL: func.func @block_varies
  // CHECK:         persistent_refusal = "block-size: the block size depends on the iteration"
  func.func @block_varies(%a: memref<64xf32>, %b: memref<64xf32>, %f: f32, %n: index, %s: i32) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c2048 = arith.constant 2048 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%i, %c1, %c1)
          args(%a : memref<64xf32>)
    }
    return
  }

  // REMARK: [Missed] Persistent | {{.*}} Function=block_range | Reason="block-size: the block size is out of range"
  // CHECK-LABEL: func.func @block_range
  // CHECK:         persistent_refusal = "block-size: the block size is out of range"
  func.func @block_range(%a: memref<64xf32>, %b: memref<64xf32>, %f: f32, %n: index, %s: i32) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c2048 = arith.constant 2048 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c2048, %c1, %c1)
          args(%a : memref<64xf32>)
    }
    return
  }

  // REMARK: [Missed] Persistent | {{.*}} Function=barrier_shape | Reason="barrier-shape: a kernel with a barrier has a smaller block than another"
  // CHECK-LABEL: func.func @barrier_shape
  // CHECK:         persistent_refusal = "barrier-shape: a kernel with a barrier has a smaller block than another"
  func.func @barrier_shape(%a: memref<64xf32>, %b: memref<64xf32>, %f: f32, %n: index, %s: i32) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c2048 = arith.constant 2048 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@barrier blocks in (%c1, %c1, %c1) threads in (%c32, %c1, %c1)
          args(%a : memref<64xf32>)
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
    }
    return
  }

  // REMARK: [Missed] Persistent | {{.*}} Function=dynamic_shared | Reason="dynamic-shared: the shared memory size depends on the iteration"
  // CHECK-LABEL: func.func @dynamic_shared
  // CHECK:         persistent_refusal = "dynamic-shared: the shared memory size depends on the iteration"
  func.func @dynamic_shared(%a: memref<64xf32>, %b: memref<64xf32>, %f: f32, %n: index, %s: i32) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c2048 = arith.constant 2048 : index
    scf.for %i = %c0 to %n step %c1 {
      %d = arith.index_cast %i : index to i32
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          dynamic_shared_memory_size %d
          args(%a : memref<64xf32>)
    }
    return
  }

  // REMARK: [Missed] Persistent | {{.*}} Function=modules | Reason="kernel-modules: the kernels are in different modules"
  // CHECK-LABEL: func.func @modules
  // CHECK:         persistent_refusal = "kernel-modules: the kernels are in different modules"
  func.func @modules(%a: memref<64xf32>, %b: memref<64xf32>, %f: f32, %n: index, %s: i32) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %c2048 = arith.constant 2048 : index
    scf.for %i = %c0 to %n step %c1 {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
      gpu.launch_func @others::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
    }
    return
  }
}
