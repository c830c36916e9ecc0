// Process-wide counts of what the runtime did: the source of the statistics
// file and of the Prometheus text.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_CORE_COUNTERS_H
#define VYRE_RT_CORE_COUNTERS_H

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace vyre::rt {

struct Counters {
  // Of streams that are gone; live streams count their own.
  std::atomic<uint64_t> kernelLaunches{0};
  std::atomic<uint64_t> queueItems{0};

  std::atomic<uint64_t> cooperativeLaunches{0}; // resident kernels of live queues included
  std::atomic<uint64_t> graphInstantiations{0};
  std::atomic<uint64_t> graphLaunches{0};
  std::atomic<uint64_t> graphUpdates{0};   // nodes
  std::atomic<uint64_t> graphEvictions{0}; // recordings
  std::atomic<uint64_t> graphRefusals{0};  // each has its reason among the fallbacks
  std::atomic<uint64_t> tableUploads{0};
  std::atomic<uint64_t> hostSyncs{0};
  std::atomic<uint64_t> h2dBytes{0}; // counted by the device: only it knows sides
  std::atomic<uint64_t> d2hBytes{0};
  std::atomic<uint64_t> variantsCompiled{0};
  std::atomic<uint64_t> calibrationNs{0}; // time spent measuring the device
};

Counters &counters();

inline void count(std::atomic<uint64_t> &counter, uint64_t amount = 1) {
  counter.fetch_add(amount, std::memory_order_relaxed);
}

// Reasons why a group did not run in the form that was asked for or best.
void addFallback(std::string reason);
std::vector<std::string> fallbacks();

} // namespace vyre::rt

#endif // VYRE_RT_CORE_COUNTERS_H
