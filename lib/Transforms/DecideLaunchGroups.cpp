// Writes the policy library's verdict onto launch groups, over the forms that
// were proven legal. Decides nothing itself.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Transforms/Passes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "vyre/Dialect/Vyre/IR/Remarks.h"
#include "vyre/Transforms/PolicyOptions.h"

#define DEBUG_TYPE "vyre-decide-launch-groups"

namespace vyre {
#define GEN_PASS_DEF_DECIDELAUNCHGROUPSPASS
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

using namespace mlir;
using namespace vyre;

namespace {

/// The entries that annotation left on the group's launches, in one list.
ArrayAttr gatherRows(LaunchGroupOp group, function_ref<ArrayAttr(VerdictAttr)> getRow) {
  SmallVector<Attribute> rows;
  group.getPlain().walk([&](gpu::LaunchFuncOp launch) {
    auto verdict = launch->getAttrOfType<VerdictAttr>(attr_name::kVerdict);
    if (ArrayAttr row = verdict ? getRow(verdict) : ArrayAttr())
      llvm::append_range(rows, row);
  });
  return rows.empty() ? ArrayAttr() : ArrayAttr::get(group.getContext(), rows);
}

void decide(LaunchGroupOp group, const PolicyOptions &options) {
  LaunchLoopFacts facts;
  facts.launchesPerIteration = group.getLaunchesPerIteration();
  APInt trips;
  if (group.getTripCount() && matchPattern(group.getTripCount(), m_ConstantInt(&trips)))
    facts.tripCount = trips.getZExtValue();
  uint32_t forms = policy::formBit(policy::Form::Plain);
  if (!group.getGraph().empty())
    forms |= policy::formBit(policy::Form::Graph);
  if (!group.getPersistent().empty())
    forms |= policy::formBit(policy::Form::Persistent);
  LoopVerdict verdict =
      decideLoop(facts, group.getResourceCount(), forms,
                 {group.getBarriersPerIteration(), group.getNeighboursPerIteration(),
                  group.getSessionsPerIteration(), group.getBarriersOnce()},
                 options);
  ArrayAttr pairs = gatherRows(group, [](VerdictAttr attr) { return attr.getD2(); });
  ArrayAttr copies = gatherRows(group, [](VerdictAttr attr) { return attr.getD3(); });
  group.setVerdictAttr(verdict.getAttr(group.getContext(), pairs, copies));
  emitVerdictRemarks(group, DEBUG_TYPE, verdict);
}

struct DecideLaunchGroupsPass
    : public vyre::impl::DecideLaunchGroupsPassBase<DecideLaunchGroupsPass> {
  using DecideLaunchGroupsPassBase::DecideLaunchGroupsPassBase;

  void runOnOperation() override {
    FailureOr<PolicyOptions> options =
        parsePolicyOptions(getOperation().getLoc(), profile, *figures, mode);
    if (failed(options))
      return signalPassFailure();
    getOperation().walk([&](LaunchGroupOp group) { decide(group, *options); });
  }
};

} // namespace
