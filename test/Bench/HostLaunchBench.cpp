// What a launch costs on the host device, against the best simple alternatives:
//   - launch and synchronization of a tiny kernel, against an OpenMP parallel
//     region (limit 1.2 times);
//   - back-to-back launches of one block, against a hand-written single-producer
//     ring with one consumer thread (limit 2 times).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints JSON; exits with 1 when a limit is missed.
#include "Pairs.h"
#include "vyre-abi/vyre_abi.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>

namespace {

constexpr int64_t tinyBlocks = 8;

struct Args {
  float *data;
  int64_t count;
};

// One block of the tiny kernel: the same code on every side.
void addBlock(const Args &args, int64_t block) {
  constexpr int64_t perBlock = 32;
  int64_t end = std::min((block + 1) * perBlock, args.count);
  for (int64_t i = block * perBlock; i < end; ++i)
    args.data[i] += 1.0f;
}

void addKernel(const void *args, vyre_host_ctx *ctx) {
  for (int64_t block = ctx->block_begin; block != ctx->block_end; ++block)
    addBlock(*static_cast<const Args *>(args), block);
}

// The ring that a programmer would write for this one purpose.
class PlainRing {
public:
  PlainRing() : consumer([this] { consume(); }) {}
  ~PlainRing() {
    stop.store(true);
    consumer.join();
  }
  void push(const Args &args) {
    uint64_t at = tail.load(std::memory_order_relaxed);
    while (at - head.load(std::memory_order_acquire) == slots)
      std::this_thread::yield();
    ring[at % slots] = {addBlock, args};
    tail.store(at + 1, std::memory_order_release);
  }
  void drain() {
    while (head.load(std::memory_order_acquire) != tail.load(std::memory_order_relaxed))
      std::this_thread::yield();
  }

private:
  static constexpr uint64_t slots = 1024;
  struct Work {
    void (*run)(const Args &, int64_t);
    Args args;
  };
  void consume() {
    for (uint64_t at = 0; !stop.load(std::memory_order_relaxed);) {
      if (at == tail.load(std::memory_order_acquire)) {
        std::this_thread::yield();
        continue;
      }
      ring[at % slots].run(ring[at % slots].args, 0);
      head.store(++at, std::memory_order_release);
    }
  }

  Work ring[slots] = {};
  alignas(64) std::atomic<uint64_t> tail{0};
  alignas(64) std::atomic<uint64_t> head{0};
  std::atomic<bool> stop{false};
  std::thread consumer;
};

struct Launcher {
  vyre_kernel_desc kernel = {};
  vyre_launch_desc launch = {};
  void *state = nullptr;

  Launcher(const Args &args, int64_t blocks) {
    kernel.struct_size = sizeof kernel;
    kernel.version = VYRE_ABI_VERSION;
    kernel.name = "add";
    kernel.host_fn = addKernel;
    kernel.param_bytes = sizeof(Args);
    kernel.runtime_state = &state;
    launch.struct_size = sizeof launch;
    launch.version = VYRE_ABI_VERSION;
    launch.grid_x = blocks;
    launch.grid_y = launch.grid_z = 1;
    launch.block_x = 32;
    launch.block_y = launch.block_z = 1;
    launch.args = &args;
  }
  void operator()() { (void)vyreLaunch(&kernel, &launch, nullptr); }
};

bool roundTrips(const Args &args) {
  constexpr int calls = 2000;
  Launcher launcher(args, tinyBlocks);
  return pairs::compare(
      "launch and synchronize, against an OpenMP parallel region", 1.2, calls,
      [&] {
        for (int i = 0; i != calls; ++i) {
          launcher();
          (void)vyreStreamSync(nullptr);
        }
      },
      [&] {
        for (int i = 0; i != calls; ++i) {
#pragma omp parallel for schedule(static)
          for (int64_t block = 0; block < tinyBlocks; ++block)
            addBlock(args, block);
        }
      });
}

bool backToBack(const Args &args) {
  constexpr int calls = 20000;
  Launcher launcher(args, 1);
  PlainRing ring;
  return pairs::compare(
      "back-to-back one-block launches, against a hand-written ring", 2.0, calls,
      [&] {
        for (int i = 0; i != calls; ++i)
          launcher();
        (void)vyreStreamSync(nullptr);
      },
      [&] {
        for (int i = 0; i != calls; ++i)
          ring.push(args);
        ring.drain();
      });
}

} // namespace

int main() {
  ::setenv("VYRE_DEVICE", "host", 1);
  std::vector<float> data(tinyBlocks * 32);
  Args args{data.data(), int64_t(data.size())};
  std::printf("[\n");
  bool holds = roundTrips(args);
  std::printf(",\n");
  holds &= backToBack(args);
  std::printf("\n]\n");
  return holds ? 0 : 1;
}
