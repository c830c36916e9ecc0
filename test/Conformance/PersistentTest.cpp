// Cooperative launches: all workers run together and meet at grid barriers.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Conformance.h"

#include <atomic>
#include <thread>
#include <vector>

using namespace conformance;

namespace {

struct Rounds {
  uint64_t *slots; // plain memory: the barrier alone orders it
  uint64_t rounds;
  std::atomic<uint32_t> *wrong;
  std::atomic<int64_t> *workers;
};

// Each worker writes its slot, all meet, each reads all slots, all meet.
void rounds(const void *args, vyre_host_ctx *ctx) {
  auto *a = static_cast<const Rounds *>(args);
  a->workers->store(ctx->worker_count);
  for (uint64_t round = 1; round <= a->rounds; ++round) {
    a->slots[ctx->worker] = round;
    if (vyreHostGridBarrier(ctx) != 0)
      return;
    for (int64_t i = 0; i != ctx->worker_count; ++i)
      if (a->slots[i] != round)
        a->wrong->fetch_add(1);
    if (vyreHostGridBarrier(ctx) != 0)
      return;
  }
}

// A write before a barrier is seen by every worker after it, round by round.
TEST_F(HostKernels, GridBarrierOrdersMemory) {
  Kernel kernel("rounds", rounds, sizeof(Rounds), VYRE_KERNEL_COOPERATIVE);
  std::vector<uint64_t> slots(1024);
  std::atomic<uint32_t> wrong{0};
  std::atomic<int64_t> workers{0};
  Rounds args{slots.data(), 2000, &wrong, &workers};
  for (int repeat = 0; repeat != 3; ++repeat) {
    vyre_launch_desc launch = launchOf(&args, 1);
    ASSERT_EQ(vyreLaunchPersistent(&kernel.record, &launch, nullptr), VYRE_OK);
    ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
    EXPECT_EQ(wrong.load(), 0u);
    ASSERT_GE(workers.load(), 1);
    for (int64_t i = 0; i != workers.load(); ++i)
      EXPECT_EQ(slots[size_t(i)], 2000u);
  }
}

// Workers without work would only wait at the barriers.
TEST_F(HostKernels, NoMoreWorkersThanBlocks) {
  Kernel kernel("rounds", rounds, sizeof(Rounds), VYRE_KERNEL_COOPERATIVE);
  std::vector<uint64_t> slots(1024);
  std::atomic<uint32_t> wrong{0};
  std::atomic<int64_t> workers{0};
  Rounds args{slots.data(), 2000, &wrong, &workers};
  vyre_launch_desc launch = launchOf(&args, 1);
  launch.max_blocks = 1;
  ASSERT_EQ(vyreLaunchPersistent(&kernel.record, &launch, nullptr), VYRE_OK);
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  EXPECT_EQ(workers.load(), 1);
  EXPECT_EQ(slots[0], 2000u);
}

// Two cooperative launches on two streams share the workers and both end.
TEST_F(HostKernels, CooperativeLaunchesCoexist) {
  Kernel kernel("rounds", rounds, sizeof(Rounds), VYRE_KERNEL_COOPERATIVE);
  ScopedStream streams[2];
  std::vector<uint64_t> slots[2] = {std::vector<uint64_t>(1024), std::vector<uint64_t>(1024)};
  std::atomic<uint32_t> wrong{0};
  std::atomic<int64_t> workers{0};
  for (int repeat = 0; repeat != 20; ++repeat)
    for (int i = 0; i != 2; ++i) {
      Rounds args{slots[i].data(), 50, &wrong, &workers};
      vyre_launch_desc launch = launchOf(&args, 1);
      ASSERT_EQ(vyreLaunchPersistent(&kernel.record, &launch, streams[i]), VYRE_OK);
    }
  ASSERT_EQ(vyreDeviceSync(), VYRE_OK);
  EXPECT_EQ(wrong.load(), 0u);
}

struct Trapping {
  std::atomic<int> *aborted;
};

// A worker that traps releases the others from their barrier.
TEST_F(HostKernels, TrapReleasesTheBarrier) {
  Kernel kernel(
      "trapping",
      [](const void *args, vyre_host_ctx *ctx) {
        auto *a = static_cast<const Trapping *>(args);
        if (ctx->worker == 0)
          __builtin_trap();
        if (vyreHostGridBarrier(ctx) != 0)
          a->aborted->fetch_add(1);
      },
      sizeof(Trapping), VYRE_KERNEL_COOPERATIVE);
  ScopedStream stream;
  std::atomic<int> aborted{0};
  Trapping args{&aborted};
  vyre_launch_desc launch = launchOf(&args, 1);
  ASSERT_EQ(vyreLaunchPersistent(&kernel.record, &launch, stream), VYRE_OK);
  EXPECT_EQ(vyreStreamSync(stream), VYRE_KERNEL_FAILED);
  EXPECT_EQ(failureText(stream), "kernel 'trapping' launched at suite.mlir:1:2: trap");
}

// A grid barrier in a plain launch is an error, not a hang.
TEST_F(HostKernels, BarrierNeedsACooperativeLaunch) {
  Kernel kernel(
      "plain", [](const void *, vyre_host_ctx *ctx) { EXPECT_NE(vyreHostGridBarrier(ctx), 0); }, 0);
  ScopedStream stream;
  ASSERT_EQ(run(kernel, 0, 1, 1, stream), VYRE_OK);
  EXPECT_EQ(vyreStreamSync(stream), VYRE_KERNEL_FAILED);
}

} // namespace
