// D9: one device-resident resource table, or a binding per resource.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_POLICY_BINDLESS_H
#define VYRE_POLICY_BINDLESS_H

#include "vyre/Policy/Reason.h"

#include <cstdint>

namespace vyre::policy {

/// Resources from which a table is worth its indirection.
inline constexpr uint32_t kBindlessThreshold = 24;

/// What the device can index: anything, only with constants, or no table at all.
enum class BindlessSupport : uint8_t { Full, Static, Unsupported };

struct BindlessInputs {
  uint32_t resourceCount = 0;
  BindlessSupport support = BindlessSupport::Unsupported;
  bool dynamicIndexing = false;
};

struct BindlessVerdict {
  enum class Kind : uint8_t { TraditionalBindings, Bindless };
  Kind kind = Kind::TraditionalBindings;
  Reason reason = Reason::Unstated;

  constexpr bool profitable() const { return kind == Kind::Bindless; }
};

constexpr bool operator==(const BindlessVerdict &a, const BindlessVerdict &b) {
  return a.kind == b.kind;
}

constexpr BindlessVerdict evaluateBindless(const BindlessInputs &in) {
  using Kind = BindlessVerdict::Kind;
  if (in.support == BindlessSupport::Unsupported)
    return {Kind::TraditionalBindings, Reason::BindlessUnsupported};
  if (in.resourceCount < kBindlessThreshold)
    return {Kind::TraditionalBindings, Reason::TooFewResources};
  if (in.support == BindlessSupport::Static && in.dynamicIndexing)
    return {Kind::TraditionalBindings, Reason::DynamicIndexing};
  return {Kind::Bindless, Reason::Profitable};
}

} // namespace vyre::policy

#endif // VYRE_POLICY_BINDLESS_H
