// Replays of one recording by several workers: each takes the next node that waits for
// nothing any more.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ready nodes go through a queue, first in, first out. A worker goes on with what follows
// its node, whose data is in its caches, but now and then takes from the queue instead, so
// that chains side by side advance together. A slot of the queue holds a node and the round of the
// slot: a taker knows from it whether the slot's next node is there. A node is in the queue once a
// replay, and a replay begins when all nodes of the one before are done, so no slot is
// written again before it was taken.
#ifndef VYRE_RT_HOST_GRAPHTEAM_H
#define VYRE_RT_HOST_GRAPHTEAM_H

#include "HostGraph.h"
#include "Team.h"

namespace vyre::rt::host {

class GraphTeam final : public Team {
public:
  GraphTeam(const HostGraphReplay &values, uint64_t times, Pool &pool, uint64_t timeoutMs);
  // False if there is no memory for it: then run() is not to be called.
  bool isReady() const { return waiting && queue; }
  void run(ExecState &leader);

private:
  static constexpr uint32_t none = UINT32_MAX;
  static constexpr uint32_t rowLength = 8; // nodes between two looks at the queue

  void prepare() override;
  void runMember(ExecState &state, unsigned index) override;
  void beginReplay();
  void put(uint32_t node);
  uint32_t take();
  uint32_t complete(uint32_t node, bool goesOn);

  const HostGraphReplay &values;
  const GraphPlan &plan;
  Stream &stream;
  Pool &pool;
  const uint64_t timeoutMs;
  uint64_t timesLeft;                               // by whoever completes a replay's last node
  std::unique_ptr<std::atomic<uint32_t>[]> waiting; // by node
  std::unique_ptr<std::atomic<uint64_t>[]> queue;

  alignas(64) std::atomic<uint64_t> head{0}; // the next to be taken
  alignas(64) std::atomic<uint64_t> tail{0}; // the next to be put
  alignas(64) std::atomic<uint32_t> done{0}; // nodes of this replay
  std::atomic<bool> finished{false};
};

} // namespace vyre::rt::host

#endif // VYRE_RT_HOST_GRAPHTEAM_H
