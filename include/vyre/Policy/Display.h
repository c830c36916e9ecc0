// The fixed text forms of verdicts: written, and read back.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_POLICY_DISPLAY_H
#define VYRE_POLICY_DISPLAY_H

#include "vyre/Policy/Bundle.h"
#include "vyre/Policy/Group.h"
#include "vyre/Policy/Race.h"

#include <optional>
#include <string>
#include <string_view>

namespace vyre::policy {

std::string
display(const PersistentVerdict &verdict);           ///< standard-launches | persistent-kernel:<ns>
std::string display(const ReuseVerdict &verdict);    ///< plain-launches | record-and-replay:<ns>
std::string display(const BindlessVerdict &verdict); ///< traditional-bindings | bindless
std::string display(const SpeculationVerdict &verdict); ///< hold-steady | speculate:<ns>
std::string display(const LoopInGraphVerdict &verdict); ///< none | loop-in-graph:<ns>
/// plain-launches | command-reuse:<ns> | persistent-kernel:<ns>
std::string display(const ExecutionMode &mode);
/// independent | serialize:write-write | serialize:read-after-write | serialize:write-after-read
std::string display(ArmVerdict verdict);
std::string display(OverlapVerdict verdict);  ///< none | overlap | serialize
std::string display(RaceVerdict verdict);     ///< keep-racing | adopt | reject
std::string display(BindlessSupport support); ///< full | static | unsupported
std::string display(BarrierTier tier);        ///< none | block | neighbours | grid
std::string display(ProfileSource source);    ///< native | portable | measured
std::string display(Form form);               ///< plain | graph | persistent | loop-in-graph
std::string display(RequestedMode mode);      ///< auto | plain | graph | persistent

/// Reads a display form back: the exact text only, with a saving above 0 that
/// fits the verdict. Nothing for any other text. The reason is not part of it.
template <typename Verdict> std::optional<Verdict> parseDisplay(std::string_view text) = delete;

#define VYRE_POLICY_PARSES(Type)                                                                   \
  template <> std::optional<Type> parseDisplay<Type>(std::string_view text);
VYRE_POLICY_PARSES(PersistentVerdict)
VYRE_POLICY_PARSES(ReuseVerdict)
VYRE_POLICY_PARSES(BindlessVerdict)
VYRE_POLICY_PARSES(SpeculationVerdict)
VYRE_POLICY_PARSES(LoopInGraphVerdict)
VYRE_POLICY_PARSES(ExecutionMode)
VYRE_POLICY_PARSES(ArmVerdict)
VYRE_POLICY_PARSES(OverlapVerdict)
VYRE_POLICY_PARSES(RaceVerdict)
VYRE_POLICY_PARSES(BindlessSupport)
VYRE_POLICY_PARSES(BarrierTier)
VYRE_POLICY_PARSES(ProfileSource)
VYRE_POLICY_PARSES(Form)
VYRE_POLICY_PARSES(RequestedMode)
#undef VYRE_POLICY_PARSES

} // namespace vyre::policy

#endif // VYRE_POLICY_DISPLAY_H
