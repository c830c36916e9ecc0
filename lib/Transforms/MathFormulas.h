// Elementary functions in plain f64 arithmetic, for every device alike.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_TRANSFORMS_MATHFORMULAS_H
#define VYRE_LIB_TRANSFORMS_MATHFORMULAS_H

#include "mlir/IR/Builders.h"

namespace vyre {

/// Builds formulas from + - * /, comparisons, selects and integer ops only, so
/// that every IEEE device gets the same bits. Values are f64 or vectors of f64.
/// Errors given are the largest seen against a correctly rounded result.
class MathFormulas {
public:
  MathFormulas(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type type);

  mlir::Value exp(mlir::Value x);   // 1 ulp
  mlir::Value exp2(mlir::Value x);  // 1 ulp
  mlir::Value expm1(mlir::Value x); // 3 ulp
  mlir::Value log(mlir::Value x);   // 1 ulp
  mlir::Value log2(mlir::Value x);  // 2 ulp
  mlir::Value log10(mlir::Value x); // 2 ulp
  mlir::Value log1p(mlir::Value x); // 3 ulp
  /// 1 ulp for |x| <= 2^30; NaN beyond, where the reduction has too few bits.
  mlir::Value sin(mlir::Value x) { return sinOrCos(x, 0); }
  mlir::Value cos(mlir::Value x) { return sinOrCos(x, 1); }
  mlir::Value tan(mlir::Value x);  // 3 ulp, range as sin
  mlir::Value tanh(mlir::Value x); // 3 ulp
  mlir::Value sinh(mlir::Value x); // 4 ulp
  mlir::Value cosh(mlir::Value x); // 3 ulp
  /// exp(y log|x|) with IEEE's special cases. The error grows with |y log x|
  /// to 2^-43 relative: enough for a result that is rounded to f32, not for f64.
  mlir::Value powForF32(mlir::Value x, mlir::Value y);

private:
  struct Log {
    mlir::Value exponent; // k, as a float
    mlir::Value ofRest;   // log of x / 2^k, x / 2^k in [sqrt(1/2), sqrt(2))
    mlir::Value rest, square, tail;
  };
  mlir::Value real(double value);
  mlir::Value integer(int64_t value);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value div(mlir::Value a, mlir::Value b);
  mlir::Value less(mlir::Value a, mlir::Value b);  // ordered
  mlir::Value equal(mlir::Value a, mlir::Value b); // ordered
  mlir::Value isNaN(mlir::Value a);
  mlir::Value both(mlir::Value a, mlir::Value b);
  mlir::Value select(mlir::Value c, mlir::Value a, mlir::Value b);
  mlir::Value abs(mlir::Value x);
  mlir::Value withSignOf(mlir::Value magnitude, mlir::Value sign);
  mlir::Value bits(mlir::Value x);
  mlir::Value fromBits(mlir::Value x);
  mlir::Value toInteger(mlir::Value x);
  mlir::Value polynomial(mlir::Value x, llvm::ArrayRef<double> coefficients);
  /// Nearest integer to x, as a float; |x| < 2^51.
  mlir::Value nearest(mlir::Value x);
  mlir::Value powerOfTwo(mlir::Value k);
  mlir::Value scale(mlir::Value y, mlir::Value k);
  mlir::Value expOfSmall(mlir::Value high, mlir::Value low);
  mlir::Value expm1OfSmall(mlir::Value x);
  mlir::Value limitExp(mlir::Value x, mlir::Value y, double low, double high);
  Log splitLog(mlir::Value x);
  mlir::Value limitLog(mlir::Value x, mlir::Value y);
  mlir::Value sinOrCos(mlir::Value x, int64_t quarterTurns);

  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::Type type, integerType;
};

} // namespace vyre

#endif // VYRE_LIB_TRANSFORMS_MATHFORMULAS_H
