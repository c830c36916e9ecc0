// Widens narrow counters of loops whose constant span upstream computes wrongly.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"

namespace vyre {
#define GEN_PASS_DEF_WIDENLOOPCOUNTERSPASS
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

using namespace mlir;

namespace {

constexpr unsigned kWideBits = 64;

/// True if the loop runs and the difference of its bounds does not fit their type.
bool hasWideSpan(scf::ForOp loop) {
  APInt lower, upper;
  if (loop.getUnsignedCmp() || !matchPattern(loop.getLowerBound(), m_ConstantInt(&lower)) ||
      !matchPattern(loop.getUpperBound(), m_ConstantInt(&upper)) || !lower.slt(upper))
    return false;
  bool overflows = false;
  (void)upper.ssub_ov(lower, overflows);
  return overflows;
}

void widen(scf::ForOp loop) {
  Location loc = loop.getLoc();
  OpBuilder builder(loop);
  Type narrow = loop.getInductionVar().getType(), wide = builder.getIntegerType(kWideBits);
  for (OpOperand *bound :
       {&loop.getLowerBoundMutable(), &loop.getUpperBoundMutable(), &loop.getStepMutable()})
    bound->set(builder.createOrFold<arith::ExtSIOp>(loc, wide, bound->get()));
  BlockArgument counter = cast<BlockArgument>(loop.getInductionVar());
  counter.setType(wide);
  builder.setInsertionPointToStart(loop.getBody());
  auto part = arith::TruncIOp::create(builder, loc, narrow, counter);
  counter.replaceAllUsesExcept(part, part);
}

struct WidenLoopCounters : vyre::impl::WidenLoopCountersPassBase<WidenLoopCounters> {
  void runOnOperation() override {
    getOperation()->walk([](scf::ForOp loop) {
      auto type = dyn_cast<IntegerType>(loop.getInductionVar().getType());
      if (type && type.getWidth() < kWideBits && hasWideSpan(loop))
        widen(loop);
    });
  }
};

} // namespace
