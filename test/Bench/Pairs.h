// Paired timing for the benchmarks of the host device.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Both sides run in turn (A B A B ...), so that a change of the machine's load
// hits both. The result is the median of the pairs' ratios with a bootstrap
// interval; a limit is missed only when the whole interval lies beyond it.
#ifndef VYRE_TEST_BENCH_PAIRS_H
#define VYRE_TEST_BENCH_PAIRS_H

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <random>
#include <vector>

namespace pairs {

constexpr int pairCount = 25;

inline double secondsOf(const std::function<void()> &work) {
  auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

inline double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + long(values.size() / 2), values.end());
  return values[values.size() / 2];
}

// Runs the pairs and prints one JSON object; both sides return the seconds that count.
// True when the limit holds.
inline bool compareTimes(const char *name, double limit, double callsPerRun,
                         const std::function<double()> &ours,
                         const std::function<double()> &baseline) {
  ours();
  baseline();
  std::vector<double> ratios, oursNs, baselineNs;
  for (int pair = 0; pair != pairCount; ++pair) {
    double a = ours(), b = baseline();
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

// The same with both sides timed from beginning to end.
inline bool compare(const char *name, double limit, double callsPerRun,
                    const std::function<void()> &ours, const std::function<void()> &baseline) {
  return compareTimes(
      name, limit, callsPerRun, [&] { return secondsOf(ours); },
      [&] { return secondsOf(baseline); });
}

} // namespace pairs

#endif // VYRE_TEST_BENCH_PAIRS_H
