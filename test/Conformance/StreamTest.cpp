// Streams and events: order, progress, reuse.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Conformance.h"

#include <atomic>
#include <chrono>
#include <thread>

using namespace conformance;

namespace {

struct Flags {
  std::atomic<int> *mine;
  std::atomic<int> *other;
};

void meet(const void *args, vyre_host_ctx *) {
  auto *a = static_cast<const Flags *>(args);
  a->mine->store(1);
  while (a->other->load() == 0)
    std::this_thread::yield();
}

// Two kernels on two streams that wait for each other both run.
TEST_F(HostKernels, StreamsProgressTogether) {
  Kernel kernel("meet", meet, sizeof(Flags));
  ScopedStream a, b;
  for (int round = 0; round != 50; ++round) {
    std::atomic<int> first{0}, second{0};
    ASSERT_EQ(run(kernel, Flags{&first, &second}, 1, 1, a), VYRE_OK);
    ASSERT_EQ(run(kernel, Flags{&second, &first}, 1, 1, b), VYRE_OK);
    ASSERT_EQ(vyreStreamSync(a), VYRE_OK);
    ASSERT_EQ(vyreStreamSync(b), VYRE_OK);
  }
}

// A launch starts without a synchronization: the host may poll its result.
TEST_F(HostKernels, WorkStartsUnasked) {
  Kernel kernel("meet", meet, sizeof(Flags));
  ScopedStream stream;
  std::atomic<int> device{0}, host{0};
  ASSERT_EQ(run(kernel, Flags{&device, &host}, 1, 1, stream), VYRE_OK);
  while (device.load() == 0)
    std::this_thread::yield();
  host.store(1);
  EXPECT_EQ(vyreStreamSync(stream), VYRE_OK);
}

struct Copying {
  const uint64_t *from;
  uint64_t *to;
  int delayMs;
};

void slowCopy(const void *args, vyre_host_ctx *) {
  auto *a = static_cast<const Copying *>(args);
  std::this_thread::sleep_for(std::chrono::milliseconds(a->delayMs));
  *a->to = *a->from + 1;
}

// A stream that waits for an event runs after what the event recorded.
TEST_F(HostKernels, EventsOrderStreams) {
  Kernel kernel("slow-copy", slowCopy, sizeof(Copying));
  ScopedStream a, b;
  vyre_event event = vyreEventCreate();
  ASSERT_NE(event, nullptr);
  uint64_t values[3] = {};
  for (int round = 0; round != 5; ++round) {
    values[0] = uint64_t(round) * 100;
    ASSERT_EQ(run(kernel, Copying{&values[0], &values[1], 3}, 1, 1, a), VYRE_OK);
    ASSERT_EQ(vyreEventRecord(event, a), VYRE_OK);
    ASSERT_EQ(vyreStreamWaitEvent(b, event), VYRE_OK);
    ASSERT_EQ(run(kernel, Copying{&values[1], &values[2], 0}, 1, 1, b), VYRE_OK);
    ASSERT_EQ(vyreStreamSync(b), VYRE_OK);
    EXPECT_EQ(values[2], values[0] + 2);
  }
  vyreEventDestroy(event);
}

// Waiting for an event on the host waits for its record; an event that was never
// recorded is done.
TEST_F(HostKernels, HostWaitsForEvents) {
  Kernel kernel("slow-copy", slowCopy, sizeof(Copying));
  ScopedStream stream;
  vyre_event event = vyreEventCreate();
  EXPECT_EQ(vyreEventSync(event), VYRE_OK);
  uint64_t from = 6, to = 0;
  ASSERT_EQ(run(kernel, Copying{&from, &to, 5}, 1, 1, stream), VYRE_OK);
  ASSERT_EQ(vyreEventRecord(event, stream), VYRE_OK);
  ASSERT_EQ(vyreEventSync(event), VYRE_OK);
  EXPECT_EQ(to, 7u);
  vyreEventDestroy(event);
}

// An event may be destroyed while a wait for it is queued.
TEST_F(HostKernels, EventOutlivesItsHandle) {
  Kernel kernel("slow-copy", slowCopy, sizeof(Copying));
  ScopedStream a, b;
  uint64_t values[3] = {1, 0, 0};
  vyre_event event = vyreEventCreate();
  ASSERT_EQ(run(kernel, Copying{&values[0], &values[1], 5}, 1, 1, a), VYRE_OK);
  ASSERT_EQ(vyreEventRecord(event, a), VYRE_OK);
  ASSERT_EQ(vyreStreamWaitEvent(b, event), VYRE_OK);
  vyreEventDestroy(event);
  ASSERT_EQ(run(kernel, Copying{&values[1], &values[2], 0}, 1, 1, b), VYRE_OK);
  ASSERT_EQ(vyreStreamSync(b), VYRE_OK);
  EXPECT_EQ(values[2], 3u);
  ASSERT_EQ(vyreStreamSync(a), VYRE_OK);
}

// A new stream starts after what the default stream already has.
TEST_F(HostKernels, NewStreamFollowsDefault) {
  Kernel kernel("slow-copy", slowCopy, sizeof(Copying));
  for (int round = 0; round != 5; ++round) {
    uint64_t values[3] = {10, 0, 0};
    ASSERT_EQ(run(kernel, Copying{&values[0], &values[1], 3}, 1), VYRE_OK);
    vyre_stream stream = vyreStreamCreate();
    ASSERT_EQ(run(kernel, Copying{&values[1], &values[2], 0}, 1, 1, stream), VYRE_OK);
    vyreStreamRelease(stream); // still valid: a released stream may be waited for
    ASSERT_EQ(vyreStreamSync(stream), VYRE_OK);
    EXPECT_EQ(values[2], 12u);
  }
}

// vyreDeviceSync waits for every stream; destroying one waits for its work.
TEST_F(HostKernels, DeviceSyncCoversAllStreams) {
  Kernel kernel("slow-copy", slowCopy, sizeof(Copying));
  uint64_t one = 1, results[4] = {};
  vyre_stream streams[4];
  for (int i = 0; i != 4; ++i) {
    streams[i] = vyreStreamCreate();
    ASSERT_EQ(run(kernel, Copying{&one, &results[i], 3}, 1, 1, streams[i]), VYRE_OK);
  }
  ASSERT_EQ(vyreDeviceSync(), VYRE_OK);
  for (uint64_t &result : results)
    EXPECT_EQ(std::exchange(result, 0), 2u);
  for (int i = 0; i != 4; ++i) {
    ASSERT_EQ(run(kernel, Copying{&one, &results[i], 3}, 1, 1, streams[i]), VYRE_OK);
    vyreStreamDestroy(streams[i]);
    EXPECT_EQ(results[i], 2u);
  }
}

} // namespace
