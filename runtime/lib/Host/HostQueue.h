// The ring of a live queue on the host device, and the functions of the device for it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_HOST_HOSTQUEUE_H
#define VYRE_RT_HOST_HOSTQUEUE_H

#include "Exec.h"

#include <memory>

namespace vyre::rt::host {

class HostStream;

// What a member of the resident kernel does. Not on its stack: a trap in a kernel goes
// back to where the member began.
struct alignas(64) QueueMember {
  unsigned index = 0;
  uint64_t at = 0;           // the item it runs, or waits for
  uint64_t seen = 0;         // items that it knows of
  bool afterOrdered = false; // the item before was in order
  KernelCall call = {};
};

struct HostRing final : QueueRing {
  // As many members as `workers`. `idleNs`: how long without items until the kernel leaves.
  HostRing(unsigned workers, uint64_t idleNs);
  ~HostRing() override;

  // What `state` says of the resident kernel.
  enum : uint32_t {
    polling = 0,
    asleep = 1,  // on this word; a push wakes it
    leaving = 2, // or has left, as the ring's `left` tells
  };
  // Tells the host that items before number `items` are done.
  void publishDone(uint64_t items);
  // Wakes threads that wait for items: `done` or `left` has changed.
  void wakeWaiters();
  void wakeKernel();
  // Waits until `item` items are done or the kernel has left, for a bounded time.
  void await(uint64_t item);

  const uint64_t idleNs;
  const bool asymmetric; // a fence that costs those who write often nothing
  const std::unique_ptr<QueueMember[]> members;
  const unsigned workers;
  alignas(64) std::atomic<uint32_t> state{polling};
  alignas(64) std::atomic<uint32_t> waiters{0};
  std::atomic<uint32_t> doneSignal{0};
  // The fewest items that a sleeping thread waits for. Only saves needless wake-ups:
  // sleeps are bounded, so what two threads do to it at once costs time at worst.
  std::atomic<uint64_t> wanted{UINT64_MAX};
};

// Puts a resident kernel into the stream.
Status startHostQueue(const vyre_queue_desc &queue, HostRing &ring, HostStream &stream);

} // namespace vyre::rt::host

#endif // VYRE_RT_HOST_HOSTQUEUE_H
