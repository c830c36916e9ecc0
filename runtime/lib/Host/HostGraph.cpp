// Updating and running recordings on the host.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "HostGraph.h"
#include "Items.h"
#include "Launch.h"

#include <cstring>

namespace vyre::rt::host {

HostGraphReplay::HostGraphReplay(const std::vector<GraphNode> &recorded) : nodes(recorded) {
  for (GraphNode &node : nodes)
    node.launch.args = node.args.data();
}

HostGraphReplay::HostGraphReplay(const HostGraphReplay &other) : HostGraphReplay(other.nodes) {}

void HostGraphReplay::set(uint32_t index, const GraphNode &value) {
  GraphNode &node = nodes[index];
  node = value;
  node.launch.args = node.args.data();
}

void HostGraphReplay::run(Stream &stream, Pool &pool, uint64_t timeoutMs) {
  ExecState &state = execState();
  sigjmp_buf here;
  sigjmp_buf *outer = state.recovery;
  if (sigsetjmp(here, 0) == 0) {
    state.recovery = &here;
    for (const GraphNode &node : nodes) {
      if (node.empty || stream.failed())
        continue;
      if (node.kind == NodeKind::Copy) {
        std::memmove(node.dst, node.src, node.bytes);
        continue;
      }
      if (node.kind == NodeKind::Fill) {
        fillMemory(node.dst, node.value, node.elementBytes, node.bytes);
        continue;
      }
      const vyre_launch_desc &launch = node.launch;
      state.launch = {node.kernel,
                      launch.args,
                      {launch.grid_x, launch.grid_y, launch.grid_z},
                      {launch.block_x, launch.block_y, launch.block_z},
                      launch.dynamic_shared_bytes,
                      launch.location,
                      &stream,
                      deadlineAfter(timeoutMs)};
      runGrid(state, pool, state.launch);
    }
  } else {
    recoverFromTrap(state);
  }
  state.recovery = outer;
}

void HostGraph::set(uint32_t node, const GraphNode &value) {
  if (values->shared()) {
    auto *copy = new HostGraphReplay(*values);
    values->release();
    values = copy;
  }
  values->set(node, value);
}

} // namespace vyre::rt::host
