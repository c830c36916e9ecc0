// Group decisions: gather D1's and D4's inputs, price barriers, pick the form.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Policy/Group.h"

#include <algorithm>

namespace vyre::policy {
namespace {

/// One graph for the whole loop saves N*k*launch - (record + graphLaunch +
/// N*k*graphNode), kept as N*k*(launch - graphNode) so that it cannot go under 0
/// before the fixed costs come off.
LoopInGraphVerdict evaluateLoopInGraph(const GroupFacts &facts, const DeviceProfile &profile) {
  using Kind = LoopInGraphVerdict::Kind;
  if (!profile.measured())
    return {Kind::None, Reason::UnmeasuredProfile, 0};
  if (profile.launchNs <= profile.graphNodeNs)
    return {Kind::None, Reason::ReplayNoCheaper, 0};
  const u128 launches = u128(facts.iterations) * facts.launchesPerIteration;
  const u128 total = saturatingMul(launches, profile.launchNs - profile.graphNodeNs);
  const u128 fixed = u128(profile.recordNs) + profile.graphLaunchNs;
  if (total <= fixed)
    return {Kind::None, Reason::RecordCost, 0};
  return {Kind::LoopInGraph, Reason::Profitable, total - fixed};
}

/// A form that does not pay over an assumed number of iterations might over the
/// true one: what is to blame is that nobody knows it. Reasons that hold for any
/// number stay.
void blameUnknownCount(Reason &reason) {
  switch (reason) {
  case Reason::SingleLaunch:
  case Reason::SetupCost:
  case Reason::SingleRun:
  case Reason::RecordCost:
    reason = Reason::TripCountUnknown;
    return;
  default:
    return;
  }
}

bool isLegal(const GroupFacts &facts, Form form) {
  return form == Form::Plain || (facts.legalForms & formBit(form)) != 0;
}

/// Why a group stays plain, the most telling cause first.
Reason plainReason(const GroupVerdict &v) {
  const bool persistentLegal = isLegal(v.facts, Form::Persistent);
  if (v.persistent.profitable() || v.commandReuse.profitable())
    return Reason::ProfitableFormNotLegal;
  if (persistentLegal)
    return v.persistent.reason;
  return isLegal(v.facts, Form::Graph) ? v.commandReuse.reason : Reason::NoOtherLegalForm;
}

void chooseMode(GroupVerdict &v) {
  const u128 persistentNs = isLegal(v.facts, Form::Persistent) ? v.persistent.savedNs : 0;
  const u128 replayNs = isLegal(v.facts, Form::Graph) ? v.commandReuse.savedNs : 0;
  const u128 loopNs = isLegal(v.facts, Form::LoopInGraph) ? v.loopInGraph.savedNs : 0;
  v.mode = resolveMode(persistentNs, std::max(replayNs, loopNs));
  switch (v.mode.kind) {
  case ExecutionMode::Kind::PlainLaunches:
    v.form = Form::Plain;
    v.mode.reason = plainReason(v);
    return;
  case ExecutionMode::Kind::PersistentKernel:
    v.form = Form::Persistent;
    return;
  case ExecutionMode::Kind::CommandReuse:
    // A tie keeps the smaller recording.
    v.form = loopNs > replayNs ? Form::LoopInGraph : Form::Graph;
    return;
  }
}

} // namespace

GroupVerdict evaluateGroup(const GroupFacts &facts, const DeviceProfile &profile) {
  GroupVerdict v;
  v.facts = facts;
  const uint32_t k = facts.launchesPerIteration;
  const u128 sharing = profile.sharingCostNs(facts.threads);
  const u128 launch = profile.launchNs + sharing, node = profile.graphNodeNs + sharing;

  v.persistentInputs = {saturateToU32(u128(facts.iterations) * k), saturateToU64(launch), 0,
                        profile.persistentSetupNs};
  v.gridBarrierNs = profile.barriers.costNs(BarrierTier::Grid, facts.blocks);
  v.neighboursNs = profile.barriers.costNs(BarrierTier::Neighbours, facts.blocks);
  // Each product fits 96 bits, and so does their sum 98.
  const u128 perIteration = u128(facts.barriersPerIteration) * v.gridBarrierNs +
                            u128(facts.neighboursPerIteration) * v.neighboursNs +
                            u128(facts.sessionsPerIteration) * profile.persistentSetupNs;
  v.barrierCostNs = saturatingAdd(saturatingMul(facts.iterations, perIteration),
                                  u128(facts.barriersOnce) * v.gridBarrierNs);
  v.persistent = chargeBarriers(evaluatePersistentKernel(v.persistentInputs), v.barrierCostNs);

  v.reuseInputs = {saturateToU32(facts.iterations), saturateToU64(k * launch), profile.recordNs,
                   saturateToU64(k * node + profile.graphLaunchNs)};
  v.commandReuse = evaluateCommandReuse(v.reuseInputs);
  v.loopInGraph = evaluateLoopInGraph(facts, profile);
  if (!facts.iterationsKnown) {
    blameUnknownCount(v.persistent.reason);
    blameUnknownCount(v.commandReuse.reason);
    blameUnknownCount(v.loopInGraph.reason);
  }
  chooseMode(v);
  return v;
}

FormChoice chooseForm(const GroupVerdict &verdict, RequestedMode requested) {
  Form form = Form::Plain;
  switch (requested) {
  case RequestedMode::Auto:
    return {verdict.form, verdict.mode.reason};
  case RequestedMode::Plain:
    break;
  case RequestedMode::Graph:
    form = Form::Graph;
    break;
  case RequestedMode::Persistent:
    form = Form::Persistent;
    break;
  }
  if (isLegal(verdict.facts, form))
    return {form, Reason::ForcedMode};
  return {Form::Plain, Reason::ForcedModeNotLegal};
}

} // namespace vyre::policy
