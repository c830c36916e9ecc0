// Elementary functions in plain f64 arithmetic, for every device alike.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each function reduces its argument to a short interval, sums a Taylor series
// there (coefficients are exact rationals, rounded), and undoes the reduction.
// No step may be contracted or reassociated.
#include "MathFormulas.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace vyre;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();
static constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
static constexpr double kLog2E = 0x1.71547652b82fep+0;
static constexpr double kLn2 = 0x1.62e42fefa39efp-1;
// ln 2 in two parts; the first has 21 trailing zero bits, so k times it is exact.
static constexpr double kLn2High = 0x1.62e42feep-1;
static constexpr double kLn2Low = 0x1.a39ef35793c76p-33;

MathFormulas::MathFormulas(OpBuilder &builder, Location loc, Type type)
    : b(builder), loc(loc), type(type) {
  integerType = b.getI64Type();
  if (auto vector = dyn_cast<VectorType>(type))
    integerType = vector.clone(integerType);
}

Value MathFormulas::real(double value) {
  return arith::ConstantOp::create(b, loc, type, [&]() -> TypedAttr {
    auto scalar = b.getF64FloatAttr(value);
    if (auto vector = dyn_cast<VectorType>(type))
      return DenseElementsAttr::get(vector, static_cast<Attribute>(scalar));
    return scalar;
  }());
}
Value MathFormulas::integer(int64_t value) {
  return arith::ConstantOp::create(b, loc, integerType, [&]() -> TypedAttr {
    auto scalar = b.getI64IntegerAttr(value);
    if (auto vector = dyn_cast<VectorType>(integerType))
      return DenseElementsAttr::get(vector, static_cast<Attribute>(scalar));
    return scalar;
  }());
}
Value MathFormulas::add(Value x, Value y) { return arith::AddFOp::create(b, loc, x, y); }
Value MathFormulas::sub(Value x, Value y) { return arith::SubFOp::create(b, loc, x, y); }
Value MathFormulas::mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y); }
Value MathFormulas::div(Value x, Value y) { return arith::DivFOp::create(b, loc, x, y); }
Value MathFormulas::less(Value x, Value y) {
  return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, x, y);
}
Value MathFormulas::equal(Value x, Value y) {
  return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, x, y);
}
Value MathFormulas::isNaN(Value x) {
  return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, x, x);
}
Value MathFormulas::both(Value x, Value y) { return arith::AndIOp::create(b, loc, x, y); }
Value MathFormulas::select(Value c, Value x, Value y) {
  return arith::SelectOp::create(b, loc, c, x, y);
}
Value MathFormulas::bits(Value x) { return arith::BitcastOp::create(b, loc, integerType, x); }
Value MathFormulas::fromBits(Value x) { return arith::BitcastOp::create(b, loc, type, x); }
Value MathFormulas::toInteger(Value x) { return arith::FPToSIOp::create(b, loc, integerType, x); }
Value MathFormulas::abs(Value x) {
  Value mask = integer(std::numeric_limits<int64_t>::max());
  return fromBits(arith::AndIOp::create(b, loc, bits(x), mask));
}
Value MathFormulas::withSignOf(Value magnitude, Value sign) {
  Value mask = integer(std::numeric_limits<int64_t>::min());
  Value signBit = arith::AndIOp::create(b, loc, bits(sign), mask);
  return fromBits(arith::XOrIOp::create(b, loc, bits(magnitude), signBit));
}

/// c[0] + x c[1] + x^2 c[2] + ...
Value MathFormulas::polynomial(Value x, ArrayRef<double> coefficients) {
  Value sum = real(coefficients.back());
  for (double c : llvm::reverse(coefficients.drop_back()))
    sum = add(mul(sum, x), real(c));
  return sum;
}

Value MathFormulas::nearest(Value x) {
  Value magic = real(0x1.8p52); // its last bit stands for 1
  return sub(add(x, magic), magic);
}

/// 2^k for -1022 <= k <= 1023.
Value MathFormulas::powerOfTwo(Value k) {
  Value biased = arith::AddIOp::create(b, loc, k, integer(1023));
  return fromBits(arith::ShLIOp::create(b, loc, biased, integer(52)));
}

/// y 2^k in two steps, so that results may be subnormal or overflow.
Value MathFormulas::scale(Value y, Value k) {
  Value half = arith::ShRSIOp::create(b, loc, k, integer(1));
  Value other = arith::SubIOp::create(b, loc, k, half);
  return mul(mul(y, powerOfTwo(half)), powerOfTwo(other));
}

// 1/2!, 1/3!, ... 1/14!
static constexpr double kExp[] = {1.0 / 2,
                                  1.0 / 6,
                                  1.0 / 24,
                                  1.0 / 120,
                                  1.0 / 720,
                                  1.0 / 5040,
                                  1.0 / 40320,
                                  1.0 / 362880,
                                  1.0 / 3628800,
                                  1.0 / 39916800,
                                  1.0 / 479001600,
                                  1.0 / 6227020800.0,
                                  1.0 / 87178291200.0};

/// e^(high + low) for |high| <= 0.35 and a much smaller low.
Value MathFormulas::expOfSmall(Value high, Value low) {
  Value square = mul(high, high);
  Value tail = add(mul(square, polynomial(high, kExp)), low);
  return add(real(1), add(high, tail));
}

/// e^x - 1 for |x| <= 0.35.
Value MathFormulas::expm1OfSmall(Value x) { return add(x, mul(mul(x, x), polynomial(x, kExp))); }

/// y where low < x < high, 0 below, infinity above, NaN for NaN.
Value MathFormulas::limitExp(Value x, Value y, double low, double high) {
  y = select(less(x, real(low)), real(0), y);
  y = select(less(real(high), x), real(kInfinity), y);
  return select(isNaN(x), add(x, x), y);
}

Value MathFormulas::exp(Value x) {
  constexpr double low = -746, high = 710; // beyond: 0 and infinity
  Value inside = both(less(real(low), x), less(x, real(high)));
  Value xs = select(inside, x, real(0));
  Value k = nearest(mul(xs, real(kLog2E)));
  Value rough = sub(xs, mul(k, real(kLn2High)));
  Value correction = mul(k, real(kLn2Low));
  Value r = sub(rough, correction);
  Value rLow = sub(sub(rough, r), correction);
  return limitExp(x, scale(expOfSmall(r, rLow), toInteger(k)), low, high);
}

Value MathFormulas::exp2(Value x) {
  constexpr double low = -1076, high = 1024;
  Value inside = both(less(real(low), x), less(x, real(high)));
  Value xs = select(inside, x, real(0));
  Value k = nearest(xs);
  Value r = sub(xs, k);
  // r ln 2 in two parts: r has at most 53 bits, so split it for an exact head.
  Value head = fromBits(arith::AndIOp::create(b, loc, bits(r), integer(~((int64_t(1) << 32) - 1))));
  Value product = mul(head, real(kLn2High));
  Value rest = add(mul(sub(r, head), real(kLn2)), mul(head, real(kLn2Low)));
  Value high1 = add(product, rest);
  Value low1 = add(sub(product, high1), rest);
  Value y = scale(expOfSmall(high1, low1), toInteger(k));
  y = limitExp(x, y, low, high);
  return select(equal(x, real(high)), real(kInfinity), y);
}

Value MathFormulas::expm1(Value x) {
  Value isSmall = less(abs(x), real(0.34));
  Value large = sub(exp(x), real(1));
  return select(isSmall, expm1OfSmall(select(isSmall, x, real(0))), large);
}

/// x = 2^k (1 + f); with s = f / (2 + f): log(1 + f) = f - (f^2/2 - s (f^2/2 + R)),
/// R = 2 s^2 (1/3 + s^2/5 + s^4/7 + ...).
MathFormulas::Log MathFormulas::splitLog(Value x) {
  Value isSubnormal = less(x, real(0x1p-1022));
  Value xs = select(isSubnormal, mul(x, real(0x1p54)), x);
  // Offset by sqrt(1/2) so that the mantissa's interval is centred at 1.
  Value offset = arith::SubIOp::create(b, loc, bits(xs), integer(0x3fe6a09e667f3bcdLL));
  Value k = arith::ShRSIOp::create(b, loc, offset, integer(52));
  Value down = arith::ShLIOp::create(b, loc, k, integer(52));
  Value m = fromBits(arith::SubIOp::create(b, loc, bits(xs), down));
  Log log;
  log.exponent = arith::SIToFPOp::create(b, loc, type, k);
  log.exponent = select(isSubnormal, sub(log.exponent, real(54)), log.exponent);
  log.rest = sub(m, real(1));
  Value s = div(log.rest, add(real(2), log.rest));
  Value z = mul(s, s);
  static constexpr double series[] = {2.0 / 3,  2.0 / 5,  2.0 / 7,  2.0 / 9,  2.0 / 11, 2.0 / 13,
                                      2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21, 2.0 / 23};
  log.square = mul(mul(real(0.5), log.rest), log.rest);
  log.tail = mul(s, add(log.square, mul(z, polynomial(z, series))));
  log.ofRest = sub(log.rest, sub(log.square, log.tail));
  return log;
}

/// y for finite x > 0, and the limits elsewhere.
Value MathFormulas::limitLog(Value x, Value y) {
  y = select(equal(x, real(kInfinity)), x, y);
  y = select(less(x, real(0)), real(kNaN), y);
  y = select(equal(x, real(0)), real(-kInfinity), y);
  return select(isNaN(x), add(x, x), y);
}

Value MathFormulas::log(Value x) {
  Log parts = splitLog(x);
  Value low = add(parts.tail, mul(parts.exponent, real(kLn2Low)));
  Value inner = sub(sub(parts.square, low), parts.rest);
  return limitLog(x, sub(mul(parts.exponent, real(kLn2High)), inner));
}

Value MathFormulas::log2(Value x) {
  Log parts = splitLog(x);
  return limitLog(x, add(parts.exponent, mul(parts.ofRest, real(kLog2E))));
}

Value MathFormulas::log10(Value x) { return mul(log(x), real(0x1.bcb7b1526e50ep-2)); }

/// The rounding error of 1 + x is undone by the quotient.
Value MathFormulas::log1p(Value x) {
  Value u = add(real(1), x);
  Value d = sub(u, real(1));
  Value y = mul(log(u), div(x, d));
  y = select(equal(d, real(0)), x, y);
  y = select(equal(u, real(0)), real(-kInfinity), y);
  return select(equal(u, real(kInfinity)), u, y);
}

/// sin(x + quarterTurns pi/2). x = n pi/2 + r, |r| <= pi/4: pi/2 is subtracted in
/// parts, the first four of 23 bits, whose products with n are exact.
Value MathFormulas::sinOrCos(Value x, int64_t quarterTurns) {
  static constexpr double parts[] = {0x1.921fb4p+0, 0x1.4442dp-24, 0x1.846988p-48, 0x1.8cc514p-72,
                                     0x1.80dc1cd129025p-95};
  Value inRange = less(abs(x), real(0x1p30));
  Value xs = select(inRange, x, real(0));
  Value n = nearest(mul(xs, real(0x1.45f306dc9c883p-1)));
  Value high = sub(xs, mul(n, real(parts[0]))), low = real(0);
  for (double part : ArrayRef<double>(parts).drop_front()) {
    Value w = mul(n, real(part));
    Value s = sub(high, w);
    Value back = sub(s, high);
    Value error = sub(sub(high, sub(s, back)), add(w, back));
    high = s;
    low = add(low, error);
  }
  Value r = add(high, low);
  Value rLow = add(sub(high, r), low);
  Value z = mul(r, r);
  static constexpr double sine[] = {-1.0 / 6,
                                    1.0 / 120,
                                    -1.0 / 5040,
                                    1.0 / 362880,
                                    -1.0 / 39916800,
                                    1.0 / 6227020800.0,
                                    -1.0 / 1307674368000.0,
                                    1.0 / 355687428096000.0};
  static constexpr double cosine[] = {1.0 / 24,
                                      -1.0 / 720,
                                      1.0 / 40320,
                                      -1.0 / 3628800,
                                      1.0 / 479001600,
                                      -1.0 / 87178291200.0,
                                      1.0 / 20922789888000.0,
                                      -1.0 / 6402373705728000.0};
  Value half = mul(real(0.5), z);
  Value s = add(r, add(mul(mul(z, r), polynomial(z, sine)), mul(rLow, sub(real(1), half))));
  Value w = sub(real(1), half);
  Value rest = sub(mul(mul(z, z), polynomial(z, cosine)), mul(r, rLow));
  Value c = add(w, add(sub(sub(real(1), w), half), rest));

  Value quadrant = arith::AddIOp::create(b, loc, toInteger(n), integer(quarterTurns));
  auto bit = [&](int64_t mask) -> Value {
    Value masked = arith::AndIOp::create(b, loc, quadrant, integer(mask));
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, masked, integer(0));
  };
  Value y = select(bit(1), c, s);
  y = select(bit(2), arith::NegFOp::create(b, loc, y), y);
  if (quarterTurns == 0) // keeps the sign of zero
    y = select(equal(x, real(0)), x, y);
  return select(inRange, y, real(kNaN));
}

Value MathFormulas::tan(Value x) { return div(sin(x), cos(x)); }

/// With e = e^2|x| - 1: tanh |x| = e / (e + 2).
Value MathFormulas::tanh(Value x) {
  Value magnitude = abs(x);
  Value isLarge = less(real(20), magnitude);
  Value e = expm1(mul(real(2), select(isLarge, real(1), magnitude)));
  Value y = select(isLarge, real(1), div(e, add(e, real(2))));
  return select(isNaN(x), add(x, x), withSignOf(y, x));
}

/// With e = e^|x| - 1: sinh |x| = (e + e / (e + 1)) / 2; halved early against overflow.
Value MathFormulas::sinh(Value x) {
  Value magnitude = abs(x);
  Value e = expm1(magnitude);
  Value moderate = mul(real(0.5), add(e, div(e, add(e, real(1)))));
  Value root = exp(mul(real(0.5), magnitude));
  Value y = select(less(real(40), magnitude), mul(mul(real(0.5), root), root), moderate);
  return select(isNaN(x), add(x, x), withSignOf(y, x));
}

Value MathFormulas::cosh(Value x) {
  Value magnitude = abs(x);
  Value e = exp(magnitude);
  Value moderate = mul(real(0.5), add(e, div(real(1), e)));
  Value root = exp(mul(real(0.5), magnitude));
  return select(less(real(40), magnitude), mul(mul(real(0.5), root), root), moderate);
}

Value MathFormulas::powForF32(Value x, Value y) {
  auto isWhole = [&](Value v) { // floats of 2^52 and more are whole
    Value magnitude = abs(v);
    Value big = less(real(0x1p51), magnitude);
    Value rounded = nearest(select(big, real(0), magnitude));
    return arith::OrIOp::create(b, loc, big, equal(rounded, magnitude)).getResult();
  };
  Value zero = real(0), one = real(1);
  Value magnitude = exp(mul(y, log(abs(x))));
  Value whole = isWhole(y);
  Value halfWhole = isWhole(mul(real(0.5), y));
  Value signedResult = withSignOf(magnitude, x);
  Value isOdd = arith::SelectOp::create(
      b, loc, halfWhole, arith::CmpFOp::create(b, loc, arith::CmpFPredicate::AlwaysFalse, x, x),
      whole);
  Value result = select(isOdd, signedResult, magnitude);
  Value isFinite = less(abs(x), real(kInfinity));
  Value undefined =
      both(both(less(x, zero), isFinite), arith::XOrIOp::create(b, loc, whole, equal(one, one)));
  result = select(undefined, real(kNaN), result);
  // 1^y and (-1)^(+-infinity) are 1, x^0 is 1, also for NaN.
  Value unit = both(equal(abs(x), one), equal(abs(y), real(kInfinity)));
  result = select(unit, one, result);
  result = select(equal(x, one), one, result);
  return select(equal(y, zero), one, result);
}
