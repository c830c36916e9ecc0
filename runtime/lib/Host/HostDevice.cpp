// The host device: turns the device interface into items of host streams.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Core/Counters.h"
#include "Core/MirrorTable.h"
#include "HostGraph.h"
#include "HostQueue.h"
#include "HostStream.h"
#include "Items.h"
#include "Measure.h"
#include "Process.h"
#include "Watchdog.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sched.h>

namespace vyre::rt::host {

namespace {

// CPUs that this process may run on.
unsigned usableCpus() {
  cpu_set_t set;
  int count = ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  return unsigned(std::max(count, 1));
}

// The processor's name with blanks joined, as in /proc/cpuinfo.
std::string cpuName() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    size_t colon = line.find(':');
    if (line.compare(0, 10, "model name") != 0 || colon == std::string::npos)
      continue;
    std::string name;
    for (char c : line.substr(colon + 1))
      if (c != ' ' || (!name.empty() && name.back() != '-'))
        name += c == ' ' ? '-' : c;
    return name;
  }
  return "unknown";
}

uint64_t physicalMemory() {
  return uint64_t(::sysconf(_SC_PHYS_PAGES)) * uint64_t(::sysconf(_SC_PAGESIZE));
}

HostStream &hostStream(Stream &stream) { return static_cast<HostStream &>(stream); }
HostEvent &hostEvent(Event &event) { return static_cast<HostEvent &>(event); }

class HostDevice final : public Device {
public:
  HostDevice()
      : pool(Process::get().options().hostWorkers ? Process::get().options().hostWorkers
                                                  : usableCpus()),
        memoryLimit(physicalMemory()) {}

  bool isHost() const override { return true; }
  std::string name() const override { return "host"; }
  std::string adapterId() const override { return "host-" + cpuName(); }
  BindlessSupport bindless() const override { return BindlessSupport::Full; }

  Status createStream(StreamRef &stream) override {
    uint64_t timeoutMs = Process::get().options().timeoutMs;
    if (timeoutMs != 0)
      startWatchdog(timeoutMs);
    stream = std::make_shared<HostStream>(*this, pool, timeoutMs);
    return {};
  }
  void destroyStream(Stream &stream) override { hostStream(stream).close(); }
  Status sync(Stream &stream) override {
    hostStream(stream).drain();
    return stream.failure();
  }
  bool isIdle(Stream &stream) override { return hostStream(stream).idle(); }
  Status createEvent(Event *&event) override {
    event = new HostEvent;
    return {};
  }
  void destroyEvent(Event *event) override { hostEvent(*event).release(); }
  Status recordEvent(Event &event, Stream &stream) override {
    return eventItem(ItemKind::Record, event, hostEvent(event).issue(), stream);
  }
  Status syncEvent(Event &event) override {
    hostEvent(event).wait(hostEvent(event).lastIssued());
    return hostEvent(event).failure();
  }
  Status waitEvent(Stream &stream, Event &event) override {
    return eventItem(ItemKind::Wait, event, hostEvent(event).lastIssued(), stream);
  }

  Status allocate(void *&pointer, uint64_t bytes, uint32_t, Stream &) override;
  Status free(void *pointer, Stream &stream) override;
  void *toDevice(void *pointer) override { return mirrors.toDevice(pointer); }
  void *toHost(void *pointer) override { return mirrors.toHost(pointer); }
  Status copy(void *dst, const void *src, uint64_t bytes, Stream &stream) override;
  Status fill(void *dst, uint64_t value, uint32_t elementBytes, uint64_t count,
              Stream &stream) override;
  Status copyStrided(const StridedCopy &copy, Stream &stream) override;
  Status registerHost(void *, uint64_t) override { return {}; }
  Status unregisterHost(void *) override { return {}; }
  Status present(void *&devicePointer, void *pointer, int64_t, int64_t, uint32_t,
                 Stream &) override {
    devicePointer = pointer;
    return {};
  }
  Status hostAccess(Stream &stream) override { return sync(stream); }

  Status launch(const vyre_kernel_desc &kernel, const vyre_launch_desc &launch,
                Stream &stream) override {
    return launchItem(ItemKind::Launch, kernel, launch, stream);
  }
  Status launchPersistent(const vyre_kernel_desc &kernel, const vyre_launch_desc &launch,
                          Stream &stream) override {
    return launchItem(ItemKind::Persistent, kernel, launch, stream);
  }
  Status residency(const vyre_kernel_desc &kernel, int64_t, int64_t, uint32_t &workers) override {
    // A queue's resident kernel is the device's own: it calls the kernels of the items.
    bool runs = kernel.host_fn || kernel.flags & VYRE_KERNEL_QUEUE;
    workers = runs ? pool.workers() : 0;
    return {};
  }

  Status instantiate(const GraphSpec &spec, Stream &, std::unique_ptr<GraphExec> &exec) override {
    for (const GraphNode &node : spec.nodes)
      if (node.kind == NodeKind::Kernel && node.kernel && !node.kernel->host_fn)
        return noHostCode(*node.kernel);
    exec = std::make_unique<HostGraph>(spec);
    return {};
  }
  Status update(GraphExec &exec, uint32_t node, const GraphNode &value, Stream &) override {
    static_cast<HostGraph &>(exec).set(node, value);
    return {};
  }
  Status replay(GraphExec &exec, Stream &stream) override { return repeat(exec, 1, stream); }
  Status repeat(GraphExec &exec, uint64_t times, Stream &stream) override {
    Item *item = hostStream(stream).begin(ItemKind::Graph, 0);
    item->graph = {static_cast<HostGraph &>(exec).take(stream), times};
    hostStream(stream).commit();
    return {};
  }

  Status createQueueRing(Stream &, std::unique_ptr<QueueRing> &ring) override {
    ring = std::make_unique<HostRing>(pool.workers(), Process::get().options().queueIdleNs);
    return {};
  }
  Status startQueue(const vyre_queue_desc &queue, QueueRing &ring, Stream &stream) override {
    return startHostQueue(queue, static_cast<HostRing &>(ring), hostStream(stream));
  }
  void wakeQueue(QueueRing &ring) override { static_cast<HostRing &>(ring).wakeKernel(); }
  Status awaitQueue(QueueRing &ring, Stream &, uint64_t item, uint64_t) override {
    static_cast<HostRing &>(ring).await(item); // a late kernel is the watchdog's business
    return {};
  }

  Status measure(DeviceCosts &costs) override { return measureHost(*this, costs); }

private:
  static Status noHostCode(const vyre_kernel_desc &kernel) {
    return {VYRE_UNAVAILABLE, "kernel '" + std::string(kernel.name ? kernel.name : "?") +
                                  "' has no code for the host device; it needs a GPU"};
  }
  static Status noMemory(uint64_t bytes, const char *what) {
    return {VYRE_OUT_OF_MEMORY, "out of memory: " + std::to_string(bytes) + " bytes for " + what};
  }
  Status eventItem(ItemKind kind, Event &event, uint32_t ticket, Stream &stream);
  Status launchItem(ItemKind kind, const vyre_kernel_desc &kernel, const vyre_launch_desc &launch,
                    Stream &stream);

  Status allocateMirrored(void *&pointer, uint64_t bytes, Stream &stream);
  void countCopy(void *dst, const void *src, uint64_t bytes) const;

  Pool pool;
  const uint64_t memoryLimit;
  MirrorTable mirrors; // empty without VYRE_HOST_MIRRORS
};

Status HostDevice::eventItem(ItemKind kind, Event &event, uint32_t ticket, Stream &stream) {
  hostEvent(event).retain();
  Item *item = hostStream(stream).begin(kind, 0);
  item->event.event = &hostEvent(event);
  item->event.ticket = ticket;
  hostStream(stream).commit();
  return {};
}

Status HostDevice::launchItem(ItemKind kind, const vyre_kernel_desc &kernel,
                              const vyre_launch_desc &launch, Stream &stream) {
  if (!kernel.host_fn)
    return noHostCode(kernel);
  HostStream &queue = hostStream(stream);
  Item *item = queue.begin(kind, kernel.param_bytes);
  if (!item)
    return noMemory(kernel.param_bytes, "the arguments of a launch");
  auto &out = item->launch;
  out.kernel = &kernel;
  out.grid[0] = launch.grid_x;
  out.grid[1] = launch.grid_y;
  out.grid[2] = launch.grid_z;
  out.block[0] = uint16_t(launch.block_x);
  out.block[1] = uint16_t(launch.block_y);
  out.block[2] = uint16_t(launch.block_z);
  out.location = launch.location;
  out.dynamicSharedBytes = uint32_t(launch.dynamic_shared_bytes);
  bool limited = launch.max_blocks > 0 && launch.max_blocks < UINT32_MAX;
  out.maxBlocks = limited ? uint32_t(launch.max_blocks) : UINT32_MAX;
  if (kernel.param_bytes != 0)
    std::memcpy(item->payload(), launch.args, kernel.param_bytes);
  queue.commit();
  return {};
}

// For tests: what one side lacks is not there by accident, nor is it zero.
Status HostDevice::allocateMirrored(void *&pointer, uint64_t bytes, Stream &stream) {
  constexpr int hostPattern = 0x5a, devicePattern = 0xa5;
  void *onDevice = nullptr;
  bytes = std::max<uint64_t>(bytes, 1);
  Status status = allocate(onDevice, bytes, VYRE_MEMORY_DEVICE, stream);
  if (status.ok())
    status = allocate(pointer, bytes, VYRE_MEMORY_SHARED, stream);
  if (!status.ok()) {
    std::free(onDevice);
    return status;
  }
  std::memset(onDevice, devicePattern, bytes);
  std::memset(pointer, hostPattern, bytes);
  mirrors.add(pointer, onDevice, bytes);
  return {};
}

void HostDevice::countCopy(void *dst, const void *src, uint64_t bytes) const {
  auto *read = const_cast<void *>(src);
  bool to = mirrors.toHost(dst) != dst, from = mirrors.toHost(read) != read;
  if (to && !from)
    count(counters().h2dBytes, bytes);
  else if (from && !to)
    count(counters().d2hBytes, bytes);
}

Status HostDevice::allocate(void *&pointer, uint64_t bytes, uint32_t kind, Stream &stream) {
  if (kind == VYRE_MEMORY_MIRRORED && Process::get().options().hostMirrors)
    return allocateMirrored(pointer, bytes, stream);
  // More than the machine has is refused at once: the kernel would promise it
  // and kill the process later.
  uint64_t rounded = std::max<uint64_t>((bytes + 63) / 64 * 64, 64);
  pointer = bytes > memoryLimit ? nullptr : std::aligned_alloc(64, rounded);
  return pointer ? Status() : noMemory(bytes, "a buffer");
}

Status HostDevice::free(void *pointer, Stream &stream) {
  HostStream &queue = hostStream(stream);
  void *onDevice = nullptr;
  uint64_t bytes = 0;
  if (mirrors.remove(pointer, onDevice, bytes)) {
    Status status = free(onDevice, stream);
    if (!status.ok())
      return status;
  }
  if (queue.idle()) {
    std::free(pointer);
    return {};
  }
  Item *item = queue.begin(ItemKind::Free, 0);
  item->pointer = pointer;
  queue.commit();
  return {};
}

Status HostDevice::copy(void *dst, const void *src, uint64_t bytes, Stream &stream) {
  HostStream &queue = hostStream(stream);
  countCopy(dst, src, bytes);
  Item *item = queue.begin(ItemKind::Copy, 0);
  item->copy = {dst, src, bytes};
  queue.commit();
  return {};
}

Status HostDevice::fill(void *dst, uint64_t value, uint32_t elementBytes, uint64_t count,
                        Stream &stream) {
  HostStream &queue = hostStream(stream);
  Item *item = queue.begin(ItemKind::Fill, 0);
  item->fill = {dst, value, count, elementBytes};
  queue.commit();
  return {};
}

Status HostDevice::copyStrided(const StridedCopy &copy, Stream &stream) {
  HostStream &queue = hostStream(stream);
  size_t bytes = size_t(copy.rank) * sizeof(int64_t);
  Item *item = queue.begin(ItemKind::CopyStrided, 3 * bytes);
  if (!item)
    return noMemory(3 * bytes, "a strided copy");
  item->copy = {copy.dst, copy.src, copy.elementBytes};
  if (bytes != 0) {
    auto *words = static_cast<char *>(item->payload());
    std::memcpy(words, copy.dstStrides, bytes);
    std::memcpy(words + bytes, copy.srcStrides, bytes);
    std::memcpy(words + 2 * bytes, copy.sizes, bytes);
  }
  queue.commit();
  return {};
}

} // namespace
} // namespace vyre::rt::host

std::unique_ptr<vyre::rt::Device> vyre::rt::createHostDevice() {
  return std::make_unique<host::HostDevice>();
}
