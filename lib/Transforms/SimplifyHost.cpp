// Canonicalization and CSE of host code that leave kernels and parallel loops be.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Rewrite/FrozenRewritePatternSet.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#define DEBUG_TYPE "vyre-simplify-host"

namespace vyre {
#define GEN_PASS_DEF_SIMPLIFYHOSTPASS
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

using namespace mlir;

namespace {

/// True if one op computing for another could be seen: a kernel in place, or a
/// math function, which host and device may compute differently.
bool isSensitive(func::FuncOp function) {
  return function
      ->walk([](Operation *op) {
        bool math = isa_and_nonnull<math::MathDialect>(op->getDialect());
        return math || isa<gpu::LaunchOp>(op) ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

struct SimplifyHost : vyre::impl::SimplifyHostPassBase<SimplifyHost> {
  FrozenRewritePatternSet patterns;

  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet all(context);
    for (Dialect *dialect : context->getLoadedDialects())
      dialect->getCanonicalizationPatterns(all);
    for (RegisteredOperationName op : context->getRegisteredOperations())
      if (op.getStringRef() != scf::ParallelOp::getOperationName() &&
          op.getStringRef() != affine::AffineParallelOp::getOperationName())
        op.getCanonicalizationPatterns(all, context);
    patterns = std::move(all);
    return success();
  }

  void runOnOperation() override {
    // Not converging is fine: what was done is correct, as in upstream's pass.
    (void)applyPatternsGreedily(getOperation(), patterns);
    if (isSensitive(getOperation()))
      return;
    IRRewriter rewriter(&getContext());
    eliminateCommonSubExpressions(rewriter, getAnalysis<DominanceInfo>(), getOperation());
  }
};

} // namespace
