// All dispatch decisions about a batch in one call.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_POLICY_BUNDLE_H
#define VYRE_POLICY_BUNDLE_H

#include "vyre/Policy/Arms.h"
#include "vyre/Policy/Bindless.h"
#include "vyre/Policy/Launch.h"
#include "vyre/Policy/Mode.h"
#include "vyre/Policy/Speculation.h"

namespace vyre::policy {

/// The views are borrowed for the call.
struct DispatchInputs {
  PersistentInputs persistent;
  Arm armA; ///< The launch at hand; also the kernel that D3's copy would overlap.
  Arm armB; ///< The launch after it.
  std::optional<uint32_t> copySlot;
  ReuseInputs commandReuse;
  BindlessInputs bindless;
  SpeculationInputs speculation;
};

struct DispatchVerdicts {
  PersistentVerdict persistent;
  ArmVerdict arms = ArmVerdict::Independent;
  OverlapVerdict overlap = OverlapVerdict::None;
  ReuseVerdict commandReuse;
  BindlessVerdict bindless;
  SpeculationVerdict speculation;

  constexpr ExecutionMode primaryExecutionMode() const {
    return policy::primaryExecutionMode(persistent, commandReuse);
  }
};

/// D1, D2, D3, D4, D9 and I2. Allocates nothing.
constexpr DispatchVerdicts evaluateDispatchPolicy(const DispatchInputs &in) {
  return {evaluatePersistentKernel(in.persistent), evaluateArms(in.armA, in.armB),
          evaluateOverlap(in.copySlot, in.armA),   evaluateCommandReuse(in.commandReuse),
          evaluateBindless(in.bindless),           evaluateSpeculation(in.speculation)};
}

} // namespace vyre::policy

#endif // VYRE_POLICY_BUNDLE_H
