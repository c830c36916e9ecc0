// Passes from vyre and gpu IR to vyre IR: one file each in lib/Transforms.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TRANSFORMS_PASSES_TD
#define VYRE_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"
include "vyre/Transforms/LaunchPasses.td"

//===----------------------------------------------------------------------===//
// Front: from host programs to launches
//===----------------------------------------------------------------------===//

def SplitIndexCastsPass : Pass<"vyre-split-index-casts"> {
  let summary = "Write a cast from index to fewer bits as a cast and a truncation";
  let description = [{
    Upstream's canonicalization folds a cast from index to a narrow integer and
    back to nothing, although the first one drops bits. Runs before the first
    canonicalization, on host and device code alike. An `index` has 64 bits on
    every device. Casts to 64 bits or more and casts to index stay.

    ```mlir
    %0 = arith.index_cast %i : index to i32
    // becomes
    %w = arith.index_cast %i : index to i64
    %0 = arith.trunci %w : i64 to i32
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def WidenLoopCountersPass : Pass<"vyre-widen-loop-counters"> {
  let summary = "Count in 64 bits where the span of a loop overflows its counter's type";
  let description = [{
    Upstream takes an `scf.for` from -100 to 100 in i8 for one that never runs, because
    the difference of the bounds does not fit, and folds it away. Runs before the first
    canonicalization. Loops with other than constant bounds, unsigned ones and those
    that count in `index` or 64 bits stay.

    ```mlir
    scf.for %i = %cm100_i8 to %c100_i8 step %c3_i8 : i8 { use(%i) }
    // becomes
    scf.for %w = %cm100_i64 to %c100_i64 step %c3_i64 : i64 {
      %i = arith.trunci %w : i64 to i8
      use(%i)
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def MapParallelLoopsPass : Pass<"vyre-map-parallel-loops", "::mlir::func::FuncOp"> {
  let summary = "Turn outermost scf.parallel loops into gpu.launch with real block shapes";
  let description = [{
    Needs affine, linalg and scf.forall lowered to scf loops. Ensures that no
    scf.parallel is left at host level: a loop whose body can run in a kernel
    becomes a `gpu.launch`, any other becomes sequential `scf.for` ops with the
    attribute `vyre.host_loop` that says why (and the parallel loops inside it
    are tried in turn). Never touches code that is already in a kernel.

    The innermost dimension is x. A block has at most the shape of the option
    for its rank; a known small extent narrows its dimension to the next power
    of two, and the threads saved go to the others. The grid is the rounded-up
    quotient of the trip count, and 0 for an empty or negative range. Threads
    beyond the range are guarded off unless the extent provably divides. Loops of
    more than three dimensions, and those whose known grid CUDA would refuse in y
    or z (65,535), are linearized into x.

    In a body: inner scf.parallel loops become scf.for, memref.copy becomes
    element loops, an allocation of known size up to `max-private-bytes` that is
    freed in its block becomes a private buffer, constants are copied in, and
    `memref.get_global` stays on the host, which passes the pointer.

    Stays on the host: `reduction` (scf.reduce with results), `allocation`,
    `deallocation`, `call` (inline first), any op that is not arith, math, index,
    complex, scf, memref, vector or cf.assert, and captured values a kernel
    cannot take, such as unranked memrefs.

    Why not upstream's passes: `gpu-map-parallel-loops` gives each dimension of a
    plain loop to blocks, so a 2-D loop becomes blocks of one thread;
    `scf-parallel-loop-tiling` in front of it cannot adapt the tile to the extent
    and leaves a minimum per dimension in every kernel; and
    `convert-parallel-loops-to-gpu` leaves what it cannot map without a word.

    Partner: `vyre-outline-kernels`. Remarks: passed `Launched`, missed
    `HostLoop` with the reason.

    ```mlir
    scf.parallel (%i) = (%c0) to (%n) step (%c1) { ... }
    // becomes
    gpu.launch blocks(%b, ...) in (%g = (max(%n, 0) + 255) / 256, ...) threads(%t, ...) in (256, 1, 1) {
      %i = %b * 256 + %t
      scf.if %i < %n { ... }
    }
    ```
  }];
  let options = [
    ListOption<"block1d", "block-1d", "int64_t", "Block shape of 1-D loops">,
    ListOption<"block2d", "block-2d", "int64_t", "Block shape of 2-D loops, x first">,
    ListOption<"block3d", "block-3d", "int64_t", "Block shape of 3-D loops, x first">,
    Option<"maxPrivateBytes", "max-private-bytes", "int64_t", "4096",
           "Largest allocation in a body that becomes a private buffer">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

def BufferizeProgramPass : Pass<"vyre-bufferize-program", "::mlir::ModuleOp"> {
  let summary = "Turn tensors into buffers, with deallocations";
  let description = [{
    Does nothing to a program without tensors. Else runs upstream's empty-tensor
    elimination, one-shot bufferization with function boundaries (identity
    layouts), and the ownership-based deallocation. Allocations and
    deallocations that the program already had stay exactly as they are: the
    deallocation pipeline sees them marked `bufferization.manual_deallocation`.

    Ensures that no tensor is left. Fails where upstream fails: a tensor in an
    op that has no bufferization. Limit: a tensor argument or result of a public
    function becomes a memref of identity layout, whose caller owns a result.

    ```mlir
    func.func @f(%t: tensor<4xf32>) -> f32    // becomes @f(%m: memref<4xf32>) -> f32
    ```
  }];
}

def SimplifyHostPass : Pass<"vyre-simplify-host", "::mlir::func::FuncOp"> {
  let summary = "Canonicalize host code and eliminate common subexpressions";
  let description = [{
    Upstream's canonicalization without the patterns of scf.parallel and
    affine.parallel: those turn a loop of one iteration into host code, which
    then reads on the host what the program computes on the device.

    Then upstream's CSE, except in functions that hold a gpu.launch or an op of
    the math dialect: a launch is not isolated from above, so there CSE may hand
    a kernel the host's value of a function that the device computes differently.

    ```mlir
    %a = arith.muli %x, %y : index
    %b = arith.muli %x, %y : index   // replaced by %a
    ```
  }];
}

def ExpandMathPass : Pass<"vyre-expand-math", "::mlir::ModuleOp"> {
  let summary = "Expand math functions in kernels to the same arithmetic on every device";
  let description = [{
    Ensures that math functions in kernels give the same bits on every IEEE
    device: they become + - * /, comparisons and integer ops, which no device may
    contract. Runs before a kernel is cloned per device. Host code is left alone,
    unless `host-code` asks for it.

    * exp, exp2, expm1, log, log2, log10, log1p, sin, cos, sincos, tan, tanh,
      sinh, cosh: formulas in f64 with errors of 1 to 4 ulp; narrower types are
      widened, so that f32 results are correctly rounded but for rare ties. sin,
      cos and tan of more than 2^30 give NaN.
    * powf on f32 and narrower: in f64. rsqrt: 1 / sqrt.
    * asinh, acosh, atanh, and powers with constant integer exponents: upstream's
      expansions. atan, atan2, asin, acos, erf, erfc, cbrt on f32 and narrower:
      upstream's approximations, with fma.
    * sqrt, fma, rounding and bit ops are exact as they are and stay.

    Anything else stays as well, with a missed remark `NotExpanded`: powf, atan,
    atan2, asin, acos, erf, erfc and cbrt on f64, and powers with variable integer
    exponents. `fast-math` skips the pass.

    ```mlir
    %y = math.rsqrt %x : f32
    // becomes
    %s = math.sqrt %x : f32
    %y = arith.divf %one, %s : f32
    ```
  }];
  let options = [
    Option<"fastMath", "fast-math", "bool", "false", "Leave every function to the device">,
    Option<"hostCode", "host-code", "bool", "false", "Expand in host code too">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
}

def PlaceMemoryPass : Pass<"vyre-place-memory", "::mlir::ModuleOp"> {
  let summary = "Place the memory of launches by allocation";
  let description = [{
    For a device with memory of its own; not run for the host device. Runs after
    outlining, before `vyre-schedule-streams`.

    A `memref.alloc` that may reach a launch (through views, selects, loops,
    branches, launch groups and direct calls of private functions) becomes a
    `gpu.alloc`, and every `memref.dealloc` of it a `gpu.dealloc`. It is device
    memory if host code leaves its bytes alone. If host code and kernels use it in
    separate phases of the block it is made in, it is `vyre.mirrored`: the result
    is the host's memory, `vyre.to_device` of it the kernels', and a `gpu.memcpy` of
    the whole goes before each op that finds its side stale. An op that one side
    uses, with all that is nested in it, is one phase, so copies stay out of its
    loops and out of launch groups; an `scf.if` that both use is entered. Memory
    that nobody has written is current on both sides. What rotated through a loop
    is found again by `vyre.to_host`.

    It is `host_shared` where the sides take turns inside a loop, and where uses are
    not all in the order of that block: behind calls, in other blocks or threads, on
    streams of async tokens, or in ops that may keep the address.

    A `memref.copy` between memory of known places becomes a `gpu.memcpy`, which
    needs no synchronization. `vyre-schedule-streams` makes the host wait for all
    of these copies before it looks.

    An allocation is left as it is when it escapes (returned to unknown callers,
    stored, handed to an op that hides it), when it is registered by hand, when
    its layout or alignment is special, or when a dealloc may free it or
    something else. Calls to code outside the module may use an argument but not
    free it: the convention of upstream's bufferization.

    Operands of any other origin (arguments, unranked memory from outside,
    memref.alloca, globals, what was left) are listed by number on the launch as
    `vyre.unknown`: the lowering looks them up in the run-time present table. An
    argument with `vyre.memory = "device"` or `"mapped"` needs no look-up.

    Remarks: passed `Placed` with the kind and the numbers of copies in and out,
    missed `NotMirrored` with the reason, missed `LookUp` with the number of
    buffers.

    ```mlir
    %m = memref.alloc() : memref<4xf32>
    gpu.launch_func @k::@a ... args(%m : memref<4xf32>, %arg : memref<4xf32>)
    memref.dealloc %m : memref<4xf32>
    // becomes
    %m = gpu.alloc () : memref<4xf32>
    gpu.launch_func @k::@a ... args(...) {vyre.unknown = array<i32: 1>}
    gpu.dealloc %m : memref<4xf32>
    ```
  }];
}

def ScheduleStreamsPass : Pass<"vyre-schedule-streams", "::mlir::ModuleOp"> {
  let summary = "Synchronize the host exactly where it may observe what kernels do";
  let description = [{
    Ops of the gpu dialect without async tokens, `vyre.launch_persistent` and
    `vyre.graph_region` run in order on the calling thread's default stream while
    the host goes on. This pass inserts `vyre.host_sync` where the host may
    otherwise see or disturb unfinished work, and removes those that nothing
    needs, so that a program waits where it reads and not once per launch.

    A sync goes before a host op that reads, writes, frees or copies memory, a
    call to code this pass cannot see or that touches memory, async.await, an
    async region, a wait on tokens, and the return of a function that others can
    call, whenever work may be pending there: some path leads from a launch to it
    without a sync. Loops count as pending at their entry if their body leaves
    work pending. A loop without gpu ops is synchronized once before it.

    None is needed for memory that no kernel can reach: the result of an
    allocation in the same function that is only loaded, stored, freed or viewed
    (never passed to a launch, a call, stored or yielded). A private function
    that is only called directly may leave work pending to its callers and find
    it pending on entry; both are known to the callers' analysis.

    Limits: one stream. Ops with async tokens order themselves, except that a
    gpu.wait without a result is a host wait and counts as one.

    Runs after outlining and group formation; the regions of a
    `vyre.launch_group` are alternatives. Remarks: analysis `Synchronized` with
    the op that needs it, passed `SyncRemoved`.

    ```mlir
    gpu.launch_func @k::@a ...
    gpu.launch_func @k::@b ...
    vyre.host_sync            // inserted: one, before the load
    %v = memref.load %m[%c0] : memref<4xf32>
    ```
  }];
  let dependentDialects = ["::vyre::VyreDialect"];
}

#endif // VYRE_TRANSFORMS_PASSES_TD
