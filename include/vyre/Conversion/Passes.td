// Lowerings between dialects; no heuristics. One file each in lib/Conversion.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_CONVERSION_PASSES_TD
#define VYRE_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ExpandCollectivesPass : Pass<"vyre-expand-collectives", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Expand collectives of threads into workgroup memory and barriers";
  let description = [{
    `gpu.all_reduce` with any operation or a region, `gpu.subgroup_reduce` with or
    without clusters, `gpu.rotate`, and `gpu.shuffle` with `shuffles`, in blocks of
    any shape. Each thread writes its value to workgroup memory of one element per
    thread (`known_block_size`, else 1,024) that all collectives of a type share;
    a reduction then halves a stride between barriers. So every device combines in
    the same order, and the host can run the kernel. Subgroups are 32 consecutive
    linear thread ids; the last one may be short.

    Runs before a kernel is cloned per device. Never puts a barrier where threads
    may diverge: a collective is expanded where all threads of the block provably
    arrive together, or where `gpu.all_reduce` says so (`uniform`). Anything else
    stays, with a missed remark `NotExpanded`, and the kernel then runs on CUDA
    alone. A shuffle's source lane is taken modulo 32 and valid if it is below
    the width; where not valid, a thread gets its own value back.

    Partner: `vyre-convert-kernels-to-host`.

    ```mlir
    %sum = gpu.all_reduce add %x uniform {} : (f32) -> f32
    // becomes
    memref.store %x, %scratch[%thread]
    gpu.barrier
    scf.while (%s = %half) : (index) -> index {
      %more = arith.cmpi ugt, %s, %c0 : index
      scf.condition(%more) %s : index
    } do {
    ^bb0(%stride: index):
      scf.if %takes {
        // scratch[thread] = scratch[thread] + scratch[thread + stride]
      }
      gpu.barrier
      // next: stride / 2
    }
    %sum = memref.load %scratch[%c0]
    gpu.barrier
    ```
  }];
  let options = [Option<"shuffles", "shuffles", "bool", /*default=*/"true",
                        "Expand gpu.shuffle too; CUDA has it natively">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

def ConvertKernelsToHostPass : Pass<"vyre-convert-kernels-to-host", "::mlir::ModuleOp"> {
  let summary = "Make a host function of every kernel";
  let description = [{
    For each kernel `@m::@k` of a `gpu.module` whose `vyre.offload` asks for the
    host (or that has none), adds `func.func private @__vyre_host_m_k` with the
    kernel's arguments and a pointer to a `vyre_host_ctx`, marked with
    `vyre.host_kernel`. It runs virtual blocks; the threads of a block are loops
    that LLVM vectorizes, split at barriers in uniform control flow. A kernel with
    barriers elsewhere or with asserts runs its threads as fibers. A persistent
    kernel's function is one worker's share of every stage.

    Device functions are inlined (a recursive one is an error), globals copied. A
    guard `id < end` around the whole body ends the loop over x instead, where that
    is exact. Shuffles that `vyre-expand-collectives` left join a subgroup alone.

    The kernel itself stays. One that only CUDA can run gets no host function and
    the attributes `vyre.cuda_only` and `vyre.cuda_only_at`: the op that says so,
    and its place. Needs collectives
    expanded (`vyre-expand-collectives`). Partner: `vyre-emit-kernel-records`.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect",
                           "::mlir::cf::ControlFlowDialect",
                           "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::vyre::VyreDialect"];
}

def LowerLaunchGroupsPass : Pass<"vyre-lower-launch-groups", "::mlir::ModuleOp"> {
  let summary = "Lower launch groups to a switch on the runtime's decision";
  let description = [{
    Replaces each `vyre.launch_group` by a call of `vyreGroupSelect` on the
    group's record, an `scf.index_switch` over its legal forms and a call of
    `vyreGroupEnd`, each
    `vyre.launch_persistent` by a cooperative `gpu.launch_func`, and each
    `vyre.graph_region` by its nodes between `vyreGraphBegin` and
    `vyreGraphSubmit` or `vyreGraphRepeat`; a region that looks up memory of unknown
    origin and also copies or fills becomes the nodes alone (missed remark `Graph`,
    `unknown-memory`). The launches in a `vyre.live_queue` become calls of
    `vyreQueuePush`, its end and each `vyre.close_queue` one of `vyreQueueClose`.
    Needs nothing; ensures that no vyre op of the host program is left but
    `vyre.host_sync`. Never decides anything. Partner: `vyre-convert-to-llvm`.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect",
                           "::mlir::scf::SCFDialect", "::vyre::VyreDialect"];
}

def FuseKeptLoopsPass : Pass<"vyre-fuse-kept-loops", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Put loops of stages that are kept on chip into one stage";
  let description = [{
    For GPUs, after the host's clones of the kernels are made. Each `scf.for` with the
    attribute `vyre.on_chip` becomes the body of one `vyre.stage` with the bodies of its
    stages in the loop; a `vyre.sync block` becomes a `gpu.barrier`. Loads and stores
    with one number in `vyre.element` then work on a private buffer: each thread loads
    its element before the loop, if there is an iteration and one of the accesses that
    run in every iteration or in none will run, and stores it after the loop if such a
    store ran. LLVM makes a register of the buffer.

    A loop that is marked but not of the form that `vyre-keep-on-chip` marks stays, and
    so does a buffer that something else in the loop uses: both are correct as they
    are.

    Partners: `vyre-keep-on-chip` before it, whose remarks tell what is kept;
    `vyre-lower-stages` after.

    ```mlir
    scf.for %i = %c0 to %n step %c1 {
      vyre.sync none
      vyre.stage grid(%g, %c1, %c1) block(%c64, %c1, %c1) ... { ... }
    } {vyre.on_chip}
    // becomes
    vyre.stage grid(%g, %c1, %c1) block(%c64, %c1, %c1) ... {
      scf.for %i = %c0 to %n step %c1 { ... }
    }
    ```
  }];
  let dependentDialects = ["::vyre::VyreDialect", "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

def LowerStagesPass : Pass<"vyre-lower-stages", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Lower the stages of persistent kernels to physical blocks and threads";
  let description = [{
    For device code: turns each `vyre.stage` into a loop of the physical blocks
    over the virtual ones, and each `vyre.sync grid` into a grid barrier on a
    state block whose address is a trailing kernel argument that this pass adds
    (the runtime fills it in, zeroed, per launch). A barrier whose launch was
    aborted returns from the kernel, so the structured ops around one become
    branches. An `scf.while` that does not meet other blocks or take an item in
    every iteration looks at the abort word too, by time, and its threads exit. A stage with a `gpu.barrier` is
    run by all threads of the block and must have as many virtual threads as the
    block has physical ones; one without is run under a guard. Host code is made
    from the stages directly by `vyre-convert-kernels-to-host`, before this pass.

    In the resident kernel of a live queue (`vyre.queue`), whose first argument is the
    queue, `vyre.next_item`, `vyre.item_args` and `vyre.finish_item` become the
    device's part of the protocol in docs/live-queue.md; the first physical block of a
    stage is another one for each item, so that small concurrent items do not share one.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::NVVM::NVVMDialect",
                           "::mlir::arith::ArithDialect", "::mlir::cf::ControlFlowDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect", "::mlir::gpu::GPUDialect"];
}

def LowerAwaitLaunchesPass : Pass<"vyre-lower-await-launches", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Lower vyre.await_launches to programmatic dependent launch";
  let description = [{
    For device code: `griddepcontrol.launch_dependents` at the start of the kernel and
    `griddepcontrol.wait` at the op, as assembly that clobbers memory: LLVM's intrinsics
    for them let loads move across. The runtime launches such kernels so that they may
    start early where the one in front of them is of that kind, too.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def LowerTableEntriesPass : Pass<"vyre-lower-table-entries", "::mlir::ModuleOp"> {
  let summary = "Lower vyre.table_entry to loads of a descriptor";
  let description = [{
    In kernels of both devices: each `vyre.table_entry` becomes loads of the descriptor's
    words, which nothing writes meanwhile. `vyre.resource_table` is lowered by
    `vyre-convert-to-llvm`.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect"];
}

def ConvertToLLVMPass : Pass<"vyre-convert-to-llvm", "::mlir::ModuleOp"> {
  let summary = "Convert the host program to the LLVM dialect and runtime calls";
  let description = [{
    Upstream's conversion patterns for every dialect of the host program, and
    Vyre's for the gpu ops: launches, allocations, copies, fills and waits, with
    async tokens and without, mixed as they come (upstream's gpu-to-llvm takes
    only those with tokens). A launch becomes a packed argument record and a call
    of `vyreLaunch`. Leaves `gpu.module` and `gpu.binary` alone. Partner:
    `vyre-emit-kernel-records`, which must follow.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def EmitKernelRecordsPass : Pass<"vyre-emit-kernel-records", "::mlir::ModuleOp"> {
  let summary = "Define the kernel records that launches refer to";
  let description = [{
    Last step of the lowering. Gives every kernel record its value: name, device
    images from `gpu.binary`, and the entry that unpacks arguments for the host
    function, which it builds. A kernel with neither device image nor host
    function is an error. Removes `gpu.module` and `gpu.binary`.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def OrderAtomicLoadsPass : Pass<"vyre-order-atomic-loads"> {
  let summary = "Make the first read of a compare-and-exchange loop atomic";
  let description = [{
    Upstream lowers `memref.generic_atomic_rmw` to a plain load and a loop around
    `llvm.cmpxchg`. Threads race for the place, so the plain load's value is
    undefined in LLVM's memory model and may differ between its uses. Every plain
    `llvm.load` from the pointer of an `llvm.cmpxchg` becomes a monotonic load.

    Runs after conversion to the LLVM dialect. Changes nothing else.

    ```mlir
    %0 = llvm.load %p : !llvm.ptr -> i32
    // becomes
    %0 = llvm.load %p atomic monotonic {alignment = 4 : i64} : !llvm.ptr -> i32
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def LowerExactMathPass : Pass<"vyre-lower-exact-math", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Lower correctly rounded math in device code to LLVM intrinsics";
  let description = [{
    `math.sqrt`, `fma` and the exact operations (`absf`, `copysign`, `floor`,
    `ceil`, `trunc`, `roundeven`) become calls of LLVM intrinsics, which NVPTX
    expands to correctly rounded instructions. Upstream's conversion would make
    f32 `sqrt` an approximation and the others library calls. Any other function
    of floats is an error: `vyre-expand-math` must have expanded it. Not run with
    `fast-math`.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // VYRE_CONVERSION_PASSES_TD
