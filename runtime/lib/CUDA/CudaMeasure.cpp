// What launches, replays and grid barriers cost on the live GPU, measured with
// two tiny kernels of our own.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CudaDevice.h"

#include <algorithm>
#include <chrono>
#include <functional>

namespace vyre::rt::cuda {

namespace {

#define VYRE_TEXT_(text) #text
#define VYRE_TEXT(macro) VYRE_TEXT_(macro)

/// A kernel that returns at once, and one that meets all blocks of the grid
/// `rounds` times (a counter that only grows) unless the abort word is set. It
/// looks at that word as rarely as compiled kernels do: a look is expensive.
const char probeText[] = R"(.version 7.0
.target sm_70
.address_size 64
.visible .entry vyre_probe_empty()
{
  ret;
}
.visible .entry vyre_probe_barriers(.param .u32 rounds, .param .u64 state)
{
  .reg .pred %p<4>;
  .reg .b32 %r<10>;
  .reg .b64 %rd<4>;
  ld.param.u32 %r1, [rounds];
  ld.param.u64 %rd1, [state];
  cvta.to.global.u64 %rd2, %rd1;
  mov.u32 %r2, %nctaid.x;
  mov.u32 %r3, %tid.x;
  mov.u32 %r4, 0;
  mov.u32 %r5, 0;
  ld.global.u64 %rd3, [%rd2+)" VYRE_TEXT(VYRE_BARRIER_ABORT_OFFSET) R"(];
Round:
  setp.ge.u32 %p1, %r5, %r1;
  @%p1 bra Done;
  bar.sync 0;
  add.u32 %r4, %r4, %r2;
  setp.ne.u32 %p2, %r3, 0;
  @%p2 bra Meet;
  fence.acq_rel.gpu;
  atom.add.acq_rel.gpu.global.u32 %r6, [%rd2], 1;
  mov.u32 %r9, 0;
Spin:
  ld.acquire.gpu.global.u32 %r7, [%rd2];
  setp.ge.u32 %p3, %r7, %r4;
  @%p3 bra Meet;
  add.u32 %r9, %r9, 1;
  and.b32 %r8, %r9, 1023;
  setp.ne.u32 %p3, %r8, 0;
  @%p3 bra Spin;
  ld.relaxed.sys.u32 %r8, [%rd3];
  setp.eq.u32 %p3, %r8, 0;
  @%p3 bra Spin;
Meet:
  bar.sync 0;
  add.u32 %r5, %r5, 1;
  bra Round;
Done:
  ret;
}
)";

vyre_image_desc probeImage = {
    sizeof(vyre_image_desc), VYRE_ABI_VERSION, VYRE_IMAGE_PTX, 70, probeText, sizeof(probeText)};
vyre_module_desc probeModule = {
    sizeof(vyre_module_desc), VYRE_ABI_VERSION, "vyre.probe", &probeImage, 1, nullptr};
vyre_kernel_desc emptyKernel = {sizeof(vyre_kernel_desc),
                                VYRE_ABI_VERSION,
                                "vyre_probe_empty",
                                &probeModule,
                                nullptr,
                                0,
                                0,
                                nullptr};

struct BarrierArgs {
  uint32_t rounds, padding;
  uint64_t state;
};
vyre_kernel_desc barrierKernel = {sizeof(vyre_kernel_desc),
                                  VYRE_ABI_VERSION,
                                  "vyre_probe_barriers",
                                  &probeModule,
                                  nullptr,
                                  VYRE_KERNEL_COOPERATIVE,
                                  sizeof(BarrierArgs),
                                  nullptr};

vyre_launch_desc probeLaunch(int64_t threads, const void *args) {
  return {sizeof(vyre_launch_desc), VYRE_ABI_VERSION, 1, 1, 1, threads, 1, 1, 0, args, nullptr, 0};
}

/// The shortest of a few runs of `work`, in nanoseconds; the first failure is
/// put into `status` and ends the measuring.
uint64_t shortest(int runs, Status &status, const std::function<Status()> &work) {
  uint64_t best = UINT64_MAX;
  for (int run = 0; run < runs && status.ok(); ++run) {
    auto begin = std::chrono::steady_clock::now();
    status = work();
    auto took = std::chrono::steady_clock::now() - begin;
    best = std::min<uint64_t>(best,
                              std::chrono::duration_cast<std::chrono::nanoseconds>(took).count());
  }
  return best;
}

/// The cost of one of `count` additions that turned `less` into `more`.
uint64_t each(uint64_t more, uint64_t less, uint64_t count) {
  return more > less ? (more - less) / count : 0;
}

/// A straight line of empty kernels.
GraphSpec chain(uint32_t length) {
  GraphSpec spec;
  GraphNode node;
  node.kernel = &emptyKernel;
  node.launch = probeLaunch(1, nullptr);
  spec.nodes.assign(length, node);
  for (uint32_t i = 1; i < length; ++i)
    spec.edges.push_back({i - 1, i});
  return spec;
}

} // namespace

/// Graphs of two lengths: their difference is the price of a node, the rest the
/// price of a replay.
static Status measureGraphs(CudaDevice &device, Stream &stream, DeviceCosts &costs) {
  constexpr uint32_t shortChain = 2, longChain = 34;
  std::unique_ptr<GraphExec> small, large;
  Status status;
  costs.recordNs = shortest(2, status, [&] {
    small.reset();
    return device.instantiate(chain(shortChain), stream, small);
  });
  if (status.ok())
    status = device.instantiate(chain(longChain), stream, large);
  auto replay = [&](GraphExec &exec) {
    Status done = device.replay(exec, stream);
    return done.ok() ? device.sync(stream) : done;
  };
  uint64_t smallNs = shortest(6, status, [&] { return replay(*small); });
  uint64_t largeNs = shortest(6, status, [&] { return replay(*large); });
  if (!status.ok())
    return status;
  costs.graphNodeNs = each(largeNs, smallNs, longChain - shortChain);
  costs.graphLaunchNs =
      smallNs > costs.roundTripNs ? smallNs - costs.roundTripNs : costs.graphNodeNs;
  return {};
}

/// One barrier over all resident blocks, and starting a kernel that has none.
static Status measureBarriers(CudaDevice &device, Stream &stream, DeviceCosts &costs) {
  constexpr int64_t threads = 256;
  constexpr uint32_t rounds = 64;
  uint32_t workers = 0;
  Status status = device.residency(barrierKernel, threads, 0, workers);
  if (!status.ok() || workers == 0)
    return status;
  auto run = [&](uint32_t count) {
    BarrierArgs args = {count, 0, 0};
    vyre_launch_desc launch = probeLaunch(threads, &args);
    Status done = device.launchPersistent(barrierKernel, launch, stream);
    return done.ok() ? device.sync(stream) : done;
  };
  costs.setupNs = shortest(5, status, [&] { return run(0); });
  uint64_t longNs = shortest(5, status, [&] { return run(rounds); });
  if (status.ok())
    costs.barrierNs = each(longNs, costs.setupNs, rounds);
  return status;
}

Status CudaDevice::measure(DeviceCosts &costs) {
  StreamRef stream;
  Status status = createStream(stream);
  if (!status.ok())
    return status;
  vyre_launch_desc launchOnce = probeLaunch(1, nullptr);
  auto launches = [&](int count) {
    Status done;
    for (int i = 0; i < count && done.ok(); ++i)
      done = launch(emptyKernel, launchOnce, *stream);
    return done.ok() ? sync(*stream) : done;
  };
  constexpr int many = 65;
  status = launches(1); // loads the module
  costs.roundTripNs = shortest(8, status, [&] { return launches(1); });
  uint64_t manyNs = shortest(4, status, [&] { return launches(many); });
  costs.launchNs = each(manyNs, costs.roundTripNs, many - 1);
  if (status.ok() && api.cuGraphInstantiateWithFlags)
    status = measureGraphs(*this, *stream, costs);
  if (status.ok())
    status = measureBarriers(*this, *stream, costs);
  destroyStream(*stream);
  return status;
}

} // namespace vyre::rt::cuda
