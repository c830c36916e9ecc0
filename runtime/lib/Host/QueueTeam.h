// The resident kernel of a live queue on the host device: a team that takes items from
// the ring until it is closed.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The protocol is that of the CUDA kernel, so that its races are found here: member 0
// polls the ring and passes on how many items there are; every member runs its share of
// every item, in order, and counts itself as arrived; an item begins when all have done so
// for all items before it, unless it and the one before it are concurrent.
#ifndef VYRE_RT_HOST_QUEUETEAM_H
#define VYRE_RT_HOST_QUEUETEAM_H

#include "HostQueue.h"
#include "Team.h"

namespace vyre::rt::host {

class QueueTeam final : public Team {
public:
  QueueTeam(const vyre_queue_desc &queue, HostRing &ring, Stream &stream, uint64_t timeoutMs);
  void run(ExecState &leader, Pool &pool);

private:
  void prepare() override;
  void runMember(ExecState &state, unsigned index) override;

  bool awaitItem(QueueMember &member);
  bool pollRing(QueueMember &member);
  bool sleepUntilPush(const QueueMember &member);
  bool follow(QueueMember &member);
  void publish(uint64_t value);
  bool settled(const QueueMember &member) const;
  void tellDone(const QueueMember &member);
  void runItem(ExecState &state, QueueMember &member);
  void callShare(ExecState &state, QueueMember &member, const QueueItem &item);
  void arrive(QueueMember &member);

  // In `published`: no more items come, not even after a while.
  static constexpr uint64_t leaveFlag = uint64_t(1) << 63;
  // Each report of `done` moves a cache line to the host and back: a fraction of the ring.
  static constexpr uint64_t itemsPerReport = VYRE_QUEUE_ITEMS / 8;

  const vyre_queue_desc &queue;
  HostRing &ring;
  Stream &stream;
  const uint64_t timeoutMs;
  const uint64_t first;  // item of this run
  uint64_t settledItems; // member 0: what `done` says

  alignas(64) std::atomic<uint64_t> published;   // how many items there are, by member 0
  alignas(64) std::atomic<uint64_t> arrived{0};  // how often members were done with an item
  alignas(64) std::atomic<uint32_t> sleepers{0}; // members that wait on `signal`
  std::atomic<uint32_t> signal{0};
};

} // namespace vyre::rt::host

#endif // VYRE_RT_HOST_QUEUETEAM_H
