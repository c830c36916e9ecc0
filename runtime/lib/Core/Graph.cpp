// The C functions of recorded graphs.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Call.h"
#include "Check.h"
#include "Recording.h"

namespace vyre::rt {

namespace {

Status badEdges(const vyre_graph_desc &graph) {
  for (uint32_t i = 0; i != graph.edge_count; ++i)
    if (graph.edges[2 * i] >= graph.edges[2 * i + 1] || graph.edges[2 * i + 1] >= graph.node_count)
      return {VYRE_INVALID_ARGUMENT, "a graph's edges must go from a node to a later one"};
  return {};
}

// Calls `give` with the site whose replay has begun. Begin has closed the thread's
// queue, and nothing between it and Submit opens one. Submit tells a failure.
template <typename Give> vyre_status onSite(vyre_graph_desc *graph, Give give) noexcept {
  // A graph whose Begin failed has no replay, and its stream has failed.
  RecordingSite *site = RecordingSite::begun(graph);
  if (!site)
    return VYRE_INVALID_ARGUMENT;
  try {
    Status status = give(*site);
    if (!status.ok())
      site->stream()->fail(status);
    return status.code();
  } catch (const std::exception &) {
    site->spoil();
    return VYRE_OUT_OF_MEMORY;
  }
}

} // namespace
} // namespace vyre::rt

using namespace vyre::rt;

extern "C" {

vyre_status vyreGraphBegin(vyre_graph_desc *graph, vyre_stream stream) {
  return onStream(stream, [&](Stream &on) -> Status {
    if (!graph)
      return {VYRE_INVALID_ARGUMENT, "no graph to begin"};
    if (!isKnownVersion(graph->version))
      return unknownVersion(graph->version);
    Status edges = badEdges(*graph);
    if (edges.ok())
      RecordingSite::of(*graph).begin(on);
    return edges;
  });
}

vyre_status vyreGraphNode(vyre_graph_desc *graph, uint32_t node, const vyre_kernel_desc *kernel,
                          const vyre_launch_desc *launch) {
  return onSite(graph, [&](RecordingSite &on) { return on.giveKernel(node, kernel, launch); });
}

vyre_status vyreGraphCopy(vyre_graph_desc *graph, uint32_t node, void *dst, const void *src,
                          uint64_t bytes) {
  return onSite(graph, [&](RecordingSite &on) { return on.giveCopy(node, dst, src, bytes); });
}

vyre_status vyreGraphFill(vyre_graph_desc *graph, uint32_t node, void *dst, uint64_t value,
                          uint32_t element_bytes, uint64_t count) {
  return onSite(graph, [&](RecordingSite &on) {
    return on.giveFill(node, dst, value, element_bytes, count);
  });
}

vyre_status vyreGraphSkip(vyre_graph_desc *graph, uint32_t node) {
  return onSite(graph, [&](RecordingSite &on) { return on.skip(node); });
}

vyre_status vyreGraphSubmit(vyre_graph_desc *graph, vyre_stream stream) {
  return vyreGraphRepeat(graph, 1, stream);
}

vyre_status vyreGraphRepeat(vyre_graph_desc *graph, uint64_t times, vyre_stream stream) {
  RecordingSite *site = RecordingSite::begun(graph);
  if (!site)
    return VYRE_INVALID_ARGUMENT;
  vyre_status status = onStream(stream, [&](Stream &on) {
    Status done = site->submit(times, on);
    if (!done.ok())
      on.device.launchSkipped(on);
    return done;
  });
  site->end();
  return status;
}

} // extern "C"
