// What a device must do for the runtime: the boundary between Core and the
// host and CUDA implementations.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Core validates arguments, keeps statistics, decides forms and owns sticky
// failures; a device only executes. So a device may assume: non-null records,
// launches with no zero grid dimension and a legal block, copies and fills of
// more than zero bytes, and streams and events that it created itself.
// Every function may be called from any thread at the same time. No function
// throws. Work is asynchronous and in order per stream unless said otherwise.
#ifndef VYRE_RT_CORE_DEVICE_H
#define VYRE_RT_CORE_DEVICE_H

#include "Status.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace vyre::rt {
class Device;
class LiveQueue;

// Where a stream's live queue is found by threads that wait for the stream.
struct QueueSlot {
  std::mutex lock;
  LiveQueue *open = nullptr; // null while there is no resident kernel; lives with the stream
  // How many threads wait for the stream as it is. None of them may find a resident
  // kernel in it, which ends only when its owner likes: until they are done, none starts.
  uint32_t waiting = 0;
  std::unique_ptr<LiveQueue> kept; // the owner's, from one session to the next
  QueueSlot();
  ~QueueSlot();
};
} // namespace vyre::rt

// One in-order queue of work. Devices derive from it. Shared ownership lets
// vyreDeviceSync visit streams that another thread is about to destroy.
struct vyre_stream_s : std::enable_shared_from_this<vyre_stream_s> {
  explicit vyre_stream_s(vyre::rt::Device &owner);
  virtual ~vyre_stream_s();
  vyre_stream_s(const vyre_stream_s &) = delete;
  vyre_stream_s &operator=(const vyre_stream_s &) = delete;

  vyre::rt::Device &device;
  const uint32_t id; // dense, from 0: names the stream in traces and messages

  // Sticky failure: the first one stays. Callable from any thread, the device's
  // own included. A device runs no kernel, copy or fill of a failed stream;
  // frees and event records still happen, so that nothing leaks or hangs.
  void fail(const vyre::rt::Status &status);
  bool failed() const { return hasFailed.load(std::memory_order_acquire); }
  vyre::rt::Status failure() const; // ok when not failed
  void clearFailure();
  // True for a thread's default stream: only that thread enqueues, so its
  // producers need no lock and its count no locked addition.
  bool ownedByThread = false;
  // False for the runtime's own measurements, which no trace shows. Set before use.
  bool isTraced = true;
  void countLaunch() {
    if (ownedByThread)
      launched.store(launched.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    else
      launched.fetch_add(1, std::memory_order_relaxed);
  }
  uint64_t launches() const { return launched.load(std::memory_order_relaxed); }
  // Items of live queues; only the owning thread pushes them.
  void countItem() {
    pushed.store(pushed.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  uint64_t items() const { return pushed.load(std::memory_order_relaxed); }
  vyre::rt::QueueSlot queue;

  // True once per failure: for handing it to the process's failure handler.
  bool takeUnreported();

private:
  // Written for every launch by the thread that makes it; a cache line away from what
  // the device reads for every launch.
  alignas(64) std::atomic<uint64_t> launched{0};
  std::atomic<uint64_t> pushed{0};
  alignas(64) std::atomic<bool> hasFailed{false};
  mutable std::mutex failureLock;
  vyre::rt::Status firstFailure;
  bool unreported = false;
};

// A point in a stream. Devices derive from it.
struct vyre_event_s {
  virtual ~vyre_event_s();
};

namespace vyre::rt {

using Stream = ::vyre_stream_s;
using Event = ::vyre_event_s;
using StreamRef = std::shared_ptr<Stream>;

// Costs in nanoseconds that the policy decides with.
struct DeviceCosts {
  uint64_t launchNs = 0; // one more plain launch in a busy stream
  // What a launch or a graph node costs besides when the workers share its grid;
  // assumed of grids of at least so many threads.
  uint64_t sharingNs = 0;
  uint64_t sharedFromThreads = 0;
  uint64_t setupNs = 0;       // starting and draining a persistent kernel
  uint64_t recordNs = 0;      // instantiating a graph
  uint64_t graphLaunchNs = 0; // replaying an empty recording
  uint64_t graphNodeNs = 0;   // each node of a replay
  uint64_t barrierNs = 0;     // one grid barrier over barrierWorkers workers
  uint64_t neighboursNs = 0;  // as many, each meeting the next on either side
  uint32_t barrierWorkers = 1;
  uint64_t roundTripNs = 0; // launch and synchronization of an empty kernel
};

enum class BindlessSupport { None, Static, Full };

enum class NodeKind : uint8_t { Kernel, Copy, Fill };

// One node of a recording. `launch.args` points to `args` once stored.
struct GraphNode {
  NodeKind kind = NodeKind::Kernel;
  bool empty = false; // zero grid or bytes, or skipped: keeps its edges, does nothing
  const vyre_kernel_desc *kernel = nullptr;
  vyre_launch_desc launch = {};
  std::vector<unsigned char> args; // kernel->param_bytes of them
  void *dst = nullptr;             // of copies and fills
  const void *src = nullptr;       // of copies
  uint64_t bytes = 0;              // of copies; of fills: elements
  uint64_t value = 0;              // of fills
  uint32_t elementBytes = 0;       // of fills: 1, 2, 4 or 8
};

struct GraphSpec {
  const char *location = nullptr;
  std::vector<GraphNode> nodes;
  std::vector<std::pair<uint32_t, uint32_t>> edges; // (from, to), from < to
};

// An instantiated recording. Devices derive from it.
class GraphExec {
public:
  virtual ~GraphExec();
};

// The ring of a live queue (layout and protocol: vyre_abi.h and LiveQueue.h), and what
// the device keeps beside it. Devices derive from it; destroyed when no resident kernel
// uses it any more.
struct QueueRing {
  virtual ~QueueRing();
  // Where the host finds the ring; zero at first, aligned to 64 bytes.
  unsigned char *memory = nullptr;
  // Nonzero while a push must call wakeQueue, or may: a word beside the ring, or `left`
  // in it. Looked at after each push.
  std::atomic<uint32_t> *attention = nullptr;
  // True if that look must come after the push for all who see it: nobody else sees to it.
  bool fencesPush = false;
  // Where the item in each slot was launched, for messages. Written before the push.
  std::atomic<const char *> locations[VYRE_QUEUE_ITEMS] = {};

  std::atomic<uint64_t> &word(unsigned offset) {
    return *reinterpret_cast<std::atomic<uint64_t> *>(memory + offset);
  }
  std::atomic<uint64_t> &tail() { return word(VYRE_QUEUE_TAIL_OFFSET); }
  std::atomic<uint64_t> &done() { return word(VYRE_QUEUE_DONE_OFFSET); }
  std::atomic<uint64_t> &first() { return word(VYRE_QUEUE_FIRST_OFFSET); }
  std::atomic<uint32_t> &left() {
    return *reinterpret_cast<std::atomic<uint32_t> *>(memory + VYRE_QUEUE_LEFT_OFFSET);
  }
  unsigned char *slot(uint64_t item) {
    return memory + VYRE_QUEUE_HEADER_BYTES + item % VYRE_QUEUE_ITEMS * VYRE_QUEUE_ITEM_BYTES;
  }
};
constexpr size_t queueRingBytes =
    VYRE_QUEUE_HEADER_BYTES + size_t(VYRE_QUEUE_ITEMS) * VYRE_QUEUE_ITEM_BYTES;

// The head of an item, as it lies in its slot; the packed arguments follow.
struct QueueItem {
  uint32_t kernel;
  uint32_t flags; // vyre_queue_flag
  int64_t grid[3];
  int64_t block[3];
  int64_t dynamicSharedBytes; // read by the host device only

  const unsigned char *args() const { return reinterpret_cast<const unsigned char *>(this + 1); }
};
static_assert(offsetof(QueueItem, kernel) == VYRE_QUEUE_ITEM_KERNEL_OFFSET &&
                  offsetof(QueueItem, flags) == VYRE_QUEUE_ITEM_FLAGS_OFFSET &&
                  offsetof(QueueItem, grid) == VYRE_QUEUE_ITEM_GRID_OFFSET &&
                  offsetof(QueueItem, block) == VYRE_QUEUE_ITEM_BLOCK_OFFSET &&
                  sizeof(QueueItem) == VYRE_QUEUE_ITEM_ARGS_OFFSET,
              "an item lies in its slot as the ABI says");

struct StridedCopy {
  void *dst;
  const int64_t *dstStrides; // in elements
  const void *src;
  const int64_t *srcStrides;
  const int64_t *sizes;
  int64_t rank;
  uint64_t elementBytes;
};

class Device {
public:
  virtual ~Device();

  virtual bool isHost() const = 0;
  // "host", "cuda:0": for statistics and messages.
  virtual std::string name() const = 0;
  // The GPU's chip, as 90 for sm_90; 0 for a device that runs no GPU code.
  virtual int chip() const { return 0; }
  // "host-<cpu>", "cuda-sm_90-<name>": keys the autotune store.
  virtual std::string adapterId() const = 0;
  virtual BindlessSupport bindless() const = 0;

  // Streams and events. destroyStream waits for the stream's work. sync returns
  // when the work issued so far is done; a failure of that work is put into the
  // stream with fail() and returned.
  virtual Status createStream(StreamRef &stream) = 0;
  virtual void destroyStream(Stream &stream) = 0;
  virtual Status sync(Stream &stream) = 0;
  // True only when the stream certainly has nothing queued or running; cheap.
  virtual bool isIdle(Stream &stream);
  virtual Status createEvent(Event *&event) = 0;
  // An event may be destroyed while waits for it are still queued.
  virtual void destroyEvent(Event *event) = 0;
  virtual Status recordEvent(Event &event, Stream &stream) = 0;
  virtual Status syncEvent(Event &event) = 0;
  virtual Status waitEvent(Stream &stream, Event &event) = 0;

  // Memory. allocate is synchronous; bytes 0 gives a distinct pointer.
  virtual Status allocate(void *&pointer, uint64_t bytes, uint32_t kind, Stream &stream) = 0;
  virtual Status free(void *pointer, Stream &stream) = 0;
  // Between the two addresses of mirrored memory; other pointers pass through.
  virtual void *toDevice(void *pointer);
  virtual void *toHost(void *pointer);
  virtual Status copy(void *dst, const void *src, uint64_t bytes, Stream &stream) = 0;
  virtual Status fill(void *dst, uint64_t value, uint32_t elementBytes, uint64_t count,
                      Stream &stream) = 0;
  virtual Status copyStrided(const StridedCopy &copy, Stream &stream) = 0;
  virtual Status registerHost(void *pointer, uint64_t bytes) = 0;
  virtual Status unregisterHost(void *pointer) = 0;
  virtual Status present(void *&devicePointer, void *pointer, int64_t low, int64_t high,
                         uint32_t access, Stream &stream) = 0;
  virtual Status hostAccess(Stream &stream) = 0;

  // Kernels. The packed arguments are copied before these return.
  virtual Status launch(const vyre_kernel_desc &kernel, const vyre_launch_desc &launch,
                        Stream &stream) = 0;
  virtual Status launchPersistent(const vyre_kernel_desc &kernel, const vyre_launch_desc &launch,
                                  Stream &stream) = 0;
  // What vyrePresent prepared on `stream` will not be launched: the grid is empty,
  // or the launch is not legal.
  virtual void launchSkipped(Stream &stream);
  // How many workers (CUDA: blocks) of `kernel` are resident together; 0 when
  // it cannot run cooperatively here. Loads the kernel.
  virtual Status residency(const vyre_kernel_desc &kernel, int64_t blockThreads,
                           int64_t dynamicSharedBytes, uint32_t &workers) = 0;

  // Graphs. update changes one node of later replays; replays already issued
  // keep their values. Updates and replays of one recording never overlap.
  virtual Status instantiate(const GraphSpec &spec, Stream &stream,
                             std::unique_ptr<GraphExec> &exec) = 0;
  virtual Status update(GraphExec &exec, uint32_t node, const GraphNode &value, Stream &stream) = 0;
  virtual Status replay(GraphExec &exec, Stream &stream) = 0;
  // So many replays, one after the other.
  virtual Status repeat(GraphExec &exec, uint64_t times, Stream &stream);
  // What a replay does, without a recording: one node after the other.
  virtual Status runNodes(const std::vector<GraphNode> &nodes, Stream &stream);

  // Live queues. createQueueRing may be refused with VYRE_UNAVAILABLE, and startQueue:
  // the launches then happen one by one. startQueue puts a resident kernel for the ring's
  // items from ring.first() on into `stream`; whoever calls it has made sure that no other
  // one runs. It reads `queue` until it has ended. Called by the stream's owner, or by
  // another thread while the owner certainly gives the stream nothing.
  virtual Status createQueueRing(Stream &stream, std::unique_ptr<QueueRing> &ring);
  virtual Status startQueue(const vyre_queue_desc &queue, QueueRing &ring, Stream &stream);
  // After a push that found ring.attention nonzero.
  virtual void wakeQueue(QueueRing &ring);
  // Waits until items before `item` may be done or the kernel may have left, for about a
  // millisecond at most. A failure means that they never will be: the kernel died or, as
  // `done` has not moved for `stalledNs`, was told to end (VYRE_TIMEOUT_MS).
  virtual Status awaitQueue(QueueRing &ring, Stream &stream, uint64_t item, uint64_t stalledNs);

  // Measures the live device, within about 5 ms. Called once, on first need.
  virtual Status measure(DeviceCosts &costs) = 0;

  // Adoption of what the embedding program already has; CUDA only.
  virtual Status adoptContext(void *context);
  virtual Status adoptStream(void *nativeStream, StreamRef &stream);

  // Named ranges for a profiler (NVTX) around launch groups: only where
  // marksRanges, whose answer never changes, is true.
  virtual bool marksRanges();
  virtual void rangePush(const char *label);
  virtual void rangePop();
};

// Factories. `ordinal` counts the GPUs the driver shows.
std::unique_ptr<Device> createHostDevice();
// Number of usable GPUs; `why` gets the reason when there are none.
int cudaDeviceCount(std::string &why);
Status createCudaDevice(int ordinal, std::unique_ptr<Device> &device);

} // namespace vyre::rt

#endif // VYRE_RT_CORE_DEVICE_H
