// A GPU behind the CUDA driver. Implemented in one file per concern: streams,
// memory, present table, kernels, graphs, measurement.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_CUDA_CUDADEVICE_H
#define VYRE_RT_CUDA_CUDADEVICE_H

#include "BarrierPool.h"
#include "Core/Device.h"
#include "Core/MirrorTable.h"
#include "CudaKernels.h"
#include "Driver.h"
#include "PresentTable.h"
#include "QueuePool.h"

#include <atomic>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

namespace vyre::rt::cuda {

struct CudaStream final : Stream {
  using Stream::Stream;
  // Held shared while another thread than the stream's own uses `native`, and
  // alone to give it up.
  std::shared_mutex life;
  CUstream native = nullptr;
  bool owned = false; // false: adopted, belongs to the caller
  // Calls that put work into the stream, and how many of them a completed
  // synchronization covers: equal means idle.
  std::atomic<uint64_t> issued{0}, completed{0};
  std::atomic<bool> startedPersistent{false};
  std::atomic<bool> closed{false}; // destroyed, but still referred to
  std::atomic<bool> asked{false};  // for images of host memory, since its last launch
  bool inNodes = false;            // launches follow that need the same images; the owner's
  BarrierSlot barrier;             // of its persistent kernels; empty before the first
  CudaRing *ring = nullptr;        // of its live queue, which keeps it; null before the first

  // The latest work is a kernel that may be followed by one that starts early.
  std::atomic<bool> endsInKernel{false};

  void submitted() {
    endsInKernel.store(false, std::memory_order_relaxed);
    issued.fetch_add(1, std::memory_order_release);
  }
  /// True if all that was submitted is known to be over.
  bool drained() const {
    return completed.load(std::memory_order_acquire) >= issued.load(std::memory_order_acquire);
  }
};

struct CudaEvent final : Event {
  CUevent native = nullptr;
  std::mutex lock;
  std::weak_ptr<Stream> recordedOn; // the stream of the latest record
};

/// Whether a copy crosses from the host to the GPU's own memory, or back.
enum class CopyDirection : uint8_t { Within, ToDevice, ToHost };

class CudaDevice final : public Device {
public:
  /// Opens GPU `ordinal` with its primary context.
  static Status open(const Driver &driver, int ordinal, std::unique_ptr<Device> &device);
  ~CudaDevice() override;

  int chip() const override { return sm; }
  bool isHost() const override { return false; }
  std::string name() const override { return "cuda:" + std::to_string(ordinal); }
  std::string adapterId() const override;
  BindlessSupport bindless() const override { return BindlessSupport::Full; }

  Status createStream(StreamRef &stream) override;
  void destroyStream(Stream &stream) override;
  Status sync(Stream &stream) override;
  bool isIdle(Stream &stream) override;
  Status createEvent(Event *&event) override;
  void destroyEvent(Event *event) override;
  Status recordEvent(Event &event, Stream &stream) override;
  Status syncEvent(Event &event) override;
  Status waitEvent(Stream &stream, Event &event) override;

  Status allocate(void *&pointer, uint64_t bytes, uint32_t kind, Stream &stream) override;
  Status free(void *pointer, Stream &stream) override;
  void *toDevice(void *pointer) override { return mirrors.toDevice(pointer); }
  void *toHost(void *pointer) override { return mirrors.toHost(pointer); }
  Status copy(void *dst, const void *src, uint64_t bytes, Stream &stream) override;
  Status fill(void *dst, uint64_t value, uint32_t elementBytes, uint64_t count,
              Stream &stream) override;
  Status copyStrided(const StridedCopy &copy, Stream &stream) override;
  Status registerHost(void *pointer, uint64_t bytes) override;
  Status unregisterHost(void *pointer) override;
  Status present(void *&devicePointer, void *pointer, int64_t low, int64_t high, uint32_t access,
                 Stream &stream) override;
  Status hostAccess(Stream &stream) override;

  Status launch(const vyre_kernel_desc &kernel, const vyre_launch_desc &launch,
                Stream &stream) override;
  Status launchPersistent(const vyre_kernel_desc &kernel, const vyre_launch_desc &launch,
                          Stream &stream) override;
  void launchSkipped(Stream &stream) override { finishPresent(of(stream)); }
  Status residency(const vyre_kernel_desc &kernel, int64_t blockThreads, int64_t dynamicSharedBytes,
                   uint32_t &workers) override;

  Status instantiate(const GraphSpec &spec, Stream &stream,
                     std::unique_ptr<GraphExec> &exec) override;
  Status update(GraphExec &exec, uint32_t node, const GraphNode &value, Stream &stream) override;
  Status replay(GraphExec &exec, Stream &stream) override;
  Status runNodes(const std::vector<GraphNode> &nodes, Stream &stream) override;

  Status createQueueRing(Stream &stream, std::unique_ptr<QueueRing> &ring) override;
  Status startQueue(const vyre_queue_desc &queue, QueueRing &ring, Stream &stream) override;
  Status awaitQueue(QueueRing &ring, Stream &stream, uint64_t item, uint64_t stalledNs) override;

  Status measure(DeviceCosts &costs) override;
  Status adoptContext(void *context) override;
  Status adoptStream(void *nativeStream, StreamRef &stream) override;
  bool marksRanges() override;
  void rangePush(const char *label) override;
  void rangePop() override;

  const Driver &driver() const { return api; }
  /// Makes the device's context current for a scope, and leaves the caller's
  /// own context as it was.
  class Current {
  public:
    explicit Current(const CudaDevice &device);
    ~Current();
    Current(const Current &) = delete;
    Current &operator=(const Current &) = delete;
    const Status &status() const { return outcome; }

  private:
    const CudaDevice &device;
    Status outcome;
    bool pushed = false;
  };

  /// Counts what exists in the device's context and would be lost with it.
  void madeHandle() { handles.fetch_add(1, std::memory_order_relaxed); }
  void droppedHandle() { handles.fetch_sub(1, std::memory_order_relaxed); }

private:
  CudaDevice(const Driver &driver, int ordinal)
      : api(driver), ordinal(ordinal), barriers(driver),
        queues(std::make_shared<QueuePool>(driver)) {}
  Status readProperties();
  Status attribute(int which, int &value) const;

  static CudaStream &of(Stream &stream) { return static_cast<CudaStream &>(stream); }
  Status waitForStream(CudaStream &stream);
  Status endLateKernel(CudaStream &stream);
  template <typename F> bool stopKernel(CudaStream &stream, F finished);
  bool othersRun(CudaStream &stream);
  uint32_t leaveHeadroom(uint32_t blocks, CudaStream &stream);
  template <typename F> Status waitWithLimit(CudaStream *stream, bool &over, F finished);
  Status openAllocationStream();
  Status allocatePooled(CUdeviceptr &pointer, uint64_t bytes);
  Status allocateMirrored(void *&pointer, uint64_t bytes, Stream &stream);

  Status copyRun(CUdeviceptr dst, CUdeviceptr src, uint64_t bytes, CudaStream &stream);
  CopyDirection directionOf(const void *dst, const void *src) const;
  static void countCopy(CopyDirection direction, uint64_t bytes);
  bool onDevice(const void *pointer) const;
  Status settlePresentTable(const void *dst, const void *src, uint64_t bytes, CudaStream &stream);

  Status provideImage(Range range);
  Status createImageMemory(Range host);
  Status waitForOthersCopies(Range range, CudaStream &stream);
  Status noteCopies(const std::vector<Range> &copied, CudaStream &stream);
  void forgetUser(CudaStream &stream);
  Status writeBack(CudaStream &stream);
  Status passesThrough(void *pointer, int64_t low, void *&devicePointer) const;
  void releaseImages();

  CUresult launchEarly(const CudaKernel &kernel, const vyre_launch_desc &launch,
                       class LaunchArgs &args, CudaStream &stream);
  void finishPresent(CudaStream &stream);
  /// At the end of a launch, whatever becomes of it.
  struct FinishPresent {
    CudaDevice &device;
    CudaStream &stream;
    ~FinishPresent() { device.finishPresent(stream); }
  };
  Status buildGraph(class CudaGraph &recording);
  Status addGraphNode(class CudaGraph &recording, uint32_t index, std::vector<CUgraphNode> &before);
  Status addFill(class CudaGraph &recording, uint32_t index, std::vector<CUgraphNode> &before);
  bool updateNode(class CudaGraph &recording, uint32_t index);
  Status nodeParams(const GraphNode &node, CUDA_KERNEL_NODE_PARAMS &params);

  const Driver &api;
  const int ordinal;
  CUdevice device = 0;
  std::atomic<CUcontext> context{nullptr};
  bool ownsContext = false;
  std::string gpuName;
  int sm = 0, processors = 0;
  bool cooperative = false, pools = false, virtualMemory = false;

  KernelCache kernels{*this};

  std::atomic<uint32_t> handles{0};

  std::mutex streamsLock;
  std::set<CudaStream *> streams; // until they are destroyed

  std::mutex memoryLock;
  enum class Origin : uint8_t { Plain, Pooled, Managed, Mirrored };
  std::unordered_map<void *, Origin> allocations;
  struct Registration {
    uint64_t bytes, count;
  };
  std::unordered_map<void *, Registration> registered; // page-locked host ranges
  MirrorTable mirrors; // of host memory with Origin::Mirrored; the device's is an allocation too
  CUstream allocationStream = nullptr; // always idle: makes pooled allocation synchronous

  std::mutex presentLock;
  std::unique_ptr<PresentTable> table;
  // A stream that uses images. What it copied in may still be on its way when
  // another stream uses it.
  struct PresentUser {
    StreamRef stream;
    CUevent copied = nullptr;     // after the latest copy; made with the first
    RangeSet copies;              // what the event stands for
    std::set<uint32_t> followers; // streams that wait for it already
  };
  std::unordered_map<uint32_t, PresentUser> presentUsers;      // by the stream's id
  std::vector<std::pair<CUdeviceptr, uint64_t>> imageMappings; // address, bytes

  BarrierPool barriers;
  const std::shared_ptr<QueuePool> queues; // rings look whether it is still there
};

/// Evaluates a driver call on `api` and leaves the function with its failure.
#define VYRE_CU_TRY(call, arguments, doing)                                                        \
  do {                                                                                             \
    CUresult vyreResult_ = api.call arguments;                                                     \
    if (vyreResult_ != CUDA_SUCCESS)                                                               \
      return api.check(vyreResult_, #call, doing);                                                 \
  } while (false)

/// Opens a scope in the device's context, or leaves with the reason why not.
#define VYRE_CU_ENTER(device)                                                                      \
  Current current_(device);                                                                        \
  if (!current_.status().ok())                                                                     \
  return current_.status()

inline CUdeviceptr address(const void *pointer) { return reinterpret_cast<uintptr_t>(pointer); }

} // namespace vyre::rt::cuda

#endif // VYRE_RT_CUDA_CUDADEVICE_H
