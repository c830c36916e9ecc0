// What a replay of a recorded graph costs on the host device:
//   - 100 launches of tiny one-block kernels, replayed 1,000 times, against the task list
//     that a programmer would write: a loop over prepared calls on the thread itself.
//     Once as one submission for all replays, as a program makes it whose loop changes
//     nothing, and once with a submission for each, whose nodes are all given again. The
//     limit is 1.2 times; the ratio to plain launches stands beside it, without one.
//   - three independent chains of one-block kernels, against the same launches on one
//     stream; on two cores the limit is two thirds of the time.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints JSON; exits with 1 when a limit is missed.
#include "Pairs.h"
#include "vyre-abi/vyre_abi.h"

#include <cstdlib>

namespace {

struct Args {
  float *data;
  int64_t count;
  float amount;
  float padding;
};

// One block; the same code on all sides, too large to inline into a loop over calls.
void addKernel(const void *args, vyre_host_ctx *) {
  auto *a = static_cast<const Args *>(args);
  for (int64_t i = 0; i != a->count; ++i)
    a->data[i] = a->data[i] * 0.5f + a->amount;
}

// Launches of one block each, as plain launches, as a recorded graph and as a list.
class Work {
public:
  Work(uint32_t launches, int64_t count, uint32_t chains)
      : data(size_t(chains) * size_t(count)), args(launches) {
    kernel.struct_size = sizeof kernel;
    kernel.version = VYRE_ABI_VERSION;
    kernel.name = "add";
    kernel.host_fn = addKernel;
    kernel.param_bytes = sizeof(Args);
    kernel.runtime_state = &state;
    for (uint32_t i = 0; i != launches; ++i) {
      args[i] = {data.data() + i % chains * count, count, float(i), 0};
      if (i >= chains)
        edges.insert(edges.end(), {i - chains, i});
      list.push_back({addKernel, &args[i]});
    }
    launch.struct_size = sizeof launch;
    launch.version = VYRE_ABI_VERSION;
    launch.grid_x = launch.grid_y = launch.grid_z = 1;
    launch.block_x = 32;
    launch.block_y = launch.block_z = 1;
    graph.struct_size = sizeof graph;
    graph.version = VYRE_ABI_VERSION;
    graph.location = "HostGraphBench.cpp:1:1";
    graph.node_count = launches;
    graph.edge_count = uint32_t(edges.size() / 2);
    graph.edges = edges.data();
  }
  Work(const Work &) = delete;

  void plain(int times) {
    for (int i = 0; i != times; ++i)
      for (const Args &each : args) {
        launch.args = &each;
        (void)vyreLaunch(&kernel, &launch, nullptr);
      }
    (void)vyreStreamSync(nullptr);
  }
  void replay(int times) {
    for (int i = 0; i != times; ++i) {
      give();
      (void)vyreGraphSubmit(&graph, nullptr);
    }
    (void)vyreStreamSync(nullptr);
  }
  void repeat(int times) {
    give();
    (void)vyreGraphRepeat(&graph, uint64_t(times), nullptr);
    (void)vyreStreamSync(nullptr);
  }
  void taskList(int times) {
    vyre_host_ctx context = {};
    context.block_end = context.grid_x = context.grid_y = context.grid_z = 1;
    for (int i = 0; i != times; ++i)
      for (const Task &task : list)
        task.run(task.args, &context);
  }

private:
  struct Task {
    vyre_host_kernel_fn run;
    const void *args;
  };

  void give() {
    (void)vyreGraphBegin(&graph, nullptr);
    for (uint32_t i = 0; i != args.size(); ++i) {
      launch.args = &args[i];
      (void)vyreGraphNode(&graph, i, &kernel, &launch);
    }
  }

  std::vector<float> data;
  std::vector<Args> args;
  std::vector<uint32_t> edges;
  std::vector<Task> list;
  vyre_kernel_desc kernel = {};
  vyre_launch_desc launch = {};
  vyre_graph_desc graph = {};
  void *state = nullptr;
};

} // namespace

int main() {
  ::setenv("VYRE_DEVICE", "host", 1);
  constexpr uint32_t launches = 100;
  constexpr int replays = 1000;
  constexpr double calls = double(launches) * replays;
  // Static: recordings live as long as the process.
  static Work tiny(launches, 32, 1), chains(90, 8192, 3);
  std::printf("[\n");
  bool holds = pairs::compare(
      "graph: 100 tiny launches repeated 1,000 times, against a hand-written task list", 1.2, calls,
      [] { tiny.repeat(replays); }, [] { tiny.taskList(replays); });
  std::printf(",\n");
  holds &= pairs::compare(
      "graph: 100 tiny launches replayed 1,000 times, against a hand-written task list", 1.2, calls,
      [] { tiny.replay(replays); }, [] { tiny.taskList(replays); });
  std::printf(",\n");
  (void)pairs::compare(
      "graph: 100 tiny launches replayed 1,000 times, against plain launches", 1e9, calls,
      [] { tiny.replay(replays); }, [] { tiny.plain(replays); });
  std::printf(",\n");
  constexpr int chainReplays = 100;
  holds &= pairs::compare(
      "graph: three chains of 30 one-block launches, against one stream", 1 / 1.5,
      90.0 * chainReplays, [] { chains.replay(chainReplays); }, [] { chains.plain(chainReplays); });
  std::printf("\n]\n");
  return holds ? 0 : 1;
}
