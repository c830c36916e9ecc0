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
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace vyre::rt {
class Device;
}

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

  // True once per failure: for handing it to the process's failure handler.
  bool takeUnreported();

private:
  std::atomic<uint64_t> launched{0};
  std::atomic<bool> hasFailed{false};
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
  uint64_t launchNs = 0;      // one more plain launch in a busy stream
  uint64_t setupNs = 0;       // starting and draining a persistent kernel
  uint64_t recordNs = 0;      // instantiating a graph
  uint64_t graphLaunchNs = 0; // replaying an empty recording
  uint64_t graphNodeNs = 0;   // each node of a replay
  uint64_t barrierNs = 0;     // one grid barrier over barrierWorkers workers
  uint32_t barrierWorkers = 1;
  uint64_t roundTripNs = 0; // launch and synchronization of an empty kernel
};

enum class BindlessSupport { None, Static, Full };

// One launch of a recording. `launch.args` points to `args` once stored.
struct GraphNode {
  const vyre_kernel_desc *kernel = nullptr;
  vyre_launch_desc launch = {};
  std::vector<unsigned char> args; // kernel->param_bytes of them
  bool empty = false;              // zero grid: keeps its edges, does nothing
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
