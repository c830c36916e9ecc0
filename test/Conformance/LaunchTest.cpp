// Plain launches: coverage of the grid, arguments, shared memory, legality.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Conformance.h"

#include <atomic>
#include <numeric>
#include <thread>
#include <vector>

using namespace conformance;

namespace {

struct Counting {
  std::atomic<uint32_t> *seen;
};

void countBlocks(const void *args, vyre_host_ctx *ctx) {
  auto *a = static_cast<const Counting *>(args);
  for (int64_t block = ctx->block_begin; block != ctx->block_end; ++block)
    a->seen[block].fetch_add(1, std::memory_order_relaxed);
}

struct Adding {
  uint64_t *data;
  uint64_t amount;
};

void addOne(const void *args, vyre_host_ctx *ctx) {
  auto *a = static_cast<const Adding *>(args);
  for (int64_t block = ctx->block_begin; block != ctx->block_end; ++block)
    a->data[block] += a->amount;
}

// A program newer than the runtime gets a failure that says so, not a guess at
// what its records hold.
TEST_F(HostKernels, NewerRecordsAreRefused) {
  Kernel kernel("count", countBlocks, sizeof(Counting));
  std::atomic<uint32_t> seen[1] = {};
  Counting args = {seen};
  vyre_launch_desc launch = launchOf(&args, 1);
  launch.version = VYRE_ABI_VERSION + 1;
  EXPECT_EQ(vyreLaunch(&kernel.record, &launch, nullptr), VYRE_UNAVAILABLE);
  EXPECT_EQ(vyreStreamSync(nullptr), VYRE_UNAVAILABLE);
  EXPECT_EQ(seen[0].load(), 0u);
}

// Every block runs exactly once, whatever the grid's size and however often.
TEST_F(HostKernels, EachBlockRunsOnce) {
  Kernel kernel("count", countBlocks, sizeof(Counting));
  for (int64_t blocks : {1, 2, 3, 7, 64, 1000, 100000}) {
    std::vector<std::atomic<uint32_t>> seen(static_cast<size_t>(blocks));
    for (int repeat = 0; repeat != 5; ++repeat)
      ASSERT_EQ(run(kernel, Counting{seen.data()}, blocks), VYRE_OK);
    ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
    for (auto &count : seen)
      ASSERT_EQ(count.load(), 5u) << blocks;
  }
}

struct Slow {
  std::atomic<uint32_t> *seen;
  double *sink;
};

void slowBlocks(const void *args, vyre_host_ctx *ctx) {
  auto *a = static_cast<const Slow *>(args);
  for (int64_t block = ctx->block_begin; block != ctx->block_end; ++block) {
    double value = double(block);
    for (int i = 0; i != 2000; ++i)
      value = value * 0.999 + 1;
    a->sink[block] = value;
    a->seen[block].fetch_add(1, std::memory_order_relaxed);
  }
}

// The same for blocks that are long enough to be shared between workers.
TEST_F(HostKernels, SharedBlocksRunOnce) {
  Kernel kernel("slow", slowBlocks, sizeof(Slow));
  std::vector<std::atomic<uint32_t>> seen(3001);
  std::vector<double> sink(seen.size());
  for (int repeat = 0; repeat != 20; ++repeat)
    ASSERT_EQ(run(kernel, Slow{seen.data(), sink.data()}, int64_t(seen.size())), VYRE_OK);
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  for (auto &count : seen)
    ASSERT_EQ(count.load(), 20u);
}

// Launches of one stream run in order, and a later one sees an earlier's writes.
TEST_F(HostKernels, StreamKeepsOrder) {
  struct Args {
    uint64_t *value;
    uint64_t factor;
  };
  Kernel kernel(
      "horner",
      [](const void *args, vyre_host_ctx *) {
        auto *a = static_cast<const Args *>(args);
        *a->value = *a->value * 31 + a->factor;
      },
      sizeof(Args));
  uint64_t value = 1, expected = 1;
  for (uint64_t i = 0; i != 5000; ++i) {
    ASSERT_EQ(run(kernel, Args{&value, i}, 1), VYRE_OK);
    expected = expected * 31 + i;
  }
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  EXPECT_EQ(value, expected);
}

// Arguments are copied before the launch returns, at any size.
TEST_F(HostKernels, ArgumentsAreCopied) {
  struct Large {
    uint64_t *out;
    uint64_t words[700];
  };
  Kernel kernel(
      "large",
      [](const void *args, vyre_host_ctx *) {
        auto *a = static_cast<const Large *>(args);
        for (uint64_t word : a->words)
          *a->out += word;
      },
      sizeof(Large));
  uint64_t total = 0, expected = 0;
  Large args = {};
  args.out = &total;
  for (uint64_t round = 0; round != 50; ++round) {
    for (uint64_t &word : args.words)
      expected += word = round * 3 + 1;
    ASSERT_EQ(run(kernel, args, 1), VYRE_OK);
  }
  std::memset(args.words, 0xff, sizeof args.words);
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  EXPECT_EQ(total, expected);
}

// The context shows the launch's shape; shared memory is aligned and writable.
TEST_F(HostKernels, ContextShowsTheLaunch) {
  struct Args {
    bool *good;
  };
  Kernel kernel(
      "shape",
      [](const void *args, vyre_host_ctx *ctx) {
        auto *a = static_cast<const Args *>(args);
        bool shape = ctx->grid_x == 3 && ctx->grid_y == 5 && ctx->grid_z == 7 &&
                     ctx->block_x == 4 && ctx->block_y == 2 && ctx->block_z == 8 &&
                     ctx->dynamic_shared_bytes == 5000 &&
                     reinterpret_cast<uintptr_t>(ctx->dynamic_shared) % 64 == 0;
        std::memset(ctx->dynamic_shared, 1, 5000);
        for (int64_t block = ctx->block_begin; block != ctx->block_end; ++block)
          a->good[block] = shape;
      },
      sizeof(Args));
  bool good[105] = {};
  Args args{good};
  vyre_launch_desc launch = launchOf(&args, 3, 4);
  launch.grid_y = 5;
  launch.grid_z = 7;
  launch.block_y = 2;
  launch.block_z = 8;
  launch.dynamic_shared_bytes = 5000;
  ASSERT_EQ(vyreLaunch(&kernel.record, &launch, nullptr), VYRE_OK);
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  for (bool one : good)
    EXPECT_TRUE(one);
}

// A zero grid dimension does nothing and is no error.
TEST_F(HostKernels, ZeroGridDoesNothing) {
  Kernel kernel("count", countBlocks, sizeof(Counting));
  std::atomic<uint32_t> seen{0};
  Counting args{&seen};
  for (int dimension = 0; dimension != 3; ++dimension) {
    vyre_launch_desc launch = launchOf(&args, 2);
    (dimension == 0 ? launch.grid_x : dimension == 1 ? launch.grid_y : launch.grid_z) = 0;
    EXPECT_EQ(vyreLaunch(&kernel.record, &launch, nullptr), VYRE_OK);
    EXPECT_EQ(vyreLaunchPersistent(&kernel.record, &launch, nullptr), VYRE_OK);
  }
  EXPECT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  EXPECT_EQ(seen.load(), 0u);
}

// Illegal sizes fail at once, name what is wrong, and stay in the stream.
TEST_F(HostKernels, IllegalSizesFail) {
  Kernel kernel("count", countBlocks, sizeof(Counting));
  std::atomic<uint32_t> seen{0};
  Counting args{&seen};
  struct Case {
    int64_t grid, block, shared;
    const char *message;
  };
  for (const Case &bad :
       {Case{-1, 1, 0, "launch of kernel 'count' at suite.mlir:1:2: negative grid size (-1, 1, 1)"},
        Case{1, 0, 0, "launch of kernel 'count' at suite.mlir:1:2: zero block size (0, 1, 1)"},
        Case{1, -4, 0,
             "launch of kernel 'count' at suite.mlir:1:2: negative block size (-4, 1, 1)"},
        Case{1, 1025, 0,
             "launch of kernel 'count' at suite.mlir:1:2: block (1025, 1, 1) has more than 1024 "
             "threads"},
        Case{1, 1, -8,
             "launch of kernel 'count' at suite.mlir:1:2: dynamic shared memory of -8 bytes is out "
             "of range"}}) {
    ScopedStream stream;
    vyre_launch_desc launch = launchOf(&args, bad.grid, bad.block);
    launch.dynamic_shared_bytes = bad.shared;
    EXPECT_EQ(vyreLaunch(&kernel.record, &launch, stream), VYRE_INVALID_ARGUMENT);
    EXPECT_EQ(vyreStreamSync(stream), VYRE_INVALID_ARGUMENT);
    EXPECT_EQ(failureText(stream), bad.message);
  }
  EXPECT_EQ(seen.load(), 0u);
}

// CUDA's limits in y and z hold on every device, also beside small sizes; a kernel
// that was made of a parallel loop is as large as its loop.
TEST_F(HostKernels, GridsAndDeepBlocksHaveLimits) {
  Kernel kernel("count", countBlocks, sizeof(Counting));
  std::vector<std::atomic<uint32_t>> seen(65536);
  Counting args{seen.data()};
  auto ran = [&] { return std::accumulate(seen.begin(), seen.end(), 0u); };
  auto launch = [&](int64_t y, int64_t z, int64_t blockZ) {
    ScopedStream stream;
    vyre_launch_desc record = launchOf(&args, 1, 1);
    record.grid_y = y;
    record.grid_z = z;
    record.block_z = blockZ;
    vyre_status status = vyreLaunch(&kernel.record, &record, stream);
    (void)vyreStreamSync(stream);
    return status;
  };
  EXPECT_EQ(launch(65535, 1, 1), VYRE_OK);
  EXPECT_EQ(launch(1, 65535, 64), VYRE_OK);
  EXPECT_EQ(ran(), 2u * 65535);
  EXPECT_EQ(launch(65536, 1, 1), VYRE_INVALID_ARGUMENT);
  EXPECT_EQ(launch(1, 65536, 1), VYRE_INVALID_ARGUMENT);
  EXPECT_EQ(launch(1, 1, 65), VYRE_INVALID_ARGUMENT);
  EXPECT_EQ(ran(), 2u * 65535);
  kernel.record.flags |= VYRE_KERNEL_LOOP_GRID;
  EXPECT_EQ(launch(65536, 1, 1), VYRE_OK);
  EXPECT_EQ(ran(), 2u * 65535 + 65536);
}

// Host threads launch at the same time, each on its own default stream, and all
// on one shared stream.
TEST_F(HostKernels, ThreadsLaunchTogether) {
  Kernel own("own", addOne, sizeof(Adding));
  Kernel shared("shared", addOne, sizeof(Adding));
  ScopedStream stream;
  uint64_t total = 0, mine[3] = {};
  std::vector<std::thread> threads;
  for (uint64_t &value : mine)
    threads.emplace_back([&] {
      for (int i = 0; i != 3000; ++i) {
        EXPECT_EQ(run(own, Adding{&value, 1}, 1), VYRE_OK);
        EXPECT_EQ(run(shared, Adding{&total, 1}, 1, 1, stream), VYRE_OK);
        if (i % 64 == 0) {
          EXPECT_EQ(vyreStreamSync(nullptr), VYRE_OK);
        }
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(vyreStreamSync(stream), VYRE_OK);
  for (uint64_t value : mine)
    EXPECT_EQ(value, 3000u); // the thread's end waited for its default stream
  EXPECT_EQ(total, 9000u);
}

} // namespace
