// Live queues on the CUDA device, over the fake driver: its resident kernel is a thread
// that follows the device's side of the protocol.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Core/LiveQueue.h"
#include "Core/Process.h"
#include "CudaFixture.h"
#include "vyre-abi/vyre_queue_state.h"

#include <atomic>
#include <thread>

using namespace vyre::rt;
using namespace vyre::rt::cuda;

namespace {

/// The fake GPU's resident kernel, of one block.
struct Resident {
  std::thread thread;
  std::atomic<bool> over{true};
  std::atomic<bool> leavesWhenIdle{false}; // at once, not after VYRE_QUEUE_IDLE_NS
  std::atomic<bool> isStuck{false};        // begins no item
  std::atomic<bool> endsEarly{false};      // returns instead of beginning an item
  std::atomic<int> starts{0};
  unsigned blocks = 0, threads = 0;
  bool cooperative = false, foundZeros = false;

  void run(unsigned char *ring, std::atomic<uint32_t> *abort);
  void join() {
    if (thread.joinable())
      thread.join();
  }
};
Resident resident;

template <typename T> std::atomic<T> &word(unsigned char *ring, unsigned offset) {
  return *reinterpret_cast<std::atomic<T> *>(ring + offset);
}

/// Arguments of both kernels: data[at] = data[at] * factor + value.
struct StepArgs {
  int64_t *data;
  int64_t at, factor, value;
};

void runItem(const unsigned char *slot) {
  QueueItem item;
  std::memcpy(&item, slot, sizeof(item));
  StepArgs args;
  std::memcpy(&args, slot + VYRE_QUEUE_ITEM_ARGS_OFFSET, sizeof(args));
  args.data[args.at] = args.data[args.at] * args.factor + args.value + 1000 * item.kernel;
}

void Resident::run(unsigned char *ring, std::atomic<uint32_t> *abort) {
  uint64_t n = word<uint64_t>(ring, VYRE_QUEUE_FIRST_OFFSET);
  while (abort->load() == 0) {
    uint64_t tail = word<uint64_t>(ring, VYRE_QUEUE_TAIL_OFFSET).load(std::memory_order_acquire);
    if ((tail & ~VYRE_QUEUE_CLOSED) > n && endsEarly)
      break;
    if ((tail & ~VYRE_QUEUE_CLOSED) > n && !isStuck) {
      runItem(ring + VYRE_QUEUE_HEADER_BYTES + n % VYRE_QUEUE_ITEMS * VYRE_QUEUE_ITEM_BYTES);
      word<uint64_t>(ring, VYRE_QUEUE_DONE_OFFSET).store(++n, std::memory_order_release);
      continue;
    }
    if ((tail & VYRE_QUEUE_CLOSED) && !isStuck)
      break;
    if (leavesWhenIdle && !isStuck) {
      word<uint32_t>(ring, VYRE_QUEUE_LEFT_OFFSET).store(1, std::memory_order_release);
      break;
    }
    std::this_thread::yield();
  }
  over = true;
}

/// The launch of a resident kernel: starts after the one before it in the stream.
void startResident(const FakeLaunch &launch) {
  resident.join();
  unsigned char *ring;
  ASSERT_EQ(launch.argBytes, 16u);
  std::memcpy(&ring, launch.args, sizeof(ring));
  uint64_t state = word<uint64_t>(ring, VYRE_QUEUE_DEVICE_STATE_OFFSET);
  auto *words = reinterpret_cast<uint64_t *>(state);
  resident.foundZeros = words[VYRE_QUEUE_STATE_PUBLISHED_OFFSET / 8] == 0 &&
                        words[VYRE_QUEUE_STATE_ARRIVED_OFFSET / 8] == 0;
  words[VYRE_QUEUE_STATE_ARRIVED_OFFSET / 8] = 7; // the next start has to clear it
  resident.blocks = launch.grid[0];
  resident.threads = launch.block[0];
  resident.cooperative = launch.cooperative;
  resident.over = false;
  ++resident.starts;
  auto *abort =
      reinterpret_cast<std::atomic<uint32_t> *>(const_cast<uint32_t *>(abortWord(launch)));
  resident.thread = std::thread([=] { resident.run(ring, abort); });
}

class CudaQueueTest : public CudaTest {
protected:
  void SetUp() override {
    resident.join();
    resident.leavesWhenIdle = resident.isStuck = resident.endsEarly = false;
    resident.starts = 0;
    CudaTest::SetUp();
    fake().kernels = {{"resident", startResident}, {"step", nullptr}, {"other", nullptr}};
    fake().running = [](void *) { return !resident.over; };
    fake().synchronizing = [] { resident.join(); };
    stream->ownedByThread = true;
  }
  void TearDown() override {
    closeThreadQueue();
    CudaTest::TearDown();
    resident.join();
    ASSERT_TRUE(Process::get().setOption("VYRE_TIMEOUT_MS", "0").ok());
  }

  void push(uint32_t kernel, int64_t at, int64_t factor, int64_t value, uint32_t flags = 0) {
    StepArgs args = {data, at, factor, value};
    vyre_launch_desc launch = launchOf(1, 32, &args);
    if (!threadQueue->tryPush(&queue, kernel, &launch, flags))
      EXPECT_OK(threadQueue->push(kernel, launch, flags));
  }
  static bool waitFor(const std::function<bool()> &what) {
    for (int i = 0; i < 20000 && !what(); ++i)
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    return what();
  }

  TestKernel residentKernel{"resident", startResident, 16, VYRE_KERNEL_COOPERATIVE};
  TestKernel step{"step", nullptr, sizeof(StepArgs)}, other{"other", nullptr, sizeof(StepArgs)};
  const vyre_kernel_desc *items[2] = {&step.desc, &other.desc};
  vyre_queue_desc queue = {
      sizeof(queue), VYRE_ABI_VERSION, "q.mlir:1:1", items, &residentKernel.desc, 2, 128, 0, 0};
  int64_t data[4] = {};
};

// Items run in the order they were pushed in, by the kernel whose number they have. While
// the kernel is there the driver is asked for nothing that could wait for it.
TEST_F(CudaQueueTest, RunsItemsInOrder) {
  EXPECT_OK(LiveQueue::open(queue, *stream));
  size_t before = fake().calls.size();
  push(0, 0, 1, 5);
  push(0, 0, 3, 1);
  push(1, 1, 1, 7, VYRE_QUEUE_CONCURRENT);
  EXPECT_OK(threadQueue->drain());
  EXPECT_EQ(data[0], 16);
  EXPECT_EQ(data[1], 1007);
  push(0, 0, 2, 0);
  EXPECT_OK(threadQueue->drain());
  EXPECT_EQ(data[0], 32);
  for (size_t i = before; i < fake().calls.size(); ++i)
    EXPECT_TRUE(fake().calls[i] == "cuStreamQuery" || fake().calls[i].find("cuCtx") == 0)
        << fake().calls[i];
  EXPECT_FALSE(resident.over);
  closeThreadQueue();
  EXPECT_TRUE(resident.over);
  EXPECT_EQ(resident.starts, 1);
  EXPECT_OK(stream->failure());
}

// The kernel is cooperative, has the record's block, and no more blocks than are
// resident together or have anything to do.
TEST_F(CudaQueueTest, StartsAsManyBlocksAsAreResident) {
  EXPECT_OK(LiveQueue::open(queue, *stream));
  EXPECT_EQ(resident.blocks, 8u);
  EXPECT_EQ(resident.threads, 128u);
  EXPECT_TRUE(resident.cooperative);
  closeThreadQueue();
  queue.max_blocks = 3;
  EXPECT_OK(LiveQueue::open(queue, *stream));
  EXPECT_EQ(resident.blocks, 3u);
}

// More items than the ring holds: pushes wait, nothing is lost, and numbers go on from
// session to session. Each start finds the device's memory cleared.
TEST_F(CudaQueueTest, WaitsWhileTheRingIsFull) {
  int64_t expected = 0;
  for (int session = 0; session < 2; ++session) {
    EXPECT_OK(LiveQueue::open(queue, *stream));
    EXPECT_TRUE(resident.foundZeros);
    for (int64_t i = 0; i < 3 * VYRE_QUEUE_ITEMS + 5; ++i) {
      int64_t factor = i % 30 == 0 ? 0 : 3; // below overflow
      push(0, 0, factor, i);
      expected = expected * factor + i;
    }
    closeThreadQueue();
  }
  EXPECT_OK(stream->failure());
  EXPECT_EQ(data[0], expected);
}

// A kernel that left by itself is started again for what was pushed since, by whoever
// waits for it: the owner here.
TEST_F(CudaQueueTest, StartsAgainAfterItLeft) {
  EXPECT_OK(LiveQueue::open(queue, *stream));
  push(0, 0, 1, 5);
  EXPECT_OK(threadQueue->drain());
  resident.leavesWhenIdle = true;
  ASSERT_TRUE(waitFor([] { return resident.over.load(); }));
  resident.leavesWhenIdle = false;
  push(0, 0, 2, 1);
  EXPECT_OK(threadQueue->drain());
  EXPECT_EQ(data[0], 11);
  EXPECT_EQ(resident.starts, 2);
  EXPECT_TRUE(resident.foundZeros);
}

// And by other threads that wait for the stream, many at a time.
TEST_F(CudaQueueTest, OtherThreadsDrain) {
  EXPECT_OK(LiveQueue::open(queue, *stream));
  resident.leavesWhenIdle = true;
  for (int round = 1; round <= 50; ++round) {
    push(0, 0, 1, 1);
    std::vector<std::thread> waiters;
    for (int i = 0; i < 4; ++i)
      waiters.emplace_back([&] { EXPECT_OK(syncWork(*stream)); });
    for (std::thread &waiter : waiters)
      waiter.join();
    EXPECT_EQ(data[0], round);
  }
  closeThreadQueue();
  EXPECT_OK(stream->failure());
}

// A kernel that makes no progress is told to end, which fails the stream; its queue can
// be closed, and used again after the failure was cleared.
TEST_F(CudaQueueTest, EndsAStuckKernel) {
  ASSERT_TRUE(Process::get().setOption("VYRE_TIMEOUT_MS", "300").ok());
  EXPECT_OK(LiveQueue::open(queue, *stream));
  resident.isStuck = true;
  push(0, 0, 1, 5);
  EXPECT_EQ(threadQueue->drain().code(), VYRE_TIMEOUT);
  EXPECT_TRUE(resident.over);
  closeThreadQueue();
  EXPECT_EQ(stream->failure().code(), VYRE_TIMEOUT);
  EXPECT_EQ(data[0], 0);
  stream->clearFailure();
  ASSERT_TRUE(Process::get().setOption("VYRE_TIMEOUT_MS", "0").ok());
  resident.isStuck = false;
  EXPECT_OK(LiveQueue::open(queue, *stream));
  push(0, 0, 1, 6);
  EXPECT_OK(threadQueue->drain());
  EXPECT_EQ(data[0], 6);
}

// A kernel that ends without its items, or dies, fails who waits; nobody hangs.
TEST_F(CudaQueueTest, NoticesThatTheKernelEnded) {
  EXPECT_OK(LiveQueue::open(queue, *stream));
  resident.endsEarly = true;
  push(0, 0, 1, 5);
  EXPECT_STREQ(threadQueue->drain().message(),
               "the resident kernel of a live queue ended before its items");
  closeThreadQueue();
  stream->clearFailure();
  resident.endsEarly = false;
  EXPECT_OK(LiveQueue::open(queue, *stream));
  resident.isStuck = true;
  push(0, 0, 1, 5);
  {
    Failing failing("cuStreamQuery:719");
    Status status = threadQueue->drain();
    EXPECT_EQ(status.code(), VYRE_KERNEL_FAILED);
    EXPECT_NE(std::string(status.message()).find("cuStreamQuery"), std::string::npos);
  }
  resident.isStuck = false;
}

// Every driver call on the way to a resident kernel may fail: the failure is named,
// nothing is left open, and the next try works.
TEST_F(CudaQueueTest, ReportsFailuresOfTheStart) {
  for (const char *call :
       {"cuCtxPushCurrent", "cuMemAlloc", "cuMemHostAlloc", "cuMemHostGetDevicePointer",
        "cuMemsetD8Async", "cuModuleGetFunction", "cuFuncLoad", "cuFuncGetAttribute",
        "cuOccupancyMaxActiveBlocksPerMultiprocessor", "cuMemsetD32Async", "cuLaunchKernelEx"}) {
    Failing failing(call);
    Status status = LiveQueue::open(queue, *stream);
    EXPECT_NE(std::string(status.message()).find(std::string(call) + " failed"), std::string::npos)
        << call << ": " << status.message();
    EXPECT_EQ(threadQueue, nullptr);
    EXPECT_EQ(stream->queue.open, nullptr);
  }
  EXPECT_EQ(resident.starts, 0);
  EXPECT_OK(LiveQueue::open(queue, *stream));
  push(0, 0, 1, 5);
  EXPECT_OK(threadQueue->drain());
  EXPECT_EQ(data[0], 5);
}

// A restart that fails fails whoever waits.
TEST_F(CudaQueueTest, ReportsFailuresOfARestart) {
  EXPECT_OK(LiveQueue::open(queue, *stream));
  resident.leavesWhenIdle = true;
  ASSERT_TRUE(waitFor([] { return resident.over.load(); }));
  Failing failing("cuLaunchKernelEx");
  push(0, 0, 1, 5);
  EXPECT_NE(std::string(threadQueue->drain().message()).find("cuLaunchKernelEx failed"),
            std::string::npos);
  closeThreadQueue();
  EXPECT_TRUE(stream->failed());
}

// Where no resident kernel can be had the caller is told to launch, and why.
TEST_F(CudaQueueTest, SaysWhyThereIsNoKernel) {
  auto refused = [&](const std::string &why) {
    Status status = LiveQueue::open(queue, *stream);
    EXPECT_EQ(status.code(), VYRE_UNAVAILABLE) << status.message();
    EXPECT_NE(std::string(status.message()).find(why), std::string::npos) << status.message();
  };
  queue.block_threads = 2048;
  refused("cannot be resident");
  queue.block_threads = 128;
  queue.resident = nullptr;
  refused("compiled for the host only");
  queue.resident = &residentKernel.desc;
  residentKernel.desc.param_bytes = 24;
  EXPECT_EQ(LiveQueue::open(queue, *stream).code(), VYRE_INVALID_ARGUMENT);
}

// A ring is kept with its stream, and passes to another one afterwards; but not when
// its kernel did not end.
TEST_F(CudaQueueTest, ReusesRings) {
  EXPECT_OK(LiveQueue::open(queue, *stream));
  push(0, 0, 1, 5);
  closeThreadQueue();
  long made = calls("cuMemHostAlloc");
  auto memory = [&] { return static_cast<CudaStream &>(*stream).ring->memory; };
  const unsigned char *first = memory();
  device->destroyStream(*stream);
  stream.reset();
  EXPECT_OK(device->createStream(stream));
  EXPECT_OK(LiveQueue::open(queue, *stream));
  EXPECT_EQ(memory(), first);
  push(0, 0, 1, 6);
  EXPECT_OK(threadQueue->drain());
  EXPECT_EQ(data[0], 11);
  EXPECT_EQ(calls("cuMemHostAlloc"), made);

  // An unfinished kernel, which no abort word reaches.
  ASSERT_TRUE(Process::get().setOption("VYRE_TIMEOUT_MS", "20").ok());
  fake().running = [](void *) { return true; };
  resident.isStuck = true;
  push(0, 0, 1, 6);
  EXPECT_EQ(threadQueue->drain().code(), VYRE_TIMEOUT);
  closeThreadQueue();
  device->destroyStream(*stream);
  stream.reset();
  fake().running = nullptr;
  resident.isStuck = false;
  EXPECT_OK(device->createStream(stream));
  EXPECT_OK(LiveQueue::open(queue, *stream));
  EXPECT_NE(memory(), first);
}

} // namespace
