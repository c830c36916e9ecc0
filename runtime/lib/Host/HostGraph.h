// Recordings on the host device: prepared nodes, and the order between them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_HOST_HOSTGRAPH_H
#define VYRE_RT_HOST_HOSTGRAPH_H

#include "Pool.h"

namespace vyre::rt::host {

// The order of a recording's nodes, and what is known of how best to run them. Shared by
// all replays of the recording, in any stream.
class GraphPlan {
public:
  explicit GraphPlan(const GraphSpec &spec);

  uint32_t size() const { return uint32_t(waitsFor.size()); }
  // How many nodes are known to be able to run at once, somewhere; at least 1.
  uint32_t width() const { return widest; }
  // How many nodes `node` waits for.
  uint32_t waits(uint32_t node) const { return waitsFor[node]; }
  const uint32_t *followersBegin(uint32_t node) const { return &followers[firstFollower[node]]; }
  const uint32_t *followersEnd(uint32_t node) const { return &followers[firstFollower[node + 1]]; }

  // Whether the next replays should be shared among workers, and how many of them at
  // most before this is asked again.
  struct Choice {
    bool shared;
    uint64_t times;
  };
  Choice choose(uint64_t times);
  void learn(const Choice &choice, uint64_t ns);

private:
  std::vector<uint32_t> waitsFor, firstFollower, followers;
  uint32_t widest = 1;
  // Nanoseconds of a replay by one thread and shared, 0 while unknown; and how many
  // choices were made. Any thread may write them: they are guesses that only affect
  // speed.
  std::atomic<uint64_t> aloneNs{0}, sharedNs{0};
  std::atomic<uint32_t> choices{0};
};

// The nodes of one or more replays that are queued in one stream with the same values.
// Updates that find it shared with a queued replay work on a copy.
class HostGraphReplay {
public:
  explicit HostGraphReplay(const GraphSpec &spec);
  HostGraphReplay(const HostGraphReplay &other);

  void retain() { users.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (users.fetch_sub(1, std::memory_order_acq_rel) == 1)
      delete this;
  }
  bool shared() const { return users.load(std::memory_order_acquire) != 1; }

  void set(uint32_t node, const GraphNode &value);
  // The stream of the replays that follow.
  bool isFor(const Stream &stream) const { return owner == &stream; }
  void setStream(Stream &stream);
  // So many replays, one after the other; each node may take `timeoutMs` (0: any time).
  // Stops where the stream fails.
  void run(uint64_t times, Pool &pool, uint64_t timeoutMs);

  const GraphPlan &order() const { return *plan; }
  Stream &stream() const { return *owner; }
  // Runs one node; state.recovery must be set: a trap leaves through it.
  void runNode(uint32_t index, ExecState &state, Pool &pool, uint64_t timeoutMs) const;

private:
  // A node as it is run. Next to each other, and no larger than needed: tiny kernels take
  // less time than a miss of the cache.
  struct Step {
    vyre_host_kernel_fn run; // null unless it is one block, alone and without shared memory
    bool isLikeLast;         // the step before is one too, of the same shape
    KernelCall call;
  };

  void prepare(uint32_t index);
  void runSteps(ExecState &state, Pool &pool, uint64_t timeoutMs) const;
  void runAlone(uint64_t times, Pool &pool, uint64_t timeoutMs);
  bool runShared(uint64_t times, Pool &pool, uint64_t timeoutMs);

  std::atomic<uint32_t> users{1};
  Stream *owner = nullptr;
  std::vector<GraphNode> nodes;
  std::vector<Step> steps;
  std::shared_ptr<GraphPlan> plan;
};

class HostGraph final : public GraphExec {
public:
  explicit HostGraph(const GraphSpec &spec) : values(new HostGraphReplay(spec)) {}
  ~HostGraph() override { values->release(); }

  void set(uint32_t node, const GraphNode &value);
  // The values to replay now, retained for the item of `stream` that will run them.
  HostGraphReplay *take(Stream &stream) {
    if (!values->isFor(stream)) {
      makeOwn();
      values->setStream(stream);
    }
    values->retain();
    return values;
  }

private:
  void makeOwn();

  HostGraphReplay *values;
};

} // namespace vyre::rt::host

#endif // VYRE_RT_HOST_HOSTGRAPH_H
