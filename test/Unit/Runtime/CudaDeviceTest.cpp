// The CUDA device over a fake driver: memory, launches, images, residency.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Core/Process.h"
#include "CudaFixture.h"
#include "Support/ArgsByPointer.h"

#include <algorithm>
#include <future>
#include <thread>

using namespace vyre::rt;
using namespace vyre::rt::cuda;

namespace {

// A machine without a driver, or with one that is too old, is an ordinary case.
TEST_F(CudaTest, MissingOrOldDriverIsUnavailable) {
  Driver none;
  Status status = Driver::load("/nowhere/libcuda.so.1", none);
  EXPECT_EQ(status.code(), VYRE_UNAVAILABLE);
  EXPECT_NE(std::string(status.message()).find("no CUDA driver"), std::string::npos);
  setenv("FAKE_CUDA_HIDE", "cuGraphCreate", 1);
  status = Driver::load(VYRE_FAKE_CUDA, none);
  unsetenv("FAKE_CUDA_HIDE");
  EXPECT_EQ(status.code(), VYRE_UNAVAILABLE);
  EXPECT_NE(std::string(status.message()).find("lacks cuGraphCreate"), std::string::npos);
}

// The store's key and the name that messages use.
TEST_F(CudaTest, Names) {
  EXPECT_EQ(device->name(), "cuda:0");
  EXPECT_EQ(device->adapterId(), "cuda-sm_90-Fake-GPU");
  std::unique_ptr<Device> other;
  EXPECT_EQ(CudaDevice::open(driver, 3, other).code(), VYRE_UNAVAILABLE);
}

// The packed record arrives byte for byte, and the caller's context stays.
TEST_F(CudaTest, LaunchPassesThePackedRecord) {
  TestKernel add("add", addKernel, sizeof(AddArgs));
  int32_t *data = allocate<int32_t>(8);
  EXPECT_OK(device->fill(data, 5, 4, 8, *stream));
  AddArgs args = {data, 8, 3};
  EXPECT_OK(device->launch(add.desc, launchOf(1, 8, &args), *stream));
  int32_t host[8] = {};
  EXPECT_OK(device->copy(host, data, sizeof(host), *stream));
  EXPECT_OK(device->sync(*stream));
  for (int32_t value : host)
    EXPECT_EQ(value, 8);
  EXPECT_EQ(calls("cuCtxPushCurrent"), calls("cuCtxPopCurrent"));
  EXPECT_OK(device->free(data, *stream));
  EXPECT_EQ(device->free(data, *stream).code(), VYRE_INVALID_ARGUMENT);
}

// A launch through upstream's calls hands over pointers to its arguments.
TEST_F(CudaTest, ArgumentsByPointer) {
  static int32_t seen;
  TestKernel kernel(
      "by_pointer",
      [](const FakeLaunch &launch) {
        seen = launch.args ? -1 : *static_cast<int32_t *>(launch.params[0]);
      },
      0, kernelArgsByPointer);
  int32_t value = 77;
  void *params[] = {&value};
  EXPECT_OK(device->launch(kernel.desc, launchOf(1, 1, params), *stream));
  EXPECT_EQ(seen, 77);
}

// Synchronizing an idle stream asks the driver nothing.
TEST_F(CudaTest, IdleSyncIsFree) {
  EXPECT_TRUE(device->isIdle(*stream));
  EXPECT_OK(device->sync(*stream));
  EXPECT_EQ(calls("cuStreamSynchronize"), 0);
  int32_t *data = allocate<int32_t>(1);
  long before = calls("cuStreamSynchronize");
  EXPECT_OK(device->fill(data, 1, 4, 1, *stream));
  EXPECT_FALSE(device->isIdle(*stream));
  EXPECT_OK(device->sync(*stream));
  EXPECT_OK(device->sync(*stream));
  EXPECT_EQ(calls("cuStreamSynchronize"), before + 1);
}

// A module loads once; a cubin for the chip goes before PTX, and PTX steps in
// where the cubin is refused.
TEST_F(CudaTest, ImagesByRankWithFallback) {
  TestKernel good("good", [](const FakeLaunch &) {}, 0);
  good.addImage(VYRE_IMAGE_CUBIN, 90, "BAD cubin");
  good.addImage(VYRE_IMAGE_CUBIN, 80, "other generation");
  good.addImage(VYRE_IMAGE_PTX, 100, "too new");
  EXPECT_OK(device->launch(good.desc, launchOf(1, 1, nullptr), *stream));
  EXPECT_OK(device->launch(good.desc, launchOf(1, 1, nullptr), *stream));
  EXPECT_EQ(calls("cuModuleLoadDataEx"), 2);
  EXPECT_EQ(fake().imagesLoaded, 1);
  auto ranked = rankImages(good.module, 90);
  ASSERT_EQ(ranked.size(), 2u);
  EXPECT_EQ(ranked[0]->kind, uint32_t(VYRE_IMAGE_CUBIN));
  EXPECT_EQ(ranked[1]->sm, 75u);
}

// When nothing loads, the message names every attempt and the driver's log.
TEST_F(CudaTest, NoImageLoads) {
  TestKernel bad("bad", [](const FakeLaunch &) {}, 0);
  bad.images.clear();
  bad.addImage(VYRE_IMAGE_PTX, 75, "BAD ptx");
  bad.addImage(VYRE_IMAGE_CUBIN, 90, "BAD cubin");
  Status status = device->launch(bad.desc, launchOf(1, 1, nullptr), *stream);
  EXPECT_EQ(status.code(), VYRE_UNAVAILABLE);
  std::string message = status.message();
  for (const char *part : {"cubin for sm_90", "PTX for sm_75", "module 'm'", "bad image log"})
    EXPECT_NE(message.find(part), std::string::npos) << message;
  bad.module.image_count = 0;
  status = device->launch(bad.desc, launchOf(1, 1, nullptr), *stream);
  EXPECT_NE(std::string(status.message()).find("no device code that sm_90 can run"),
            std::string::npos);
}

// A host-only kernel, an unknown symbol, a grid beyond the limits, too much
// shared memory: each says what is wrong.
TEST_F(CudaTest, ImpossibleLaunches) {
  TestKernel kernel("k", [](const FakeLaunch &) {}, 0);
  vyre_kernel_desc hostOnly = kernel.desc;
  hostOnly.module = nullptr;
  EXPECT_EQ(device->launch(hostOnly, launchOf(1, 1, nullptr), *stream).code(), VYRE_UNAVAILABLE);
  vyre_kernel_desc unknown = kernel.desc;
  unknown.name = "unknown";
  EXPECT_EQ(device->launch(unknown, launchOf(1, 1, nullptr), *stream).code(), VYRE_UNAVAILABLE);
  vyre_launch_desc wide = launchOf(1, 1, nullptr);
  wide.grid_y = 65536;
  Status status = device->launch(kernel.desc, wide, *stream);
  EXPECT_EQ(status.code(), VYRE_INVALID_ARGUMENT);
  EXPECT_NE(std::string(status.message()).find("t.mlir:1:1"), std::string::npos);
  vyre_launch_desc large = launchOf(1, 1, nullptr);
  large.dynamic_shared_bytes = 300 << 10;
  EXPECT_FALSE(device->launch(kernel.desc, large, *stream).ok());
  large.dynamic_shared_bytes = 100 << 10;
  EXPECT_OK(device->launch(kernel.desc, large, *stream));
  EXPECT_OK(device->launch(kernel.desc, large, *stream));
  EXPECT_EQ(calls("cuFuncSetAttribute"), 2);
}

// Static shared memory leaves less of the limit up to which a launch needs no
// permission.
TEST_F(CudaTest, StaticSharedMemoryCounts) {
  fake().staticShared["tiles"] = 20 << 10;
  TestKernel tiles("tiles", [](const FakeLaunch &) {}, 0);
  vyre_launch_desc launch = launchOf(1, 1, nullptr);
  launch.dynamic_shared_bytes = 28 << 10;
  EXPECT_OK(device->launch(tiles.desc, launch, *stream));
  EXPECT_EQ(calls("cuFuncSetAttribute"), 0);
  launch.dynamic_shared_bytes = 40 << 10;
  EXPECT_OK(device->launch(tiles.desc, launch, *stream));
  EXPECT_EQ(calls("cuFuncSetAttribute"), 1);
}

// Registration nests by address.
TEST_F(CudaTest, RegistrationNests) {
  int32_t host[8];
  EXPECT_OK(device->registerHost(host, 16));
  EXPECT_OK(device->registerHost(host, 8));
  Status longer = device->registerHost(host, 32);
  EXPECT_EQ(longer.code(), VYRE_INVALID_ARGUMENT);
  EXPECT_NE(std::string(longer.message()).find("the whole range first"), std::string::npos);
  EXPECT_OK(device->unregisterHost(host));
  EXPECT_EQ(calls("cuMemHostUnregister"), 0);
  EXPECT_OK(device->unregisterHost(host));
  EXPECT_EQ(calls("cuMemHostUnregister"), 1);
  EXPECT_EQ(device->unregisterHost(host).code(), VYRE_INVALID_ARGUMENT);
}

// Only what a kernel did wrong is a kernel's failure.
TEST_F(CudaTest, StatusCodes) {
  for (int fault : {700, 710, 714, 715, 716, 717, 718, 719})
    EXPECT_EQ(statusCode(fault), VYRE_KERNEL_FAILED) << fault;
  for (int misuse : {1, 400, 712, 713})
    EXPECT_EQ(statusCode(misuse), VYRE_INVALID_ARGUMENT) << misuse;
  for (int other : {703, 704, 705, 708, 709, 711, 999})
    EXPECT_EQ(statusCode(other), VYRE_INTERNAL) << other;
}

// A persistent kernel gets every resident block, the cooperative attribute, and
// in its last argument the address of barrier state, zero but for the address of
// an abort word that is zero too.
TEST_F(CudaTest, PersistentLaunchFillsTheDevice) {
  struct Args {
    int64_t value;
    const unsigned char *state;
  };
  static unsigned blocks;
  static bool cooperative, zeroed;
  TestKernel kernel(
      "persistent",
      [](const FakeLaunch &launch) {
        Args args;
        ASSERT_EQ(launch.argBytes, sizeof(args));
        std::memcpy(&args, launch.args, sizeof(args));
        blocks = launch.grid[0];
        cooperative = launch.cooperative && args.value == 42;
        zeroed = std::all_of(args.state, args.state + VYRE_BARRIER_ABORT_OFFSET,
                             [](unsigned char byte) { return byte == 0; }) &&
                 *abortWord(launch) == 0;
        std::memset(const_cast<unsigned char *>(args.state), 1, VYRE_BARRIER_ABORT_OFFSET);
      },
      sizeof(Args), VYRE_KERNEL_COOPERATIVE);
  uint32_t workers = 0;
  EXPECT_OK(device->residency(kernel.desc, 256, 0, workers));
  EXPECT_EQ(workers, 8u);
  Args args = {42, nullptr};
  for (int i = 0; i < 2; ++i) {
    blocks = 0, cooperative = zeroed = false;
    EXPECT_OK(device->launchPersistent(kernel.desc, launchOf(1, 256, &args), *stream));
    EXPECT_EQ(blocks, 8u);
    EXPECT_TRUE(cooperative);
    EXPECT_TRUE(zeroed);
  }
  EXPECT_EQ(args.state, nullptr);
}

// Beside work of other streams a persistent kernel leaves an eighth of the GPU alone, and
// takes all of it again once that is over. A stream of the caller counts until it has been
// waited for, and is never asked: it may be capturing.
TEST_F(CudaTest, PersistentKernelLeavesRoomForOthers) {
  device->destroyStream(*stream);
  fake().processors = 16;
  fake().blocksPerProcessor = 2;
  open();
  static unsigned blocks;
  TestKernel persistent(
      "persistent", [](const FakeLaunch &launch) { blocks = launch.grid[0]; }, 8,
      VYRE_KERNEL_COOPERATIVE);
  TestKernel plain("plain", [](const FakeLaunch &) {}, 0);
  uint64_t slot = 0;
  auto taken = [&] {
    EXPECT_OK(device->launchPersistent(persistent.desc, launchOf(1, 32, &slot), *stream));
    return blocks;
  };
  StreamRef other;
  EXPECT_OK(device->createStream(other));
  EXPECT_EQ(taken(), 32u);
  EXPECT_OK(device->launch(plain.desc, launchOf(1, 32, nullptr), *other));
  static void *busy;
  busy = static_cast<CudaStream &>(*other).native;
  fake().running = [](void *asked) { return asked == busy; };
  EXPECT_EQ(taken(), 28u);
  fake().running = nullptr; // over, though nobody has waited for it
  EXPECT_EQ(taken(), 32u);
  // Its own work is no reason.
  busy = static_cast<CudaStream &>(*stream).native;
  fake().running = [](void *asked) { return asked == busy; };
  EXPECT_EQ(taken(), 32u);
  fake().running = nullptr;

  EXPECT_OK(device->sync(*other)); // so that it is not asked any more
  StreamRef adopted;
  EXPECT_OK(device->adoptStream(busy, adopted));
  long before = calls("cuStreamQuery");
  EXPECT_EQ(taken(), 28u);
  EXPECT_EQ(calls("cuStreamQuery"), before);
  EXPECT_OK(device->sync(*adopted));
  EXPECT_EQ(taken(), 32u);
  device->destroyStream(*adopted);
  device->destroyStream(*other);
}

// A kernel that waits itself may start early behind one of its kind, and behind nothing
// else: no other kernel, copy or event, and not in a stream with work of the caller.
TEST_F(CudaTest, KernelsStartEarlyBehindTheirKindOnly) {
  static bool early;
  auto body = [](const FakeLaunch &launch) { early = launch.early; };
  TestKernel waits("waits", body, 0, VYRE_KERNEL_STARTS_EARLY), plain("plain", body, 0);
  auto startsEarly = [&](TestKernel &kernel, Stream &on) {
    EXPECT_OK(device->launch(kernel.desc, launchOf(1, 32, nullptr), on));
    return early;
  };
  EXPECT_FALSE(startsEarly(waits, *stream));
  EXPECT_TRUE(startsEarly(waits, *stream));
  EXPECT_TRUE(startsEarly(waits, *stream));
  EXPECT_FALSE(startsEarly(plain, *stream));
  EXPECT_FALSE(startsEarly(waits, *stream));
  EXPECT_TRUE(startsEarly(waits, *stream));
  int32_t value = 0;
  auto *memory = allocate<int32_t>(1);
  EXPECT_OK(device->copy(memory, &value, sizeof(value), *stream));
  EXPECT_FALSE(startsEarly(waits, *stream));
  EXPECT_OK(device->fill(memory, 0, 4, 1, *stream));
  EXPECT_FALSE(startsEarly(waits, *stream));
  Event *event = nullptr;
  EXPECT_OK(device->createEvent(event));
  EXPECT_OK(device->recordEvent(*event, *stream));
  EXPECT_FALSE(startsEarly(waits, *stream));
  EXPECT_OK(device->waitEvent(*stream, *event));
  EXPECT_FALSE(startsEarly(waits, *stream));
  device->destroyEvent(event);
  {
    Failing failing("cuLaunchKernelEx");
    Status status = device->launch(waits.desc, launchOf(1, 32, nullptr), *stream);
    EXPECT_NE(std::string(status.message()).find("cuLaunchKernelEx"), std::string::npos);
  }
  EXPECT_FALSE(startsEarly(waits, *stream));

  char native;
  StreamRef adopted;
  EXPECT_OK(device->adoptStream(&native, adopted));
  EXPECT_FALSE(startsEarly(waits, *adopted));
  EXPECT_FALSE(startsEarly(waits, *adopted));
  EXPECT_OK(device->sync(*adopted));
  device->destroyStream(*adopted);
  EXPECT_OK(device->free(memory, *stream));
}

// A kernel whose blocks wait for neighbours finds a zero flag for each of its blocks,
// in every launch.
TEST_F(CudaTest, NeighboursGetFlags) {
  static unsigned zeroFlags;
  TestKernel kernel(
      "neighbours",
      [](const FakeLaunch &launch) {
        const unsigned char *state;
        std::memcpy(&state, launch.args + launch.argBytes - sizeof(state), sizeof(state));
        unsigned char *flags;
        std::memcpy(&flags, state + VYRE_BARRIER_FLAGS_OFFSET, sizeof(flags));
        size_t bytes = size_t(launch.grid[0]) * VYRE_BARRIER_FLAG_BYTES;
        for (size_t i = 0; i < bytes; ++i)
          zeroFlags += flags[i] == 0;
        std::memset(flags, 1, bytes);
      },
      sizeof(void *), VYRE_KERNEL_COOPERATIVE | VYRE_KERNEL_NEIGHBOURS);
  void *slot = nullptr;
  for (int64_t blocks : {2, 8, 4}) {
    vyre_launch_desc launch = launchOf(1, 256, &slot);
    launch.max_blocks = blocks;
    zeroFlags = 0;
    EXPECT_OK(device->launchPersistent(kernel.desc, launch, *stream));
    EXPECT_EQ(zeroFlags, unsigned(blocks) * VYRE_BARRIER_FLAG_BYTES);
  }
  // Once there are enough flags, a launch writes no address: only zeros, to the state
  // and to the flags.
  fake().calls.clear();
  EXPECT_OK(device->launchPersistent(kernel.desc, launchOf(1, 256, &slot), *stream));
  EXPECT_EQ(std::count(fake().calls.begin(), fake().calls.end(), "cuMemsetD32Async"), 0);
  EXPECT_EQ(std::count(fake().calls.begin(), fake().calls.end(), "cuMemsetD8Async"), 2);
}

// A kernel that does not fit is refused before it can hang.
TEST_F(CudaTest, ResidencyIsRefused) {
  TestKernel kernel(
      "big", [](const FakeLaunch &) { FAIL() << "must not start"; }, 8, VYRE_KERNEL_COOPERATIVE);
  fake().blocksPerProcessor = 0;
  uint64_t slot = 0;
  Status status = device->launchPersistent(kernel.desc, launchOf(1, 64, &slot), *stream);
  EXPECT_EQ(status.code(), VYRE_UNAVAILABLE);
  EXPECT_NE(std::string(status.message()).find("cannot be resident"), std::string::npos);
  uint32_t workers = 9;
  EXPECT_OK(device->residency(kernel.desc, 2048, 0, workers));
  EXPECT_EQ(workers, 0u);
}

// Fills of every width, and the one the driver does not have.
TEST_F(CudaTest, Fills) {
  auto *data = allocate<uint64_t>(4);
  for (uint32_t width : {1u, 2u, 4u, 8u}) {
    std::fill_n(data, 4, 0);
    uint64_t value = 0x1122334455667788;
    EXPECT_OK(device->fill(data, value, width, 3, *stream));
    std::vector<unsigned char> expected(32, 0);
    for (int i = 0; i < 3; ++i)
      std::memcpy(&expected[i * width], &value, width);
    EXPECT_EQ(std::memcmp(data, expected.data(), 32), 0) << width;
  }
  EXPECT_OK(device->fill(data, ~0ull, 8, 4, *stream));
  EXPECT_EQ(data[3], ~0ull);
}

// Against a plain loop: permuted, padded, reversed, broadcast-source and dense.
TEST_F(CudaTest, StridedCopies) {
  struct Case {
    std::vector<int64_t> sizes, dst, src;
  } cases[] = {{{3, 4, 5}, {20, 5, 1}, {20, 5, 1}},
               {{3, 4, 5}, {40, 7, 1}, {20, 5, 1}},
               {{3, 4, 5}, {1, 3, 12}, {20, 5, 1}},
               {{4, 3}, {3, 1}, {0, 1}},
               {{4, 3}, {-3, 1}, {3, 1}},
               {{1, 6, 1}, {9, 2, 9}, {9, 3, 9}},
               {{}, {}, {}},
               {{2, 2, 2, 2}, {50, 20, 7, 2}, {8, 4, 2, 1}}};
  for (const Case &c : cases) {
    std::vector<int32_t> src(400), dst(400, -1), expected(400, -1);
    for (int i = 0; i < 400; ++i)
      src[i] = i;
    constexpr int64_t origin = 100;
    int64_t rank = c.sizes.size();
    std::vector<int64_t> index(rank, 0);
    for (bool more = true; more;) {
      int64_t to = origin, from = origin;
      for (int64_t d = 0; d < rank; ++d)
        to += index[d] * c.dst[d], from += index[d] * c.src[d];
      expected[to] = src[from];
      more = false;
      for (int64_t d = rank; d-- > 0 && !more;) {
        more = ++index[d] < c.sizes[d];
        if (!more)
          index[d] = 0;
      }
    }
    EXPECT_OK(device->copyStrided(
        {&dst[origin], c.dst.data(), &src[origin], c.src.data(), c.sizes.data(), rank, 4},
        *stream));
    EXPECT_EQ(dst, expected);
  }
}

// Shared memory is managed memory; without pools plain allocation serves.
TEST_F(CudaTest, KindsOfMemory) {
  auto *shared = allocate<int32_t>(4, VYRE_MEMORY_SHARED);
  EXPECT_EQ(calls("cuMemAllocManaged"), 1);
  EXPECT_OK(device->free(shared, *stream));
  TearDown();
  fake().memoryPools = 0;
  open();
  auto *plain = allocate<int32_t>(0);
  EXPECT_NE(plain, nullptr);
  EXPECT_EQ(calls("cuMemAlloc"), 1);
  EXPECT_OK(device->free(plain, *stream));
  void *huge = nullptr;
  EXPECT_EQ(device->allocate(huge, 1ull << 50, VYRE_MEMORY_DEVICE, *stream).code(),
            VYRE_OUT_OF_MEMORY);
}

// A failed stream runs nothing more, but frees memory.
TEST_F(CudaTest, FailedStreamRunsNothing) {
  TestKernel kernel("never", [](const FakeLaunch &) { FAIL() << "ran"; }, 0);
  auto *data = allocate<int32_t>(1);
  stream->fail({VYRE_KERNEL_FAILED, "first failure"});
  EXPECT_EQ(device->launch(kernel.desc, launchOf(1, 1, nullptr), *stream).code(),
            VYRE_KERNEL_FAILED);
  EXPECT_FALSE(device->fill(data, 1, 4, 1, *stream).ok());
  EXPECT_FALSE(device->copy(data, data, 4, *stream).ok());
  EXPECT_STREQ(device->sync(*stream).message(), "first failure");
  EXPECT_OK(device->free(data, *stream));
}

// A trap or failed assert shows at the synchronization and stays.
TEST_F(CudaTest, KernelFailureIsSticky) {
  auto *data = allocate<int32_t>(1);
  EXPECT_OK(device->fill(data, 1, 4, 1, *stream));
  Failing failing("cuStreamSynchronize:710");
  EXPECT_EQ(device->sync(*stream).code(), VYRE_KERNEL_FAILED);
  EXPECT_TRUE(stream->failed());
}

// Events order and wait; adopted contexts and streams are used, not destroyed.
TEST_F(CudaTest, EventsAndAdoption) {
  Event *event = nullptr;
  EXPECT_OK(device->createEvent(event));
  EXPECT_OK(device->recordEvent(*event, *stream));
  EXPECT_OK(device->waitEvent(*stream, *event));
  EXPECT_OK(device->syncEvent(*event));
  device->destroyEvent(event);
  // What exists in the old context would be lost with it.
  char nativeContext, nativeStream;
  Status early = device->adoptContext(&nativeContext);
  EXPECT_EQ(early.code(), VYRE_INVALID_ARGUMENT);
  EXPECT_NE(std::string(early.message()).find("makes streams, events"), std::string::npos);
  device->destroyStream(*stream);
  EXPECT_EQ(device->adoptContext(nullptr).code(), VYRE_INVALID_ARGUMENT);
  EXPECT_OK(device->adoptContext(&nativeContext));
  EXPECT_EQ(calls("cuDevicePrimaryCtxRelease"), 1);
  EXPECT_OK(device->createStream(stream));
  StreamRef adopted;
  EXPECT_OK(device->adoptStream(&nativeStream, adopted));
  EXPECT_FALSE(device->isIdle(*adopted));
  EXPECT_OK(device->sync(*adopted));
  long destroyed = calls("cuStreamDestroy");
  device->destroyStream(*adopted);
  EXPECT_EQ(calls("cuStreamDestroy"), destroyed);
  allocate<int32_t>(1);
  char another;
  EXPECT_EQ(device->adoptContext(&another).code(), VYRE_INVALID_ARGUMENT);
}

// A stream is destroyed while another thread waits for it: the driver never gets
// a handle that is gone.
TEST_F(CudaTest, DestroyDuringSync) {
  auto *data = allocate<int32_t>(1);
  EXPECT_OK(device->fill(data, 1, 4, 1, *stream));
  std::promise<void> entered;
  std::atomic<int> waits{0};
  fake().synchronizing = [&] {
    if (waits++ > 0)
      return;
    entered.set_value();
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
  };
  std::thread other([&] { EXPECT_OK(device->sync(*stream)); });
  entered.get_future().wait();
  device->destroyStream(*stream);
  other.join();
  fake().synchronizing = nullptr;
  EXPECT_FALSE(stream->failed()) << stream->failure().message();
  EXPECT_OK(device->sync(*stream));
  StreamRef gone = std::move(stream);
}

// Waiting for an allocation keeps nobody else from the device's memory.
TEST_F(CudaTest, AllocationsWaitAlone) {
  int32_t host[4];
  bool registered = false;
  fake().synchronizing = [&] {
    auto other = std::async(std::launch::async, [&] { return device->registerHost(host, 16); });
    registered = other.wait_for(std::chrono::seconds(5)) == std::future_status::ready;
    ASSERT_TRUE(registered) << "holds a lock";
    EXPECT_OK(other.get());
  };
  auto *data = allocate<int32_t>(1);
  fake().synchronizing = nullptr;
  EXPECT_TRUE(registered);
  EXPECT_OK(device->unregisterHost(host));
  EXPECT_OK(device->free(data, *stream));
}

// Measuring runs on any device and leaves no stream behind.
TEST_F(CudaTest, Measure) {
  DeviceCosts costs;
  EXPECT_OK(device->measure(costs));
  EXPECT_GT(costs.roundTripNs, 0u);
  EXPECT_GT(costs.recordNs, 0u);
  EXPECT_GT(costs.setupNs, 0u);
  EXPECT_GT(costs.barrierWorkers, 0u);
  // Two kernels, for either tier, with and without meetings.
  EXPECT_EQ(calls("cuLaunchKernelEx"), 4 * 5);
}

} // namespace
