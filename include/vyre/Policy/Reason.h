// Why a verdict came out as it did: one word per rule, for remarks and logs.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_POLICY_REASON_H
#define VYRE_POLICY_REASON_H

#include <cstdint>

namespace vyre::policy {

enum class Reason : uint8_t {
  Unstated, ///< A verdict read back from its display form.
  Profitable,
  SingleLaunch,
  FreeLaunch,
  SetupCost,
  BarrierCost,
  SingleRun,
  TripCountUnknown,
  ReplayNoCheaper,
  RecordCost,
  UnmeasuredProfile,
  TooFewResources,
  BindlessUnsupported,
  DynamicIndexing,
  TooFewHits,
  LowConfidence,
  FreeMiss,
  SpeculationCost,
  LargerSaving,
  TiePrefersReuse,
  OnlyProfitableForm,
  NoOtherLegalForm,
  ProfitableFormNotLegal,
  ForcedMode,
  ForcedModeNotLegal,
};

/// The word that logs and remarks show, such as "barrier-cost".
const char *reasonName(Reason reason);

} // namespace vyre::policy

#endif // VYRE_POLICY_REASON_H
