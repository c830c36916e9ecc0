// Recordings on the host device: a list of prepared launches.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_HOST_HOSTGRAPH_H
#define VYRE_RT_HOST_HOSTGRAPH_H

#include "Pool.h"

namespace vyre::rt::host {

class HostStream;

// The launches of one or more replays that are queued with the same values.
// Updates that find it shared with a queued replay work on a copy.
class HostGraphReplay {
public:
  explicit HostGraphReplay(const std::vector<GraphNode> &nodes);
  HostGraphReplay(const HostGraphReplay &other);

  void retain() { users.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (users.fetch_sub(1, std::memory_order_acq_rel) == 1)
      delete this;
  }
  bool shared() const { return users.load(std::memory_order_acquire) != 1; }

  void set(uint32_t node, const GraphNode &value);
  // Runs the nodes in index order, which respects every edge; each may take
  // `timeoutMs` (0: any time).
  void run(Stream &stream, Pool &pool, uint64_t timeoutMs);

private:
  std::atomic<uint32_t> users{1};
  std::vector<GraphNode> nodes;
};

class HostGraph final : public GraphExec {
public:
  explicit HostGraph(const GraphSpec &spec) : values(new HostGraphReplay(spec.nodes)) {}
  ~HostGraph() override { values->release(); }

  void set(uint32_t node, const GraphNode &value);
  // The values to replay now, retained for the item that will run them.
  HostGraphReplay *take() {
    values->retain();
    return values;
  }

private:
  HostGraphReplay *values;
};

} // namespace vyre::rt::host

#endif // VYRE_RT_HOST_HOSTGRAPH_H
