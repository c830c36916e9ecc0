// What a device's launches, recordings and barriers cost.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_POLICY_PROFILE_H
#define VYRE_POLICY_PROFILE_H

#include "vyre/Policy/Bindless.h"
#include "vyre/Policy/Wide.h"

#include <array>
#include <cstddef>

namespace vyre::policy {

/// How far a synchronization inside a persistent kernel reaches.
enum class BarrierTier : uint8_t { None, Block, Neighbours, Grid };
inline constexpr size_t kBarrierTiers = 4;

/// Barrier prices by tier and number of blocks.
class BarrierTable {
public:
  static constexpr size_t kMaxPoints = 16; ///< Per tier; powers of two up to 32,768.

  struct Point {
    uint32_t blocks = 0;
    uint64_t ns = 0;
  };

  /// Adds a measured point; a second one for the same number of blocks replaces
  /// the first. False when the tier is full or is None, which costs nothing.
  [[nodiscard]] constexpr bool add(BarrierTier tier, uint32_t blocks, uint64_t ns) {
    if (tier == BarrierTier::None)
      return false;
    Row &row = rows[static_cast<size_t>(tier)];
    size_t at = 0;
    while (at < row.count && row.points[at].blocks < blocks)
      ++at;
    if (at < row.count && row.points[at].blocks == blocks) {
      row.points[at].ns = ns;
      return true;
    }
    if (row.count == kMaxPoints)
      return false;
    for (size_t i = row.count; i > at; --i)
      row.points[i] = row.points[i - 1];
    row.points[at] = {blocks, ns};
    ++row.count;
    return true;
  }

  /// The price of one barrier among `blocks` blocks, erring high: the next
  /// larger measured number counts, beyond the largest the price grows in
  /// proportion, and an unmeasured tier costs what the next wider one does.
  /// 0 without any point.
  constexpr uint64_t costNs(BarrierTier tier, uint32_t blocks) const {
    if (tier == BarrierTier::None)
      return 0;
    for (size_t t = static_cast<size_t>(tier); t < kBarrierTiers; ++t)
      if (rows[t].count != 0)
        return rowCost(rows[t], blocks);
    return 0;
  }

  constexpr size_t size(BarrierTier tier) const { return rows[static_cast<size_t>(tier)].count; }
  constexpr const Point &point(BarrierTier tier, size_t index) const {
    return rows[static_cast<size_t>(tier)].points[index];
  }

private:
  struct Row {
    std::array<Point, kMaxPoints> points{};
    size_t count = 0;
  };

  static constexpr uint64_t rowCost(const Row &row, uint32_t blocks) {
    for (size_t i = 0; i < row.count; ++i)
      if (row.points[i].blocks >= blocks)
        return row.points[i].ns;
    const Point &largest = row.points[row.count - 1];
    if (largest.blocks == 0)
      return largest.ns;
    return saturateToU64((u128(largest.ns) * blocks + largest.blocks - 1) / largest.blocks);
  }

  std::array<Row, kBarrierTiers> rows{};
};

enum class ProfileSource : uint8_t { Native, Portable, Measured };

struct DeviceProfile {
  ProfileSource source = ProfileSource::Native;
  uint64_t launchNs = 0;
  uint64_t persistentSetupNs = 0;
  uint64_t recordNs = 0;
  uint64_t graphLaunchNs = 0;
  uint64_t graphNodeNs = 0;
  BindlessSupport bindless = BindlessSupport::Unsupported;
  BarrierTable barriers;
  /// What a launch or a node of a graph costs besides when workers share its grid:
  /// assumed from so many threads on. Nothing on devices that start all grids alike.
  uint64_t sharingNs = 0;
  uint64_t sharedFromThreads = 0;

  /// For a grid of `threads`; 0 where their number is unknown: errs low, to plain
  /// launches.
  constexpr uint64_t sharingCostNs(uint64_t threads) const {
    return threads != 0 && threads >= sharedFromThreads ? sharingNs : 0;
  }

  constexpr bool measured() const { return source == ProfileSource::Measured; }
};

/// Typical figures of a driver API on a discrete GPU; barriers are free.
constexpr DeviceProfile nativeProfile() {
  return {ProfileSource::Native, 5000, 50000, 25000, 500, 0, BindlessSupport::Full, {}, 0, 0};
}

/// Launch and set-up of a portable API; the rest is native's times 5.
constexpr DeviceProfile portableProfile() {
  return {ProfileSource::Portable, 25000, 200000, 125000, 2500, 0,
          BindlessSupport::Static, {},    0,      0};
}

} // namespace vyre::policy

#endif // VYRE_POLICY_PROFILE_H
