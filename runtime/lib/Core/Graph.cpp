// Recorded graphs: keeps what each node was last given, and tells the device
// only what changed.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Call.h"
#include "Check.h"
#include "Counters.h"

#include <cstring>

namespace vyre::rt {

namespace {

// Hangs on vyre_graph_desc.runtime_state; lives as long as the process.
struct Recording {
  std::mutex lock; // held from Begin to Submit
  Stream *stream = nullptr;
  GraphSpec spec;
  std::vector<bool> given; // nodes that this replay has named
  std::vector<uint32_t> changed;
  bool reshaped = false; // a node got another kernel: record anew
  Status failure;        // the first one since Begin
  std::unique_ptr<GraphExec> exec;
};

// All recordings, so that they are found by whoever looks for lost memory.
struct RecordingList {
  std::mutex lock;
  std::vector<std::unique_ptr<Recording>> all;
};

std::atomic<Recording *> *cellOf(vyre_graph_desc &graph) {
  return reinterpret_cast<std::atomic<Recording *> *>(&graph.runtime_state);
}

// The recording that Begin made; null when it failed.
Recording *begunRecording(vyre_graph_desc *graph) {
  return graph ? cellOf(*graph)->load(std::memory_order_acquire) : nullptr;
}

Recording &recordingOf(vyre_graph_desc &graph) {
  static auto *list = new RecordingList; // outlives exit handlers
  auto *cell = cellOf(graph);
  if (Recording *present = cell->load(std::memory_order_acquire))
    return *present;
  std::lock_guard<std::mutex> hold(list->lock);
  if (Recording *present = cell->load(std::memory_order_acquire))
    return *present;
  list->all.push_back(std::make_unique<Recording>());
  Recording &fresh = *list->all.back();
  fresh.spec.location = graph.location;
  fresh.spec.nodes.resize(graph.node_count);
  for (uint32_t i = 0; i != graph.edge_count; ++i)
    fresh.spec.edges.emplace_back(graph.edges[2 * i], graph.edges[2 * i + 1]);
  cell->store(&fresh, std::memory_order_release);
  return fresh;
}

Status badEdges(const vyre_graph_desc &graph) {
  for (uint32_t i = 0; i != graph.edge_count; ++i)
    if (graph.edges[2 * i] >= graph.edges[2 * i + 1] || graph.edges[2 * i + 1] >= graph.node_count)
      return {VYRE_INVALID_ARGUMENT, "a graph's edges must go from a node to a later one"};
  return {};
}

// True when the node runs the same way as before, arguments apart.
bool sameShape(const vyre_launch_desc &a, const vyre_launch_desc &b) {
  return a.grid_x == b.grid_x && a.grid_y == b.grid_y && a.grid_z == b.grid_z &&
         a.block_x == b.block_x && a.block_y == b.block_y && a.block_z == b.block_z &&
         a.dynamic_shared_bytes == b.dynamic_shared_bytes;
}

Status setNode(Recording &recording, uint32_t index, const vyre_kernel_desc *kernel,
               const vyre_launch_desc *launch) {
  if (index >= recording.spec.nodes.size())
    return {VYRE_INVALID_ARGUMENT, "a graph has no node " + std::to_string(index)};
  bool empty;
  Status status = checkLaunch(kernel, launch, empty);
  if (!status.ok())
    return status;
  GraphNode &node = recording.spec.nodes[index];
  recording.given[index] = true;
  bool same = node.kernel == kernel && node.empty == empty && sameShape(node.launch, *launch) &&
              (kernel->param_bytes == 0 ||
               std::memcmp(node.args.data(), launch->args, kernel->param_bytes) == 0);
  if (same)
    return {};
  // A node that starts or stops being empty changes what the graph consists of.
  recording.reshaped |= node.kernel != kernel || node.empty != empty;
  node.kernel = kernel;
  node.empty = empty;
  node.launch = *launch;
  auto *bytes = static_cast<const unsigned char *>(launch->args);
  node.args.assign(bytes, bytes + kernel->param_bytes);
  node.launch.args = node.args.data();
  recording.changed.push_back(index);
  return {};
}

// Brings the device's recording up to date.
Status prepare(Recording &recording, Stream &stream) {
  bool fresh = !recording.exec || recording.reshaped;
  for (size_t i = 0; !fresh && i != recording.changed.size(); ++i) {
    uint32_t index = recording.changed[i];
    count(counters().graphUpdates);
    // A device may refuse an update; recording anew is always right.
    fresh = !stream.device.update(*recording.exec, index, recording.spec.nodes[index], stream).ok();
  }
  if (!fresh)
    return {};
  recording.exec.reset();
  count(counters().graphInstantiations);
  return stream.device.instantiate(recording.spec, stream, recording.exec);
}

Status submit(Recording &recording, Stream &stream) {
  if (!recording.failure.ok())
    return recording.failure;
  for (bool given : recording.given)
    if (!given)
      return {VYRE_INVALID_ARGUMENT, "a graph was submitted before all its nodes were given"};
  Status status = prepare(recording, stream);
  if (!status.ok())
    return status;
  count(counters().graphLaunches);
  return stream.device.replay(*recording.exec, stream);
}

} // namespace
} // namespace vyre::rt

using namespace vyre::rt;

extern "C" {

vyre_status vyreGraphBegin(vyre_graph_desc *graph, vyre_stream stream) {
  return onStream(stream, [&](Stream &on) -> Status {
    if (!graph)
      return {VYRE_INVALID_ARGUMENT, "no graph to begin"};
    Status edges = badEdges(*graph);
    if (!edges.ok())
      return edges;
    Recording &recording = recordingOf(*graph);
    recording.lock.lock();
    recording.stream = &on;
    recording.given.assign(recording.spec.nodes.size(), false);
    recording.failure = Status();
    return {};
  });
}

vyre_status vyreGraphNode(vyre_graph_desc *graph, uint32_t node, const vyre_kernel_desc *kernel,
                          const vyre_launch_desc *launch) {
  // A graph whose Begin failed has no recording, and its stream has failed.
  Recording *recording = begunRecording(graph);
  if (!recording || !recording->stream)
    return VYRE_INVALID_ARGUMENT;
  return onStream(recording->stream, [&](Stream &) {
    Status status = setNode(*recording, node, kernel, launch);
    if (!status.ok() && recording->failure.ok())
      recording->failure = status;
    return status;
  });
}

vyre_status vyreGraphSubmit(vyre_graph_desc *graph, vyre_stream stream) {
  Recording *recording = begunRecording(graph);
  if (!recording || !recording->stream)
    return VYRE_INVALID_ARGUMENT;
  vyre_status status = onStream(stream, [&](Stream &on) {
    Status done = submit(*recording, on);
    if (!done.ok())
      on.device.launchSkipped(on);
    return done;
  });
  if (status != VYRE_OK)
    recording->exec.reset(); // whatever it holds, the next Submit records anew
  recording->changed.clear();
  recording->reshaped = false;
  recording->stream = nullptr;
  recording->lock.unlock();
  return status;
}

} // extern "C"
