// The words of verdict reasons.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Policy/Reason.h"

namespace vyre::policy {

const char *reasonName(Reason reason) {
  switch (reason) {
  case Reason::Unstated:
    return "unstated";
  case Reason::Profitable:
    return "profitable";
  case Reason::SingleLaunch:
    return "single-launch";
  case Reason::FreeLaunch:
    return "free-launch";
  case Reason::SetupCost:
    return "setup-cost";
  case Reason::BarrierCost:
    return "barrier-cost";
  case Reason::SingleRun:
    return "single-run";
  case Reason::TripCountUnknown:
    return "trip-count-unknown";
  case Reason::ReplayNoCheaper:
    return "replay-no-cheaper";
  case Reason::RecordCost:
    return "record-cost";
  case Reason::UnmeasuredProfile:
    return "unmeasured-profile";
  case Reason::TooFewResources:
    return "too-few-resources";
  case Reason::BindlessUnsupported:
    return "bindless-unsupported";
  case Reason::DynamicIndexing:
    return "dynamic-indexing";
  case Reason::TooFewHits:
    return "too-few-hits";
  case Reason::LowConfidence:
    return "low-confidence";
  case Reason::FreeMiss:
    return "free-miss";
  case Reason::SpeculationCost:
    return "speculation-cost";
  case Reason::LargerSaving:
    return "larger-saving";
  case Reason::TiePrefersReuse:
    return "tie-prefers-reuse";
  case Reason::OnlyProfitableForm:
    return "only-profitable-form";
  case Reason::NoOtherLegalForm:
    return "no-other-legal-form";
  case Reason::ProfitableFormNotLegal:
    return "profitable-form-not-legal";
  case Reason::ForcedMode:
    return "forced-mode";
  case Reason::ForcedModeNotLegal:
    return "forced-mode-not-legal";
  }
  return "unknown";
}

} // namespace vyre::policy
