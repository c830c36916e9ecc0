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

/// A kernel that returns at once; one that meets all blocks of the grid `rounds`
/// times (a counter that only grows) unless the abort word is set; and one whose
/// blocks meet those beside them, each by a flag of its own. They look at the abort
/// word as rarely as compiled kernels do: a look is expensive.
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
.visible .entry vyre_probe_neighbours(.param .u32 rounds, .param .u64 state)
{
  .reg .pred %p<6>;
  .reg .b32 %r<12>;
  .reg .b64 %rd<8>;
  ld.param.u32 %r1, [rounds];
  ld.param.u64 %rd1, [state];
  cvta.to.global.u64 %rd2, %rd1;
  ld.global.u64 %rd3, [%rd2+)" VYRE_TEXT(VYRE_BARRIER_ABORT_OFFSET) R"(];
  ld.global.u64 %rd4, [%rd2+)" VYRE_TEXT(VYRE_BARRIER_FLAGS_OFFSET) R"(];
  cvta.to.global.u64 %rd4, %rd4;
  mov.u32 %r2, %nctaid.x;
  mov.u32 %r3, %tid.x;
  mov.u32 %r4, %ctaid.x;
  mad.wide.u32 %rd5, %r4, )" VYRE_TEXT(VYRE_BARRIER_FLAG_BYTES) R"(, %rd4;
  add.u32 %r5, %r4, %r3;
  sub.u32 %r5, %r5, 1;
  mad.wide.u32 %rd6, %r5, )" VYRE_TEXT(VYRE_BARRIER_FLAG_BYTES) R"(, %rd4;
  setp.lt.u32 %p1, %r3, 3;
  setp.lt.u32 %p2, %r5, %r2;
  and.pred %p1, %p1, %p2;
  setp.eq.u32 %p2, %r3, 0;
  mov.u32 %r6, 0;
Round:
  setp.ge.u32 %p3, %r6, %r1;
  @%p3 bra Done;
  add.u32 %r6, %r6, 1;
  bar.sync 0;
  @!%p2 bra Wait;
  fence.acq_rel.gpu;
  st.release.gpu.global.u32 [%rd5], %r6;
Wait:
  @!%p1 bra Met;
  mov.u32 %r7, 0;
Spin:
  ld.acquire.gpu.global.u32 %r8, [%rd6];
  setp.ge.u32 %p4, %r8, %r6;
  @%p4 bra Met;
  add.u32 %r7, %r7, 1;
  and.b32 %r9, %r7, 1023;
  setp.ne.u32 %p4, %r9, 0;
  @%p4 bra Spin;
  ld.relaxed.sys.u32 %r9, [%rd3];
  setp.eq.u32 %p4, %r9, 0;
  @%p4 bra Spin;
Met:
  fence.acq_rel.gpu;
  bar.sync 0;
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
                                nullptr,
                                nullptr,
                                0,
                                0};

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
                                  nullptr,
                                  nullptr,
                                  0,
                                  0};

vyre_kernel_desc neighboursKernel = {sizeof(vyre_kernel_desc),
                                     VYRE_ABI_VERSION,
                                     "vyre_probe_neighbours",
                                     &probeModule,
                                     nullptr,
                                     VYRE_KERNEL_COOPERATIVE | VYRE_KERNEL_NEIGHBOURS,
                                     sizeof(BarrierArgs),
                                     nullptr,
                                     nullptr,
                                     0,
                                     0};

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

/// Starting a kernel that has no meetings, and one meeting, of all resident blocks
/// or of neighbours among them.
static Status measureMeetings(CudaDevice &device, Stream &stream, DeviceCosts &costs) {
  constexpr int64_t threads = 256;
  constexpr uint32_t rounds = 64;
  Status status = device.residency(barrierKernel, threads, 0, costs.barrierWorkers);
  if (!status.ok() || costs.barrierWorkers == 0)
    return status;
  auto shortestOf = [&](const vyre_kernel_desc &kernel, uint32_t count) {
    return shortest(5, status, [&] {
      BarrierArgs args = {count, 0, 0};
      vyre_launch_desc launch = probeLaunch(threads, &args);
      // As many of either kernel, whose prices are compared.
      launch.max_blocks = costs.barrierWorkers;
      Status done = device.launchPersistent(kernel, launch, stream);
      return done.ok() ? device.sync(stream) : done;
    });
  };
  costs.setupNs = shortestOf(barrierKernel, 0);
  uint64_t allNs = shortestOf(barrierKernel, rounds);
  uint64_t noneNs = shortestOf(neighboursKernel, 0);
  uint64_t nearNs = shortestOf(neighboursKernel, rounds);
  if (!status.ok())
    return status;
  costs.barrierNs = each(allNs, costs.setupNs, rounds);
  costs.neighboursNs = each(nearNs, noneNs, rounds);
  return {};
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
    status = measureMeetings(*this, *stream, costs);
  destroyStream(*stream);
  return status;
}

} // namespace vyre::rt::cuda
