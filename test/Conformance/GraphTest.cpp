// Recorded graphs: replays follow their parameters.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Conformance.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>
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

// Copies and fills are nodes like launches; what is skipped keeps its edges.
TEST_F(GraphTest, CopiesFillsAndSkips) {
  Graph graph(4, {0, 1, 1, 2, 2, 3});
  uint64_t from[4] = {}, to[4] = {};
  for (uint64_t i = 0; i != 6; ++i) {
    ASSERT_EQ(vyreGraphBegin(&graph.record, nullptr), VYRE_OK);
    ASSERT_EQ(vyreGraphFill(&graph.record, 0, from, i, 8, 4), VYRE_OK);
    ASSERT_EQ(node(graph, 1, addKernel, {from, 10}, 4), VYRE_OK);
    ASSERT_EQ(i % 2 == 0 ? node(graph, 2, twiceKernel, {from, 0}, 4)
                         : vyreGraphSkip(&graph.record, 2),
              VYRE_OK);
    ASSERT_EQ(vyreGraphCopy(&graph.record, 3, to, from, i == 4 ? 0 : sizeof to), VYRE_OK);
    ASSERT_EQ(vyreGraphSubmit(&graph.record, nullptr), VYRE_OK);
    ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
    EXPECT_EQ(from[3], (i + 10) * (i % 2 == 0 ? 2 : 1));
    EXPECT_EQ(to[3], i == 4 ? 13 : from[3]);
  }
}

// One submission for several replays; none for a count of zero, and the next replay
// is right.
TEST_F(GraphTest, Repeats) {
  Graph graph(1, {});
  uint64_t data[1] = {};
  auto repeat = [&](uint64_t amount, uint64_t times) {
    ASSERT_EQ(vyreGraphBegin(&graph.record, nullptr), VYRE_OK);
    ASSERT_EQ(node(graph, 0, addKernel, {data, amount}, 1), VYRE_OK);
    ASSERT_EQ(vyreGraphRepeat(&graph.record, times, nullptr), VYRE_OK);
  };
  repeat(1, 100);
  repeat(1000, 0);
  repeat(1000, 2);
  repeat(5, 0);
  repeat(1000, 1);
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  EXPECT_EQ(data[0], 3100u);
}

// Copies and fills that make no sense fail the submission.
TEST_F(GraphTest, IllegalCopiesAndFills) {
  uint64_t data[1] = {7};
  Graph graph(1, {});
  auto submit = [&](auto give) {
    ScopedStream stream;
    ASSERT_EQ(vyreGraphBegin(&graph.record, stream), VYRE_OK);
    EXPECT_EQ(give(), VYRE_INVALID_ARGUMENT);
    EXPECT_EQ(vyreGraphSubmit(&graph.record, stream), VYRE_INVALID_ARGUMENT);
  };
  submit([&] { return vyreGraphCopy(&graph.record, 0, data, nullptr, 8); });
  submit([&] { return vyreGraphFill(&graph.record, 0, data, 1, 3, 1); });
  submit([&] { return vyreGraphFill(&graph.record, 0, nullptr, 1, 4, 1); });
  EXPECT_EQ(data[0], 7u);
}

// Each shape has a recording of its own: going back to one costs no new one.
TEST_F(GraphTest, ShapesKeepTheirRecordings) {
  Graph graph(2, {0, 1});
  std::vector<uint64_t> data(8, 0);
  uint64_t recorded = statistic("graph_instantiations"), evicted = statistic("graph_evictions");
  uint64_t expected = 0;
  for (uint64_t i = 0; i != 60; ++i) {
    ASSERT_EQ(vyreGraphBegin(&graph.record, nullptr), VYRE_OK);
    ASSERT_EQ(node(graph, 0, addKernel, {data.data(), i}, int64_t(i % 3)), VYRE_OK);
    ASSERT_EQ(i % 2 == 0 ? node(graph, 1, twiceKernel, {data.data(), 0}, 1)
                         : vyreGraphSkip(&graph.record, 1),
              VYRE_OK);
    ASSERT_EQ(vyreGraphSubmit(&graph.record, nullptr), VYRE_OK);
    expected += i % 3 == 0 ? 0 : i;
    expected *= i % 2 == 0 ? 2 : 1;
  }
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  EXPECT_EQ(data[0], expected);
  EXPECT_EQ(statistic("graph_instantiations") - recorded, 6u);
  EXPECT_EQ(statistic("graph_evictions"), evicted);
}

// A site keeps eight recordings, and gives up the one that was used least recently.
TEST_F(GraphTest, OldShapesAreEvicted) {
  Graph graph(1, {});
  std::vector<uint64_t> data(16, 0);
  auto replay = [&](int64_t blocks) {
    ASSERT_EQ(vyreGraphBegin(&graph.record, nullptr), VYRE_OK);
    ASSERT_EQ(node(graph, 0, addKernel, {data.data(), 1}, blocks), VYRE_OK);
    ASSERT_EQ(vyreGraphSubmit(&graph.record, nullptr), VYRE_OK);
  };
  uint64_t recorded = statistic("graph_instantiations"), evicted = statistic("graph_evictions");
  for (int64_t blocks = 1; blocks <= 8; ++blocks)
    replay(blocks);
  replay(1);
  EXPECT_EQ(statistic("graph_instantiations") - recorded, 8u);
  EXPECT_EQ(statistic("graph_evictions"), evicted);
  replay(9); // instead of 2
  replay(1);
  replay(3);
  EXPECT_EQ(statistic("graph_instantiations") - recorded, 9u);
  EXPECT_EQ(statistic("graph_evictions") - evicted, 1u);
  replay(2); // instead of 4
  EXPECT_EQ(statistic("graph_instantiations") - recorded, 10u);
  EXPECT_EQ(statistic("graph_evictions") - evicted, 2u);
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  EXPECT_EQ(data[0], 13u);
  EXPECT_EQ(data[8], 1u);
}

// All sites together keep 256: the ones that nobody uses give up theirs.
TEST_F(GraphTest, SitesShareALimit) {
  static std::vector<std::unique_ptr<Graph>> sites; // recordings outlive the test
  std::vector<uint64_t> data(8, 0);
  auto replay = [&](Graph &site, int64_t blocks) {
    ASSERT_EQ(vyreGraphBegin(&site.record, nullptr), VYRE_OK);
    ASSERT_EQ(node(site, 0, addKernel, {data.data(), 1}, blocks), VYRE_OK);
    ASSERT_EQ(vyreGraphSubmit(&site.record, nullptr), VYRE_OK);
  };
  for (int i = 0; i != 40; ++i)
    sites.push_back(std::make_unique<Graph>(1, std::vector<uint32_t>()));
  uint64_t recorded = statistic("graph_instantiations"), evicted = statistic("graph_evictions");
  for (auto &site : sites)
    for (int64_t blocks = 1; blocks <= 8; ++blocks)
      replay(*site, blocks);
  EXPECT_EQ(statistic("graph_instantiations") - recorded, 320u);
  EXPECT_GE(statistic("graph_evictions") - evicted, 320u - 256u);
  recorded = statistic("graph_instantiations");
  for (int64_t blocks = 1; blocks <= 8; ++blocks)
    replay(*sites.back(), blocks);
  EXPECT_EQ(statistic("graph_instantiations"), recorded) << "the newest are still there";
  replay(*sites.front(), 1);
  EXPECT_EQ(statistic("graph_instantiations"), recorded + 1) << "the oldest is not";
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  EXPECT_EQ(data[0], 329u);
}

// Threads that replay one site at a time each get their own values, whatever the other
// one's shape.
TEST_F(GraphTest, ThreadsShareASite) {
  Graph graph(2, {0, 1});
  constexpr uint64_t rounds = 400;
  uint64_t results[3] = {};
  auto work = [&](int number) {
    uint64_t data[4] = {};
    for (uint64_t i = 0; i != rounds; ++i) {
      vyreGraphBegin(&graph.record, nullptr);
      node(graph, 0, addKernel, {data, uint64_t(number) + 1}, 1 + int64_t(i) % (number + 1));
      if (i % 50 == 49)
        node(graph, 1, twiceKernel, {data, 0}, 4);
      else
        vyreGraphSkip(&graph.record, 1);
      vyreGraphSubmit(&graph.record, nullptr);
    }
    EXPECT_EQ(vyreStreamSync(nullptr), VYRE_OK);
    results[number] = data[0];
  };
  std::vector<std::thread> threads;
  for (int number = 0; number != 3; ++number)
    threads.emplace_back(work, number);
  for (std::thread &thread : threads)
    thread.join();
  for (uint64_t number = 0; number != 3; ++number) {
    uint64_t expected = 0;
    for (uint64_t i = 0; i != rounds; ++i) {
      expected += number + 1;
      expected *= i % 50 == 49 ? 2 : 1;
    }
    EXPECT_EQ(results[number], expected);
  }
}

// A node that is given twice fails the submission.
TEST_F(GraphTest, NodeGivenTwiceFails) {
  Graph graph(2, {});
  uint64_t data[1] = {7};
  ScopedStream stream;
  ASSERT_EQ(vyreGraphBegin(&graph.record, stream), VYRE_OK);
  EXPECT_EQ(node(graph, 0, addKernel, {data, 1}, 1), VYRE_OK);
  EXPECT_EQ(node(graph, 0, addKernel, {data, 1}, 1), VYRE_INVALID_ARGUMENT);
  EXPECT_EQ(vyreGraphSkip(&graph.record, 1), VYRE_OK);
  EXPECT_EQ(vyreGraphSubmit(&graph.record, stream), VYRE_INVALID_ARGUMENT);
  EXPECT_EQ(vyreStreamSync(stream), VYRE_INVALID_ARGUMENT);
  EXPECT_EQ(data[0], 7u);
}

// What one node of a graph did, seen by the others.
struct Meeting {
  std::atomic<int> inside{0}, most{0};
};
struct Stepping {
  uint64_t *data;
  uint64_t other, amount, naps;
  Meeting *meeting;
};

// data[0] = data[0] * 3 + data[other] + amount, after so many naps.
void step(const void *args, vyre_host_ctx *ctx) {
  auto *a = static_cast<const Stepping *>(args);
  if (ctx->block_begin != 0)
    return;
  int inside = a->meeting->inside.fetch_add(1) + 1, most = a->meeting->most.load();
  while (inside > most && !a->meeting->most.compare_exchange_weak(most, inside)) {
  }
  for (uint64_t i = 0; i != a->naps; ++i)
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  a->data[0] = a->data[0] * 3 + a->data[a->other] + a->amount;
  a->meeting->inside.fetch_sub(1);
}

// Three chains with a join at the end of each replay: nodes run at once where there are
// workers, in the order of the edges.
TEST_F(GraphTest, IndependentNodesRunAtOnce) {
  constexpr uint32_t length = 6, nodes = 3 * length + 1;
  std::vector<uint32_t> edges;
  for (uint32_t i = 3; i != 3 * length; ++i)
    edges.insert(edges.end(), {i - 3, i});
  for (uint32_t i = 3 * length - 3; i != 3 * length; ++i)
    edges.insert(edges.end(), {i, 3 * length});
  Graph graph(nodes, edges);
  Kernel stepKernel("step", step, sizeof(Stepping));
  Meeting meeting;
  uint64_t data[4] = {1, 2, 3, 4}, expected[4] = {1, 2, 3, 4};
  auto give = [&](uint64_t round) {
    ASSERT_EQ(vyreGraphBegin(&graph.record, nullptr), VYRE_OK);
    for (uint32_t i = 0; i != nodes; ++i) {
      Stepping args = {i == 3 * length ? data + 3 : data + i % 3, 0, i + round, 1, &meeting};
      vyre_launch_desc launch = launchOf(&args, 1 + i % 2);
      ASSERT_EQ(vyreGraphNode(&graph.record, i, &stepKernel.record, &launch), VYRE_OK);
    }
  };
  auto replayed = [&](uint64_t round) {
    for (uint32_t i = 0; i != nodes; ++i) {
      uint64_t *at = i == 3 * length ? expected + 3 : expected + i % 3;
      *at = *at * 3 + *at + i + round;
    }
  };
  for (uint64_t round = 0; round != 10; ++round) {
    give(round);
    ASSERT_EQ(vyreGraphSubmit(&graph.record, nullptr), VYRE_OK);
    replayed(round);
  }
  give(100);
  ASSERT_EQ(vyreGraphRepeat(&graph.record, 20, nullptr), VYRE_OK);
  for (int i = 0; i != 20; ++i)
    replayed(100);
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  for (int i = 0; i != 4; ++i)
    EXPECT_EQ(data[i], expected[i]) << i;
  const char *workers = std::getenv("VYRE_HOST_WORKERS");
  if (workers && std::atoi(workers) >= 2 && !std::getenv("VYRE_VERIFY"))
    EXPECT_GE(meeting.most.load(), 2) << "nodes ran at once";
  EXPECT_LE(meeting.most.load(), 3) << "no more than have no order";
}

void trapAtLast(const void *args, vyre_host_ctx *ctx) {
  step(args, ctx);
  if (static_cast<const Stepping *>(args)->other == 1)
    __builtin_trap();
}

// A node that traps beside others fails the stream; nobody waits for what follows it,
// which does not run, and the site can be replayed in another stream.
TEST_F(GraphTest, TrapBesideOtherNodes) {
  Graph graph(4, {0, 2, 1, 3});
  Kernel trapping("trapping", trapAtLast, sizeof(Stepping));
  Meeting meeting;
  uint64_t data[8] = {};
  auto replay = [&](vyre_stream stream, uint64_t trap, uint64_t times) {
    ASSERT_EQ(vyreGraphBegin(&graph.record, stream), VYRE_OK);
    for (uint32_t i = 0; i != 4; ++i) {
      Stepping args = {data + 2 * i, i == 1 ? trap : 0, 1, 4, &meeting};
      vyre_launch_desc launch = launchOf(&args, 1);
      ASSERT_EQ(vyreGraphNode(&graph.record, i, &trapping.record, &launch), VYRE_OK);
    }
    ASSERT_EQ(vyreGraphRepeat(&graph.record, times, stream), VYRE_OK);
  };
  {
    ScopedStream stream;
    replay(stream, 0, 10);
    EXPECT_EQ(vyreStreamSync(stream), VYRE_OK);
    replay(stream, 1, 10);
    EXPECT_EQ(vyreStreamSync(stream), VYRE_KERNEL_FAILED);
    EXPECT_NE(failureText(stream).find("trapping"), std::string::npos) << failureText(stream);
  }
  std::fill_n(data, 8, 0);
  meeting.inside = 0;
  ScopedStream stream;
  replay(stream, 0, 1);
  EXPECT_EQ(vyreStreamSync(stream), VYRE_OK);
  for (int i = 0; i != 4; ++i)
    EXPECT_EQ(data[2 * i], 1u);
}

// Edges that do not go forward are refused.
TEST_F(GraphTest, BackwardEdgeFails) {
  Graph graph(2, {1, 0});
  ScopedStream stream;
  EXPECT_EQ(vyreGraphBegin(&graph.record, stream), VYRE_INVALID_ARGUMENT);
}

} // namespace
