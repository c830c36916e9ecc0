// The autotune store's entries, how two sets of them merge, and their TOML form.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_STATE_STORETEXT_H
#define VYRE_RT_STATE_STORETEXT_H

#include "Status.h"
#include "StoreKey.h"
#include "vyre/Policy/Race.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace vyre::rt {

/// The tuning that won for a key.
struct TuningRecord {
  std::array<uint32_t, 3> workgroupSize{1, 1, 1};
  uint32_t unroll = 1;
  std::array<uint32_t, 3> tile{1, 1, 1};
  int64_t recordedAt = 0; ///< Seconds since 1970, up to the year 9999.
};

enum class StoredVerdict : uint8_t { Adopt, Reject, Undecided };

/// The two variants of a race.
struct RacePair {
  std::string adapter;
  std::string conservative; ///< Hash text of each side's key.
  std::string speculative;
};

/// What a race taught.
struct RaceRecord {
  StoredVerdict verdict = StoredVerdict::Undecided;
  uint32_t baselineDispatches = 0;
  uint64_t baselineMeanNs = 0;
  uint32_t speculativeDispatches = 0;
  uint64_t speculativeMeanNs = 0;
  uint64_t compileCostNs = 0;
  int64_t decidedAt = 0; ///< Seconds since 1970, up to the year 9999.
};

bool operator<(const RacePair &a, const RacePair &b);
bool operator==(const TuningRecord &a, const TuningRecord &b);
bool operator==(const RaceRecord &a, const RaceRecord &b);

struct StoreContent {
  std::map<StoreKey, TuningRecord> records;
  std::map<RacePair, RaceRecord> verdicts;

  size_t size() const { return records.size() + verdicts.size(); }

  /// Newer wins, then more samples; what is left of a tie is decided by value,
  /// so that merging gives the same content in any order.
  void put(const StoreKey &key, const TuningRecord &record);
  void put(const RacePair &pair, const RaceRecord &record);
  void merge(const StoreContent &other);
};

inline constexpr size_t kStoreMaxBytes = 4u << 20;

/// The TOML text of `content`, sorted by key. Drops the oldest entries of
/// `content` until the text has at most `maxBytes`.
std::string formatStore(StoreContent &content, size_t maxBytes = kStoreMaxBytes);

/// Reads what formatStore() wrote. `content` is set only on success. A text that
/// was cut anywhere but in its final newline is refused.
Status parseStore(const std::string &text, const std::string &path, StoreContent &content);

} // namespace vyre::rt

#endif // VYRE_RT_STATE_STORETEXT_H
