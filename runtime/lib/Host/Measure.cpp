// The measuring program: what launches, graph nodes and grid barriers add to the
// work itself, timed through the device interface.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Programs launch grids that all workers share, so that is what is measured: a
// grid of several blocks per worker, each busy for a known time. The price of a
// launch is what it took beyond that time divided by the workers: hand-over,
// claims of chunks, and waiting for the last block. A barrier is priced alike,
// over the same blocks, so that the prices may be compared.
#include "Measure.h"
#include "Trace.h"

#include <algorithm>
#include <vector>

namespace vyre::rt::host {

namespace {

// The least of these counts: interruptions by others only ever add time.
constexpr int repeats = 3;
constexpr uint64_t budgetNs = 800000; // no more repeats than fit, on a loaded machine
constexpr int batch = 8;
constexpr int64_t blocksPerWorker = 4;
// What each worker has to do per launch: worth the wake-up of a sleeping worker,
// and all of the measurement takes a few milliseconds.
constexpr double workNs = 12000;

// What the blocks of the measuring kernels do.
struct Work {
  int64_t turns; // of a block
  int64_t blocks;
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

// The same blocks, `batch` times, with a barrier after each time.
void meetingKernel(const void *args, vyre_host_ctx *ctx) {
  const Work &work = *static_cast<const Work *>(args);
  int64_t begin = ctx->worker * work.blocks / ctx->worker_count;
  int64_t end = (ctx->worker + 1) * work.blocks / ctx->worker_count;
  for (int i = 0; i != batch; ++i) {
    turn((end - begin) * work.turns);
    if (vyreHostGridBarrier(ctx) != 0)
      return;
  }
}

vyre_kernel_desc kernelOf(vyre_host_kernel_fn function, void **state) {
  vyre_kernel_desc kernel = {};
  kernel.struct_size = sizeof kernel;
  kernel.version = VYRE_ABI_VERSION;
  kernel.name = "vyre_measure";
  kernel.host_fn = function;
  kernel.param_bytes = sizeof(Work);
  kernel.runtime_state = state;
  return kernel;
}

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

// Least time of `run`, in nanoseconds.
template <typename Run> uint64_t leastNs(Run run) {
  uint64_t least = UINT64_MAX, start = nowNs();
  for (int i = 0; i != repeats && nowNs() - start < budgetNs; ++i) {
    uint64_t begin = nowNs();
    run();
    least = std::min(least, nowNs() - begin);
  }
  return least;
}

// One program run of `device` on a stream of its own. Failures of an empty
// kernel do not happen; what comes back from the device is kept all the same.
class Measurement {
public:
  Measurement(Device &target, Stream &queue) : device(target), stream(queue) {}

  void run(DeviceCosts &costs) {
    keep(device.residency(busy, 1, 0, costs.barrierWorkers));
    uint64_t usefulNs = calibrate(std::max<uint32_t>(costs.barrierWorkers, 1));
    launchAndSync(empty, one); // starts the stream's thread
    costs.roundTripNs = leastNs([&] { launchAndSync(empty, one); });
    launchAndSync(busy, grid); // starts the workers, learns the blocks' cost
    costs.launchNs = std::max<uint64_t>(addedNs(leastNs([&] {
                                                  for (int i = 0; i != batch; ++i)
                                                    keep(device.launch(busy, grid, stream));
                                                  keep(device.sync(stream));
                                                }),
                                                usefulNs),
                                        1);
    costs.setupNs = leastNs([&] { persistent(empty); });
    uint64_t met = leastNs([&] { persistent(meeting); });
    costs.barrierNs = addedNs(met - std::min(met, costs.setupNs), usefulNs);
    graphs(costs, usefulNs);
  }
  Status result() const { return first; }

private:
  void keep(const Status &status) {
    if (first.ok() && !status.ok())
      first = status;
  }
  // Sets the work of a block; what one worker has to do per launch, in fact.
  uint64_t calibrate(uint32_t workers) {
    constexpr int64_t probe = 2000;
    uint64_t probeNs = std::max<uint64_t>(leastNs([] { turn(probe); }), 1);
    work.turns = std::max<int64_t>(int64_t(workNs / blocksPerWorker * probe / double(probeNs)), 1);
    work.blocks = blocksPerWorker * int64_t(workers);
    grid = launchOf(work.blocks, work);
    return leastNs([&] { turn(work.turns * blocksPerWorker); });
  }
  // What each of a batch took beyond its useful part.
  static uint64_t addedNs(uint64_t batchNs, uint64_t usefulNs) {
    uint64_t each = batchNs / batch;
    return each - std::min(each, usefulNs);
  }
  void launchAndSync(const vyre_kernel_desc &kernel, const vyre_launch_desc &launch) {
    keep(device.launch(kernel, launch, stream));
    keep(device.sync(stream));
  }
  void persistent(const vyre_kernel_desc &kernel) {
    keep(device.launchPersistent(kernel, one, stream));
    keep(device.sync(stream));
  }
  static GraphNode nodeOf(const vyre_kernel_desc &kernel, const vyre_launch_desc &launch,
                          bool isEmpty) {
    const auto *bytes = static_cast<const unsigned char *>(launch.args);
    GraphNode node{&kernel, launch, {}, isEmpty};
    node.args.assign(bytes, bytes + kernel.param_bytes);
    return node;
  }
  void graphs(DeviceCosts &costs, uint64_t usefulNs) {
    GraphSpec spec;
    spec.nodes.push_back(nodeOf(empty, one, true));
    std::unique_ptr<GraphExec> none;
    costs.recordNs = leastNs([&] { keep(device.instantiate(spec, stream, none)); });
    costs.graphLaunchNs = leastNs([&] {
                            for (int i = 0; i != batch; ++i)
                              keep(device.replay(*none, stream));
                            keep(device.sync(stream));
                          }) /
                          batch;
    spec.nodes.assign(batch, nodeOf(busy, grid, false));
    std::unique_ptr<GraphExec> many;
    keep(device.instantiate(spec, stream, many));
    uint64_t full = leastNs([&] {
      keep(device.replay(*many, stream));
      keep(device.sync(stream));
    });
    costs.graphNodeNs = addedNs(full - std::min(full, costs.graphLaunchNs), usefulNs);
  }
  Device &device;
  Stream &stream;
  Work work = {1, 1};
  void *guesses[3] = {};
  vyre_kernel_desc empty = kernelOf(emptyKernel, &guesses[0]);
  vyre_kernel_desc busy = kernelOf(busyKernel, &guesses[1]);
  vyre_kernel_desc meeting = kernelOf(meetingKernel, &guesses[2]);
  vyre_launch_desc one = launchOf(1, work);
  vyre_launch_desc grid = one;
  Status first;
};

} // namespace

Status measureHost(Device &device, DeviceCosts &costs) {
  StreamRef stream;
  Status created = device.createStream(stream);
  if (!created.ok())
    return created;
  stream->isTraced = false; // no work of the program
  Measurement measurement(device, *stream);
  measurement.run(costs);
  device.destroyStream(*stream);
  return measurement.result();
}

} // namespace vyre::rt::host
