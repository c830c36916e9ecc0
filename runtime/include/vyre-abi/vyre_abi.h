/* The contract between code that the Vyre compiler emits and the Vyre runtime.
 *
 * C11, no dependency beyond <stddef.h> and <stdint.h>. The layout is a schema:
 *   - every record begins with struct_size and version; fields are only ever
 *     appended; reserved bytes are zero;
 *   - the compiler builds its LLVM types from vyre_abi_records.def, which also
 *     declares the structs below, so no layout is typed twice;
 *   - a golden file per version pins sizes and offsets (test/Unit/Abi).
 *
 * All functions are thread-safe. Those returning vyre_status return 0 on
 * success; a failure is also kept in the stream it happened on ("sticky") and
 * handed to the process's failure handler at the next synchronization.
 */
#ifndef VYRE_ABI_H
#define VYRE_ABI_H

#include <stddef.h>
#include <stdint.h>

#define VYRE_ABI_VERSION 1u

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t vyre_status; /* 0 is success; codes in vyre_status_code */

enum vyre_status_code {
  VYRE_OK = 0,
  VYRE_INVALID_ARGUMENT = 1,
  VYRE_OUT_OF_MEMORY = 2,
  VYRE_UNAVAILABLE = 3, /* no such device, symbol or feature here */
  VYRE_KERNEL_FAILED = 4, /* trap, device assert, illegal address */
  VYRE_TIMEOUT = 5,
  VYRE_INTERNAL = 6,
};

/* Forms of a launch group, and the bits of vyre_group_desc.legal_forms. */
enum vyre_form { VYRE_FORM_PLAIN = 0, VYRE_FORM_GRAPH = 1, VYRE_FORM_PERSISTENT = 2 };
/* In the same word: launches outside of any loop, which may run again all the same.
 * Priced by how often the group has run already. */
#define VYRE_GROUP_RUN 256

/* Bits of vyre_kernel_desc.flags. */
enum vyre_kernel_flag {
  VYRE_KERNEL_COOPERATIVE = 1, /* contains a grid barrier */
  VYRE_KERNEL_HAS_ASSERT = 2,
  VYRE_KERNEL_HAS_PRINTF = 4,
  VYRE_KERNEL_LOOP_GRID = 8, /* made of a parallel loop: the host device takes any grid */
  VYRE_KERNEL_NEIGHBOURS = 16, /* cooperative; its blocks wait for neighbours */
  VYRE_KERNEL_QUEUE = 32, /* cooperative; takes items from a live queue */
  VYRE_KERNEL_UNKNOWN_EFFECTS = 64, /* may write memory that no argument names */
  VYRE_KERNEL_ORDER_DEPENDENT = 128, /* its result depends on the order of its threads */
  VYRE_KERNEL_STARTS_EARLY = 256, /* on CUDA it waits itself for the kernels before it */
};

/* Bits of vyre_buffer_desc.access. */
enum vyre_access { VYRE_ACCESS_READ = 1, VYRE_ACCESS_WRITE = 2 };

/* Bits of vyre_image_desc.kind. */
enum vyre_image_kind { VYRE_IMAGE_PTX = 0, VYRE_IMAGE_CUBIN = 1, VYRE_IMAGE_FATBIN = 2 };

/* What a host-lowered kernel sees of the launch that runs it. Filled by the
 * runtime, one per worker, valid during one call of the kernel.
 *
 * A plain kernel runs the virtual blocks [block_begin, block_end) of the grid,
 * numbered x fastest. A cooperative (persistent) kernel is called once on each
 * of worker_count workers that run at the same time, and splits its stages'
 * virtual blocks over them by itself. */
typedef struct vyre_host_ctx vyre_host_ctx;

/* A kernel lowered for the CPU. `args` is the packed argument record: the
 * kernel's LLVM-level arguments in order, each at its natural alignment (the
 * layout of PTX parameters, so CUDA takes the same bytes). */
typedef void (*vyre_host_kernel_fn)(const void *args, vyre_host_ctx *ctx);

/* One thread of a block, run as a fiber. `frame` is the block's frame as given
 * to vyreHostRunFibers; x, y, z are the thread's ids in the block. */
typedef void (*vyre_host_thread_fn)(void *frame, int64_t x, int64_t y, int64_t z,
                                    vyre_host_ctx *ctx);

typedef const char *vyre_cstr;
typedef struct vyre_image_desc vyre_image_desc;
typedef struct vyre_module_desc vyre_module_desc;
typedef struct vyre_buffer_desc vyre_buffer_desc;
typedef struct vyre_kernel_desc vyre_kernel_desc;
typedef struct vyre_launch_desc vyre_launch_desc;
typedef struct vyre_group_desc vyre_group_desc;
typedef struct vyre_graph_desc vyre_graph_desc;
typedef struct vyre_table_desc vyre_table_desc;
typedef struct vyre_queue_desc vyre_queue_desc;

/* The records. VYRE_PTR(type, name) is any pointer field. */
#define VYRE_RECORD(name) struct name {
#define VYRE_U32(field) uint32_t field;
#define VYRE_I64(field) int64_t field;
#define VYRE_U64(field) uint64_t field;
#define VYRE_PTR(type, field) type field;
#define VYRE_END(name) };
#include "vyre_abi_records.def"
#undef VYRE_RECORD
#undef VYRE_U32
#undef VYRE_I64
#undef VYRE_U64
#undef VYRE_PTR
#undef VYRE_END

/* An opaque in-order queue of work. NULL is the calling thread's default
 * stream: it is created on first use and ordered only with itself. */
typedef struct vyre_stream_s *vyre_stream;
typedef struct vyre_event_s *vyre_event;

/* ---- Streams and events ------------------------------------------------ */

/* A new stream; what it gets runs after everything that is already on the
 * calling thread's default stream. */
vyre_stream vyreStreamCreate(void);
void vyreStreamDestroy(vyre_stream stream); /* waits for its work first */
/* Gives a stream back for reuse by a later vyreStreamCreate. Unlike a destroyed
 * stream it may still be named: an async token can be waited for twice, and
 * then the second wait only waits longer than it must. */
void vyreStreamRelease(vyre_stream stream);
/* Blocks until all work on `stream` is done; a few ns when nothing is pending. */
vyre_status vyreStreamSync(vyre_stream stream);
/* Blocks until all work on every stream of the process is done. */
vyre_status vyreDeviceSync(void);
vyre_event vyreEventCreate(void);
void vyreEventDestroy(vyre_event event);
vyre_status vyreEventRecord(vyre_event event, vyre_stream stream);
vyre_status vyreEventSync(vyre_event event);
vyre_status vyreStreamWaitEvent(vyre_stream stream, vyre_event event);

/* ---- Memory -------------------------------------------------------------
 * `bytes` of 0 gives a valid, distinct pointer that must be freed. */

enum vyre_memory_kind {
  VYRE_MEMORY_DEVICE = 0, /* reachable by kernels; by the host only on the host device */
  VYRE_MEMORY_SHARED = 1, /* reachable by both sides (CUDA managed memory) */
  /* Host memory with device memory of the same size beside it: the program copies
   * between them. On the host device both are the same memory. */
  VYRE_MEMORY_MIRRORED = 2,
};

/* NULL on failure, which is sticky on `stream`. Memory is 64-byte aligned; of
 * mirrored memory it is the host's. */
void *vyreAlloc(uint64_t bytes, uint32_t kind, vyre_stream stream);
vyre_status vyreFree(void *pointer, vyre_stream stream); /* in stream order */
/* The device address for a host address in mirrored memory, and back. Any other
 * pointer is returned as it is, so on the host device every pointer is. */
void *vyreToDevice(void *pointer);
void *vyreToHost(void *pointer);
/* Nothing is done if source and destination are the same address. */
vyre_status vyreMemcpy(void *dst, const void *src, uint64_t bytes, vyre_stream stream);
/* Writes `count` elements of `element_bytes` (1, 2, 4 or 8), low bytes of `value`. */
vyre_status vyreMemset(void *dst, uint64_t value, uint32_t element_bytes, uint64_t count,
                       vyre_stream stream);
/* Strided copy: `rank` dims, element strides for each side (memref.copy's meaning). */
vyre_status vyreMemcpyStrided(void *dst, const int64_t *dst_strides, const void *src,
                              const int64_t *src_strides, const int64_t *sizes, int64_t rank,
                              uint64_t element_bytes, vyre_stream stream);
/* Page-locks a host range for direct device access; nests by address. */
vyre_status vyreHostRegister(void *pointer, uint64_t bytes);
vyre_status vyreHostUnregister(void *pointer);

/* The present table: gives the device address that stands for host address
 * `pointer` of unknown origin, and keeps [pointer + low, pointer + high) of it
 * current for a kernel on `stream`. Overlapping ranges share one device image.
 * Device, shared and registered pointers pass through, and on the host device
 * every pointer does. `access`: bit 0 the kernel reads, bit 1 it writes. */
void *vyrePresent(void *pointer, int64_t low, int64_t high, uint32_t access, vyre_stream stream);
/* Before the host touches memory that kernels may have written through the
 * present table: waits for `stream` and copies back what kernels wrote. */
vyre_status vyreHostAccess(vyre_stream stream);

/* ---- Launches ----------------------------------------------------------- */

/* Grid, block and shared memory are checked on every device alike: a negative size,
 * a zero block size, over 1,024 threads, over 64 of them along z, a grid of more than
 * 2147483647 x 65535 x 65535 blocks is VYRE_INVALID_ARGUMENT; a zero grid does nothing. */
vyre_status vyreLaunch(const vyre_kernel_desc *kernel, const vyre_launch_desc *launch,
                       vyre_stream stream);
/* Starts a cooperative kernel on as many workers (CUDA: blocks) as are resident
 * together; launch->grid is ignored except that a zero does nothing. The last
 * 8 bytes of a cooperative kernel's packed arguments are a pointer slot for the
 * grid barrier's state: emitted code stores NULL there, the CUDA device fills in
 * the device address of a block of VYRE_BARRIER_STATE_BYTES, one per launch in
 * flight; the host device ignores it. The block is zero but for a pointer at
 * VYRE_BARRIER_ABORT_OFFSET to the launch's abort word: 32 bits of host memory
 * that the device reaches, which become nonzero when the kernel is to return. For
 * a kernel with VYRE_KERNEL_NEIGHBOURS there is at VYRE_BARRIER_FLAGS_OFFSET the
 * address of VYRE_BARRIER_FLAG_BYTES zero bytes for each block of the grid. */
#define VYRE_BARRIER_STATE_BYTES 128u
#define VYRE_BARRIER_ABORT_OFFSET 64 /* bare: the text of device code contains it */
#define VYRE_BARRIER_FLAGS_OFFSET 72
#define VYRE_BARRIER_FLAG_BYTES 32
vyre_status vyreLaunchPersistent(const vyre_kernel_desc *kernel, const vyre_launch_desc *launch,
                                 vyre_stream stream);
/* The form to run a group in: the policy's answer for this trip count, the live
 * profile, the forced mode and residency. Always one of the group's legal forms.
 * `trip_count` is negative when unknown (a while loop). */
int32_t vyreGroupSelect(vyre_group_desc *group, int64_t trip_count);
/* After the chosen form: ends the range that vyreGroupSelect began for it on a
 * profiler's time line (NVTX). Does nothing without a profiler. */
void vyreGroupEnd(vyre_group_desc *group);
/* Tells the explanation of a loop or a run of launches that the compiler put into
 * no group: where it is and why. The texts are copied; the same twice counts once. */
void vyreExplainUngrouped(vyre_cstr location, vyre_cstr reason);

/* ---- Recorded graphs ----------------------------------------------------
 * One replay is: Begin, each node once with this replay's parameters, Submit. The
 * first Submit of a shape records; later ones of that shape update the nodes whose
 * parameters changed, then replay. The shape is which nodes there are and how large:
 * kernels, grids, blocks, bytes copied or filled, but no addresses and no values. A
 * stale replay is impossible. Where a device cannot record, the nodes run one by one.
 * Begin takes the recording for the calling thread until Submit. */
vyre_status vyreGraphBegin(vyre_graph_desc *graph, vyre_stream stream);
vyre_status vyreGraphNode(vyre_graph_desc *graph, uint32_t node, const vyre_kernel_desc *kernel,
                          const vyre_launch_desc *launch);
/* As vyreMemcpy and vyreMemset. */
vyre_status vyreGraphCopy(vyre_graph_desc *graph, uint32_t node, void *dst, const void *src,
                          uint64_t bytes);
vyre_status vyreGraphFill(vyre_graph_desc *graph, uint32_t node, void *dst, uint64_t value,
                          uint32_t element_bytes, uint64_t count);
/* The node does nothing in this replay; what waits for it waits for what it waits for. */
vyre_status vyreGraphSkip(vyre_graph_desc *graph, uint32_t node);
vyre_status vyreGraphSubmit(vyre_graph_desc *graph, vyre_stream stream);
/* As `times` replays with the same parameters, one after the other; none for 0. */
vyre_status vyreGraphRepeat(vyre_graph_desc *graph, uint64_t times, vyre_stream stream);

/* ---- Resource tables ----------------------------------------------------
 * The address of `bytes` bytes in device memory with the same contents as
 * `descriptors`, for launches on `stream` before the next call with this table and
 * stream. Written only if the contents are none of the last eight. NULL, and a failed
 * stream, if there is no memory. Never written to by kernels. */
const void *vyreResourceTable(vyre_table_desc *table, const void *descriptors, uint64_t bytes,
                              vyre_stream stream);

/* ---- Live queues ----------------------------------------------------------
 * Launches whose arguments the host computes between them, without a launch: a
 * resident kernel takes items from a ring that the host fills. One queue a thread,
 * on its default stream; the first item opens it. Any other call into this
 * runtime by the same thread that gives a stream work, or memory, closes it first,
 * and the next item opens it again; vyreStreamSync of the default stream waits until
 * the items are done and leaves it open. */

enum vyre_queue_flag {
  VYRE_QUEUE_CONCURRENT = 1, /* needs nothing of the items since the last one without it */
};
/* Hands one launch to the queue; waits while the ring is full. Errors are those of
 * vyreLaunch. Where no resident kernel can be had, it launches. */
vyre_status vyreQueuePush(const vyre_queue_desc *queue, uint32_t kernel,
                          const vyre_launch_desc *launch, uint32_t flags);
/* Waits until the calling thread's open queue is empty and its kernel has left;
 * does nothing when none is open. */
vyre_status vyreQueueClose(void);

/* The ring, as resident kernels see it: a header, then VYRE_QUEUE_ITEMS items. The
 * host writes tail, device_state and items; the device done and left. Offsets in
 * bytes; 64-bit words but for `left` and those of an item that say otherwise. */
#define VYRE_QUEUE_ITEMS 256
#define VYRE_QUEUE_ITEM_BYTES 1024
#define VYRE_QUEUE_HEADER_BYTES 512
/* How many items there have been, and above them VYRE_QUEUE_CLOSED: no more come. */
#define VYRE_QUEUE_TAIL_OFFSET 0
#define VYRE_QUEUE_CLOSED (UINT64_C(1) << 63)
/* The resident kernel begins with this item. */
#define VYRE_QUEUE_FIRST_OFFSET 8
#define VYRE_QUEUE_DEVICE_STATE_OFFSET 16 /* address of memory for the device alone */
/* All items before this one are done and what they wrote is visible. */
#define VYRE_QUEUE_DONE_OFFSET 128
/* 32 bits: 1 once the kernel has left by itself, because nothing came for
 * VYRE_QUEUE_IDLE_NS: a dead host keeps no GPU busy. Items from `done` on are not
 * begun, and whoever waits for them starts the kernel again. */
#define VYRE_QUEUE_LEFT_OFFSET 136
#define VYRE_QUEUE_ASLEEP_OFFSET 140 /* 32 bits: host device: the kernel waits for a wake-up */
#define VYRE_QUEUE_IDLE_NS 1000000000
/* In an item: 32 bits each for kernel and flags, grid x y z, block x y z, then the
 * packed arguments. */
#define VYRE_QUEUE_ITEM_KERNEL_OFFSET 0
#define VYRE_QUEUE_ITEM_FLAGS_OFFSET 4
#define VYRE_QUEUE_ITEM_GRID_OFFSET 8
#define VYRE_QUEUE_ITEM_BLOCK_OFFSET 32
#define VYRE_QUEUE_ITEM_ARGS_OFFSET 64
#define VYRE_QUEUE_ARGS_BYTES (VYRE_QUEUE_ITEM_BYTES - VYRE_QUEUE_ITEM_ARGS_OFFSET)

/* ---- Called by host-lowered kernels ------------------------------------- */

/* All workers of a cooperative launch meet. Returns nonzero when the launch was
 * aborted (VYRE_TIMEOUT_MS): the kernel must return at once. Acquire-release. */
int32_t vyreHostGridBarrier(vyre_host_ctx *ctx);
/* The same for the workers at most `distance` away: returns when each of them has
 * called it as often as this one. All workers call it in the same order, also
 * relative to vyreHostGridBarrier. */
int32_t vyreHostNeighbourBarrier(int64_t distance, vyre_host_ctx *ctx);
/* Runs the block's x*y*z threads as fibers until all have returned. */
void vyreHostRunFibers(vyre_host_thread_fn thread, void *frame, int64_t x, int64_t y, int64_t z,
                       vyre_host_ctx *ctx);
/* A block barrier inside a fiber: returns when every live thread has arrived. */
void vyreHostFiberBarrier(vyre_host_ctx *ctx);
/* The same for the live threads of this thread's subgroup: 32 threads that
 * follow each other in x-fastest order. One that waits for the block has arrived. */
void vyreHostFiberSubgroupBarrier(vyre_host_ctx *ctx);
/* A failed device assert in a fiber: prints the message as CUDA does, marks the
 * launch failed, ends this thread. Does not return. `block`/`thread`: 3 ids. */
void vyreHostAssertFail(vyre_cstr message, vyre_cstr file, uint32_t line, vyre_cstr function,
                        const int64_t *block, const int64_t *thread, vyre_host_ctx *ctx);
/* Marks the launch failed for a cause other than an assert. */
void vyreHostFail(vyre_cstr message, vyre_host_ctx *ctx);
/* Memory for a large slot of a kernel's frame, 64-byte aligned and not cleared:
 * the same for every call of one thread with this number. Fails the launch and
 * does not return when there is none. */
void *vyreHostFrame(vyre_host_ctx *ctx, int64_t number, int64_t bytes);
/* gpu.printf: C's printf, which a timeout does not interrupt. */
int32_t vyreHostPrintf(vyre_cstr format, ...);

/* ---- Process ------------------------------------------------------------ */

/* Called once with the first failure that reaches a synchronization. The
 * default does nothing: the failure stays in the stream. */
typedef void (*vyre_failure_handler)(vyre_status status, vyre_cstr message, void *user);
void vyreSetFailureHandler(vyre_failure_handler handler, void *user);
/* For executables: prints "vyre: <message>" to stderr and exits with 113. */
void vyreExitOnFailure(void);
/* Version of the records the caller was compiled against; VYRE_UNAVAILABLE if
 * this runtime cannot serve it. */
vyre_status vyreAbiCheck(uint32_t version);

#ifdef __cplusplus
}
#endif
#endif /* VYRE_ABI_H */
