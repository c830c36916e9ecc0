// Writes a cast from index to fewer bits as a cast and a truncation.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

#define DEBUG_TYPE "vyre-split-index-casts"

namespace vyre {
#define GEN_PASS_DEF_SPLITINDEXCASTSPASS
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

using namespace mlir;

namespace {

constexpr unsigned kIndexBits = 64;

struct SplitIndexCasts : vyre::impl::SplitIndexCastsPassBase<SplitIndexCasts> {
  void runOnOperation() override {
    getOperation()->walk([](Operation *op) {
      if (!isa<arith::IndexCastOp, arith::IndexCastUIOp>(op))
        return;
      auto narrow = dyn_cast<IntegerType>(getElementTypeOrSelf(op->getResult(0).getType()));
      if (!narrow || narrow.getWidth() >= kIndexBits)
        return;
      OpBuilder builder(op);
      Type wide = builder.getIntegerType(kIndexBits);
      if (auto shaped = dyn_cast<ShapedType>(op->getResult(0).getType()))
        wide = shaped.clone(wide);
      Value cast = arith::IndexCastOp::create(builder, op->getLoc(), wide, op->getOperand(0));
      Value part = arith::TruncIOp::create(builder, op->getLoc(), op->getResult(0).getType(), cast);
      op->getResult(0).replaceAllUsesWith(part);
      op->erase();
    });
  }
};

} // namespace
