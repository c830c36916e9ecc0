// Live queues: launches that a resident kernel takes from a ring.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Conformance.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>
#include <vector>

using namespace conformance;

namespace {

class QueueTest : public HostKernels {};

// A record of kernels, as a compiled program has one per loop.
struct Queue {
  std::vector<const vyre_kernel_desc *> kernels;
  vyre_queue_desc record = {};

  explicit Queue(std::initializer_list<const Kernel *> list, int64_t maxBlocks = 0) {
    for (const Kernel *kernel : list)
      kernels.push_back(&kernel->record);
    record.struct_size = sizeof record;
    record.version = VYRE_ABI_VERSION;
    record.location = "suite.mlir:1:2";
    record.kernels = kernels.data();
    record.kernel_count = uint32_t(kernels.size());
    record.block_threads = 1024;
    record.max_blocks = maxBlocks;
  }
  template <typename Args>
  vyre_status push(uint32_t kernel, const Args &args, int64_t blocks = 1,
                   uint32_t flags = 0) const {
    vyre_launch_desc launch = launchOf(&args, blocks);
    return vyreQueuePush(&record, kernel, &launch, flags);
  }
};

std::string stats() {
  std::string text(vyreRtStatsJson(nullptr, 0), ' ');
  (void)vyreRtStatsJson(text.data(), text.size() + 1);
  return text;
}

// A number of the statistics.
uint64_t stat(const char *name) {
  std::string text = stats(), key = std::string("\"") + name + "\":";
  size_t at = text.find(key);
  return at == std::string::npos ? ~0ull : std::strtoull(&text[at + key.size()], nullptr, 10);
}

struct Step {
  int64_t *data; // plain memory: the queue alone orders it
  int64_t value;
};

void forBlocks(vyre_host_ctx *ctx, const std::function<void(int64_t)> &body) {
  for (int64_t block = ctx->block_begin; block != ctx->block_end; ++block)
    body(block);
}

void add(const void *args, vyre_host_ctx *ctx) {
  auto *a = static_cast<const Step *>(args);
  forBlocks(ctx, [&](int64_t block) { a->data[block] += a->value; });
}

// Each block reads what other blocks wrote before.
void mirror(const void *args, vyre_host_ctx *ctx) {
  auto *a = static_cast<const Step *>(args);
  int64_t blocks = ctx->grid_x;
  forBlocks(ctx, [&](int64_t block) {
    a->data[blocks + block] = a->data[blocks - 1 - block] * a->value;
  });
}

void copyBack(const void *args, vyre_host_ctx *ctx) {
  auto *a = static_cast<const Step *>(args);
  int64_t blocks = ctx->grid_x;
  forBlocks(ctx, [&](int64_t block) { a->data[block] = a->data[blocks + block] % 1000003; });
}

// Several kernels in one queue, each item reading what all blocks of the one before
// wrote, with arguments that the host computes as it goes.
TEST_F(QueueTest, ItemsRunInOrder) {
  Kernel adding("add", add, sizeof(Step)), mirroring("mirror", mirror, sizeof(Step)),
      copying("copy", copyBack, sizeof(Step));
  constexpr int64_t blocks = 13;
  Queue queue({&adding, &mirroring, &copying}, blocks);
  std::vector<int64_t> data(2 * blocks), expected(2 * blocks);
  for (int64_t i = 0; i != 300; ++i) {
    ASSERT_EQ(queue.push(0, Step{data.data(), i}, blocks), VYRE_OK);
    ASSERT_EQ(queue.push(1, Step{data.data(), i % 7}, blocks), VYRE_OK);
    ASSERT_EQ(queue.push(2, Step{data.data(), 0}, blocks), VYRE_OK);
    for (int64_t b = 0; b != blocks; ++b)
      expected[b] += i;
    for (int64_t b = 0; b != blocks; ++b)
      expected[blocks + b] = expected[blocks - 1 - b] * (i % 7);
    for (int64_t b = 0; b != blocks; ++b)
      expected[b] = expected[blocks + b] % 1000003;
  }
  ASSERT_EQ(vyreQueueClose(), VYRE_OK);
  EXPECT_EQ(data, expected);
  EXPECT_EQ(stat("queue_items"), 900u);
  EXPECT_EQ(stat("kernel_launches"), 0u);
  EXPECT_EQ(stat("cooperative_launches"), 1u);
  EXPECT_EQ(vyreQueueClose(), VYRE_OK) << "closing twice";
}

struct Slow {
  std::vector<int64_t> *order;
  int64_t number;
};

// A host that is far ahead waits for the ring, and overwrites nothing.
TEST_F(QueueTest, FullRingHoldsThePusherBack) {
  Kernel kernel(
      "slow",
      [](const void *args, vyre_host_ctx *) {
        auto *a = static_cast<const Slow *>(args);
        if (a->number % 64 == 0)
          std::this_thread::sleep_for(std::chrono::milliseconds(2));
        a->order->push_back(a->number);
      },
      sizeof(Slow));
  Queue queue({&kernel});
  std::vector<int64_t> order;
  constexpr int64_t items = 5 * VYRE_QUEUE_ITEMS + 3;
  for (int64_t i = 0; i != items; ++i)
    ASSERT_EQ(queue.push(0, Slow{&order, i}), VYRE_OK);
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  ASSERT_EQ(order.size(), size_t(items));
  for (int64_t i = 0; i != items; ++i)
    ASSERT_EQ(order[size_t(i)], i);
}

struct Cell {
  int64_t *cells;
  int64_t at, count;
};

// Concurrent items do not wait for each other; one in order waits for all of them, and
// they wait for it. Long runs of them too, where the ring comes round.
TEST_F(QueueTest, ConcurrentItemsBetweenOrderedOnes) {
  Kernel filling(
      "fill",
      [](const void *args, vyre_host_ctx *ctx) {
        auto *a = static_cast<const Cell *>(args);
        forBlocks(ctx, [&](int64_t block) { a->cells[a->at + block] = a->cells[-1] + a->at; });
      },
      sizeof(Cell));
  Kernel summing(
      "sum",
      [](const void *args, vyre_host_ctx *ctx) {
        auto *a = static_cast<const Cell *>(args);
        if (ctx->block_begin != 0)
          return;
        int64_t sum = 0;
        for (int64_t i = 0; i != a->count; ++i)
          sum += a->cells[i];
        a->cells[-1] = sum % 1009;
      },
      sizeof(Cell));
  Queue queue({&filling, &summing});
  for (int64_t count : {1, 5, 300, 1000}) {
    for (int64_t width : {1, 3}) {
      std::vector<int64_t> cells(size_t(count * width) + 1);
      int64_t carried = 0;
      for (int round = 0; round != 4; ++round) {
        for (int64_t i = 0; i != count; ++i)
          ASSERT_EQ(queue.push(0, Cell{&cells[1], i * width, 0}, width, VYRE_QUEUE_CONCURRENT),
                    VYRE_OK);
        ASSERT_EQ(queue.push(1, Cell{&cells[1], 0, count * width}), VYRE_OK);
        int64_t sum = 0;
        for (int64_t i = 0; i != count; ++i)
          sum += width * (carried + i * width);
        carried = sum % 1009;
      }
      ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
      EXPECT_EQ(cells[0], carried) << count << " items of " << width;
    }
  }
}

// Waiting for the items leaves the kernel resident.
TEST_F(QueueTest, SynchronizingLeavesItOpen) {
  Kernel kernel("add", add, sizeof(Step));
  Queue queue({&kernel});
  int64_t value = 0;
  for (int64_t i = 1; i <= 500; ++i) {
    ASSERT_EQ(queue.push(0, Step{&value, 1}), VYRE_OK);
    ASSERT_EQ(i % 2 ? vyreStreamSync(nullptr) : vyreHostAccess(nullptr), VYRE_OK);
    ASSERT_EQ(value, i);
  }
  EXPECT_EQ(stat("cooperative_launches"), 1u);
}

// Any other work of the thread comes after the items, and the next item after it.
TEST_F(QueueTest, OtherCallsCloseIt) {
  Kernel kernel("add", add, sizeof(Step));
  Queue queue({&kernel});
  int64_t value = 0, copy = 0;
  std::vector<std::function<void()>> calls = {
      [&] { EXPECT_EQ(run(kernel, Step{&value, 0}, 1), VYRE_OK); },
      [&] { EXPECT_EQ(vyreMemcpy(&copy, &value, sizeof value, nullptr), VYRE_OK); },
      [&] { EXPECT_EQ(vyreDeviceSync(), VYRE_OK); },
      [&] { vyreFree(vyreAlloc(64, VYRE_MEMORY_DEVICE, nullptr), nullptr); },
      [&] { ScopedStream stream; },
      [&] { vyreEventDestroy(vyreEventCreate()); },
      [&] { EXPECT_EQ(vyreQueueClose(), VYRE_OK); },
      [&] { EXPECT_EQ(vyreRtStreamClearFailure(nullptr), VYRE_OK); },
  };
  uint64_t starts = 0;
  for (const std::function<void()> &call : calls) {
    ASSERT_EQ(queue.push(0, Step{&value, 1}), VYRE_OK);
    EXPECT_EQ(stat("cooperative_launches"), ++starts);
    call();
  }
  ASSERT_EQ(queue.push(0, Step{&value, 1}), VYRE_OK);
  EXPECT_EQ(stat("cooperative_launches"), ++starts);
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  EXPECT_EQ(value, int64_t(calls.size()) + 1);
  EXPECT_EQ(copy, 2);
}

// A push for another record closes the queue of the first one.
TEST_F(QueueTest, RecordsTakeTurns) {
  Kernel adding("add", add, sizeof(Step)), mirroring("mirror", mirror, sizeof(Step));
  Queue first({&adding}), second({&mirroring, &adding});
  std::vector<int64_t> data(2);
  for (int64_t i = 1; i <= 50; ++i) {
    ASSERT_EQ(first.push(0, Step{data.data(), 2}), VYRE_OK);
    ASSERT_EQ(second.push(0, Step{data.data(), 3}), VYRE_OK);
    ASSERT_EQ(second.push(1, Step{data.data(), 1}), VYRE_OK);
  }
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  EXPECT_EQ(data[0], 150);
  EXPECT_EQ(data[1], 3 * 149);
  EXPECT_EQ(stat("cooperative_launches"), 100u);
}

struct Large {
  int64_t *data;
  int64_t values[150];
};

// What does not fit into an item is launched, in its place, and the reports say so.
TEST_F(QueueTest, LargeArgumentsAreLaunched) {
  Kernel adding("add", add, sizeof(Step));
  Kernel large(
      "large",
      [](const void *args, vyre_host_ctx *) {
        auto *a = static_cast<const Large *>(args);
        a->data[0] = a->data[0] * 2 + a->values[149];
      },
      sizeof(Large));
  static_assert(sizeof(Large) > VYRE_QUEUE_ARGS_BYTES, "too large for an item");
  Queue queue({&adding, &large});
  int64_t value = 0;
  Large args = {&value, {}};
  for (int i = 0; i != 3; ++i) {
    args.values[149] = i;
    ASSERT_EQ(queue.push(0, Step{&value, 1}), VYRE_OK);
    ASSERT_EQ(queue.push(1, args), VYRE_OK);
  }
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  EXPECT_EQ(value, ((1 * 2 + 0 + 1) * 2 + 1 + 1) * 2 + 2);
  EXPECT_EQ(stat("kernel_launches"), 3u);
  EXPECT_NE(stats().find("suite.mlir:1:2: launched without the queue: the arguments are more "
                         "than an item of a live queue holds"),
            std::string::npos)
      << stats();
}

// Sizes are checked as those of launches are.
TEST_F(QueueTest, EmptyAndIllegalLaunches) {
  Kernel kernel("add", add, sizeof(Step));
  Queue queue({&kernel});
  int64_t value = 0;
  EXPECT_EQ(queue.push(0, Step{&value, 1}, 0), VYRE_OK);
  EXPECT_EQ(stat("queue_items"), 0u);
  EXPECT_EQ(queue.push(0, Step{&value, 1}), VYRE_OK);
  EXPECT_EQ(queue.push(0, Step{&value, 1}, 0), VYRE_OK);
  EXPECT_EQ(stat("queue_items"), 1u);
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  EXPECT_EQ(queue.push(0, Step{&value, 1}, -3), VYRE_INVALID_ARGUMENT);
  EXPECT_EQ(vyreStreamSync(nullptr), VYRE_INVALID_ARGUMENT);
  EXPECT_EQ(failureText(nullptr), "launch of kernel 'add' at suite.mlir:1:2: negative grid size "
                                  "(-3, 1, 1)");
  EXPECT_EQ(value, 1);
  ASSERT_EQ(vyreRtStreamClearFailure(nullptr), VYRE_OK);
  EXPECT_EQ(queue.push(1, Step{&value, 1}), VYRE_INVALID_ARGUMENT);
  EXPECT_EQ(failureText(nullptr), "a live queue has no kernel 1");
  ASSERT_EQ(vyreRtStreamClearFailure(nullptr), VYRE_OK);
  EXPECT_EQ(vyreQueuePush(nullptr, 0, nullptr, 0), VYRE_INVALID_ARGUMENT);
  ASSERT_EQ(vyreRtStreamClearFailure(nullptr), VYRE_OK);
  Queue newer({&kernel});
  newer.record.version = VYRE_ABI_VERSION + 1;
  EXPECT_EQ(newer.push(0, Step{&value, 1}), VYRE_UNAVAILABLE);
}

// A kernel without host code is refused as a launch of it is.
TEST_F(QueueTest, MissingCodeIsRefused) {
  Kernel adding("add", add, sizeof(Step)), missing("tensor-core", nullptr, 0);
  Queue queue({&adding, &missing});
  int64_t value = 0;
  EXPECT_EQ(queue.push(0, Step{&value, 1}), VYRE_OK);
  EXPECT_EQ(queue.push(1, 0), VYRE_UNAVAILABLE);
  EXPECT_EQ(failureText(nullptr),
            "kernel 'tensor-core' has no code for the host device; it needs a GPU");
  EXPECT_NE(stats().find("kernel 'tensor-core' has no code for the host device"),
            std::string::npos);
}

// Dynamic shared memory is that of each launch.
TEST_F(QueueTest, SharedMemoryIsTheLaunchs) {
  Kernel kernel(
      "shared",
      [](const void *args, vyre_host_ctx *ctx) {
        auto *a = static_cast<const Step *>(args);
        a->data[0] += ctx->dynamic_shared_bytes;
        std::memset(ctx->dynamic_shared, 1, size_t(ctx->dynamic_shared_bytes));
      },
      sizeof(Step));
  Queue queue({&kernel}, 1);
  int64_t value = 0;
  Step args{&value, 0};
  for (int64_t bytes : {100, 70000}) {
    vyre_launch_desc launch = launchOf(&args, 1);
    launch.dynamic_shared_bytes = bytes;
    ASSERT_EQ(vyreQueuePush(&queue.record, 0, &launch, 0), VYRE_OK);
  }
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  EXPECT_EQ(value, 70100);
}

// A trap fails its item by name; later items do not run, nobody hangs, and after the
// failure is cleared the queue works.
TEST_F(QueueTest, TrapFailsTheStream) {
  Kernel adding("add", add, sizeof(Step));
  Kernel trapping(
      "trapping",
      [](const void *, vyre_host_ctx *ctx) {
        if (ctx->block_begin == 0)
          __builtin_trap();
      },
      0);
  Queue queue({&adding, &trapping});
  int64_t value = 0;
  for (uint32_t flags : {0u, uint32_t(VYRE_QUEUE_CONCURRENT)}) {
    ASSERT_EQ(queue.push(0, Step{&value, 1}), VYRE_OK);
    ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
    ASSERT_EQ(queue.push(1, 0, 4, flags), VYRE_OK);
    for (int i = 0; i != 2 * VYRE_QUEUE_ITEMS; ++i)
      (void)queue.push(0, Step{&value, 1000});
    EXPECT_EQ(vyreStreamSync(nullptr), VYRE_KERNEL_FAILED);
    EXPECT_EQ(failureText(nullptr), "kernel 'trapping' launched at suite.mlir:1:2: trap");
    EXPECT_EQ(value, 1);
    EXPECT_EQ(vyreQueueClose(), value == 1 ? VYRE_OK : VYRE_KERNEL_FAILED);
    ASSERT_EQ(vyreRtStreamClearFailure(nullptr), VYRE_OK);
    ASSERT_EQ(queue.push(0, Step{&value, -1}), VYRE_OK);
    ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
    EXPECT_EQ(value, 0);
  }
}

// A meeting of workers in an item is an error, not a hang.
TEST_F(QueueTest, ItemsAreNoCooperativeLaunches) {
  Kernel kernel(
      "meeting", [](const void *, vyre_host_ctx *ctx) { EXPECT_NE(vyreHostGridBarrier(ctx), 0); },
      0);
  Queue queue({&kernel});
  ASSERT_EQ(queue.push(0, 0), VYRE_OK);
  EXPECT_EQ(vyreStreamSync(nullptr), VYRE_KERNEL_FAILED);
}

// A thread that ends waits for its items.
TEST_F(QueueTest, ThreadEndsWithItsItemsDone) {
  Kernel kernel("add", add, sizeof(Step));
  Queue queue({&kernel}, 1);
  for (int repeat = 0; repeat != 20; ++repeat) {
    int64_t value = 0;
    std::thread([&] {
      for (int i = 0; i != 100; ++i)
        EXPECT_EQ(queue.push(0, Step{&value, 1}), VYRE_OK);
    }).join();
    ASSERT_EQ(value, 100);
  }
  EXPECT_EQ(stat("queue_items"), 2000u);
}

struct Counted {
  std::atomic<int64_t> *count;
};

// Another thread may wait for the whole device while this one pushes, synchronizes,
// closes and ends: it sees at least what was pushed before it asked.
TEST_F(QueueTest, DeviceSyncFromAnotherThread) {
  Kernel kernel(
      "count",
      [](const void *args, vyre_host_ctx *) {
        static_cast<const Counted *>(args)->count->fetch_add(1, std::memory_order_relaxed);
      },
      sizeof(Counted));
  Queue queue({&kernel}, 1);
  std::atomic<int64_t> ran{0}, pushed{0};
  std::atomic<bool> over{false};
  std::thread syncing([&] {
    while (!over.load()) {
      int64_t before = pushed.load();
      EXPECT_EQ(vyreDeviceSync(), VYRE_OK);
      EXPECT_GE(ran.load(), before);
    }
  });
  for (int repeat = 0; repeat != 10; ++repeat)
    std::thread([&] {
      for (int i = 0; i != 400; ++i) {
        EXPECT_EQ(queue.push(0, Counted{&ran}), VYRE_OK);
        pushed.fetch_add(1);
        if (i % 50 == 7)
          EXPECT_EQ(vyreStreamSync(nullptr), VYRE_OK);
        if (i % 90 == 3)
          EXPECT_EQ(vyreQueueClose(), VYRE_OK);
      }
    }).join();
  over.store(true);
  syncing.join();
  EXPECT_EQ(ran.load(), 4000);
}

// Each thread has a queue of its own, with other streams beside.
TEST_F(QueueTest, ThreadsHaveTheirOwn) {
  Kernel kernel("add", add, sizeof(Step));
  Queue queue({&kernel});
  std::vector<std::thread> threads;
  std::vector<int64_t> values(4 * 8), expected(4 * 8);
  for (size_t t = 0; t != 4; ++t)
    threads.emplace_back([&, t] {
      for (int64_t i = 0; i != 300; ++i)
        EXPECT_EQ(queue.push(0, Step{&values[8 * t], i}, 8), VYRE_OK);
      EXPECT_EQ(vyreStreamSync(nullptr), VYRE_OK);
    });
  int64_t other = 0;
  {
    ScopedStream stream;
    for (int i = 0; i != 300; ++i)
      EXPECT_EQ(run(kernel, Step{&other, 1}, 1, 1, stream), VYRE_OK);
  }
  for (std::thread &thread : threads)
    thread.join();
  expected.assign(expected.size(), 299 * 300 / 2);
  EXPECT_EQ(values, expected);
  EXPECT_EQ(other, 300);
}

std::string exitStats() {
  const char *device = std::getenv("VYRE_DEVICE"), *workers = std::getenv("VYRE_HOST_WORKERS");
  return testing::TempDir() + "vyre-conformance-queue-" + (device ? device : "any") + "-" +
         (workers ? workers : "all") + ".json";
}

// What needs a process of its own.
class QueueDeathTest : public testing::Test {
protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

// A resident kernel leaves when nothing comes, and loses nothing: the next item starts
// it again, also one that is pushed while it goes.
TEST_F(QueueDeathTest, IdleKernelLeaves) {
  EXPECT_EXIT(
      {
        ::setenv("VYRE_DEVICE", "host", 1);
        EXPECT_EQ(vyreRtSetOption("VYRE_QUEUE_IDLE_MS", "1"), VYRE_OK);
        Kernel kernel("add", add, sizeof(Step));
        Queue queue({&kernel});
        int64_t value = 0;
        int64_t items = 0;
        for (int64_t us = 0; us < 2500; us += 25) {
          for (int i = 0; i != 3; ++i, ++items)
            (void)queue.push(0, Step{&value, 1});
          if (us % 75 == 0)
            (void)vyreStreamSync(nullptr);
          std::this_thread::sleep_for(std::chrono::microseconds(us));
        }
        // On a busy machine the kernel may see little of the pauses.
        for (int more = 0; more != 1000 && stat("cooperative_launches") < 4; ++more, ++items) {
          (void)queue.push(0, Step{&value, 1});
          std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        // Without any call the item is run all the same.
        std::atomic<int64_t> ran{0};
        Kernel counting(
            "count",
            [](const void *args, vyre_host_ctx *) {
              static_cast<const Counted *>(args)->count->store(1);
            },
            sizeof(Counted));
        Queue other({&counting});
        (void)other.push(0, Counted{&ran});
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        ran.store(0);
        (void)other.push(0, Counted{&ran});
        for (int i = 0; i != 2000 && ran.load() == 0; ++i)
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
        bool left = stat("cooperative_launches") >= 4;
        bool right = vyreQueueClose() == VYRE_OK && value == items && ran.load() == 1;
        std::_Exit(!left ? 1 : right ? 0 : 2);
      },
      testing::ExitedWithCode(0), "");
}

// Threads that push now and then, with kernels that leave all the time, while another
// one waits for the device: items are lost by nobody.
TEST_F(QueueDeathTest, IdleKernelsUnderDeviceSync) {
  EXPECT_EXIT(
      {
        ::setenv("VYRE_DEVICE", "host", 1);
        EXPECT_EQ(vyreRtSetOption("VYRE_QUEUE_IDLE_MS", "0"), VYRE_OK);
        Kernel kernel("add", add, sizeof(Step));
        Queue queue({&kernel});
        std::atomic<bool> over{false};
        std::thread syncing([&] {
          while (!over.load())
            (void)vyreDeviceSync();
        });
        std::vector<std::thread> threads;
        std::vector<int64_t> values(64);
        for (size_t t = 0; t != 2; ++t)
          threads.emplace_back([&, t] {
            for (int i = 0; i != 300; ++i) {
              (void)queue.push(0, Step{&values[32 * t], 1}, 3);
              if (i % 3 == 0)
                std::this_thread::sleep_for(std::chrono::microseconds(i));
            }
            (void)vyreStreamSync(nullptr);
          });
        for (std::thread &thread : threads)
          thread.join();
        over.store(true);
        syncing.join();
        std::_Exit(values[0] == 300 && values[2] == 300 && values[34] == 300 ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

// An item that never ends is stopped by VYRE_TIMEOUT_MS.
TEST_F(QueueDeathTest, TimeoutEndsAnItem) {
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
  GTEST_SKIP() << "ThreadSanitizer holds signals back from a loop that calls nothing";
#endif
#endif
  EXPECT_EXIT(
      {
        ::setenv("VYRE_DEVICE", "host", 1);
        ::setenv("VYRE_TIMEOUT_MS", "50", 1);
        vyreExitOnFailure();
        Kernel kernel(
            "endless",
            [](const void *, vyre_host_ctx *) {
              for (volatile int64_t turns = 0;; turns = turns + 1)
                ;
            },
            0);
        Queue queue({&kernel});
        (void)queue.push(0, 0);
        (void)queue.push(0, 0);
        (void)vyreStreamSync(nullptr);
        std::_Exit(0);
      },
      testing::ExitedWithCode(113),
      "^vyre: kernel 'endless' launched at suite.mlir:1:2: did not end within VYRE_TIMEOUT_MS\n$");
}

// Exit waits for the items of every thread, and counts them.
TEST_F(QueueDeathTest, ExitDrains) {
  std::string path = exitStats();
  std::remove(path.c_str());
  EXPECT_EXIT(
      {
        ::setenv("VYRE_DEVICE", "host", 1);
        ::setenv("VYRE_STATS", path.c_str(), 1);
        auto *kernel = new Kernel(
            "slow",
            [](const void *, vyre_host_ctx *) {
              std::this_thread::sleep_for(std::chrono::milliseconds(5));
              std::fputs("item done\n", stderr);
            },
            0);
        auto *queue = new Queue({kernel}, 1);
        std::atomic<bool> pushed{false};
        std::thread([&] {
          (void)queue->push(0, 0);
          pushed.store(true);
          for (;;)
            std::this_thread::sleep_for(std::chrono::seconds(100));
        }).detach();
        while (!pushed.load())
          std::this_thread::yield();
        (void)queue->push(0, 0);
        (void)queue->push(0, 0);
        std::exit(7);
      },
      testing::ExitedWithCode(7), "item done\nitem done\nitem done\n");
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_NE(text.str().find("\"queue_items\":3,"), std::string::npos) << text.str();
}

} // namespace
