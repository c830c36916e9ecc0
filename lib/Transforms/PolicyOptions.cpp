// From pass options to the policy library's inputs, and from verdicts back to
// attributes and remarks.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Transforms/PolicyOptions.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"
#include "vyre/Dialect/Vyre/IR/Remarks.h"

using namespace mlir;
using namespace vyre;

static constexpr StringLiteral kDeferred = "deferred";

/// Replaces one figure of the profile. False if `figure` is no `key:value`.
static bool setFigure(policy::DeviceProfile &profile, StringRef figure) {
  auto [key, text] = figure.split(':');
  if (key == "bindless") {
    auto support = policy::parseDisplay<policy::BindlessSupport>(text.str());
    if (support)
      profile.bindless = *support;
    return support.has_value();
  }
  uint64_t value = 0;
  if (text.getAsInteger(10, value))
    return false;
  if (key == "barrier")
    return profile.barriers.add(policy::BarrierTier::Grid, 1, value);
  if (key == "neighbours")
    return profile.barriers.add(policy::BarrierTier::Neighbours, 1, value);
  uint64_t *target = llvm::StringSwitch<uint64_t *>(key)
                         .Case("launch", &profile.launchNs)
                         .Case("setup", &profile.persistentSetupNs)
                         .Case("record", &profile.recordNs)
                         .Case("graph-launch", &profile.graphLaunchNs)
                         .Case("graph-node", &profile.graphNodeNs)
                         .Default(nullptr);
  if (target)
    *target = value;
  return target != nullptr;
}

FailureOr<PolicyOptions> vyre::parsePolicyOptions(Location loc, StringRef profile,
                                                  ArrayRef<std::string> figures, StringRef mode) {
  PolicyOptions options;
  if (profile == "native")
    options.profile = policy::nativeProfile();
  else if (profile == "portable")
    options.profile = policy::portableProfile();
  else
    return emitError(loc) << "unknown profile '" << profile << "': native or portable";
  for (const std::string &figure : figures)
    if (!setFigure(options.profile, figure))
      return emitError(loc) << "'" << figure << "' is no figure of a profile, such as launch:4500";
  auto requested = policy::parseDisplay<policy::RequestedMode>(mode.str());
  if (!requested)
    return emitError(loc) << "unknown mode '" << mode << "': auto, plain, graph or persistent";
  options.mode = *requested;
  return options;
}

/// The display form of a forced mode; a saving of 0 says that it is forced
/// although it saves nothing.
static std::string displayForced(policy::Form form, const policy::GroupVerdict &costs) {
  if (form == policy::Form::Plain)
    return "plain-launches";
  if (form == policy::Form::Persistent)
    return "persistent-kernel:" + policy::toDecimal(costs.persistent.savedNs);
  return "command-reuse:" + policy::toDecimal(costs.commandReuse.savedNs);
}

LoopVerdict vyre::decideLoop(const LaunchLoopFacts &facts, uint32_t resources, uint32_t legalForms,
                             SyncCounts syncs, const PolicyOptions &options) {
  LoopVerdict result;
  policy::GroupFacts inputs;
  inputs.iterations = facts.tripCount.value_or(0);
  inputs.launchesPerIteration = facts.launchesPerIteration;
  inputs.barriersPerIteration = syncs.barriers;
  inputs.neighboursPerIteration = syncs.neighbours;
  inputs.sessionsPerIteration = syncs.sessions;
  inputs.barriersOnce = syncs.barriersOnce;
  inputs.legalForms = legalForms;
  result.costs = policy::evaluateGroup(inputs, options.profile);
  result.bindless = policy::evaluateBindless({resources, options.profile.bindless, false});
  result.d9 = policy::display(result.bindless);
  result.deferred = !facts.tripCount;
  if (result.deferred) {
    result.d1 = result.d4 = result.mode = kDeferred.str();
    result.reason = "trip-count-unknown";
    return result;
  }
  result.d1 = policy::display(result.costs.persistent);
  result.d4 = policy::display(result.costs.commandReuse);
  result.mode = policy::display(result.costs.mode);
  result.reason = result.costs.reason();
  if (options.mode != policy::RequestedMode::Auto) {
    policy::FormChoice choice = policy::chooseForm(result.costs, options.mode);
    result.mode = displayForced(choice.form, result.costs);
    result.reason = policy::reasonName(choice.reason);
  }
  return result;
}

VerdictAttr LoopVerdict::getAttr(MLIRContext *context, ArrayAttr d2, ArrayAttr d3) const {
  return VerdictAttr::get(context, d1, d2, d3, d4, d9, kDeferred, mode, reason);
}

void vyre::emitVerdictRemarks(Operation *op, StringRef category, const LoopVerdict &verdict) {
  if (!op->getContext()->getRemarkEngine())
    return;
  auto emit = [&](StringRef name, bool yes, const std::string &text, StringRef reason) {
    auto remark = text == kDeferred ? deferredRemark(op, category, name)
                  : yes             ? passedRemark(op, category, name)
                                    : missedRemark(op, category, name);
    remark << remarkReason(reason) << remark::metric("Verdict", text);
  };
  const policy::GroupVerdict &costs = verdict.costs;
  StringRef late = verdict.deferred ? StringRef(verdict.reason) : StringRef();
  auto reasonOr = [&](policy::Reason reason) {
    return late.empty() ? StringRef(policy::reasonName(reason)) : late;
  };
  emit("D1", costs.persistent.profitable(), verdict.d1, reasonOr(costs.persistent.reason));
  emit("D4", costs.commandReuse.profitable(), verdict.d4, reasonOr(costs.commandReuse.reason));
  emit("D9", verdict.bindless.profitable(), verdict.d9,
       policy::reasonName(verdict.bindless.reason));
  emit("I2", false, kDeferred.str(), "run-time-window");
  emit("Mode", verdict.mode != "plain-launches", verdict.mode, verdict.reason);
}
