// What a launch costs on the host device, against the best simple alternatives:
//   - launch and synchronization of a tiny kernel, against an OpenMP parallel
//     region (limit 1.2 times);
//   - back-to-back launches of one block, against a hand-written single-producer
//     ring with one consumer thread (limit 2 times).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Both sides run in turn (A B A B ...), so that a change of the machine's load
// hits both. The result is the median of the pairs' ratios with a bootstrap
// interval; a limit is missed only when the whole interval lies beyond it.
// Prints JSON; exits with 1 when a limit is missed.
#include "vyre-abi/vyre_abi.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <thread>
#include <vector>

namespace {

constexpr int pairCount = 25;
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

double secondsOf(const std::function<void()> &work) {
  auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + long(values.size() / 2), values.end());
  return values[values.size() / 2];
}

// Runs the pairs and prints one JSON object. True when the limit holds.
bool compare(const char *name, double limit, double callsPerRun, const std::function<void()> &ours,
             const std::function<void()> &baseline) {
  ours();
  baseline();
  std::vector<double> ratios, oursNs, baselineNs;
  for (int pair = 0; pair != pairCount; ++pair) {
    double a = secondsOf(ours), b = secondsOf(baseline);
    ratios.push_back(a / b);
    oursNs.push_back(a * 1e9 / callsPerRun);
    baselineNs.push_back(b * 1e9 / callsPerRun);
  }
  std::mt19937 random(1);
  std::vector<double> medians;
  for (int sample = 0; sample != 2000; ++sample) {
    std::vector<double> drawn;
    for (int i = 0; i != pairCount; ++i)
      drawn.push_back(ratios[random() % ratios.size()]);
    medians.push_back(median(drawn));
  }
  std::sort(medians.begin(), medians.end());
  double low = medians[50], high = medians[1949]; // 95 %
  bool holds = low <= limit;
  std::printf("  {\"name\": \"%s\", \"pairs\": %d, \"vyre_ns\": %.1f, \"baseline_ns\": %.1f, "
              "\"ratio\": %.3f, \"interval\": [%.3f, %.3f], \"limit\": %.2f, \"holds\": %s}",
              name, pairCount, median(oursNs), median(baselineNs), median(ratios), low, high, limit,
              holds ? "true" : "false");
  return holds;
}

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
  return compare(
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
  return compare(
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
