// The resolver between D1 and D4, which cannot both run.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_POLICY_MODE_H
#define VYRE_POLICY_MODE_H

#include "vyre/Policy/Launch.h"

namespace vyre::policy {

struct ExecutionMode {
  enum class Kind : uint8_t { PlainLaunches, CommandReuse, PersistentKernel };
  Kind kind = Kind::PlainLaunches;
  Reason reason = Reason::Unstated;
  u128 savedNs = 0;
};

constexpr bool operator==(const ExecutionMode &a, const ExecutionMode &b) {
  return a.kind == b.kind && a.savedNs == b.savedNs;
}

/// The larger saving wins. A tie goes to command reuse, which keeps no resident
/// queue. A saving of 0 stands for "not profitable".
constexpr ExecutionMode resolveMode(u128 persistentNs, u128 reuseNs) {
  using Kind = ExecutionMode::Kind;
  if (persistentNs == 0 && reuseNs == 0)
    return {Kind::PlainLaunches, Reason::Unstated, 0};
  if (persistentNs > reuseNs)
    return {Kind::PersistentKernel,
            reuseNs == 0 ? Reason::OnlyProfitableForm : Reason::LargerSaving, persistentNs};
  const Reason reason = persistentNs == 0         ? Reason::OnlyProfitableForm
                        : persistentNs == reuseNs ? Reason::TiePrefersReuse
                                                  : Reason::LargerSaving;
  return {Kind::CommandReuse, reason, reuseNs};
}

/// When neither is profitable, the mode's reason is D1's.
constexpr ExecutionMode primaryExecutionMode(const PersistentVerdict &persistent,
                                             const ReuseVerdict &reuse) {
  ExecutionMode mode = resolveMode(persistent.savedNs, reuse.savedNs);
  if (mode.kind == ExecutionMode::Kind::PlainLaunches)
    mode.reason = persistent.reason;
  return mode;
}

} // namespace vyre::policy

#endif // VYRE_POLICY_MODE_H
