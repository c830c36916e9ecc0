// D1 (persistent kernel or N launches) and D4 (record once, replay).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_POLICY_LAUNCH_H
#define VYRE_POLICY_LAUNCH_H

#include "vyre/Policy/Reason.h"
#include "vyre/Policy/Wide.h"

namespace vyre::policy {

struct PersistentInputs {
  uint32_t batchSize = 0; ///< Launches in the coming batch.
  uint64_t perLaunchOverheadNs = 0;
  uint64_t perItemKernelNs = 0; ///< Paid by both sides, so it never decides.
  uint64_t persistentSetupOverheadNs = 0;
};

/// D1's answer. `savedNs` is 0 unless the persistent kernel is profitable.
struct PersistentVerdict {
  enum class Kind : uint8_t { StandardLaunches, PersistentKernel };
  Kind kind = Kind::StandardLaunches;
  Reason reason = Reason::Unstated;
  u128 savedNs = 0;

  constexpr bool profitable() const { return kind == Kind::PersistentKernel; }
};

/// Verdicts are equal when they decide the same; the reason may be unstated.
constexpr bool operator==(const PersistentVerdict &a, const PersistentVerdict &b) {
  return a.kind == b.kind && a.savedNs == b.savedNs;
}

/// Saves batchSize * perLaunch - setup, exactly; a tie keeps standard launches.
constexpr PersistentVerdict evaluatePersistentKernel(const PersistentInputs &in) {
  using Kind = PersistentVerdict::Kind;
  if (in.batchSize <= 1)
    return {Kind::StandardLaunches, Reason::SingleLaunch, 0};
  if (in.perLaunchOverheadNs == 0)
    return {Kind::StandardLaunches, Reason::FreeLaunch, 0};
  // 32 bits times 64 bits fits 96: no overflow.
  const u128 overhead = u128(in.batchSize) * in.perLaunchOverheadNs;
  if (overhead <= in.persistentSetupOverheadNs)
    return {Kind::StandardLaunches, Reason::SetupCost, 0};
  return {Kind::PersistentKernel, Reason::Profitable, overhead - in.persistentSetupOverheadNs};
}

/// Takes the price of in-kernel synchronization off a D1 verdict.
constexpr PersistentVerdict chargeBarriers(const PersistentVerdict &verdict, u128 barrierCostNs) {
  if (!verdict.profitable())
    return verdict;
  if (verdict.savedNs > barrierCostNs)
    return {verdict.kind, verdict.reason, verdict.savedNs - barrierCostNs};
  return {PersistentVerdict::Kind::StandardLaunches, Reason::BarrierCost, 0};
}

struct ReuseInputs {
  uint32_t repeatCount = 0; ///< Times this exact shape runs.
  uint64_t perLaunchOverheadNs = 0;
  uint64_t recordOverheadNs = 0;
  uint64_t replayOverheadNs = 0;
};

/// D4's answer. `savedNs` is 0 unless recording is profitable.
struct ReuseVerdict {
  enum class Kind : uint8_t { PlainLaunches, RecordAndReplay };
  Kind kind = Kind::PlainLaunches;
  Reason reason = Reason::Unstated;
  uint64_t savedNs = 0;

  constexpr bool profitable() const { return kind == Kind::RecordAndReplay; }
};

constexpr bool operator==(const ReuseVerdict &a, const ReuseVerdict &b) {
  return a.kind == b.kind && a.savedNs == b.savedNs;
}

/// Saves repeatCount * (perLaunch - replay) - record; the product saturates at
/// 64 bits; a tie keeps plain launches.
constexpr ReuseVerdict evaluateCommandReuse(const ReuseInputs &in) {
  using Kind = ReuseVerdict::Kind;
  if (in.repeatCount <= 1)
    return {Kind::PlainLaunches, Reason::SingleRun, 0};
  if (in.perLaunchOverheadNs <= in.replayOverheadNs)
    return {Kind::PlainLaunches, Reason::ReplayNoCheaper, 0};
  const uint64_t total =
      saturateToU64(u128(in.repeatCount) * (in.perLaunchOverheadNs - in.replayOverheadNs));
  if (total <= in.recordOverheadNs)
    return {Kind::PlainLaunches, Reason::RecordCost, 0};
  return {Kind::RecordAndReplay, Reason::Profitable, total - in.recordOverheadNs};
}

} // namespace vyre::policy

#endif // VYRE_POLICY_LAUNCH_H
