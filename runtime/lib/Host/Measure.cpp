// The measuring program: what launches, graph nodes and synchronizations add to
// the work itself, timed through the device interface.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A price is the difference of two runs with the same work, in one launch and in
// several, divided by how many more there are. Subtracting a computed share of
// the work instead would be wrong by half of it whenever the workers run on one
// core: then nothing runs side by side, and the scheduler takes milliseconds to
// change that. A difference does not care, and in such a moment says what a
// program would pay just then.
//
// Rounds time everything in turn, so that both runs of a difference meet the same
// machine. Of work on several threads a quartile of the rounds counts, because
// what interrupts a round may sit in either run of it: the lower one of launches,
// the upper one of barriers, which errs to plain launches. What one thread does
// alone is short enough to find a moment without interruption: there the least
// counts. Starting a persistent kernel is interrupted only for the worse, and
// happens once: the lower quartile.
//
// Each round is made as programs are: launches back to back from one thread, then
// a synchronization.
#include "Measure.h"
#include "Launch.h"
#include "Trace.h"

#include <algorithm>
#include <atomic>
#include <vector>

namespace vyre::rt::host {

namespace {

constexpr size_t mostRounds = 7;
// No further round after that; the rest of the 5 ms is for one that a loaded
// machine draws out.
constexpr uint64_t budgetNs = 3000000;
constexpr int batch = 4;                // of launches with work
constexpr int series = 33;              // of launches without
constexpr int triesAlone = 3;           // a round
constexpr int meetings = 8;             // of workers, with work in between
constexpr uint64_t meetingsNs = 300000; // no more of them than fit
constexpr int64_t blocksPerWorker = 4;
// What each worker has to do per launch: worth the wake-up of a sleeping worker.
constexpr double workNs = 12000;

// What the blocks of the measuring kernels do.
struct Work {
  int64_t turns; // of a block
  int64_t blocks;
  struct Meetings *meetings; // of a persistent kernel
};

// How often the workers of a persistent kernel do their blocks. Where they meet
// after each time, worker 0 ends it at `deadlineNs`: a barrier between workers
// that share a core with other programs takes as long as a time slice.
struct Meetings {
  explicit Meetings(int64_t wanted, uint64_t deadline = UINT64_MAX)
      : limit(wanted), deadlineNs(deadline) {}
  std::atomic<int64_t> limit;
  const uint64_t deadlineNs;
};

// A chain of operations that no compiler shortens.
void turn(int64_t turns) {
  uint64_t value = uint64_t(turns);
  for (int64_t i = 0; i != turns; ++i) {
    value = value * 0x9e3779b97f4a7c15u + 1;
    asm volatile("" : "+r"(value));
  }
}

void emptyKernel(const void *, vyre_host_ctx *) {}

void busyKernel(const void *args, vyre_host_ctx *ctx) {
  for (int64_t block = ctx->block_begin; block != ctx->block_end; ++block)
    turn(static_cast<const Work *>(args)->turns);
}

// The same blocks again and again, with a synchronization after each time. A
// lower limit is set before the barrier after which the others look at it.
template <typename Meet> void meetingKernel(const void *args, vyre_host_ctx *ctx, Meet meet) {
  const Work &work = *static_cast<const Work *>(args);
  Meetings &meetings = *work.meetings;
  int64_t begin = ctx->worker * work.blocks / ctx->worker_count;
  int64_t end = (ctx->worker + 1) * work.blocks / ctx->worker_count;
  for (int64_t i = 0; i < meetings.limit.load(std::memory_order_relaxed); ++i) {
    turn((end - begin) * work.turns);
    if (ctx->worker == 0 && nowNs() > meetings.deadlineNs)
      meetings.limit.store(i + 1, std::memory_order_relaxed);
    if (!meet())
      return;
  }
}
void apartKernel(const void *args, vyre_host_ctx *ctx) {
  meetingKernel(args, ctx, [] { return true; });
}
void gridKernel(const void *args, vyre_host_ctx *ctx) {
  meetingKernel(args, ctx, [&] { return vyreHostGridBarrier(ctx) == 0; });
}
void neighboursKernel(const void *args, vyre_host_ctx *ctx) {
  meetingKernel(args, ctx, [&] { return vyreHostNeighbourBarrier(1, ctx) == 0; });
}

// A kernel with the place where the device keeps what it learns about it.
struct Probe {
  explicit Probe(vyre_host_kernel_fn function) {
    kernel.struct_size = sizeof kernel;
    kernel.version = VYRE_ABI_VERSION;
    kernel.name = "vyre_measure";
    kernel.host_fn = function;
    kernel.param_bytes = sizeof(Work);
    kernel.runtime_state = &guess;
  }
  Probe(const Probe &) = delete;
  Probe &operator=(const Probe &) = delete;

  vyre_kernel_desc kernel = {};

private:
  void *guess = nullptr;
};

vyre_launch_desc launchOf(int64_t blocks, const Work &work) {
  vyre_launch_desc launch = {};
  launch.struct_size = sizeof launch;
  launch.version = VYRE_ABI_VERSION;
  launch.grid_x = blocks;
  launch.grid_y = launch.grid_z = 1;
  launch.block_x = launch.block_y = launch.block_z = 1;
  launch.args = &work;
  launch.location = "the runtime's own measurement";
  return launch;
}

GraphNode nodeOf(const vyre_kernel_desc &kernel, const vyre_launch_desc &launch, bool isEmpty) {
  const auto *bytes = static_cast<const unsigned char *>(launch.args);
  GraphNode node;
  node.kernel = &kernel;
  node.launch = launch;
  node.empty = isEmpty;
  node.args.assign(bytes, bytes + kernel.param_bytes);
  return node;
}

template <typename Run> int64_t timeOf(Run run) {
  uint64_t begin = nowNs();
  run();
  return int64_t(nowNs() - begin);
}

// Differences of times, one a round.
using Samples = std::vector<int64_t>;

// The sample below which `quarters` of four lie; no less than 0.
uint64_t quartile(Samples &samples, size_t quarters) {
  if (samples.empty())
    return 0;
  auto at = samples.begin() + int64_t((samples.size() * quarters - 1) / 4);
  std::nth_element(samples.begin(), at, samples.end());
  return uint64_t(std::max<int64_t>(*at, 0));
}

// The least of times.
struct Least {
  int64_t ns = INT64_MAX;
  template <typename Run> void time(Run run) { ns = std::min(ns, timeOf(run)); }
};

// What each of `count` additions cost that turned `less` into `more`.
uint64_t each(const Least &more, const Least &less, int64_t count) {
  return uint64_t(std::max<int64_t>((more.ns - less.ns) / count, 0));
}

// One program run of `device` on a stream of its own. Failures of an empty
// kernel do not happen; what comes back from the device is kept all the same.
class Measurement {
public:
  Measurement(Device &target, Stream &queue) : device(target), stream(queue) {}

  void run(DeviceCosts &costs) {
    keep(device.residency(busy.kernel, 1, 0, costs.barrierWorkers));
    prepare(std::max<uint32_t>(costs.barrierWorkers, 1));
    uint64_t begin = nowNs();
    while (rounds < mostRounds && (rounds == 0 || nowNs() - begin < budgetNs))
      round();
    costs.roundTripNs = uint64_t(roundTrip.ns);
    costs.launchNs = std::max<uint64_t>(each(launches, roundTrip, series - 1), 1);
    uint64_t shared = quartile(sharedLaunches, 1);
    costs.sharingNs = shared - std::min(shared, costs.launchNs);
    costs.sharedFromThreads = leastSharedThreads;
    costs.setupNs = quartile(setups, 1);
    // Meeting another thread is never cheaper than what one thread does alone.
    costs.barrierNs = std::max(quartile(barriers, 3), costs.launchNs);
    costs.neighboursNs = std::max(quartile(neighbours, 3), costs.launchNs);
    costs.recordNs = uint64_t(record.ns);
    costs.graphLaunchNs = uint64_t(replays.ns) / batch;
    costs.graphNodeNs = each(longReplay, emptyReplay, series);
  }
  Status result() const { return first; }

private:
  void keep(const Status &status) {
    if (first.ok() && !status.ok())
      first = status;
  }

  // Sets the work, starts all threads and lets the device learn the blocks' cost.
  void prepare(uint32_t workers) {
    constexpr int64_t probe = 2000;
    int64_t probeNs = INT64_MAX;
    for (int i = 0; i != 3; ++i)
      probeNs = std::min(probeNs, timeOf([] { turn(probe); }));
    probeNs = std::max<int64_t>(probeNs, 1);
    work.turns = std::max<int64_t>(int64_t(workNs / blocksPerWorker * probe / double(probeNs)), 1);
    work.blocks = blocksPerWorker * int64_t(workers);
    grid = launchOf(work.blocks, work);
    wholeGrid = launchOf(work.blocks * batch, work);
    launchAndSync(empty, one, 2);
    launchAndSync(busy, grid, 2);
    GraphSpec spec;
    spec.nodes.push_back(nodeOf(empty.kernel, one, true));
    keep(device.instantiate(spec, stream, emptyGraph));
    spec.nodes.assign(series, nodeOf(empty.kernel, one, false));
    keep(device.instantiate(spec, stream, longGraph));
  }

  void round() {
    for (int i = 0; i != triesAlone; ++i)
      timeAlone();
    int64_t together = timeOf([&] { launchAndSync(busy, wholeGrid, 1); });
    int64_t inTurn = timeOf([&] { launchAndSync(busy, grid, batch); });
    sharedLaunches.push_back((inTurn - together) / (batch - 1));

    Meetings none(0), without(meetings);
    setups.push_back(timeOf([&] { persistent(apart, none); }));
    int64_t alone = timeOf([&] { persistent(apart, without); }) / meetings;
    Meetings with(meetings, nowNs() + meetingsNs);
    int64_t joined = timeOf([&] { persistent(met, with); }) / with.limit;
    barriers.push_back(joined - alone);
    // As often: who is not next to worker 0 would not learn of an early end in time.
    Meetings asOften(with.limit);
    int64_t near = timeOf([&] { persistent(beside, asOften); }) / with.limit;
    neighbours.push_back(near - alone);
    ++rounds;
  }

  // What the thread that synchronizes can do alone.
  void timeAlone() {
    roundTrip.time([&] { launchAndSync(empty, one, 1); });
    launches.time([&] { launchAndSync(empty, one, series); });
    GraphSpec spec;
    spec.nodes.push_back(nodeOf(empty.kernel, one, true));
    std::unique_ptr<GraphExec> exec;
    record.time([&] { keep(device.instantiate(spec, stream, exec)); });
    emptyReplay.time([&] { replayAndSync(*emptyGraph, 1); });
    replays.time([&] { replayAndSync(*emptyGraph, batch); });
    longReplay.time([&] { replayAndSync(*longGraph, 1); });
  }

  void launchAndSync(const Probe &probe, const vyre_launch_desc &launch, int times) {
    for (int i = 0; i != times; ++i)
      keep(device.launch(probe.kernel, launch, stream));
    keep(device.sync(stream));
  }
  void persistent(const Probe &probe, Meetings &meetings) {
    Work what = {work.turns, work.blocks / blocksPerWorker, &meetings};
    keep(device.launchPersistent(probe.kernel, launchOf(1, what), stream));
    keep(device.sync(stream));
  }
  void replayAndSync(GraphExec &exec, int times) {
    for (int i = 0; i != times; ++i)
      keep(device.replay(exec, stream));
    keep(device.sync(stream));
  }

  Device &device;
  Stream &stream;
  Work work = {1, 1, nullptr};
  Probe empty{emptyKernel}, busy{busyKernel}, apart{apartKernel}, met{gridKernel},
      beside{neighboursKernel};
  vyre_launch_desc one = launchOf(1, work), grid = one, wholeGrid = one;
  std::unique_ptr<GraphExec> emptyGraph, longGraph;
  size_t rounds = 0;
  Least roundTrip, launches, record, emptyReplay, replays, longReplay;
  Samples sharedLaunches, setups, barriers, neighbours;
  Status first;
};

} // namespace

Status measureHost(Device &device, DeviceCosts &costs) {
  StreamRef stream;
  Status created = device.createStream(stream);
  if (!created.ok())
    return created;
  stream->isTraced = false;     // no work of the program
  stream->ownedByThread = true; // as the default stream, on which programs launch
  {
    Measurement measurement(device, *stream);
    measurement.run(costs);
    created = measurement.result();
  }
  device.destroyStream(*stream);
  return created;
}

} // namespace vyre::rt::host
