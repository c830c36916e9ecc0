// How store entries order and merge.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "StoreText.h"

#include <algorithm>
#include <tuple>

namespace vyre::rt {
namespace {

constexpr int64_t kLastSecond = 253402300799; // 9999-12-31T23:59:59Z

auto asTuple(const RacePair &p) { return std::tie(p.adapter, p.conservative, p.speculative); }

/// In the order of preference: newer first, the rest only to break ties.
auto preference(const TuningRecord &r) {
  return std::tie(r.recordedAt, r.workgroupSize, r.unroll, r.tile);
}

auto preference(const RaceRecord &r) {
  return std::make_tuple(r.decidedAt, uint64_t(r.baselineDispatches) + r.speculativeDispatches,
                         r.baselineDispatches, r.speculativeMeanNs, r.baselineMeanNs,
                         r.compileCostNs, r.verdict);
}

int64_t clampTime(int64_t seconds) { return std::clamp<int64_t>(seconds, 0, kLastSecond); }

template <typename Map, typename Record>
void putPreferred(Map &map, const typename Map::key_type &key, const Record &record) {
  const auto [at, isNew] = map.emplace(key, record);
  if (!isNew && preference(at->second) < preference(record))
    at->second = record;
}

} // namespace

bool operator<(const RacePair &a, const RacePair &b) { return asTuple(a) < asTuple(b); }
bool operator==(const TuningRecord &a, const TuningRecord &b) {
  return preference(a) == preference(b);
}
bool operator==(const RaceRecord &a, const RaceRecord &b) { return preference(a) == preference(b); }

void StoreContent::put(const StoreKey &key, const TuningRecord &record) {
  TuningRecord clamped = record;
  clamped.recordedAt = clampTime(record.recordedAt);
  putPreferred(records, key, clamped);
}

void StoreContent::put(const RacePair &pair, const RaceRecord &record) {
  RaceRecord clamped = record;
  clamped.decidedAt = clampTime(record.decidedAt);
  putPreferred(verdicts, pair, clamped);
}

void StoreContent::merge(const StoreContent &other) {
  for (const auto &[key, record] : other.records)
    put(key, record);
  for (const auto &[pair, record] : other.verdicts)
    put(pair, record);
}

} // namespace vyre::rt
