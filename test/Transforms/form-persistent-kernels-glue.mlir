// Host code between launches in the persistent form.
// RUN: vyre-opt %s --vyre-form-launch-groups --vyre-form-persistent-kernels --split-input-file | FileCheck %s

// A load whose value a launch takes is done by all threads, and needs no barrier:
// the launch writes other memory. What feeds a store only is one thread's work. The
// barrier after the last launch lets the next iteration load.
// CHECK-LABEL: gpu.func @scalar_loop0_persistent(
// CHECK-SAME:    %{{.*}}: index, %[[S:.*]]: memref<4xf32>, %[[A:.*]]: memref<64xf32>) kernel
// CHECK:         scf.for %[[I:.*]] =
// CHECK-NEXT:      %[[V:.*]] = memref.load %[[S]]
// CHECK-NEXT:      vyre.stage {{.*}} kernel @kernels::@add
// CHECK:             arith.addf %{{.*}}, %[[V]]
// CHECK:           vyre.sync grid
// CHECK:           vyre.stage grid(%[[ONE:.*]], %[[ONE]], %[[ONE]]) block(%[[ONE]], %[[ONE]], %[[ONE]])
// CHECK-SAME:        known_block_size = array<i32: 1, 1, 1>
// CHECK:             %[[X:.*]] = memref.load %[[A]]
// CHECK-NEXT:        %[[Y:.*]] = arith.mulf %[[X]], %[[X]]
// CHECK-NEXT:        memref.store %[[Y]], %[[S]]
// CHECK-NEXT:        vyre.yield
// CHECK:           vyre.sync grid
// CHECK-NEXT:    }
// CHECK-NEXT:    gpu.return
// CHECK-LABEL: func.func @scalar
// CHECK:         barriers_per_iteration = 2 : i32
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @add(%to: memref<64xf32>, %f: f32) kernel {
      %t = gpu.thread_id x
      %v = memref.load %to[%t] : memref<64xf32>
      %w = arith.addf %v, %f : f32
      memref.store %w, %to[%t] : memref<64xf32>
      gpu.return
    }
  }
  func.func @scalar(%n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %a = memref.alloc() : memref<64xf32>
    %s = memref.alloc() : memref<4xf32>
    scf.for %i = %c0 to %n step %c1 {
      %v = memref.load %s[%c0] : memref<4xf32>
      gpu.launch_func @kernels::@add blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>, %v : f32)
      %x = memref.load %a[%i] : memref<64xf32>
      %y = arith.mulf %x, %x : f32
      memref.store %y, %s[%c0] : memref<4xf32>
    }
    return
  }
}

// -----

// The launch may write what all threads read in front of it: here the arguments may
// be the same memory. So a barrier comes between.
// CHECK-LABEL: gpu.func @late_reader_loop0_persistent(
// CHECK-SAME:    %{{.*}}: index, %[[S:.*]]: memref<4xf32>, %[[A:.*]]: memref<64xf32>) kernel
// CHECK:         scf.for
// CHECK-NEXT:      %[[V:.*]] = memref.load %[[S]]
// CHECK-NEXT:      vyre.sync grid
// CHECK-NEXT:      vyre.stage {{.*}} kernel @kernels::@add
// CHECK:           vyre.sync grid
// CHECK-NEXT:    }
// Around the loop: the last load of an iteration, the first store of the next one.
// CHECK-LABEL: gpu.func @next_iteration_loop0_persistent(
// CHECK:         scf.while
// CHECK:           vyre.sync grid
// CHECK-NEXT:      vyre.stage
// CHECK:             memref.store
// CHECK:           vyre.sync grid
// CHECK-NEXT:      vyre.stage {{.*}} kernel @kernels::@mark
// CHECK:           vyre.sync grid
// CHECK-NEXT:      memref.load
// CHECK-NEXT:      scf.condition
// CHECK-LABEL: func.func @late_reader
// CHECK:         barriers_per_iteration = 2 : i32
// CHECK-LABEL: func.func @next_iteration
// CHECK:         barriers_per_iteration = 3 : i32
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @add(%to: memref<64xf32>, %f: f32) kernel {
      %t = gpu.thread_id x
      memref.store %f, %to[%t] : memref<64xf32>
      gpu.return
    }
    gpu.func @mark(%to: memref<1xi1>) kernel {
      %t = gpu.thread_id x
      %yes = arith.constant true
      memref.store %yes, %to[%t] : memref<1xi1>
      gpu.return
    }
  }
  func.func @late_reader(%a: memref<64xf32>, %s: memref<4xf32>, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %n step %c1 {
      %v = memref.load %s[%c0] : memref<4xf32>
      gpu.launch_func @kernels::@add blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>, %v : f32)
    }
    return
  }
  func.func @next_iteration(%flag: memref<1xi1>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %no = arith.constant false
    scf.while : () -> () {
      memref.store %no, %flag[%c0] : memref<1xi1>
      gpu.launch_func @kernels::@mark blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
          args(%flag : memref<1xi1>)
      %more = memref.load %flag[%c0] : memref<1xi1>
      scf.condition(%more)
    } do {
      scf.yield
    }
    return
  }
}

// -----

// Loads and stores of one buffer keep their order: the load after the store is done
// by all threads after the stage's barrier, the one before it in the stage's. A loop
// with a store is one thread's, and passes its result on in a slot of the kernel's.
// CHECK-LABEL: gpu.func @ordered_loop0_persistent(
// CHECK-SAME:    %[[M:[a-z0-9]+]]: memref<64xf32>{{.*}}, %[[SLOT:[a-z0-9]+]]: memref<f32>) kernel
// CHECK:         scf.for
// CHECK:           vyre.stage
// CHECK:             memref.load %[[M]]
// CHECK-NEXT:        memref.store %{{.*}}, %[[M]]
// CHECK-NEXT:        vyre.yield
// CHECK:           vyre.sync grid
// CHECK-NEXT:      %[[AFTER:.*]] = memref.load %[[M]]
// CHECK:           vyre.sync grid
// CHECK-NEXT:      vyre.stage
// CHECK:             %[[SUM:.*]] = scf.for
// CHECK:               memref.store
// CHECK:             memref.store %[[SUM]], %[[SLOT]][]
// CHECK-NEXT:        vyre.yield
// CHECK:           vyre.sync grid
// CHECK-NEXT:      %[[TOTAL:.*]] = memref.load %[[SLOT]][]
// CHECK:           vyre.stage {{.*}} kernel @kernels::@add
// CHECK:             arith.addf %[[AFTER]], %[[TOTAL]]
// CHECK-LABEL: func.func @ordered
// CHECK:         %[[BUFFER:.*]] = memref.alloca() : memref<f32>
// CHECK:         vyre.launch_persistent {{.*}} args({{.*}}%[[BUFFER]] :
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @add(%to: memref<64xf32>, %f: f32, %g: f32) kernel {
      %t = gpu.thread_id x
      %h = arith.addf %f, %g : f32
      memref.store %h, %to[%t] : memref<64xf32>
      gpu.return
    }
  }
  func.func @ordered(%m: memref<64xf32>, %to: memref<64xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    %zero = arith.constant 0.0 : f32
    scf.for %i = %c0 to %c8 step %c1 {
      %v = memref.load %m[%i] : memref<64xf32>
      memref.store %v, %m[%c0] : memref<64xf32>
      %after = memref.load %m[%c1] : memref<64xf32>
      %total = scf.for %j = %c0 to %c8 step %c1 iter_args(%s = %zero) -> f32 {
        %x = memref.load %m[%j] : memref<64xf32>
        %y = arith.addf %s, %x : f32
        memref.store %y, %m[%j] : memref<64xf32>
        scf.yield %y : f32
      }
      gpu.launch_func @kernels::@add blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%to : memref<64xf32>, %after : f32, %total : f32)
    }
    return
  }
}

// -----

// Results that depend on loaded memory come out of the kernel: a scalar, and the
// number of the buffer that is last. One that is known on the host does not.
// CHECK-LABEL: gpu.func @results_loop0_persistent(
// CHECK-SAME:    %[[COUNT:[a-z0-9]+]]: memref<i32>, %[[WHICH:[a-z0-9]+]]: memref<index>) kernel
// CHECK:         %[[R:.*]]:3 = scf.for
// CHECK:         vyre.stage
// CHECK:           memref.store %[[R]]#0, %[[COUNT]][]
// CHECK:           memref.extract_aligned_pointer_as_index %[[R]]#1
// CHECK:           arith.select
// CHECK:           %[[NUMBER:.*]] = arith.select
// CHECK:           memref.store %[[NUMBER]], %[[WHICH]][]
// CHECK:         gpu.return
// CHECK-LABEL: func.func @results
// CHECK:         %[[A:.*]] = memref.alloc()
// CHECK:         %[[B:.*]] = memref.alloc()
// CHECK:         } persistent {
// CHECK:           %[[KNOWN:.*]]:3 = scf.for
// CHECK-NOT:         memref.load
// CHECK:           vyre.launch_persistent
// CHECK:           %[[C:.*]] = memref.load
// CHECK:           %[[N:.*]] = memref.load
// CHECK:           %[[IS:.*]] = arith.cmpi eq, %[[N]]
// CHECK:           %[[LAST:.*]] = arith.select %[[IS]], %[[B]], %[[A]]
// CHECK:           vyre.yield %[[C]], %[[LAST]], %[[KNOWN]]#2
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @fill(%to: memref<64xi32>, %f: i32) kernel {
      %t = gpu.thread_id x
      memref.store %f, %to[%t] : memref<64xi32>
      gpu.return
    }
  }
  func.func @results(%m: memref<64xi32>, %n: index) -> (i32, memref<64xi32>, i32) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %a = memref.alloc() : memref<64xi32>
    %b = memref.alloc() : memref<64xi32>
    %r:3 = scf.for %i = %c0 to %n step %c1 iter_args(%s = %zero, %x = %a, %k = %zero)
        -> (i32, memref<64xi32>, i32) {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%x : memref<64xi32>, %k : i32)
      %v = memref.load %m[%i] : memref<64xi32>
      %sum = arith.addi %s, %v : i32
      %odd = arith.cmpi sgt, %v, %zero : i32
      %next = arith.select %odd, %a, %b : memref<64xi32>
      %k1 = arith.addi %k, %one : i32
      scf.yield %sum, %next, %k1 : i32, memref<64xi32>, i32
    }
    return %r#0, %r#1, %r#2 : i32, memref<64xi32>, i32
  }
}

// -----

// A divisor and a grid size from outside of the loop are checked in front of it, once
// and without a skeleton; the plain loop reports what is wrong, and has the results.
// CHECK-LABEL: gpu.func @checked_loop0_persistent(
// CHECK-LABEL: func.func @checked
// CHECK-SAME:    %{{.*}}: memref<64xi32>, %[[N:.*]]: index, %[[D:.*]]: i32, %[[GRID:.*]]: index)
// CHECK:         } persistent {
// CHECK-NOT:       scf.for
// CHECK:           %[[FITS:.*]] = arith.cmpi ule, %[[GRID]], %c2147483647
// CHECK:           %[[SOME:.*]] = arith.cmpi ne, %[[D]], %c0_i32
// CHECK:           %[[AND:.*]] = arith.andi %[[FITS]], %[[SOME]]
// CHECK:           %[[PLUS:.*]] = arith.cmpi ne, %[[D]], %c-1_i32
// CHECK:           %[[ALL:.*]] = arith.andi %[[AND]], %[[PLUS]]
// CHECK:           %[[R:.*]] = scf.if %[[ALL]] -> (i32)
// CHECK-NEXT:        vyre.launch_persistent
// CHECK:             %[[V:.*]] = memref.load
// CHECK-NEXT:        scf.yield %[[V]]
// CHECK-NEXT:      } else {
// CHECK-NEXT:        %[[P:.*]] = scf.for
// CHECK:             scf.yield %[[P]]
// CHECK:           vyre.yield %[[R]]
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @fill(%to: memref<64xi32>, %f: i32) kernel {
      %t = gpu.thread_id x
      memref.store %f, %to[%t] : memref<64xi32>
      gpu.return
    }
  }
  func.func @checked(%m: memref<64xi32>, %n: index, %d: i32, %grid: index) -> i32 {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %zero = arith.constant 0 : i32
    %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %zero) -> i32 {
      gpu.launch_func @kernels::@fill blocks in (%grid, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%m : memref<64xi32>, %s : i32)
      %v = memref.load %m[%i] : memref<64xi32>
      %q = arith.divsi %v, %d : i32
      scf.yield %q : i32
    }
    return %r : i32
  }
}

// -----

// A square root of f32 is taken in f64 and rounded: the host's bits, whatever a
// device does for f32. One of f64 stays.
// CHECK-LABEL: gpu.func @roots_loop0_persistent(
// CHECK:         %[[X:.*]] = memref.load
// CHECK:         %[[W:.*]] = arith.extf %[[X]] : f32 to f64
// CHECK:         %[[R:.*]] = math.sqrt %[[W]] : f64
// CHECK:         arith.truncf %[[R]] : f64 to f32
// CHECK-NOT:     math.sqrt %{{.*}} : f32
// CHECK:         math.sqrt %{{.*}} : f64
// CHECK:         gpu.return
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @fill(%to: memref<64xf32>, %f: f32, %g: f64) kernel {
      gpu.return
    }
  }
  func.func @roots(%m: memref<64xf32>, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %n step %c1 {
      %x = memref.load %m[%i] : memref<64xf32>
      %r = math.sqrt %x : f32
      %w = arith.extf %r : f32 to f64
      %s = math.sqrt %w : f64
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%m : memref<64xf32>, %r : f32, %s : f64)
    }
    return
  }
}

// -----

// A loop of the host's that loads is run by the kernel only: all of its results come
// from there, also the count of its iterations, which depends on no load.
// CHECK-LABEL: gpu.func @counter_in_glue_loop0_persistent(
// CHECK-SAME:    %[[SLOT:[a-z0-9]+]]: memref<i32>) kernel
// CHECK:         %[[R:.*]] = scf.for
// CHECK:         vyre.stage
// CHECK:           memref.store %[[R]], %[[SLOT]][]
// CHECK-LABEL: func.func @counter_in_glue
// CHECK:         } persistent {
// CHECK-NOT:       scf.for
// CHECK:           vyre.launch_persistent
// CHECK:           %[[V:.*]] = memref.load
// CHECK:           vyre.yield %[[V]]
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @fill(%to: memref<64xi32>, %f: i32) kernel {
      %t = gpu.thread_id x
      memref.store %f, %to[%t] : memref<64xi32>
      gpu.return
    }
  }
  func.func @counter_in_glue(%m: memref<64xi32>, %n: index) -> i32 {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %r = scf.for %i = %c0 to %n step %c1 iter_args(%k = %zero) -> i32 {
      %sum, %count = scf.for %j = %c0 to %i step %c1 iter_args(%s = %zero, %c = %k) -> (i32, i32) {
        %v = memref.load %m[%j] : memref<64xi32>
        %t = arith.addi %s, %v : i32
        %d = arith.addi %c, %one : i32
        scf.yield %t, %d : i32, i32
      }
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%m : memref<64xi32>, %sum : i32)
      scf.yield %count : i32
    }
    return %r : i32
  }
}
