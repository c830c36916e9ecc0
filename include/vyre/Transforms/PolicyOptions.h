// From pass options to the policy library's inputs, and from verdicts back to
// attributes and remarks.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TRANSFORMS_POLICYOPTIONS_H
#define VYRE_TRANSFORMS_POLICYOPTIONS_H

#include "vyre/Analysis/LaunchLoops.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"
#include "vyre/Policy/Display.h"

namespace vyre {

/// What a pass was told about the device and the user's wish.
struct PolicyOptions {
  policy::DeviceProfile profile;
  policy::RequestedMode mode = policy::RequestedMode::Auto;
};

/// Reads `profile` (native or portable), `figures` (`launch:4500`, also setup,
/// record, graph-launch, graph-node, barrier and neighbours in ns, and bindless) and
/// `mode` (auto, plain, graph, persistent). Reports what it cannot read at `loc`.
mlir::FailureOr<PolicyOptions> parsePolicyOptions(mlir::Location loc, llvm::StringRef profile,
                                                  llvm::ArrayRef<std::string> figures,
                                                  llvm::StringRef mode);

/// The verdicts of a loop, in the forms that attributes show. Before the trip
/// count is known, what depends on it is `deferred`.
struct LoopVerdict {
  policy::GroupVerdict costs;
  policy::BindlessVerdict bindless;
  bool deferred = false;
  std::string d1, d4, d9, mode, reason;

  /// The attribute, with the given rows about pairs and copies.
  VerdictAttr getAttr(mlir::MLIRContext *context, mlir::ArrayAttr d2, mlir::ArrayAttr d3) const;
};

/// Synchronizations between blocks in one iteration of a persistent form, how often its
/// live queue is reopened, and the barriers of all iterations together if it is a batch.
struct SyncCounts {
  uint32_t barriers = 0, neighbours = 0, sessions = 0, barriersOnce = 0;
};

/// `resources` counts what a binding table would hold; `legalForms` has the
/// bits of policy::formBit.
LoopVerdict decideLoop(const LaunchLoopFacts &facts, uint32_t resources, uint32_t legalForms,
                       SyncCounts syncs, const PolicyOptions &options);

/// One remark for each of D1, D4, D9, I2 and the mode: passed, missed, or an
/// analysis remark for what run time decides.
void emitVerdictRemarks(mlir::Operation *op, llvm::StringRef category, const LoopVerdict &verdict);

} // namespace vyre

#endif // VYRE_TRANSFORMS_POLICYOPTIONS_H
