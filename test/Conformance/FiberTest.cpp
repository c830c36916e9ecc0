// Threads of a block as fibers: divergent barriers, early ends, asserts.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Conformance.h"

#include <atomic>
#include <vector>

using namespace conformance;

namespace {

struct Frame {
  int64_t block;
  int64_t *shared; // one element per thread
  int64_t *out;
};

// Reverses the block through shared memory; a barrier lies in each branch.
void reverseThread(void *frame, int64_t x, int64_t, int64_t, vyre_host_ctx *ctx) {
  auto *f = static_cast<Frame *>(frame);
  f->shared[x] = f->block * 1000 + x;
  if (x % 2 == 0)
    vyreHostFiberBarrier(ctx);
  else
    vyreHostFiberBarrier(ctx);
  f->out[f->block * ctx->block_x + x] = f->shared[ctx->block_x - 1 - x];
  vyreHostFiberBarrier(ctx);
}

struct Out {
  int64_t *out;
};

void reverse(const void *args, vyre_host_ctx *ctx) {
  int64_t shared[1024];
  for (int64_t block = ctx->block_begin; block != ctx->block_end; ++block) {
    Frame frame{block, shared, static_cast<const Out *>(args)->out};
    vyreHostRunFibers(reverseThread, &frame, ctx->block_x, ctx->block_y, ctx->block_z, ctx);
  }
}

// Barriers at different places of a branch meet; many blocks reuse the fibers.
TEST_F(HostKernels, DivergentBarriersMeet) {
  Kernel kernel("reverse", reverse, sizeof(Out));
  for (int64_t threads : {1, 2, 33, 1024}) {
    std::vector<int64_t> out(size_t(threads * 17));
    ASSERT_EQ(run(kernel, Out{out.data()}, 17, threads), VYRE_OK);
    ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
    for (int64_t block = 0; block != 17; ++block)
      for (int64_t x = 0; x != threads; ++x)
        ASSERT_EQ(out[size_t(block * threads + x)], block * 1000 + threads - 1 - x);
  }
}

// Ids run over the whole block, x fastest.
TEST_F(HostKernels, FiberIdsCoverTheBlock) {
  Kernel kernel(
      "ids",
      [](const void *args, vyre_host_ctx *ctx) {
        auto thread = [](void *frame, int64_t x, int64_t y, int64_t z, vyre_host_ctx *) {
          static_cast<int64_t *>(frame)[x + 3 * (y + 2 * z)] += 100 * x + 10 * y + z + 1;
        };
        vyreHostRunFibers(thread, static_cast<const Out *>(args)->out, 3, 2, 4, ctx);
      },
      sizeof(Out));
  std::vector<int64_t> out(24);
  ASSERT_EQ(run(kernel, Out{out.data()}, 1), VYRE_OK);
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  for (int64_t i = 0; i != 24; ++i)
    EXPECT_EQ(out[size_t(i)], 100 * (i % 3) + 10 * (i / 3 % 2) + i / 6 + 1);
}

// A thread that has returned no longer counts at barriers.
TEST_F(HostKernels, EndedThreadsDoNotBlock) {
  Kernel kernel(
      "early",
      [](const void *args, vyre_host_ctx *ctx) {
        auto thread = [](void *frame, int64_t x, int64_t, int64_t, vyre_host_ctx *context) {
          for (int64_t round = 0; round != x; ++round)
            vyreHostFiberBarrier(context);
          static_cast<int64_t *>(frame)[x] = 1;
        };
        vyreHostRunFibers(thread, static_cast<const Out *>(args)->out, 9, 1, 1, ctx);
      },
      sizeof(Out));
  std::vector<int64_t> out(9);
  ASSERT_EQ(run(kernel, Out{out.data()}, 1), VYRE_OK);
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  EXPECT_EQ(out, std::vector<int64_t>(9, 1));
}

// A failed assert prints as CUDA does, ends its thread only, and fails the
// launch.
TEST_F(HostKernels, AssertEndsItsThread) {
  Kernel kernel(
      "asserting",
      [](const void *args, vyre_host_ctx *ctx) {
        auto thread = [](void *frame, int64_t x, int64_t y, int64_t z, vyre_host_ctx *context) {
          int64_t block[3] = {0, 0, 0}, self[3] = {x, y, z};
          if (x == 1)
            vyreHostAssertFail("must hold", "a.mlir", 12, "(unknown)", block, self, context);
          vyreHostFiberBarrier(context);
          static_cast<int64_t *>(frame)[x] = 1;
        };
        vyreHostRunFibers(thread, static_cast<const Out *>(args)->out, 3, 1, 1, ctx);
      },
      sizeof(Out), VYRE_KERNEL_HAS_ASSERT);
  ScopedStream stream;
  std::vector<int64_t> out(3);
  testing::internal::CaptureStderr();
  vyre_status launched = run(kernel, Out{out.data()}, 1, 3, stream);
  vyre_status synced = vyreStreamSync(stream);
  EXPECT_EQ(
      testing::internal::GetCapturedStderr(),
      "a.mlir:12: (unknown): block: [0,0,0], thread: [1,0,0] Assertion `must hold` failed.\n");
  EXPECT_EQ(launched, VYRE_OK);
  EXPECT_EQ(synced, VYRE_KERNEL_FAILED);
  EXPECT_EQ(failureText(stream),
            "kernel 'asserting' launched at suite.mlir:1:2: device assertion `must hold` failed");
  EXPECT_EQ(out, (std::vector<int64_t>{1, 0, 1}));
}

// A fiber that traps ends the launch; fibers work again afterwards.
TEST_F(HostKernels, TrapInAFiberEndsTheLaunch) {
  Kernel trapping(
      "fiber-trap",
      [](const void *, vyre_host_ctx *ctx) {
        auto thread = [](void *, int64_t x, int64_t, int64_t, vyre_host_ctx *context) {
          vyreHostFiberBarrier(context);
          if (x == 2)
            __builtin_trap();
          vyreHostFiberBarrier(context);
        };
        vyreHostRunFibers(thread, nullptr, 4, 1, 1, ctx);
      },
      0);
  Kernel kernel("reverse", reverse, sizeof(Out));
  for (int round = 0; round != 3; ++round) {
    ScopedStream stream;
    ASSERT_EQ(run(trapping, 0, 1, 4, stream), VYRE_OK);
    EXPECT_EQ(vyreStreamSync(stream), VYRE_KERNEL_FAILED);
    EXPECT_EQ(failureText(stream), "kernel 'fiber-trap' launched at suite.mlir:1:2: trap");
    std::vector<int64_t> out(8);
    ASSERT_EQ(run(kernel, Out{out.data()}, 1, 8), VYRE_OK);
    ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
    EXPECT_EQ(out[0], 7);
  }
}

} // namespace
