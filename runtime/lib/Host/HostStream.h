// A stream of the host device: a ring of work items with an executor.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Producers append under a short lock. Whoever holds `executing` runs items:
// the stream's own thread, or a thread that synchronizes and would otherwise
// only wait. The own thread starts with the first item and is woken by every
// enqueue that finds it asleep, so a stream with work always makes progress.
#ifndef VYRE_RT_HOST_HOSTSTREAM_H
#define VYRE_RT_HOST_HOSTSTREAM_H

#include "Event.h"
#include "Pool.h"

#include <pthread.h>

namespace vyre::rt::host {

class HostGraphReplay;
struct HostRing;

enum class ItemKind : uint8_t {
  Pad, // fills the ring's end
  Launch,
  Persistent,
  Copy,
  CopyStrided,
  Fill,
  Free,
  Record,
  Wait,
  Graph,
  Queue,
};

// One cache line; the payload (packed arguments) follows in the next ones.
struct alignas(64) Item {
  ItemKind kind;
  bool heapPayload; // the payload is a pointer to malloc'ed memory
  uint16_t slots;   // lines, this one included
  uint32_t payloadBytes;
  union {
    struct {
      const vyre_kernel_desc *kernel;
      int64_t grid[3];
      uint16_t block[3];
      const char *location;
      uint32_t dynamicSharedBytes;
      uint32_t maxBlocks; // of a persistent launch: workers with work, at most
    } launch;
    struct {
      void *dst;
      const void *src;
      uint64_t bytes;
    } copy; // CopyStrided: bytes is the element size
    struct {
      void *dst;
      uint64_t value;
      uint64_t count;
      uint32_t elementBytes;
    } fill;
    void *pointer;
    struct {
      HostEvent *event;
      uint32_t ticket;
    } event;
    struct {
      HostGraphReplay *values;
      uint64_t times;
    } graph;
    struct {
      const vyre_queue_desc *record;
      HostRing *ring;
    } queue; // a resident kernel
  };

  void *payload() {
    void *inlined = this + 1;
    return heapPayload ? *static_cast<void **>(inlined) : inlined;
  }
};
static_assert(sizeof(Item) == 64, "an item is one cache line");

class HostStream final : public Stream {
public:
  HostStream(Device &owner, Pool &pool, uint64_t timeoutMs);
  ~HostStream() override;

  // A producer fills the item between these two. `payloadBytes` may be 0.
  // begin returns null when a large payload could not be allocated.
  Item *begin(ItemKind kind, uint64_t payloadBytes);
  void commit();

  // True when the own thread runs, or could be started now. Called by producers.
  bool hasThread();

  // True when nothing is queued or running.
  bool idle() const {
    return head.load(std::memory_order_acquire) == tail.load(std::memory_order_relaxed);
  }
  // Waits for all that was queued when it was called; executes it if no other
  // thread does.
  void drain();
  // Drains and ends the own thread.
  void close();

private:
  static constexpr uint64_t ringSlots = 2048;
  static constexpr uint64_t maxInlineBytes = 1024;

  Item &slot(uint64_t position) { return ring[position % ringSlots]; }
  bool tryExecute(uint64_t limit);
  void executeUntil(uint64_t limit);
  void execute(Item &item);
  void perform(Item &item);
  void finish(Item &item);
  void runLaunch(Item &item);
  void runPersistent(Item &item);
  void runQueue(Item &item);
  void lockProducers();
  void startThread();
  void wakeThread();
  void threadMain();
  void park();

  Pool &pool;
  const uint64_t timeoutMs;
  const bool asymmetric; // a fence that costs the producer nothing
  std::unique_ptr<Item[]> ring;

  alignas(64) std::atomic<uint32_t> producing{0}; // spin lock
  std::atomic<uint64_t> tail{0};
  uint64_t seenHead = 0;
  uint64_t reserved = 0;           // where the open item ends
  std::atomic<int> threadState{0}; // 0 none, 1 running, 2 could not start

  alignas(64) std::atomic<uint64_t> head{0};
  std::atomic<uint32_t> executing{0};
  uint64_t seenTail = 0; // by the executor
  alignas(64) std::atomic<uint32_t> parked{0};
  std::atomic<uint32_t> doneSignal{0};
  std::atomic<uint32_t> syncWaiters{0};
  std::atomic<bool> closing{false};
  pthread_t thread = {};

  friend class HostGraphReplay;
};

} // namespace vyre::rt::host

#endif // VYRE_RT_HOST_HOSTSTREAM_H
