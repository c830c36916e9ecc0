// Cooperative launches: all workers run together and meet at grid barriers.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Conformance.h"

#include <algorithm>
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

struct Steps {
  uint64_t *slots; // plain memory: meetings of neighbours alone order it
  uint64_t rounds;
  int64_t distance;
  std::atomic<uint32_t> *wrong;
};

// Each worker writes its slot, meets its neighbours, reads their slots, meets them.
void steps(const void *args, vyre_host_ctx *ctx) {
  auto *a = static_cast<const Steps *>(args);
  for (uint64_t round = 1; round <= a->rounds; ++round) {
    a->slots[ctx->worker] = round;
    if (vyreHostNeighbourBarrier(a->distance, ctx) != 0)
      return;
    int64_t first = std::max<int64_t>(ctx->worker - a->distance, 0);
    int64_t last = std::min<int64_t>(ctx->worker + a->distance, ctx->worker_count - 1);
    for (int64_t i = first; i <= last; ++i)
      if (a->slots[i] != round)
        a->wrong->fetch_add(1);
    if (vyreHostNeighbourBarrier(a->distance, ctx) != 0)
      return;
    // Now and then all meet as well: the two do not disturb each other.
    if (round % 16 == 0 && vyreHostGridBarrier(ctx) != 0)
      return;
  }
}

// A write before a meeting is seen by every neighbour after it, and no neighbour is
// overtaken; at any distance, also one beyond the last worker.
TEST_F(HostKernels, NeighbourBarrierOrdersMemory) {
  Kernel kernel("steps", steps, sizeof(Steps), VYRE_KERNEL_COOPERATIVE | VYRE_KERNEL_NEIGHBOURS);
  std::vector<uint64_t> slots(1024);
  for (int64_t distance : {1, 2, 5000}) {
    std::atomic<uint32_t> wrong{0};
    Steps args{slots.data(), 1000, distance, &wrong};
    vyre_launch_desc launch = launchOf(&args, 1);
    ASSERT_EQ(vyreLaunchPersistent(&kernel.record, &launch, nullptr), VYRE_OK);
    ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
    EXPECT_EQ(wrong.load(), 0u) << distance;
    EXPECT_EQ(slots[0], 1000u);
  }
}

// A worker that traps releases the neighbours that wait for it.
TEST_F(HostKernels, TrapReleasesNeighbours) {
  Kernel kernel(
      "trapping",
      [](const void *, vyre_host_ctx *ctx) {
        if (ctx->worker == 0)
          __builtin_trap();
        while (vyreHostNeighbourBarrier(1, ctx) == 0)
          ;
      },
      0, VYRE_KERNEL_COOPERATIVE | VYRE_KERNEL_NEIGHBOURS);
  ScopedStream stream;
  vyre_launch_desc launch = launchOf(nullptr, 1);
  ASSERT_EQ(vyreLaunchPersistent(&kernel.record, &launch, stream), VYRE_OK);
  EXPECT_EQ(vyreStreamSync(stream), VYRE_KERNEL_FAILED);
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

// A meeting in a plain launch is an error, not a hang.
TEST_F(HostKernels, BarrierNeedsACooperativeLaunch) {
  Kernel kernel(
      "plain",
      [](const void *, vyre_host_ctx *ctx) {
        EXPECT_NE(vyreHostGridBarrier(ctx), 0);
        EXPECT_NE(vyreHostNeighbourBarrier(1, ctx), 0);
      },
      0);
  ScopedStream stream;
  ASSERT_EQ(run(kernel, 0, 1, 1, stream), VYRE_OK);
  EXPECT_EQ(vyreStreamSync(stream), VYRE_KERNEL_FAILED);
}

} // namespace
