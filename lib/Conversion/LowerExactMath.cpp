// Lowers correctly rounded math in device code to LLVM intrinsics, so that the
// device gives the host's bits.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Transforms/DialectConversion.h"
#include "vyre/Conversion/Passes.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace vyre {
#define GEN_PASS_DEF_LOWEREXACTMATHPASS
#include "vyre/Conversion/Passes.h.inc"

namespace {

/// Calls the intrinsic by name where the op for it stands: gpu-to-nvvm turns those
/// ops into calls of the toolkit's library, and leaves calls of intrinsics alone.
void callByName(Operation *op, StringRef intrinsic) {
  OpBuilder builder(op);
  auto call = LLVM::CallIntrinsicOp::create(builder, op->getLoc(), op->getResult(0).getType(),
                                            builder.getStringAttr(intrinsic), op->getOperands());
  op->replaceAllUsesWith(call->getResults());
  op->erase();
}

/// True if `op` is a function of floats that no device rounds correctly: what the
/// toolkit's library gives would not be the host's result.
bool isInexact(Operation *op) {
  return isa_and_nonnull<math::MathDialect>(op->getDialect()) && op->getNumResults() > 0 &&
         isa<FloatType>(getElementTypeOrSelf(op->getResult(0).getType())) &&
         !isa<math::ClampFOp>(op);
}

struct LowerExactMathPass : public impl::LowerExactMathPassBase<LowerExactMathPass> {
  void runOnOperation() override {
    LLVMTypeConverter converter(&getContext());
    RewritePatternSet patterns(&getContext());
    populateMathToLLVMConversionPatterns(converter, patterns);
    ConversionTarget target(getContext());
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    target.addLegalDialect<LLVM::LLVMDialect>();
    target.addIllegalOp<math::SqrtOp, math::FmaOp, math::AbsFOp, math::CopySignOp, math::FloorOp,
                        math::CeilOp, math::TruncOp, math::RoundEvenOp>();
    if (failed(applyPartialConversion(getOperation(), target, std::move(patterns))))
      return signalPassFailure();
    WalkResult result = getOperation()->walk([](Operation *op) {
      if (isInexact(op)) {
        op->emitError() << "'" << op->getName().getStringRef() << "' on "
                        << op->getResult(0).getType()
                        << " has no expansion that gives the same result on every device; "
                           "fast-math lets each device use its own";
        return WalkResult::interrupt();
      }
      auto intrinsic = llvm::TypeSwitch<Operation *, StringRef>(op)
                           .Case([](LLVM::SqrtOp) { return "llvm.sqrt"; })
                           .Case([](LLVM::FAbsOp) { return "llvm.fabs"; })
                           .Case([](LLVM::CopySignOp) { return "llvm.copysign"; })
                           .Case([](LLVM::FFloorOp) { return "llvm.floor"; })
                           .Case([](LLVM::FCeilOp) { return "llvm.ceil"; })
                           .Case([](LLVM::RoundEvenOp) { return "llvm.roundeven"; })
                           .Default([](Operation *) { return ""; });
      if (!intrinsic.empty())
        callByName(op, intrinsic);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};

} // namespace
} // namespace vyre
