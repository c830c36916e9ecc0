// Loops of launches become groups that know the plain form.
// RUN: vyre-opt %s --vyre-form-launch-groups --split-input-file | FileCheck %s
// RUN: vyre-opt %s --vyre-form-launch-groups --split-input-file -o /dev/null \
// RUN:   --remarks-filter=vyre-form-launch-groups 2>&1 | FileCheck %s --check-prefix=REMARK

// An outermost loop that can be persistent is one group, the inner loop is part
// of it; results come out of the group; a constant trip count is a constant.
// REMARK: [Passed] Group | Category:vyre-form-launch-groups | Function=outer | LaunchesPerIteration=4, Resources=3, TripCount=10
// CHECK-LABEL: func.func @outer
// CHECK:         %c64 = arith.constant 64
// CHECK-NEXT:    %[[TRIPS:.*]] = arith.constant 10 : index
// CHECK-NEXT:    %[[R:.*]]:2 = vyre.launch_group trip_count(%[[TRIPS]])
// CHECK-SAME:      barriers_per_iteration = 4 : i32, launches_per_iteration = 4 : i32, resource_count = 3 : i32
// CHECK-SAME:      -> (memref<64xf32>, memref<64xf32>)
// CHECK-SAME:      plain {
// CHECK-NEXT:      %[[L:.*]]:2 = scf.for
// CHECK:             scf.for
// CHECK-NOT:         vyre.launch_group
// CHECK:           vyre.yield %[[L]]#0, %[[L]]#1 : memref<64xf32>, memref<64xf32>
// CHECK:         return %[[R]]#0
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @copy(%from: memref<64xf32>, %to: memref<64xf32>) kernel {
      %t = gpu.thread_id x
      %v = memref.load %from[%t] : memref<64xf32>
      memref.store %v, %to[%t] : memref<64xf32>
      gpu.return
    }
  }
  func.func @outer(%a: memref<64xf32>, %b: memref<64xf32>) -> memref<64xf32> {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c3 = arith.constant 3 : index
    %c10 = arith.constant 10 : index
    %c64 = arith.constant 64 : index
    %r:2 = scf.for %i = %c0 to %c10 step %c1 iter_args(%x = %a, %y = %b)
        -> (memref<64xf32>, memref<64xf32>) {
      scf.for %j = %c0 to %c3 step %c1 {
        gpu.launch_func @kernels::@copy blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
            args(%x : memref<64xf32>, %y : memref<64xf32>)
      }
      gpu.launch_func @kernels::@copy blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>, %y : memref<64xf32>)
      scf.yield %y, %x : memref<64xf32>, memref<64xf32>
    }
    return %r#0 : memref<64xf32>
  }
}

// -----

// The length of the inner loop is loaded, and a kernel may write it: it is known when
// that loop starts and not before, so that loop is the group. A trip count of any
// bounds is computed exactly.
// REMARK: [Missed] Group | {{.*}} Function=inner | Reason="inner-loop: a loop inside is the group, because of launch-count: how often the loops inside run is known only while they run"
// REMARK: [Passed] Group | {{.*}} Function=inner | LaunchesPerIteration=1, Resources=1, TripCount=deferred
// CHECK-LABEL: func.func @inner
// CHECK-SAME:    (%{{.*}}, %[[LB:.*]]: index, %[[LENGTH:.*]]: memref<index>, %[[STEP:.*]]: index)
// CHECK:         scf.for
// CHECK:           %[[UB:.*]] = memref.load %[[LENGTH]]
// CHECK:           %[[RUNS:.*]] = arith.cmpi slt, %[[LB]], %[[UB]]
// CHECK:           %[[SPAN:.*]] = arith.subi %[[UB]], %[[LB]]
// CHECK:           %[[LAST:.*]] = arith.subi %[[SPAN]]
// CHECK:           %[[STEPS:.*]] = arith.divui %[[LAST]], %[[STEP]]
// CHECK:           %[[COUNT:.*]] = arith.addi %[[STEPS]]
// CHECK:           %[[TRIPS:.*]] = arith.select %[[RUNS]], %[[COUNT]]
// CHECK:           vyre.launch_group trip_count(%[[TRIPS]])
// CHECK:           memref.load
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @fill(%to: memref<64xf32>) kernel {
      %t = gpu.thread_id x
      %v = arith.constant 1.0 : f32
      memref.store %v, %to[%t] : memref<64xf32>
      gpu.return
    }
  }
  func.func @inner(%a: memref<64xf32>, %lb: index, %length: memref<index>, %step: index) -> f32 {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %zero = arith.constant 0.0 : f32
    %r = scf.for %i = %c0 to %c64 step %c1 iter_args(%s = %zero) -> f32 {
      %ub = memref.load %length[] : memref<index>
      scf.for %j = %lb to %ub step %step {
        gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
            args(%a : memref<64xf32>)
      }
      %v = memref.load %a[%i] : memref<64xf32>
      %n = arith.addf %s, %v : f32
      scf.yield %n : f32
    }
    return %r : f32
  }
}

// -----

// A while loop has no trip count; launches outside loops stay alone.
// REMARK: [Passed] Group | {{.*}} Function=while | LaunchesPerIteration=1, Resources=1, TripCount=deferred
// REMARK: [Missed] Group | {{.*}} Function=while | Reason="no-loop: no scf.for or scf.while repeats these launches; they stay plain"
// CHECK-LABEL: func.func @while
// CHECK:         gpu.launch_func
// CHECK:         vyre.launch_group attributes
// CHECK-NEXT:      scf.while
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @fill(%to: memref<1xi32>) kernel {
      %t = gpu.thread_id x
      %v = arith.constant 1 : i32
      memref.store %v, %to[%t] : memref<1xi32>
      gpu.return
    }
  }
  func.func @while(%a: memref<1xi32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %one = arith.constant 1 : i32
    gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
        args(%a : memref<1xi32>)
    scf.while : () -> () {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
          args(%a : memref<1xi32>)
      %v = memref.load %a[%c0] : memref<1xi32>
      %more = arith.cmpi ne, %v, %one : i32
      scf.condition(%more)
    } do {
      scf.yield
    }
    return
  }
}

// -----

// Kernels that are not outlined yet.
// REMARK: [Missed] Group | {{.*}} Function=inline | Reason="not-outlined: run vyre-outline-kernels first"
// CHECK-LABEL: func.func @inline
// CHECK-NOT:     vyre.launch_group
func.func @inline(%n: index) {
  scf.for %i = %n to %n step %n {
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %n, %gy = %n, %gz = %n)
               threads(%tx, %ty, %tz) in (%sx = %n, %sy = %n, %sz = %n) {
      gpu.terminator
    }
  }
  return
}

// -----

// The host copies in the outer loop, so the inner loop is the group, although the
// launches of the outer one are counted.
// REMARK: [Missed] Group | {{.*}} Function=host_copies | Reason="inner-loop: a loop inside is the group, because of host-copy: 'memref.copy' copies or fills memory inside the loop"
// REMARK: [Passed] Group | {{.*}} Function=host_copies | LaunchesPerIteration=1, Resources=1, TripCount=64
// An inner loop that cannot be persistent either changes nothing: the outer one is
// the group, with all launches of its inner loop of constant length.
// REMARK: [Passed] Group | {{.*}} Function=calls | LaunchesPerIteration=64, Resources=1, TripCount=deferred
// CHECK-LABEL: func.func @host_copies
// CHECK:         scf.for
// CHECK:           vyre.launch_group trip_count(
// CHECK-LABEL: func.func @calls
// CHECK:         %[[RUNS:.*]] = arith.cmpi slt
// CHECK:         %[[TRIPS:.*]] = arith.select %[[RUNS]]
// CHECK:         vyre.launch_group trip_count(%[[TRIPS]])
// CHECK-SAME:      launches_per_iteration = 64
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @fill(%to: memref<64xf32>) kernel {
      %t = gpu.thread_id x
      %v = arith.constant 1.0 : f32
      memref.store %v, %to[%t] : memref<64xf32>
      gpu.return
    }
  }
  func.func private @work()
  func.func @host_copies(%a: memref<64xf32>, %b: memref<64xf32>, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %n step %c1 {
      scf.for %j = %c0 to %c64 step %c1 {
        gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
            args(%a : memref<64xf32>)
      }
      memref.copy %a, %b : memref<64xf32> to memref<64xf32>
    }
    return
  }
  func.func @calls(%a: memref<64xf32>, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %n step %c1 {
      scf.for %j = %c0 to %c64 step %c1 {
        func.call @work() : () -> ()
        gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
            args(%a : memref<64xf32>)
      }
    }
    return
  }
}

// -----

// A triangular nest: how many launches an iteration of the outer loop makes changes.
// The host counts them all by running the nest without them, and each counts as an
// iteration.
// REMARK: [Passed] Group | {{.*}} Function=triangle | LaunchesPerIteration=1, Resources=1, TripCount=deferred
// The same with a while loop, and launches beside the inner loop.
// REMARK: [Passed] Group | {{.*}} Function=while_inside | LaunchesPerIteration=1, Resources=1, TripCount=deferred
// A branch around a launch that depends on memory: nobody can count beforehand, so
// the inner loop is the group.
// REMARK: [Missed] Group | {{.*}} Function=loaded_branch | Reason="inner-loop: a loop inside is the group, because of launch-count: how often the loops inside run is known only while they run"
// A while loop that depends on memory: the group has no trip count, although the outer
// loop has a constant one, because that is not the launches'.
// REMARK: [Passed] Group | {{.*}} Function=loaded_while | LaunchesPerIteration=1, Resources=1, TripCount=deferred
// A branch that only host code is under changes no count.
// REMARK: [Passed] Group | {{.*}} Function=loaded_glue | LaunchesPerIteration=1, Resources=1, TripCount=deferred
// CHECK-LABEL: func.func @triangle
// CHECK-SAME:    (%[[A:[a-z0-9]+]]: memref<64xf32>)
// CHECK:         %[[COUNT:.*]] = memref.alloca() : memref<index>
// CHECK:         memref.store %{{.*}}, %[[COUNT]][] : memref<index>
// CHECK-NOT:     gpu.launch_func
// CHECK:         scf.for %[[I:[a-z0-9]+]] =
// CHECK-NEXT:      scf.for %{{[a-z0-9]+}} = %{{.*}} to %[[I]]
// CHECK-NEXT:        %[[BEFORE:.*]] = memref.load %[[COUNT]][]
// CHECK-NEXT:        %[[AFTER:.*]] = arith.addi %[[BEFORE]], %{{.*}} : index
// CHECK-NEXT:        memref.store %[[AFTER]], %[[COUNT]][]
// CHECK-NEXT:      }
// CHECK-NEXT:    }
// CHECK-NEXT:    %[[TRIPS:.*]] = memref.load %[[COUNT]][]
// CHECK-NEXT:    vyre.launch_group trip_count(%[[TRIPS]])
// CHECK-SAME:      barriers_per_iteration = 1 : i32, launches_per_iteration = 1
// CHECK-NEXT:      scf.for
// CHECK-LABEL: func.func @while_inside
// CHECK:         scf.while
// CHECK:         vyre.launch_group trip_count(%{{.*}})
// CHECK-NEXT:      scf.for
// CHECK-LABEL: func.func @loaded_branch
// CHECK:         scf.for
// CHECK:           scf.if
// CHECK:           vyre.launch_group trip_count(%{{.*}})
// CHECK-LABEL: func.func @loaded_while
// CHECK:         vyre.launch_group attributes
// CHECK-NEXT:      scf.for
// CHECK-LABEL: func.func @loaded_glue
// CHECK:         scf.for
// CHECK-NOT:     scf.if
// CHECK:         vyre.launch_group trip_count(%{{.*}})
// CHECK-NEXT:      scf.for
// CHECK:             scf.if
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @fill(%to: memref<64xf32>) kernel {
      %t = gpu.thread_id x
      %v = arith.constant 1.0 : f32
      memref.store %v, %to[%t] : memref<64xf32>
      gpu.return
    }
  }
  func.func @triangle(%a: memref<64xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %c64 step %c1 {
      scf.for %j = %c0 to %i step %c1 {
        gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
            args(%a : memref<64xf32>)
      }
    }
    return
  }
  func.func @while_inside(%a: memref<64xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %c64 step %c1 {
      gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
          args(%a : memref<64xf32>)
      %left = scf.while (%k = %i) : (index) -> index {
        %goes = arith.cmpi sgt, %k, %c0 : index
        scf.condition(%goes) %k : index
      } do {
      ^bb0(%k: index):
        gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
            args(%a : memref<64xf32>)
        %half = arith.divui %k, %c64 : index
        scf.yield %half : index
      }
    }
    return
  }
  func.func @loaded_branch(%a: memref<64xf32>, %flags: memref<64xi1>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %c64 step %c1 {
      %flag = memref.load %flags[%i] : memref<64xi1>
      scf.if %flag {
        gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
            args(%a : memref<64xf32>)
      }
      scf.for %j = %c0 to %i step %c1 {
        gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
            args(%a : memref<64xf32>)
      }
    }
    return
  }
  func.func @loaded_while(%a: memref<64xf32>, %flags: memref<64xi1>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %c64 step %c1 {
      scf.while : () -> () {
        %flag = memref.load %flags[%i] : memref<64xi1>
        scf.condition(%flag)
      } do {
        gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
            args(%a : memref<64xf32>)
        scf.yield
      }
    }
    return
  }
  func.func @loaded_glue(%a: memref<64xf32>, %flags: memref<64xi1>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %no = arith.constant false
    scf.for %i = %c0 to %c64 step %c1 {
      %flag = memref.load %flags[%i] : memref<64xi1>
      scf.if %flag {
        memref.store %no, %flags[%i] : memref<64xi1>
      }
      scf.for %j = %c0 to %i step %c1 {
        gpu.launch_func @kernels::@fill blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
            args(%a : memref<64xf32>)
      }
    }
    return
  }
}
