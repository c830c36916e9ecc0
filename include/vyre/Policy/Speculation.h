// I2: is a speculative compile worth it? With the shape predictor and the
// window of launches and misses that its inputs come from.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_POLICY_SPECULATION_H
#define VYRE_POLICY_SPECULATION_H

#include "vyre/Policy/Reason.h"
#include "vyre/Policy/Wide.h"

#include <array>
#include <cstddef>
#include <optional>

namespace vyre::policy {

inline constexpr uint32_t kSpeculationMinHits = 8;
inline constexpr uint32_t kSpeculationMinConfidenceBps = 6000;
inline constexpr uint32_t kBpsScale = 10000;

struct SpeculationInputs {
  uint32_t hitCount = 0;      ///< Times the kernel was seen in the launch window.
  uint32_t confidenceBps = 0; ///< That the next miss is the predicted shape, of 10,000.
  uint64_t specCostNs = 0;    ///< One speculative compile.
  uint64_t missCostNs = 0;
};

struct SpeculationVerdict {
  enum class Kind : uint8_t { HoldSteady, Speculate };
  Kind kind = Kind::HoldSteady;
  Reason reason = Reason::Unstated;
  uint64_t savedNs = 0;

  constexpr bool profitable() const { return kind == Kind::Speculate; }
};

constexpr bool operator==(const SpeculationVerdict &a, const SpeculationVerdict &b) {
  return a.kind == b.kind && a.savedNs == b.savedNs;
}

/// Saves missCost * confidence / 10000 - specCost; a tie holds.
constexpr SpeculationVerdict evaluateSpeculation(const SpeculationInputs &in) {
  using Kind = SpeculationVerdict::Kind;
  if (in.hitCount < kSpeculationMinHits)
    return {Kind::HoldSteady, Reason::TooFewHits, 0};
  if (in.confidenceBps < kSpeculationMinConfidenceBps)
    return {Kind::HoldSteady, Reason::LowConfidence, 0};
  if (in.missCostNs == 0)
    return {Kind::HoldSteady, Reason::FreeMiss, 0};
  const uint64_t weighted = saturateToU64(u128(in.missCostNs) * in.confidenceBps / kBpsScale);
  if (weighted <= in.specCostNs)
    return {Kind::HoldSteady, Reason::SpeculationCost, 0};
  return {Kind::Speculate, Reason::Profitable, weighted - in.specCostNs};
}

/// The last `Capacity` values, oldest first. Never allocates.
template <typename T, size_t Capacity> class RecentValues {
public:
  constexpr void push(T value) {
    slots[(first + count) % Capacity] = value;
    count < Capacity ? ++count : (first = (first + 1) % Capacity);
  }
  constexpr size_t size() const { return count; }
  /// `index` 0 is the oldest kept value.
  constexpr const T &operator[](size_t index) const { return slots[(first + index) % Capacity]; }

private:
  std::array<T, Capacity> slots{};
  size_t first = 0;
  size_t count = 0;
};

/// Predicts the fingerprint of the next shape from the last 16.
class ShapePredictor {
public:
  static constexpr size_t kHistory = 16;

  constexpr void observe(uint64_t fingerprint) { history.push(fingerprint); }

  /// The last two equal: a repeat. Else the smallest cycle that explains every
  /// kept entry: its next element. Else nothing.
  constexpr std::optional<uint64_t> predict() const {
    const size_t kept = history.size();
    if (kept >= 2 && history[kept - 1] == history[kept - 2])
      return history[kept - 1];
    for (size_t length = 2; length < kept; ++length)
      if (hasCycle(length))
        return history[kept - length];
    return std::nullopt;
  }

private:
  constexpr bool hasCycle(size_t length) const {
    for (size_t i = length; i < history.size(); ++i)
      if (history[i] != history[i - length])
        return false;
    return true;
  }

  RecentValues<uint64_t, kHistory> history;
};

/// The run time's view: which kernels ran lately and how well misses were
/// predicted. Yields `hitCount` and `confidenceBps`.
class SpeculationWindow {
public:
  static constexpr size_t kLaunches = 64;
  static constexpr size_t kMisses = 16;
  static constexpr size_t kMinMisses = 8;

  constexpr void recordLaunch(uint64_t kernel) { launches.push(kernel); }

  /// Scores the prediction that stood before this miss, then learns from it. No
  /// prediction counts as a wrong one.
  constexpr void recordMiss(uint64_t fingerprint) {
    const std::optional<uint64_t> predicted = predictor.predict();
    calledRight.push(predicted.has_value() && *predicted == fingerprint);
    predictor.observe(fingerprint);
  }

  /// Launches of `kernel` among the last 64.
  constexpr uint32_t hitCount(uint64_t kernel) const {
    uint32_t hits = 0;
    for (size_t i = 0; i < launches.size(); ++i)
      hits += launches[i] == kernel;
    return hits;
  }

  /// Share of the last 16 misses predicted right; 0 with fewer than 8.
  constexpr uint32_t confidenceBps() const {
    if (calledRight.size() < kMinMisses)
      return 0;
    uint32_t right = 0;
    for (size_t i = 0; i < calledRight.size(); ++i)
      right += calledRight[i];
    return right * kBpsScale / static_cast<uint32_t>(calledRight.size());
  }

  constexpr std::optional<uint64_t> predictShape() const { return predictor.predict(); }

private:
  RecentValues<uint64_t, kLaunches> launches;
  RecentValues<bool, kMisses> calledRight;
  ShapePredictor predictor;
};

} // namespace vyre::policy

#endif // VYRE_POLICY_SPECULATION_H
