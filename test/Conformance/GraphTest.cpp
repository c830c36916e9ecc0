// Recorded graphs: replays follow their parameters.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Conformance.h"

#include <vector>

using namespace conformance;

namespace {

struct Adding {
  uint64_t *data;
  uint64_t amount;
};

void add(const void *args, vyre_host_ctx *ctx) {
  auto *a = static_cast<const Adding *>(args);
  for (int64_t block = ctx->block_begin; block != ctx->block_end; ++block)
    a->data[block] += a->amount;
}

void twice(const void *args, vyre_host_ctx *ctx) {
  auto *a = static_cast<const Adding *>(args);
  for (int64_t block = ctx->block_begin; block != ctx->block_end; ++block)
    a->data[block] *= 2;
}

struct Graph {
  vyre_graph_desc record = {};
  std::vector<uint32_t> edges;

  Graph(uint32_t nodes, std::vector<uint32_t> pairs) : edges(std::move(pairs)) {
    record.struct_size = sizeof record;
    record.version = VYRE_ABI_VERSION;
    record.node_count = nodes;
    record.edge_count = uint32_t(edges.size() / 2);
    record.edges = edges.data();
  }
};

vyre_status node(Graph &graph, uint32_t index, const Kernel &kernel, const Adding &args,
                 int64_t blocks) {
  vyre_launch_desc launch = launchOf(&args, blocks);
  return vyreGraphNode(&graph.record, index, &kernel.record, &launch);
}

uint64_t statistic(const std::string &name) {
  std::string text(vyreRtStatsJson(nullptr, 0) + 64, '\0');
  vyreRtStatsJson(&text[0], text.size());
  size_t at = text.find("\"" + name + "\":");
  return at == std::string::npos ? UINT64_MAX : std::stoull(text.substr(at + name.size() + 3));
}

class GraphTest : public HostKernels {
protected:
  Kernel addKernel{"add", add, sizeof(Adding)};
  Kernel twiceKernel{"twice", twice, sizeof(Adding)};
};

// Every replay uses the parameters of its own Begin..Submit, even when replays
// queue up; the graph is recorded once.
TEST_F(GraphTest, ReplaysChangedParameters) {
  Graph graph(2, {0, 1});
  uint64_t data[4] = {}, expected[4] = {};
  uint64_t recorded = statistic("graph_instantiations"), launched = statistic("graph_launches");
  for (uint64_t i = 0; i != 40; ++i) {
    ASSERT_EQ(vyreGraphBegin(&graph.record, nullptr), VYRE_OK);
    ASSERT_EQ(node(graph, 0, addKernel, {data, i}, 4), VYRE_OK);
    ASSERT_EQ(node(graph, 1, twiceKernel, {data, 0}, 4), VYRE_OK);
    ASSERT_EQ(vyreGraphSubmit(&graph.record, nullptr), VYRE_OK);
    for (uint64_t &value : expected)
      value = (value + i) * 2;
  }
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  for (int i = 0; i != 4; ++i)
    EXPECT_EQ(data[i], expected[i]);
  EXPECT_EQ(statistic("graph_instantiations") - recorded, 1u);
  EXPECT_EQ(statistic("graph_launches") - launched, 40u);
}

// Grid, kernel and pointer of a node may change; a zero grid skips the node.
TEST_F(GraphTest, NodesChangeShape) {
  Graph graph(1, {});
  std::vector<uint64_t> a(64, 1), b(64, 1);
  auto submit = [&](const Kernel &kernel, std::vector<uint64_t> &data, int64_t blocks) {
    ASSERT_EQ(vyreGraphBegin(&graph.record, nullptr), VYRE_OK);
    ASSERT_EQ(node(graph, 0, kernel, {data.data(), 5}, blocks), VYRE_OK);
    ASSERT_EQ(vyreGraphSubmit(&graph.record, nullptr), VYRE_OK);
  };
  submit(addKernel, a, 3);
  submit(addKernel, b, 64);
  submit(addKernel, a, 0);
  submit(twiceKernel, a, 1);
  submit(addKernel, a, 2);
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  EXPECT_EQ(a[0], 17u);
  EXPECT_EQ(a[1], 11u);
  EXPECT_EQ(a[2], 6u);
  EXPECT_EQ(a[3], 1u);
  EXPECT_EQ(b[63], 6u);
}

// A submission that misses a node or has an illegal one fails and runs nothing;
// the graph works afterwards.
TEST_F(GraphTest, IncompleteSubmissionFails) {
  Graph graph(2, {0, 1});
  uint64_t data[1] = {7};
  {
    ScopedStream stream;
    ASSERT_EQ(vyreGraphBegin(&graph.record, stream), VYRE_OK);
    ASSERT_EQ(node(graph, 0, addKernel, {data, 1}, 1), VYRE_OK);
    EXPECT_EQ(vyreGraphSubmit(&graph.record, stream), VYRE_INVALID_ARGUMENT);
    EXPECT_EQ(vyreStreamSync(stream), VYRE_INVALID_ARGUMENT);
  }
  {
    ScopedStream stream;
    ASSERT_EQ(vyreGraphBegin(&graph.record, stream), VYRE_OK);
    EXPECT_EQ(node(graph, 0, addKernel, {data, 1}, -1), VYRE_INVALID_ARGUMENT);
    EXPECT_EQ(node(graph, 2, addKernel, {data, 1}, 1), VYRE_INVALID_ARGUMENT);
    EXPECT_EQ(vyreGraphSubmit(&graph.record, stream), VYRE_INVALID_ARGUMENT);
  }
  ASSERT_EQ(vyreGraphBegin(&graph.record, nullptr), VYRE_OK);
  ASSERT_EQ(node(graph, 0, addKernel, {data, 1}, 1), VYRE_OK);
  ASSERT_EQ(node(graph, 1, twiceKernel, {data, 0}, 1), VYRE_OK);
  ASSERT_EQ(vyreGraphSubmit(&graph.record, nullptr), VYRE_OK);
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  EXPECT_EQ(data[0], 16u);
}

// Edges that do not go forward are refused.
TEST_F(GraphTest, BackwardEdgeFails) {
  Graph graph(2, {1, 0});
  ScopedStream stream;
  EXPECT_EQ(vyreGraphBegin(&graph.record, stream), VYRE_INVALID_ARGUMENT);
}

} // namespace
