// Expands math functions in kernels, so that every device computes the same bits.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// f64 formulas (MathFormulas) serve narrower types too: widen, compute, round.
// The few functions without one take upstream's f32 approximations, which are
// plain arithmetic and fma. What is left is named in a remark.
#include "vyre/Transforms/Passes.h"

#include "MathFormulas.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "vyre/Dialect/Vyre/IR/Remarks.h"
#include "llvm/ADT/TypeSwitch.h"

#define DEBUG_TYPE "vyre-expand-math"

namespace vyre {
#define GEN_PASS_DEF_EXPANDMATHPASS
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

using namespace mlir;
using vyre::MathFormulas;

namespace {

/// True for ops that give the same bits everywhere as they are.
bool isExact(Operation *op) {
  return isa<math::AbsFOp, math::AbsIOp, math::CeilOp, math::ClampFOp, math::CopySignOp,
             math::CountLeadingZerosOp, math::CountTrailingZerosOp, math::CtPopOp, math::FloorOp,
             math::FmaOp, math::IsFiniteOp, math::IsInfOp, math::IsNaNOp, math::IsNormalOp,
             math::RoundEvenOp, math::RoundOp, math::SqrtOp, math::TruncOp>(op);
}

/// True for code that runs on the device.
bool isKernelCode(Operation *op) {
  return op->getParentOfType<gpu::GPUModuleOp>() || op->getParentOfType<gpu::LaunchOp>();
}

using Unary = Value (MathFormulas::*)(Value);

/// The formula of a function of one argument, or null.
Unary formulaOf(Operation *op) {
  return llvm::TypeSwitch<Operation *, Unary>(op)
      .Case([](math::ExpOp) { return &MathFormulas::exp; })
      .Case([](math::Exp2Op) { return &MathFormulas::exp2; })
      .Case([](math::ExpM1Op) { return &MathFormulas::expm1; })
      .Case([](math::LogOp) { return &MathFormulas::log; })
      .Case([](math::Log2Op) { return &MathFormulas::log2; })
      .Case([](math::Log10Op) { return &MathFormulas::log10; })
      .Case([](math::Log1pOp) { return &MathFormulas::log1p; })
      .Case([](math::SinOp) { return &MathFormulas::sin; })
      .Case([](math::CosOp) { return &MathFormulas::cos; })
      .Case([](math::TanOp) { return &MathFormulas::tan; })
      .Case([](math::TanhOp) { return &MathFormulas::tanh; })
      .Case([](math::SinhOp) { return &MathFormulas::sinh; })
      .Case([](math::CoshOp) { return &MathFormulas::cosh; })
      .Default([](Operation *) { return nullptr; });
}

/// `type` with f64 elements.
Type widened(Type type, Type f64) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? Type(vector.clone(f64)) : f64;
}

/// Replaces `op` by an f64 formula; false if it has none that is good enough.
bool expandByFormula(Operation *op, RewriterBase &rewriter) {
  Type type = op->getResult(0).getType();
  bool isF64 = getElementTypeOrSelf(type).isF64();
  Unary formula = formulaOf(op);
  bool isPow = isa<math::PowFOp>(op) && !isF64;
  if (!formula && !isPow)
    return false;
  rewriter.setInsertionPoint(op);
  Location loc = op->getLoc();
  Type wide = widened(type, rewriter.getF64Type());
  SmallVector<Value> operands(op->getOperands());
  if (!isF64)
    for (Value &operand : operands)
      operand = arith::ExtFOp::create(rewriter, loc, wide, operand);
  MathFormulas formulas(rewriter, loc, wide);
  Value result =
      isPow ? formulas.powForF32(operands[0], operands[1]) : (formulas.*formula)(operands[0]);
  if (!isF64)
    result = arith::TruncFOp::create(rewriter, loc, type, result);
  rewriter.replaceOp(op, result);
  return true;
}

/// x^-1/2 from two correctly rounded operations; sin and cos one after the other.
bool expandByParts(Operation *op, RewriterBase &rewriter) {
  rewriter.setInsertionPoint(op);
  Location loc = op->getLoc();
  if (auto rsqrt = dyn_cast<math::RsqrtOp>(op)) {
    Type type = rsqrt.getType();
    TypedAttr one = rewriter.getFloatAttr(getElementTypeOrSelf(type), 1.0);
    if (auto vector = dyn_cast<VectorType>(type))
      one = DenseElementsAttr::get(vector, static_cast<Attribute>(one));
    Value root = math::SqrtOp::create(rewriter, loc, rsqrt.getOperand());
    rewriter.replaceOpWithNewOp<arith::DivFOp>(op, arith::ConstantOp::create(rewriter, loc, one),
                                               root);
    return true;
  }
  if (auto sincos = dyn_cast<math::SincosOp>(op)) {
    auto sin = math::SinOp::create(rewriter, loc, sincos.getOperand());
    auto cos = math::CosOp::create(rewriter, loc, sincos.getOperand());
    rewriter.replaceOp(op, {sin.getResult(), cos.getResult()});
    return expandByFormula(sin, rewriter) && expandByFormula(cos, rewriter);
  }
  return false;
}

/// The functions that take upstream's patterns, on f32 and what widens to it.
bool hasUpstreamApproximation(StringRef name) {
  return llvm::is_contained(
      {"math.atan", "math.atan2", "math.asin", "math.acos", "math.erf", "math.erfc", "math.cbrt"},
      name);
}

struct ExpandMath : vyre::impl::ExpandMathPassBase<ExpandMath> {
  using Base::Base;

  FrozenRewritePatternSet upstream;

  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet patterns(context);
    populateMathF32ExpansionPatterns(patterns, hasUpstreamApproximation);
    populateMathPolynomialApproximationPatterns(patterns, hasUpstreamApproximation);
    math::populateExpansionPatterns(patterns, {"asinh", "acosh", "atanh", "fpowi", "ipowi"});
    upstream = std::move(patterns);
    return success();
  }

  SmallVector<Operation *> inexactOps() {
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (isa_and_nonnull<math::MathDialect>(op->getDialect()) && !isExact(op) &&
          (hostCode || isKernelCode(op)))
        ops.push_back(op);
    });
    return ops;
  }

  void expandAll() {
    IRRewriter rewriter(&getContext());
    for (Operation *op : inexactOps())
      if (!expandByFormula(op, rewriter))
        expandByParts(op, rewriter);
  }

  void runOnOperation() override {
    if (fastMath)
      return;
    expandAll();
    if (SmallVector<Operation *> rest = inexactOps(); !rest.empty()) {
      GreedyRewriteConfig config;
      config.setStrictness(GreedyRewriteStrictness::ExistingAndNewOps);
      if (failed(applyOpPatternsGreedily(rest, upstream, config)))
        return signalPassFailure();
      expandAll(); // what the patterns are made of
    }
    for (Operation *op : inexactOps())
      vyre::missedRemark(op, DEBUG_TYPE, "NotExpanded")
          << "the result of this function may differ between devices"
          << vyre::remarkReason(
                 ("no expansion of '" + op->getName().getStringRef() + "' for this type").str());
  }
};

} // namespace
