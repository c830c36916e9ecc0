// What an item of a live queue costs on the host device, against the ring that a
// programmer would write, of the same size and with the same items, and a thread that
// stays:
//   - submit: what a push costs the pushing thread, while the ring does not fill;
//   - round trip: push one item and wait for it;
//   - a stream of items that fills the ring, with the wait for the last one.
// The limit of each is 2 times.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints JSON; exits with 1 when a limit is missed.
#include "Pairs.h"
#include "vyre-abi/vyre_abi.h"

#include <atomic>
#include <cstdlib>
#include <sched.h>
#include <thread>

namespace {

using pairs::secondsOf;

struct Args {
  float *data;
  int64_t value;
};

// The kernel: the same code on both sides.
void addBlock(const Args &args, int64_t block) {
  for (int64_t i = 32 * block; i != 32 * (block + 1); ++i)
    args.data[i] += float(args.value);
}

void addKernel(const void *args, vyre_host_ctx *ctx) {
  for (int64_t block = ctx->block_begin; block != ctx->block_end; ++block)
    addBlock(*static_cast<const Args *>(args), block);
}

// Waits as the host device does at first: pauses, then gives up the core.
class Pause {
public:
  void operator()() {
    if (++turns < 100) {
#if defined(__x86_64__)
      __builtin_ia32_pause();
#endif
    } else {
      std::this_thread::yield();
    }
  }

private:
  int turns = 0;
};

class PlainRing {
public:
  PlainRing() : consumer([this] { consume(); }) {}
  ~PlainRing() {
    stop.store(true);
    consumer.join();
  }
  void push(const Args &args) {
    uint64_t at = tail.load(std::memory_order_relaxed);
    if (at - seenHead == slots)
      for (Pause pause; at - (seenHead = head.load(std::memory_order_acquire)) == slots;)
        pause();
    ring[at % slots] = {addBlock, 0, {1, 1, 1}, {32, 1, 1}, args};
    tail.store(at + 1, std::memory_order_release);
  }
  void drain() {
    for (Pause pause; head.load(std::memory_order_acquire) != tail.load(std::memory_order_relaxed);)
      pause();
  }

private:
  static constexpr uint64_t slots = VYRE_QUEUE_ITEMS;
  struct alignas(64) Work {
    void (*run)(const Args &, int64_t);
    uint64_t flags;
    int64_t grid[3], block[3];
    Args args;
  };
  void consume() {
    Pause pause;
    for (uint64_t at = 0; !stop.load(std::memory_order_relaxed);) {
      if (at == tail.load(std::memory_order_acquire)) {
        pause();
        continue;
      }
      pause = Pause();
      for (int64_t block = 0; block != ring[at % slots].grid[0]; ++block)
        ring[at % slots].run(ring[at % slots].args, block);
      head.store(++at, std::memory_order_release);
    }
  }

  Work ring[slots] = {};
  alignas(64) std::atomic<uint64_t> tail{0};
  uint64_t seenHead = 0; // by the producer
  alignas(64) std::atomic<uint64_t> head{0};
  std::atomic<bool> stop{false};
  std::thread consumer;
};

// A record with one kernel, whose items have one block.
class Queue {
public:
  Queue() {
    kernel.struct_size = sizeof kernel;
    kernel.version = VYRE_ABI_VERSION;
    kernel.name = "add";
    kernel.host_fn = addKernel;
    kernel.param_bytes = sizeof(Args);
    kernel.runtime_state = &state;
    record.struct_size = sizeof record;
    record.version = VYRE_ABI_VERSION;
    record.kernels = kernels;
    record.kernel_count = 1;
    record.block_threads = 32;
    record.max_blocks = 1;
    launch.struct_size = sizeof launch;
    launch.version = VYRE_ABI_VERSION;
    launch.grid_x = launch.grid_y = launch.grid_z = 1;
    launch.block_x = 32;
    launch.block_y = launch.block_z = 1;
  }
  void push(const Args &args) {
    launch.args = &args;
    (void)vyreQueuePush(&record, 0, &launch, 0);
  }
  void drain() { (void)vyreStreamSync(nullptr); }

private:
  vyre_kernel_desc kernel = {};
  const vyre_kernel_desc *kernels[1] = {&kernel};
  vyre_queue_desc record = {};
  vyre_launch_desc launch = {};
  void *state = nullptr;
};

// Seconds in pushes alone; the items are waited for in between.
template <typename Ring> double submit(Ring &ring, float *data, int rounds, int items) {
  double seconds = 0;
  for (int round = 0; round != rounds; ++round) {
    seconds += secondsOf([&] {
      for (int i = 0; i != items; ++i)
        ring.push({data, i});
    });
    ring.drain();
  }
  return seconds;
}

template <typename Ring> void roundTrips(Ring &ring, float *data, int items) {
  for (int i = 0; i != items; ++i) {
    ring.push({data, i});
    ring.drain();
  }
}

template <typename Ring> void pushAll(Ring &ring, float *data, int items) {
  for (int i = 0; i != items; ++i)
    ring.push({data, i});
  ring.drain();
}

// Where the two threads of a side run decides more than anything else: on one core a
// push is a few ns because nobody looks at the ring. Both sides get a core for each.
class Cores {
public:
  Cores() {
    cpu_set_t all;
    ::sched_getaffinity(0, sizeof all, &all);
    for (int cpu = 0; cpu != CPU_SETSIZE && found != 2; ++cpu)
      if (CPU_ISSET(cpu, &all))
        cores[found++] = cpu;
  }
  bool areTwo() const { return found == 2; }
  // Threads that start meanwhile stay there.
  void moveTo(int number) const {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cores[number], &one);
    ::sched_setaffinity(0, sizeof one, &one);
  }

private:
  int cores[2] = {0, 0}, found = 0;
};

} // namespace

int main() {
  ::setenv("VYRE_DEVICE", "host", 1);
  constexpr int rounds = 100, items = 200, trips = 5000, stream = 20000;
  std::vector<float> data(32);
  float *at = data.data();
  const Cores cores;
  if (!cores.areTwo()) {
    std::fprintf(stderr, "HostQueueBench: needs two cores\n");
    return 1;
  }
  // The thread that runs items starts with the first one, and stays for all pairs.
  cores.moveTo(1);
  {
    Queue queue;
    roundTrips(queue, at, 1);
    (void)vyreQueueClose();
  }
  cores.moveTo(0);
  // Each side works on its ring only while it is measured: one that merely waits would
  // take time from the other side.
  auto ours = [&](auto work) {
    Queue queue;
    roundTrips(queue, at, 100);
    double seconds = work(queue);
    (void)vyreQueueClose();
    return seconds;
  };
  auto baseline = [&](auto work) {
    cores.moveTo(1);
    PlainRing ring;
    cores.moveTo(0);
    roundTrips(ring, at, 100);
    return work(ring);
  };
  auto submits = [&](auto &ring) { return submit(ring, at, rounds, items); };
  auto tripsOf = [&](auto &ring) { return secondsOf([&] { roundTrips(ring, at, trips); }); };
  auto streams = [&](auto &ring) { return secondsOf([&] { pushAll(ring, at, stream); }); };
  std::printf("[\n");
  bool holds = pairs::compareTimes(
      "live queue: submit one item, against a hand-written ring", 2.0, rounds * items,
      [&] { return ours(submits); }, [&] { return baseline(submits); });
  std::printf(",\n");
  holds &= pairs::compareTimes(
      "live queue: round trip of one item, against a hand-written ring", 2.0, trips,
      [&] { return ours(tripsOf); }, [&] { return baseline(tripsOf); });
  std::printf(",\n");
  holds &= pairs::compareTimes(
      "live queue: back-to-back items, against a hand-written ring", 2.0, stream,
      [&] { return ours(streams); }, [&] { return baseline(streams); });
  std::printf("\n]\n");
  return holds ? 0 : 1;
}
