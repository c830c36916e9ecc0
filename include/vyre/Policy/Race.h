// N2: the verdict over a window of paired races, conservative against
// speculative variant of the same work.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_POLICY_RACE_H
#define VYRE_POLICY_RACE_H

#include "vyre/Policy/Wide.h"

namespace vyre::policy {

inline constexpr uint32_t kRaceMinDispatches = 8;
inline constexpr uint32_t kRaceAdoptBps = 1500;
/// Pairs after which the run time stops an open race as undecided.
inline constexpr uint32_t kRacePairLimit = 64;

enum class RaceVerdict : uint8_t { KeepRacing, Adopt, Reject };

struct RaceInputs {
  uint32_t baselineDispatches = 0;
  uint64_t baselineMeanNs = 0;
  uint32_t speculativeDispatches = 0;
  uint64_t speculativeMeanNs = 0;
  uint64_t sideCompileCostNs = 0; ///< Spread over the speculative dispatches.
};

constexpr RaceVerdict evaluateRace(const RaceInputs &in) {
  if (in.baselineDispatches < kRaceMinDispatches || in.speculativeDispatches < kRaceMinDispatches ||
      in.baselineMeanNs == 0)
    return RaceVerdict::KeepRacing;
  // The minimum above already keeps the divisor from being 0.
  const u128 effective =
      u128(in.speculativeMeanNs) + in.sideCompileCostNs / in.speculativeDispatches;
  if (effective >= in.baselineMeanNs)
    return RaceVerdict::Reject;
  const u128 savedBps = (in.baselineMeanNs - effective) * 10000 / in.baselineMeanNs;
  return savedBps >= kRaceAdoptBps ? RaceVerdict::Adopt : RaceVerdict::KeepRacing;
}

/// One side of a sample.
struct RaceTiming {
  uint64_t dispatchNs = 0;
  uint64_t compileNs = 0; ///< Cache miss cost; 0 on a hit.

  constexpr u128 totalNs() const { return u128(compileNs) + dispatchNs; }
};

struct RaceSample {
  RaceTiming conservative;
  RaceTiming speculative;
};

enum class RaceSide : uint8_t { Conservative, Speculative };

/// Who won one sample. The caller stores the winner's tuning record.
struct RaceOutcome {
  RaceSide winner = RaceSide::Conservative;
  u128 savedNs = 0;
};

/// The smaller total wins; a tie goes to the conservative side.
constexpr RaceOutcome decideSample(const RaceSample &sample) {
  const u128 conservative = sample.conservative.totalNs();
  const u128 speculative = sample.speculative.totalNs();
  if (speculative < conservative)
    return {RaceSide::Speculative, conservative - speculative};
  return {RaceSide::Conservative, speculative - conservative};
}

enum class RaceStatus : uint8_t { Ok, CountOverflow, TotalOverflow, CompileOverflow };

/// What happened and what to do about it.
const char *raceStatusMessage(RaceStatus status);

/// Sums of one side.
struct RaceTally {
  uint32_t dispatches = 0;
  u128 totalNs = 0;

  /// The floor; 0 without dispatches; at most 64 bits, as each time is.
  constexpr uint64_t meanNs() const {
    return dispatches == 0 ? 0 : saturateToU64(totalNs / dispatches);
  }
};

/// Dispatch times and speculative compile time of a race. Also what a store
/// keeps, so that a later process can go on with it.
class RaceWindow {
public:
  constexpr RaceWindow() = default;
  constexpr RaceWindow(const RaceTally &conservative, const RaceTally &speculative,
                       uint64_t sideCompileNs)
      : conservativeTally(conservative), speculativeTally(speculative), compileNs(sideCompileNs) {}

  /// Adds a sample. On an error the window is as it was before.
  [[nodiscard]] constexpr RaceStatus add(const RaceSample &sample) {
    RaceTally conservative = conservativeTally, speculative = speculativeTally;
    uint64_t compile = 0;
    RaceStatus status = addTo(conservative, sample.conservative.dispatchNs);
    if (status == RaceStatus::Ok)
      status = addTo(speculative, sample.speculative.dispatchNs);
    if (status != RaceStatus::Ok)
      return status;
    if (__builtin_add_overflow(compileNs, sample.speculative.compileNs, &compile))
      return RaceStatus::CompileOverflow;
    *this = RaceWindow(conservative, speculative, compile);
    return RaceStatus::Ok;
  }

  constexpr void reset() { *this = RaceWindow(); }

  constexpr const RaceTally &conservative() const { return conservativeTally; }
  constexpr const RaceTally &speculative() const { return speculativeTally; }
  constexpr uint64_t sideCompileCostNs() const { return compileNs; }

  constexpr RaceInputs inputs() const {
    return {conservativeTally.dispatches, conservativeTally.meanNs(), speculativeTally.dispatches,
            speculativeTally.meanNs(), compileNs};
  }
  constexpr RaceVerdict verdict() const { return evaluateRace(inputs()); }

private:
  static constexpr RaceStatus addTo(RaceTally &tally, uint64_t dispatchNs) {
    if (tally.dispatches == kMaxU32)
      return RaceStatus::CountOverflow;
    if (tally.totalNs > kMaxU128 - dispatchNs)
      return RaceStatus::TotalOverflow;
    ++tally.dispatches;
    tally.totalNs += dispatchNs;
    return RaceStatus::Ok;
  }

  RaceTally conservativeTally;
  RaceTally speculativeTally;
  uint64_t compileNs = 0;
};

} // namespace vyre::policy

#endif // VYRE_POLICY_RACE_H
