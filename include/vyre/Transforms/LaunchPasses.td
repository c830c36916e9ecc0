// Passes that outline kernels, decide how launches run and form their groups.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TRANSFORMS_LAUNCHPASSES_TD
#define VYRE_TRANSFORMS_LAUNCHPASSES_TD

include "mlir/Pass/PassBase.td"

def OutlineKernelsPass : Pass<"vyre-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "Outline gpu.launch bodies into one kernel module and merge equal ones";
  let description = [{
    Needs: any program with `gpu.launch`. Ensures: no `gpu.launch` is left; its
    kernels are in one `gpu.module` (`vyre_kernels`, made unique; a launch that
    names a module or function gets those); each `gpu.launch_func` has all
    discardable attributes of its launch; kernels that differ in name and
    location only are one symbol; `known_block_size` and `known_grid_size` say
    constant sizes; constants and cheap index computations are repeated in the
    kernel where that saves arguments. Functions and constant globals that a
    body uses are copied; the address of a mutable global becomes an argument.

    Never touches a `gpu.module` or `gpu.launch_func` that was there, nor nested
    builtin modules. Time is linear in the size of the program.

    Limits (errors): a call of a function without a body, a mutable global in a
    called function, a launch inside a kernel, a launch of a constant size that
    contradicts its kernel's `known_block_size` or `known_grid_size` (where only run
    time knows the size, the kernel gets `vyre.check_shape`).

    Partner: `vyre-annotate-launch-policy` comes next. Remarks: passed
    `Outlined` and `Merged`, with the kernel's name and argument count.

    Before:
    ```mlir
    gpu.launch blocks(...) in (...) threads(...) in (...) { ... } {vyre.tag = 1}
    ```
    After:
    ```mlir
    gpu.launch_func @vyre_kernels::@main_0 blocks in (...) threads in (...)
        args(...) {vyre.tag = 1}
    ```
  }];
  let dependentDialects = ["::mlir::gpu::GPUDialect", "::mlir::func::FuncDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::cf::ControlFlowDialect"];
}

/// Options of the passes that ask the policy library.
defvar PolicyOptions = [
  Option<"profile", "profile", "std::string", "\"native\"", "Device profile: native or portable">,
  ListOption<"figures", "figures", "std::string",
             "Figures that replace the profile's: launch, setup, record, graph-launch, "
             "graph-node and barrier in ns, and bindless; such as launch:4500">,
  Option<"mode", "mode", "std::string", "\"auto\"", "auto, plain, graph or persistent">
];

/// Of the passes that ask whether a launch may leave the host.
defvar LegalityOptions = [
  Option<"reorderFloatAtomics", "reorder-float-atomics", "bool", "false",
         "Take kernels whose float atomics depend on the order of threads into persistent forms">
];

def AnnotateLaunchPolicyPass : Pass<"vyre-annotate-launch-policy", "::mlir::ModuleOp"> {
  let summary = "Write the launch policy's verdicts onto gpu.launch and gpu.launch_func";
  let description = [{
    Needs: nothing. Ensures: every launch has `vyre.verdict` (a `#vyre.verdict`),
    and `vyre.reads` and `vyre.writes`: the numbers of the kernel operands whose
    memory it may read and write, looked up through views, casts and calls. An
    unknown effect counts as a read and a write of everything. On a `gpu.launch`
    the numbers are those of the arguments it will have once outlined.

    D1, D4 and the mode are those of the loop that would become a launch group;
    a launch in no loop runs once. They are costs alone: whether a form is legal
    is decided where it is formed. They are `deferred` when the trip count of the
    loop or of one inside it is unknown; I2 always is. D2 is the launch's row of `i-j:verdict` with the later
    launches of the iteration; with more than 32 of them, and outside loops, with
    the next one. D3 has one entry per `gpu.memcpy` since the launch before.

    Never changes anything but these three attributes.

    Partner: `vyre-form-launch-groups`. Remarks per launch: `D1`, `D2`, `D3`,
    `D4`, `D9` and `Mode`, passed or missed with the reason, and analysis remarks
    for what is deferred.

    Before:
    ```mlir
    gpu.launch_func @k::@step ... args(%a : memref<8xf32>, %b : memref<8xf32>)
    ```
    After (in a loop of 100 iterations):
    ```mlir
    gpu.launch_func @k::@step ... args(%a : memref<8xf32>, %b : memref<8xf32>)
        {vyre.reads = array<i32: 0>, vyre.writes = array<i32: 1>,
         vyre.verdict = #vyre.verdict<d1 = "persistent-kernel:450000", ...>}
    ```
  }];
  let options = PolicyOptions;
  let dependentDialects = ["::vyre::VyreDialect"];
}

def FormLaunchGroupsPass : Pass<"vyre-form-launch-groups", "::mlir::ModuleOp"> {
  let summary = "Wrap loops of kernel launches in vyre.launch_group";
  let description = [{
    Needs outlined kernels. Ensures that every `scf.for` or `scf.while` worth it
    is the plain form of a `vyre.launch_group`, with its trip count (a value, for
    `scf.for`) and facts. No group is inside another. Never changes the loop.

    A decision needs the number of launches. Those of an iteration are counted if
    every loop inside has a constant trip count, which multiplies. Elsewhere the host
    counts all launches before the loop starts, by running it without them, if the
    loop can become one persistent kernel and no loop or branch around a launch
    depends on memory; then each launch is an iteration of its own, with
    `launches_per_iteration = 1`. The group is an outermost loop if it is counted in
    either way and can become one persistent kernel; else the loops inside it, if one
    of them is an `scf.for` that is counted where the outer is not, or can be
    persistent where the outer cannot; else the outermost loop. A group that is not
    counted has no trip count: it is decided as unknown.

    Limits: straight-line launches outside loops stay as they are; a loop whose
    kernels are not outlined is left alone.

    Partners: `vyre-form-persistent-kernels` and `vyre-form-graph-regions` fill
    the other forms. Remarks: passed `Group` with the facts, missed `Group` with
    `no-loop`, `beside-group`, `inner-loop` (and `launch-count` or the refusal that
    is its cause) or `not-outlined`.

    Before:
    ```mlir
    scf.for %i = %c0 to %n step %c1 { gpu.launch_func @k::@step ... }
    ```
    After:
    ```mlir
    vyre.launch_group trip_count(%trips) attributes {launches_per_iteration = 1 : i32, ...}
    plain {
      scf.for %i = %c0 to %n step %c1 { gpu.launch_func @k::@step ... }
      vyre.yield
    }
    ```
  }];
  let options = LegalityOptions;
  let dependentDialects = ["::vyre::VyreDialect", "::mlir::arith::ArithDialect"];
}

def FormPersistentKernelsPass : Pass<"vyre-form-persistent-kernels", "::mlir::ModuleOp"> {
  let summary = "Fill the persistent form of launch groups";
  let description = [{
    Needs `vyre.launch_group` with the plain form. Ensures that each has either a
    `persistent` region or a `persistent_refusal`. The form launches one kernel,
    `<function>_loop<n>_persistent`, that holds the loop; each launch became a
    `vyre.stage` with the kernel's body and a `vyre.sync grid` after it, so that
    no facts about aliasing are needed. Workgroup buffers of stages overlay. The
    address of a global that the loop names is taken in front of the group and
    handed to the kernel, which never names a global of the host.

    What the host does between launches moves into the kernel if it only computes
    and loads and stores scalars (arith, index, exact math such as square roots,
    `memref.load` and `memref.store`, branches and loops of these). Loads and
    arithmetic are run by all threads, so that loop bounds, exit tests, carried
    scalars and launch sizes may depend on them; a `vyre.sync grid` goes in front of
    a stage that may write what they read. Stores, and what feeds only stores, are a
    stage of one thread. Arithmetic that may differ on a device stays on the host,
    and with it the loop: an integer division whose divisor is neither a constant
    nor from outside of the loop, fast-math flags, other math functions.

    What would be an error in the plain form is checked on the host before the
    launch, and the plain loop then reports it: sizes and divisors from outside of
    the loop as they are, grid sizes that change by running the loop without its
    launches and glue. Results of the loop come from that as well, unless they
    depend on loaded memory: the kernel stores those into rank-0 buffers, a scalar
    or the number of the buffer that a loop with swaps ends with.

    `barriers_per_iteration` of the group becomes the number of `vyre.sync grid` in
    one iteration. The launch says which operands the kernel reads and writes.

    Never touches the kernels, nor the plain form but for `memref.get_global`.

    Refuses, with a stable id: `host-load` and `host-store` (of no scalars, or by an
    op other than `memref.load` and `memref.store`), `host-copy`, `host-wait`,
    `allocation-in-loop`, `unknown-call`, `unsupported-op`, `division`,
    `relaxed-float`, `glue-result` (host code that touches memory gives a buffer),
    `grid-size` (depends on loaded memory and may be out of range), `result-buffer`
    (depends on loaded memory, and buffers may overlap or are views), `argument-type`,
    `async-token`, `kernel-printf`, `kernel-assert`, `cuda-only-op`, `float-atomic`,
    `collective`, `call-shape`, `block-size`, `unknown-kernel`, `barrier-shape`,
    `shared-memory-shape`, `dynamic-shared`, `kernel-modules`, `no-launch`.

    `reorder-float-atomics` lifts `float-atomic`: what such kernels compute then depends
    on the form, in the last bits, as it depends on the run already in the plain one.

    Limits: a NaN that host code makes may have other bits on a GPU than on a CPU.

    Partners: `vyre-expand-collectives` before it, `vyre-decide-launch-groups`
    after. Remarks: passed `Persistent` with the kernel, missed `Persistent` with
    the refusal.

    After:
    ```mlir
    persistent {
      vyre.launch_persistent @k::@main_loop0_persistent block(%c128, %c1, %c1) args(%n : index, ...)
      vyre.yield
    }
    // in the kernel:
    scf.for %i = %c0 to %n step %c1 {
      vyre.stage grid(%g, %c1, %c1) block(%c128, %c1, %c1) kernel @k::@step { ... }
      vyre.sync grid
      vyre.stage grid(%c1, %c1, %c1) block(%c1, %c1, %c1) { memref.store ... } // the host's
      vyre.sync grid
    }
    ```
  }];
  let options = LegalityOptions;
  let dependentDialects = ["::vyre::VyreDialect", "::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def FormLiveQueuesPass : Pass<"vyre-form-live-queues", "::mlir::ModuleOp"> {
  let summary = "Hand the launches of loops that stay on the host to a resident kernel";
  let description = [{
    Needs `vyre.launch_group` after `vyre-form-persistent-kernels`. A group whose loop
    cannot move to the device, because of what the host does in it, gets a persistent
    form all the same: a copy of the loop inside a `vyre.live_queue`, whose launches
    are items for a resident kernel, `<function>_loop<n>_queue`. The host goes on
    computing arguments, calling functions and printing between them.

    A launch is a `vyre.concurrent_item` if it needs nothing of those since the last
    item without that mark: by buffers read and written, in one block, with only pure
    ops between them (D2). All others wait for the items before them.

    A `vyre.close_queue` stands before each op that may wait for the whole device or
    gives a stream work: calls of unknown functions, allocation and release, copies and
    fills. The next item opens the queue again. No call is taken to be harmless but
    those of functions declared `vyre.host_only`, a promise that they neither wait for
    the device nor touch memory that kernels use, and the functions of MLIR's runner
    utilities that print scalars or read a clock. Where the host touches memory of
    kernels, `vyre-schedule-streams` puts a `vyre.host_sync` as it does for launches.

    `barriers_per_iteration` becomes the number of items that wait, and
    `sessions_per_iteration` that of closings and of places where the host waits for the
    items before it: the policy prices each of these like a start of the kernel.
    `persistent_syncs` tells them, and why the loop is not on the device.

    Never touches the kernels, the plain form, nor groups with a persistent form.

    Refuses, with a stable id: `async-token`, `async-op`, `unsupported-op`,
    `kernel-printf`, `kernel-assert`, `cuda-only-op`, `float-atomic`, `collective`,
    `unknown-call` (of a kernel), `call-shape`, `block-size`, `barrier-shape`,
    `shared-memory-shape`, `dynamic-shared`, `argument-type`, `argument-bytes` (more
    than an item holds), `kernel-modules`, `unknown-kernel`, `not-outlined`.

    Partners: `vyre-form-persistent-kernels` before it, `vyre-decide-launch-groups`
    after. Remarks: passed `LiveQueue` with the resident kernel, missed `LiveQueue`
    with the refusal, which also joins that of the device loop on the group.

    After:
    ```mlir
    persistent {
      vyre.live_queue resident @k::@main_loop0_queue items [@k::@step]
          attributes {block_threads = 128 : i32} {
        scf.for %i = %c0 to %n step %c1 {
          %scale = func.call @next() : () -> f32  // declared vyre.host_only
          gpu.launch_func @k::@step blocks in (...) threads in (...) args(%x, %scale)
        }
        vyre.yield
      }
      vyre.yield
    }
    ```
  }];
  let options = LegalityOptions;
  let dependentDialects = ["::vyre::VyreDialect", "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

def BatchIterationsPass : Pass<"vyre-batch-iterations", "::mlir::ModuleOp"> {
  let summary = "Run independent iterations of a persistent kernel's loop as one batch";
  let description = [{
    Needs persistent kernels as `vyre-form-persistent-kernels` builds them. Where the
    kernel is one `scf.for` around stages and no iteration touches what another one
    writes, or the other way round, in whichever stages, each stage becomes one over the
    blocks of all iterations: their grids stacked up along z, so that block (x, y, z) of
    the batch is block (x, y, z mod n) of iteration z / n. Iterations then run side by
    side, where the loop would leave all blocks but those of one iteration idle, and the
    synchronizations between stages are made once instead of once an iteration. Stages
    may differ in grid and block.

    Iterations may cost very different amounts, so blocks are dealt out in rounds, as
    many as the policy library says.

    Where iterations are independent unless arguments overlap, the kernel keeps the loop
    beside the batch and chooses by an argument that the host computes from the address
    ranges: the attribute `vyre.overlap_argument` of the kernel is its number.

    Never touches a loop with iteration-dependent sizes, carried values or memory
    accesses between launches. A temporary buffer that iterations share is a dependence.

    Partners: `vyre-form-persistent-kernels` before it, `vyre-choose-sync-tiers`
    after, which lowers the synchronizations between the stages. Remarks: passed `Batch`
    with the kernel, the number of stages and the condition (`always`, `no-overlap`);
    missed `Batch` with the reason and, of a dependence, the buffer.

    Before:
    ```mlir
    scf.for %i = %c0 to %n step %c1 {
      vyre.stage grid(%g, %c1, %c1) block(%c64, %c1, %c1) { ... a[%i, x] ... }
      vyre.sync grid
      vyre.stage grid(%h, %c1, %c1) block(%c64, %c1, %c1) { ... b[%i, x] ... }
      vyre.sync grid
    }
    ```
    After:
    ```mlir
    vyre.stage grid(%g, %c1, %n) block(%c64, %c1, %c1) attributes {rounds = 16 : i32} { ... a[z, x] ... }
    vyre.sync grid
    vyre.stage grid(%h, %c1, %n) block(%c64, %c1, %c1) attributes {rounds = 16 : i32} { ... b[z, x] ... }
    vyre.sync grid
    ```
  }];
  let dependentDialects = ["::vyre::VyreDialect", "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

def ChooseSyncTiersPass : Pass<"vyre-choose-sync-tiers", "::mlir::ModuleOp"> {
  let summary = "Synchronize persistent kernels no more than their dependences need";
  let description = [{
    Needs launch groups with a persistent form. Replaces every `vyre.sync` of its
    kernel by one in front of each stage, and of each access that all threads make,
    with the least tier that covers the dependences on what ran before, in this
    iteration and in earlier ones:

    * `none`: no dependence, or only of a thread on itself;
    * `block`: threads of one block depend on each other, or two stages share the
      overlaid shared memory;
    * `neighbours distance d`: blocks that are at most d apart, counted x fastest;
    * `grid`: anything else, such as indirect indices, transposed accesses, stages
      of different shapes that indices without ids do not tell apart, or an element
      that all blocks read.

    A synchronization that came earlier and reaches as far covers a dependence as
    well, so that several stages share one. Indices are compared as linear forms
    over block and thread ids, loop counters and values that are the same for all
    threads; ping-pong buffers, by `iter_args` or `arith.select`, are told apart.

    Arguments of the kernel that may overlap: where a smaller tier would do if they
    did not, the host compares their address ranges before the launch and hands the
    result to the kernel as an `i1`, which chooses between the two tiers.

    Sets `barriers_per_iteration` and `neighbours_per_iteration` of the group to the
    synchronizations between blocks that are left if no arguments overlap, and
    `barriers_once` to those between the stages of a batch. Never touches stages, nor their
    order.

    Partners: `vyre-form-persistent-kernels` before it, `vyre-decide-launch-groups`
    after. Remarks: passed `Sync` for each synchronization with its tier and the
    reason, missed `Sync` for a kernel whose control flow is not structured.

    Before:
    ```mlir
    scf.for %i = %c0 to %n step %c1 {
      vyre.stage grid(%g, %c1, %c1) block(%c128, %c1, %c1) { ... a[x] = a[x] + 1 ... }
      vyre.sync grid
    }
    ```
    After:
    ```mlir
    scf.for %i = %c0 to %n step %c1 {
      vyre.sync none
      vyre.stage grid(%g, %c1, %c1) block(%c128, %c1, %c1) { ... a[x] = a[x] + 1 ... }
    }
    ```
  }];
  let dependentDialects = ["::vyre::VyreDialect", "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

def KeepOnChipPass : Pass<"vyre-keep-on-chip", "::mlir::ModuleOp"> {
  let summary = "Let each block run all iterations of a loop before the next block begins";
  let description = [{
    Needs launch groups with a persistent form that `vyre-choose-sync-tiers` has seen.
    Where no block needs what another one did in a loop of the kernel, which is what
    tiers of `none` and `block` say, the `scf.for` gets the attribute `vyre.on_chip`:
    lowerings put the loop into the loop over blocks, so that a block's data stays in
    caches and shared memory, and block ids are decoded once. On the host device the
    threads of a block remain the innermost loop. Of nested loops the outermost that
    can be is marked.

    Of buffers of which each thread touches one element, and nobody else, in all
    iterations, loads and stores get the attribute `vyre.element` with a number per
    buffer: on CUDA the element is in a register, loaded before the loop and stored
    once after it.

    Where run time chooses between tiers because arguments may overlap, the loop is
    doubled under an `scf.if`, and the copy for those that do not is marked. Uses of
    the loop's results go to a copy without stages.

    Successive stages of a batch (`vyre-batch-iterations`) with such tiers between them
    and one shape become one stage, with a `gpu.barrier` where the tier was `block`: a
    block's data of an iteration goes from launch to launch in caches.

    Never marks a loop with other tiers, with launches of different shapes, of shapes
    that depend on the iteration or whose block only run time knows, with memory
    accesses or `scf.while` between launches, with launches whose body has several
    basic blocks, nor one whose blocks meet and are smaller than the kernel's. Never
    gives a number to accesses whose index depends on the iteration, that are under a
    condition that does unless another one of the element stands above, or whose
    buffer may overlap another one in the loop. Never changes stages otherwise.

    Limit: a loop that stays under an outer one takes a synchronization with what is
    around it in each iteration.

    Partners: `vyre-choose-sync-tiers` before it; `vyre-convert-kernels-to-host` and
    `vyre-fuse-kept-loops` read the attributes, and may ignore them. Remarks: passed
    `OnChip` with the number of stages, whether threads or blocks keep to themselves,
    and the number of elements, or with the batch's first launch and the number of stages
    that became one; missed `OnChip` and `Element` with the reason. A line in the group's
    `persistent_syncs`.

    Before:
    ```mlir
    scf.for %i = %c0 to %n step %c1 {
      vyre.sync none
      vyre.stage grid(%g, %c1, %c1) block(%c128, %c1, %c1) { ... a[x] = a[x] + 1 ... }
    }
    ```
    After:
    ```mlir
    scf.for %i = %c0 to %n step %c1 {
      vyre.sync none
      vyre.stage grid(%g, %c1, %c1) block(%c128, %c1, %c1) { ... }
    } {vyre.on_chip}
    ```
  }];
  let dependentDialects = ["::vyre::VyreDialect", "::mlir::scf::SCFDialect"];
}

def FormGraphRegionsPass : Pass<"vyre-form-graph-regions", "::mlir::ModuleOp"> {
  let summary = "Fill the graph form of launch groups";
  let description = [{
    Needs `vyre.launch_group` with the plain form. Ensures that each has either a
    `graph` region or a `graph_refusal`. The form is the loop with every maximal
    run of launches, copies (`gpu.memcpy`) and fills (`gpu.memset`) of a block in a
    `vyre.graph_region`, if it has a launch. An `scf.if` without results around such
    ops belongs to a run: it is decided before. Pure ops between them are in front
    of the region; any other op, copies and fills of memory that is not dense or
    with tokens, and a launch whose kernel prints or asserts, end the run, and
    have runs inside. Edges are the order that read and write sets demand; where two
    buffers may overlap, or effects are unknown, there is an edge.

    An `scf.for` without results that holds one region, the same in each iteration,
    becomes that region with `repeat`, in an `scf.if` that asks whether it runs at all.

    A `memref.copy` between dense buffers, one of which a launch of the group uses,
    becomes a `gpu.memcpy`: in the other forms too, because memory is placed by what
    the plain one does. Else never touches the other forms.

    Refuses, with a stable id: `async-token`; `kernel-printf` or `kernel-assert`
    if that is true of every launch.

    Partner: `vyre-decide-launch-groups`. Remarks: passed `Graph` with the number
    of nodes and regions, missed `Graph` with the refusal.

    After:
    ```mlir
    graph {
      scf.for %i = %c0 to %n step %c1 {
        vyre.graph_region edges [0, 1] {
          gpu.launch_func @k::@a ... args(%x : memref<8xf32>)
          gpu.launch_func @k::@b ... args(%x : memref<8xf32>)
        }
      }
      vyre.yield
    }
    ```
  }];
  let dependentDialects = ["::vyre::VyreDialect"];
}

def DecideLaunchGroupsPass : Pass<"vyre-decide-launch-groups", "::mlir::ModuleOp"> {
  let summary = "Write the policy's verdict over the legal forms onto launch groups";
  let description = [{
    Needs the forms filled. Ensures that every `vyre.launch_group` has a verdict:
    D1 and D4 by cost, the mode among the forms that are there, and the D2 and D3
    entries that annotation left on its launches. Without a constant trip count
    they are `deferred`. Never changes a region.

    Partner: `vyre-lower-launch-groups`. Remarks: `D1`, `D4`, `D9` and `Mode`,
    passed or missed with the reason; analysis remarks for what is deferred.

    After:
    ```mlir
    vyre.launch_group trip_count(%c30) attributes {verdict = #vyre.verdict<
        d1 = "persistent-kernel:250000", d4 = "record-and-replay:260000", ...,
        mode = "command-reuse:260000", reason = "larger-saving">, ...}
    ```
  }];
  let options = PolicyOptions;
  let dependentDialects = ["::vyre::VyreDialect"];
}

def StartKernelsEarlyPass : Pass<"vyre-start-kernels-early", "::mlir::ModuleOp"> {
  let summary = "Let kernels start before those in front of them have ended";
  let description = [{
    Needs `vyre.reads` and `vyre.writes` on launches and `vyre.offload` on kernel modules.
    Each launched kernel of a module for sm_90 and newer alone gets one
    `vyre.await_launches` in its entry block, as late as the proof allows: in front of it
    are pure ops, and loads of arguments that every launch gives memory which no kernel
    writes. That is a constant global, or an allocation all of whose uses are in sight
    (loads, stores, copies and fills, views, launches that only read it); an argument of
    the host function is not. What the host, copies and fills write is ordered with
    launches as ever.

    All kernels wait, so when one's wait is over everything before it in its stream has
    ended, and not just the kernel in front.

    Partner: `vyre-lower-await-launches`. Remarks: passed `EarlyStart` with the number of
    loads in front of the wait and the op behind it, missed `EarlyStart` with `chip`.

    ```mlir
    gpu.func @scale(%weights: memref<64xf32>, %x: memref<64xf32>) kernel {
      %t = gpu.thread_id x
      %w = memref.load %weights[%t] : memref<64xf32> // nobody writes it
      vyre.await_launches
      %v = memref.load %x[%t] : memref<64xf32>
    ```
  }];
  let dependentDialects = ["::vyre::VyreDialect"];
}

def BindResourceTablesPass : Pass<"vyre-bind-resource-tables", "::mlir::ModuleOp"> {
  let summary = "Hand kernels with many buffers one table of them";
  let description = [{
    Needs outlined kernels, and placed memory if any. Each kernel that the policy gives
    one (D9: 24 buffers or more, and dynamic indexing where the kernel chooses buffers)
    takes the address of a table in device memory in place of its strided buffers: its
    first argument, from which `vyre.table_entry` reads each of them. Each of its
    launches gets a `vyre.resource_table` in front of it, or of the graph region around
    it, and its lists of operand numbers are divided between the two.

    Where the kernel chooses among buffers (`arith.select`, `scf.if`,
    `scf.index_switch`), it chooses the place in the table and reads one descriptor.

    Leaves persistent kernels alone: they are launched once. Refuses kernels with a
    launch that is an item of a live queue (`queue-item`), that orders itself with
    tokens (`async-token`), or in whose recording a table in front would come too early:
    for a buffer that a branch computes (`graph-branch`), and for one of unknown origin
    that is looked up between copies or fills (`graph-copies`). `tables=always` binds every kernel with a buffer that is not
    refused, whatever the policy says, to measure what a table costs; `never` none.

    Partner: `vyre-lower-table-entries`. Remarks: passed `Table` with the number of
    buffers, of bytes and of choices, missed `Table` with the reason.

    ```mlir
    gpu.launch_func @k::@step ... args(%a0 : memref<8xf32>, ..., %a23 : memref<8xf32>, %s : f32)
    // becomes
    %table = vyre.resource_table %a0, ..., %a23 : memref<8xf32>, ..., memref<8xf32>
    gpu.launch_func @k::@step ... args(%table : index, %s : f32)
    ```
  }];
  let options = [
    Option<"profile", "profile", "std::string", "\"native\"", "Device profile: native or portable">,
    Option<"tables", "tables", "std::string", "\"auto\"", "auto, always or never">
  ];
  let dependentDialects = ["::vyre::VyreDialect", "::mlir::arith::ArithDialect"];
}

#endif // VYRE_TRANSFORMS_LAUNCHPASSES_TD
