// Operations of the vyre dialect.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_OPS_TD
#define VYRE_OPS_TD

include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "vyre/Dialect/Vyre/IR/VyreAttrs.td"

class Vyre_Op<string mnemonic, list<Trait> traits = []> : Op<Vyre_Dialect, mnemonic, traits>;

def Vyre_LaunchGroupOp : Vyre_Op<"launch_group", [RecursiveMemoryEffects, AutomaticAllocationScope]> {
  let summary = "A loop or run of kernel launches and the forms it can run in";
  let description = [{
    Holds the same computation once per legal form. `plain` is always there and
    is the meaning of the op; `graph` and `persistent` are there only when a pass
    proved them equivalent, else the op carries the refusal's reason. Lowers to
    one switch on `vyreGroupSelect`, which asks the policy library with the live
    profile; it shrinks to one region at compile time only when mode and trip
    count are given then.

    `trip_count` is the number of iterations when it is known before the loop
    starts (as an SSA value), and absent for a `while` loop and where the launches
    of an iteration are not constant: `launches_per_iteration` then counts one pass
    through each inner loop of unknown length, and the group is decided as one of
    unknown length.

    ```mlir
    %r = vyre.launch_group trip_count(%n)
        attributes {launches_per_iteration = 1 : i32, barriers_per_iteration = 1 : i32,
                    resource_count = 2 : i32} -> (memref<64xf32>)
      plain {
        ...
        vyre.yield %p : memref<64xf32>
      } persistent {
        vyre.launch_persistent @kernels::@step_persistent block(%b, %c1, %c1) args(%x : memref<64xf32>)
        vyre.yield %x : memref<64xf32>
      }
    ```

    `persistent_syncs` tells for each synchronization of the persistent form in front
    of which kernel it stands, its tier and why, and which loops are kept on chip. Of
    the synchronizations that it makes in an iteration, `barriers_per_iteration` join
    all blocks and `neighbours_per_iteration` those near each other. A live queue counts
    each item that waits for those before it as a barrier, and in
    `sessions_per_iteration` how often it is closed. A batch, which runs all iterations
    side by side, has barriers of all blocks in `barriers_once`, however many iterations
    there are.

    Regions see values from above. Nothing in a group depends on which region
    ran, so results have one type list for all.

    Constraints:
    * (launch_group-C1) `plain` has one block; the others have none or one.
    * (launch_group-C2) every region ends in a `vyre.yield` of the result types.
    * (launch_group-C3) a form that is present has no refusal.
    * (launch_group-C4) `launches_per_iteration` is at least 1.
    * (launch_group-C5) a `persistent` region holds exactly one
      `vyre.launch_persistent` or one `vyre.live_queue`; a `graph` region at least one
      `vyre.graph_region`.
  }];
  let arguments = (ins Optional<Index>:$trip_count,
                       I32Attr:$launches_per_iteration,
                       I32Attr:$barriers_per_iteration,
                       I32Attr:$resource_count,
                       OptionalAttr<Vyre_VerdictAttr>:$verdict,
                       OptionalAttr<StrAttr>:$graph_refusal,
                       OptionalAttr<StrAttr>:$persistent_refusal,
                       OptionalAttr<StrArrayAttr>:$persistent_syncs,
                       DefaultValuedAttr<I32Attr, "0">:$neighbours_per_iteration,
                       DefaultValuedAttr<I32Attr, "0">:$sessions_per_iteration,
                       DefaultValuedAttr<I32Attr, "0">:$barriers_once);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$plain, MaxSizedRegion<1>:$graph, MaxSizedRegion<1>:$persistent);
  let assemblyFormat = [{
    (`trip_count` `(` $trip_count^ `)`)? attr-dict-with-keyword (`->` `(` type($results)^ `)`)?
    `plain` $plain (`graph` $graph^)? (`persistent` $persistent^)?
  }];
  let hasRegionVerifier = 1;
}

def Vyre_YieldOp : Vyre_Op<"yield", [Pure, ReturnLike, Terminator,
    ParentOneOf<["LaunchGroupOp", "LiveQueueOp", "StageOp"]>]> {
  let summary = "Ends a region of a vyre op";
  let description = [{
    Gives the results of a `vyre.launch_group` or a `vyre.live_queue`; without operands
    it ends a `vyre.stage` (for one thread).

    ```mlir
    vyre.yield %a : memref<64xf32>
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$operands);
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange{}); }]>];
  let assemblyFormat = "attr-dict ($operands^ `:` type($operands))?";
}

def Vyre_StageOp : Vyre_Op<"stage", [RecursiveMemoryEffects, AutomaticAllocationScope]> {
  let summary = "One former launch inside a persistent kernel";
  let description = [{
    Runs its body for every thread of every block of a virtual grid. The body
    sees virtual ids and dimensions only, through its twelve index arguments:
    block ids x, y, z, thread ids x, y, z, grid dimensions x, y, z and block
    dimensions x, y, z. Which physical block and thread runs a virtual one is
    not its business. Blocks are independent; `gpu.barrier` in the body joins the
    threads of one virtual block. The stage ends for a worker when its share is
    done: order between stages comes from `vyre.sync`. A stage whose grid has a
    zero dimension does nothing.

    Only inside a `gpu.func` kernel, at a point that all threads of the kernel
    reach together with the same operands.

    ```mlir
    vyre.stage grid(%gx, %c1, %c1) block(%c128, %c1, %c1) kernel @kernels::@step {
    ^bb0(%bx: index, %by: index, %bz: index, %tx: index, %ty: index, %tz: index,
         %gdx: index, %gdy: index, %gdz: index, %bdx: index, %bdy: index, %bdz: index):
      ...
      vyre.yield
    }
    ```

    What stands outside of stages in a persistent kernel is run by every thread, and
    gives all of them the same values: arithmetic, and loads of memory that nobody
    writes before all threads have met again.

    Which physical block runs a virtual one depends on the number of virtual blocks
    alone: each gets a contiguous share, so that virtual neighbours run near each other.
    With `rounds` they are dealt out like cards instead, for blocks that do not cost the
    same: in about so many rounds each physical block gets a run of successive virtual
    blocks, in every second round in the opposite order. Two stages with the same number
    of virtual blocks and the same `rounds` run a virtual block in the same place.

    ```mlir
    vyre.stage grid(%gx, %c1, %n) block(%c128, %c1, %c1) kernel @kernels::@row
        attributes {rounds = 16 : i32} { ... }
    ```

    Why a region and not a call: device code for a stage must be compiled into
    the persistent kernel anyway, and analyses read it in place.

    Constraints:
    * (stage-C1) the entry block has twelve index arguments.
    * (stage-C2) the body has no physical id or dimension ops (`gpu.thread_id`,
      `gpu.block_id`, `gpu.block_dim`, `gpu.grid_dim`, `gpu.lane_id`,
      `gpu.subgroup_id`, `gpu.global_id`...).
    * (stage-C3) it is inside a `gpu.func` that is a kernel.
    * (stage-C4) `known_block_size`, if given, has three positive entries with a
      product of at most 1,024.
    * (stage-C5) `rounds`, if given, is positive.
  }];
  let arguments = (ins Index:$grid_x, Index:$grid_y, Index:$grid_z,
                       Index:$block_x, Index:$block_y, Index:$block_z,
                       OptionalAttr<SymbolRefAttr>:$kernel,
                       OptionalAttr<DenseI32ArrayAttr>:$known_block_size,
                       OptionalAttr<I32Attr>:$rounds);
  let builders = [OpBuilder<(ins "::mlir::Value":$gridX, "::mlir::Value":$gridY,
      "::mlir::Value":$gridZ, "::mlir::Value":$blockX, "::mlir::Value":$blockY,
      "::mlir::Value":$blockZ, "::mlir::SymbolRefAttr":$kernel,
      "::mlir::DenseI32ArrayAttr":$knownBlockSize), [{
    build($_builder, $_state, gridX, gridY, gridZ, blockX, blockY, blockZ, kernel, knownBlockSize,
          ::mlir::IntegerAttr());
  }]>];
  let regions = (region MinSizedRegion<1>:$body);
  let assemblyFormat = [{
    `grid` `(` $grid_x `,` $grid_y `,` $grid_z `)`
    `block` `(` $block_x `,` $block_y `,` $block_z `)`
    (`kernel` $kernel^)? attr-dict-with-keyword $body
  }];
  let extraClassDeclaration = [{
    /// Number of the first thread id, grid and block dimension argument.
    static constexpr unsigned kBlockId = 0, kThreadId = 3, kGridDim = 6, kBlockDim = 9, kNumArgs = 12;
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def Vyre_SyncOp : Vyre_Op<"sync", [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "Orders the stages of a persistent kernel";
  let description = [{
    Everything before it, by the threads that meet, is visible to everything
    after it. `grid`: all threads of the kernel meet. `block`: those of a
    physical block. `neighbours` with a distance d: a block waits for those that
    run virtual blocks at most d away from its own, counted x fastest, in a grid of
    `blocks` virtual blocks. `none` records that no synchronization is needed.

    ```mlir
    vyre.sync grid
    vyre.sync neighbours distance 1 blocks(%n)
    ```

    Reads and writes all memory, so that nothing moves across it.

    Constraints:
    * (sync-C1) `distance` and `blocks` are given for `neighbours` and only there;
      the distance is positive.
    * (sync-C2) it is inside a `gpu.func` kernel and outside any `vyre.stage`.
  }];
  let arguments = (ins Vyre_SyncScope:$scope, OptionalAttr<I64Attr>:$distance,
                       Optional<Index>:$blocks);
  let assemblyFormat = [{
    $scope (`distance` $distance^)? (`blocks` `(` $blocks^ `)`)? attr-dict
  }];
  let builders = [OpBuilder<(ins "::vyre::SyncScope":$scope), [{
    build($_builder, $_state, scope, ::mlir::IntegerAttr(), ::mlir::Value());
  }]>];
  let hasVerifier = 1;
}

def Vyre_LaunchPersistentOp : Vyre_Op<"launch_persistent", [AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Starts a persistent kernel on as many blocks as are resident together";
  let description = [{
    A cooperative launch in stream order on the calling thread's default stream.
    The runtime picks the grid; `block` is the physical block shape, at least as
    large as every stage that holds a barrier. `max_blocks`, where it is known, is
    the size of the largest stage's grid: more blocks would have no work and still
    meet at every barrier.

    ```mlir
    vyre.launch_persistent @kernels::@step_persistent block(%b, %c1, %c1)
        dynamic_shared %s args(%n : index, %x : memref<?xf32>)
    ```

    Constraints:
    * (launch_persistent-C1) the symbol is a kernel `gpu.func` with the attribute
      `vyre.persistent`.
    * (launch_persistent-C2) argument types match the kernel's.
  }];
  let arguments = (ins SymbolRefAttr:$kernel, Index:$block_x, Index:$block_y, Index:$block_z,
                       Optional<I32>:$dynamic_shared, Variadic<AnyType>:$args,
                       OptionalAttr<I64Attr>:$max_blocks);
  let assemblyFormat = [{
    $kernel `block` `(` $block_x `,` $block_y `,` $block_z `)`
    (`dynamic_shared` $dynamic_shared^)? (`args` `(` $args^ `:` type($args) `)`)? attr-dict
  }];
  let builders = [OpBuilder<(ins "::mlir::SymbolRefAttr":$kernel, "::mlir::gpu::KernelDim3":$block,
                                 "::mlir::Value":$dynamicShared, "::mlir::ValueRange":$args)>];
}

def Vyre_LiveQueueOp : Vyre_Op<"live_queue", [RecursiveMemoryEffects, SingleBlock,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Launches that go to a resident kernel one by one";
  let description = [{
    Runs its body on the host. Each `gpu.launch_func` in it becomes an item of the
    calling thread's queue: the first one starts the resident kernel, which takes
    items until the queue is closed, at the end of the body or by a
    `vyre.close_queue`. Items run in order; one with the attribute
    `vyre.concurrent_item` needs nothing of those since the last item without it.
    What the host sees of memory is the same as with launches: `vyre.host_sync` waits
    until the queue is empty.

    `items` are the kernels that the resident one has in it, in the order of their
    numbers. Only CUDA needs the resident kernel: the host device calls the kernels
    themselves from resident workers.

    ```mlir
    vyre.live_queue resident @kernels::@main_loop0_queue items [@kernels::@step]
        attributes {block_threads = 128 : i32} {
      scf.for %i = %c0 to %n step %c1 {
        %scale = func.call @next() : () -> f32
        gpu.launch_func @kernels::@step blocks in (...) threads in (...) args(%x, %scale)
      }
      vyre.yield
    }
    ```

    Constraints:
    * (live_queue-C1) launches in the body have no async tokens and name kernels of
      `items`.
    * (live_queue-C2) `resident` is a kernel `gpu.func` with the attribute
      `vyre.persistent`, and its only argument is an index.
    * (live_queue-C3) the body ends in a `vyre.yield` of the result types.
  }];
  let arguments = (ins SymbolRefAttr:$resident, SymbolRefArrayAttr:$items,
                       I32Attr:$block_threads, DefaultValuedAttr<I64Attr, "0">:$shared_bytes,
                       OptionalAttr<I64Attr>:$max_blocks);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    `resident` $resident `items` $items attr-dict-with-keyword (`->` `(` type($results)^ `)`)?
    $body
  }];
  let hasRegionVerifier = 1;
}

def Vyre_CloseQueueOp : Vyre_Op<"close_queue", [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "Ends the resident kernel of a live queue";
  let description = [{
    Waits until all items are done and the resident kernel has left. Stands before
    what might wait for the whole device: that would wait for the kernel too. The next
    item opens the queue again.

    ```mlir
    vyre.close_queue
    func.call @unknown() : () -> ()
    ```

    Reads and writes all memory, so that nothing moves across it.
  }];
  let assemblyFormat = "attr-dict";
}

def Vyre_NextItemOp : Vyre_Op<"next_item", [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "Waits for an item of a live queue";
  let description = [{
    In a resident kernel: all threads of it get item number `at` of the queue at
    address `queue`, once it is there and its order allows it to begin. `at` is 0 for the
    first item of this launch, whatever the queue has run before: it counts from the
    ring's `first`, as that of `vyre.finish_item` does. `more` is false
    when the queue was closed, the launch aborted, or nothing came for too long: the
    kernel then leaves. `item` is the item's address, `kernel` the number of the
    kernel to run, the rest its grid and block.

    ```mlir
    %more, %item, %kernel, %gx, %gy, %gz, %bx, %by, %bz = vyre.next_item %queue at %n
    ```

    Constraints:
    * (next_item-C1) it is inside a `gpu.func` kernel and outside any `vyre.stage`.
  }];
  let arguments = (ins Index:$queue, Index:$at);
  let results = (outs I1:$more, Index:$item, Index:$kernel, Index:$grid_x, Index:$grid_y,
                      Index:$grid_z, Index:$block_x, Index:$block_y, Index:$block_z);
  let assemblyFormat = "$queue `at` $at attr-dict";
  let hasVerifier = 1;
}

def Vyre_ItemArgsOp : Vyre_Op<"item_args", [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "The arguments in an item of a live queue";
  let description = [{
    All arguments of the item's kernel, as its launch packed them.

    ```mlir
    %x, %scale = vyre.item_args %item : memref<?xf32>, f32
    ```
  }];
  let arguments = (ins Index:$item);
  let results = (outs Variadic<AnyType>:$values);
  let assemblyFormat = "$item attr-dict `:` type($values)";
}

def Vyre_FinishItemOp : Vyre_Op<"finish_item", [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "Tells that this block is done with an item";
  let description = [{
    Each block says so once for each item, in order. When all have, what they wrote is
    visible to items after it and, through the queue's `done` word, to the host.

    ```mlir
    vyre.finish_item %queue at %n
    ```

    Constraints:
    * (finish_item-C1) it is inside a `gpu.func` kernel and outside any `vyre.stage`.
  }];
  let arguments = (ins Index:$queue, Index:$at);
  let assemblyFormat = "$queue `at` $at attr-dict";
  let hasVerifier = 1;
}

def Vyre_GraphRegionOp : Vyre_Op<"graph_region", [RecursiveMemoryEffects, SingleBlock, NoTerminator]> {
  let summary = "Launches, copies and fills that are recorded once and replayed";
  let description = [{
    One replay of a recording, or with `repeat` as many in a row, with the same
    operands, as it says; none where it is not positive. Nodes are the
    `gpu.launch_func`, `gpu.memcpy` and `gpu.memset` ops of the body, in order;
    everything else in it is pure, or an `scf.if` around nodes and pure ops: nodes of the
    branch that is not taken are skipped, and a recording is kept for each set of
    branches. `edges` holds pairs (from, to) of node numbers, flattened: the only order
    between nodes; it leads through nodes that are skipped. Every replay hands over
    the current operands, so a changed value updates the recording and never replays
    stale.

    ```mlir
    vyre.graph_region repeat(%n) edges [0, 1, 1, 2] {
      gpu.memset %sum, %zero : memref<4xf32>, f32
      scf.if %which {
        gpu.launch_func @kernels::@a blocks in (...) threads in (...) args(...)
      }
      gpu.launch_func @kernels::@b blocks in (...) threads in (...) args(...)
    }
    ```

    Constraints:
    * (graph_region-C1) the body holds at least one node, none with async tokens, and
      otherwise only ops without memory effects and `scf.if` ops without results.
    * (graph_region-C2) edges are pairs from a lower to a higher node number that exists.
    * (graph_region-C3) memory that nodes copy or fill is dense: its layout is the identity.
  }];
  let arguments = (ins Optional<Index>:$repeat, DenseI32ArrayAttr:$edges);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    (`repeat` `(` $repeat^ `)`)? `edges` $edges attr-dict-with-keyword $body
  }];
  let builders = [OpBuilder<(ins "::llvm::ArrayRef<int32_t>":$edges), [{
    build($_builder, $_state, ::mlir::Value(), edges);
  }]>];
  let extraClassDeclaration = [{
    /// The nodes in the order of their numbers.
    ::llvm::SmallVector<::mlir::Operation *> getNodes();
    /// True for the kinds of ops that can be nodes.
    static bool isNode(::mlir::Operation *op);
  }];
  let hasRegionVerifier = 1;
}

def Vyre_ResourceTableOp : Vyre_Op<"resource_table", [MemoryEffects<[MemAlloc]>]> {
  let summary = "The address of a table of buffers in device memory";
  let description = [{
    The descriptors of the buffers, one after the other, where kernels can read them:
    allocated pointer, aligned pointer, offset, sizes, strides, a word of 8 bytes each.
    The runtime writes a table only if its contents are none of the last few of this
    place and stream; kernels that are launched on the stream before the next table of
    this place may read it. `vyre.reads`, `vyre.writes` and `vyre.unknown` are those of
    the launch, in the numbering of the buffers.

    ```mlir
    %table = vyre.resource_table %a, %b : memref<8xf32>, memref<?x?xf32>
    gpu.launch_func @k::@step blocks in (...) threads in (...) args(%table : index)
    ```

    Constraints:
    * (resource_table-C1) it has a buffer, and all buffers are strided.
  }];
  let arguments = (ins Variadic<AnyMemRef>:$buffers);
  let results = (outs Index:$table);
  let assemblyFormat = "$buffers attr-dict `:` type($buffers)";
  let builders = [OpBuilder<(ins "::mlir::ValueRange":$buffers), [{
    build($_builder, $_state, $_builder.getIndexType(), buffers);
  }]>];
  let hasVerifier = 1;
}

def Vyre_TableEntryOp : Vyre_Op<"table_entry", [Pure]> {
  let summary = "A buffer of a table, in a kernel";
  let description = [{
    The descriptor that begins at `word` of the table, 8 bytes a word. Which one may be
    chosen at run time. Nobody writes a table while a kernel runs that reads it.

    ```mlir
    %a = vyre.table_entry %table at %c5 : memref<8xf32>
    ```

    Constraints:
    * (table_entry-C1) the buffer is strided.
  }];
  let arguments = (ins Index:$table, Index:$word);
  let results = (outs AnyMemRef:$buffer);
  let assemblyFormat = "$table `at` $word attr-dict `:` type($buffer)";
  let extraClassDeclaration = [{
    /// The number of words that a buffer takes.
    static int64_t getNumWords(::mlir::MemRefType type) { return 3 + 2 * type.getRank(); }
  }];
  let hasVerifier = 1;
}

def Vyre_AwaitLaunchesOp : Vyre_Op<"await_launches", [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "Waits in a kernel for the launches before it";
  let description = [{
    A kernel with this op may start before the kernels in front of it in its stream, or
    those that its node in a graph depends on, have ended. What it does before the op
    must not depend on them; behind the op they have ended and what they wrote is
    visible. On the host device a kernel starts when they have ended, and the op does
    nothing.

    Constraints:
    * (await_launches-C1) it is in the entry block of a `gpu.func` kernel, so that every
      thread reaches it.
  }];
  let assemblyFormat = "attr-dict";
  let hasVerifier = 1;
}

def Vyre_HostSyncOp : Vyre_Op<"host_sync", [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "The host waits for the kernels it launched";
  let description = [{
    Until it returns, memory that launches before it may have written is not
    safe for the host to touch. Covers the calling thread's default stream:
    every `gpu` op without async tokens is in order there. A few ns when nothing
    is pending. Reads and writes all memory, so that nothing moves across it.

    ```mlir
    vyre.host_sync
    ```
  }];
  let assemblyFormat = "attr-dict";
}

class Vyre_MirrorOp<string mnemonic> : Vyre_Op<mnemonic, [Pure, SameOperandsAndResultType]> {
  let arguments = (ins AnyStridedMemRef:$memory);
  let results = (outs AnyStridedMemRef:$result);
  let assemblyFormat = "$memory attr-dict `:` type($memory)";
}

def Vyre_ToDeviceOp : Vyre_MirrorOp<"to_device"> {
  let summary = "The device's side of mirrored memory";
  let description = [{
    The same elements in the device memory that belongs to the host memory of a
    `gpu.alloc` with the attribute `vyre.mirrored`. Copies between the sides are
    explicit `gpu.memcpy` ops. Memory that is not mirrored comes back as it is; so
    does any on the host device, where both sides are one and such a copy does
    nothing.

    ```mlir
    %h = gpu.alloc () {vyre.mirrored} : memref<64xf32>
    %d = vyre.to_device %h : memref<64xf32>
    gpu.memcpy %d, %h : memref<64xf32>, memref<64xf32>
    ```
  }];
}

def Vyre_ToHostOp : Vyre_MirrorOp<"to_host"> {
  let summary = "The host's side of mirrored memory";
  let description = [{
    The way back from `vyre.to_device`, for memory whose allocation is not known
    in place: after buffers rotated through a loop, say. Memory that is not
    mirrored comes back as it is.

    ```mlir
    %h = vyre.to_host %rotated : memref<64xf32>
    ```
  }];
}

#endif // VYRE_OPS_TD
