// Indices of persistent kernels' stages as linear forms over thread and block ids.
//
// Arithmetic on 64 bits may wrap around: two indices are equal if their forms are
// equal modulo 2^64. With coefficients of at most 2^28 and ids below 2^31 a
// difference of two forms stays below 2^63, where the two are the same. A signed
// minimum, maximum or bound of a loop counts as if what it compares had not wrapped
// around: no index near 2^63 is in bounds.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Analysis/LinearIndex.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace vyre;

/// The largest coefficient and constant of a form.
constexpr int64_t kMaxCoefficient = int64_t(1) << 28;

/// Operations that are followed from an index back. Generated code has chains that
/// are longer than a stack is deep.
constexpr unsigned kMaxDepth = 64;

int64_t LinearIndex::coefficientOf(Value value) const {
  for (auto [term, coefficient] : terms)
    if (term == value)
      return coefficient;
  return 0;
}

/// Sets `sum` to a + factor * b; false if it is out of range.
static bool addProduct(int64_t a, int64_t b, int64_t factor, int64_t &sum) {
  int64_t product;
  return !llvm::MulOverflow(b, factor, product) && !llvm::AddOverflow(a, product, sum) &&
         sum >= -kMaxCoefficient && sum <= kMaxCoefficient;
}

std::optional<LinearIndex> vyre::addScaled(const LinearIndex &a, const LinearIndex &b,
                                           int64_t factor) {
  LinearIndex sum = a;
  for (unsigned id = 0; id < LinearIndex::kNumIds; ++id)
    if (!addProduct(a.ids[id], b.ids[id], factor, sum.ids[id]))
      return std::nullopt;
  for (const std::pair<Value, int64_t> &added : b.terms) {
    auto *known = llvm::find_if(sum.terms, [&](auto &term) { return term.first == added.first; });
    if (known == sum.terms.end())
      known = sum.terms.insert(sum.terms.end(), {added.first, 0});
    if (!addProduct(known->second, added.second, factor, known->second))
      return std::nullopt;
    if (known->second == 0)
      sum.terms.erase(known);
  }
  int64_t low = factor < 0 ? b.rest.high : b.rest.low;
  int64_t high = factor < 0 ? b.rest.low : b.rest.high;
  if (!addProduct(a.rest.low, low, factor, sum.rest.low) ||
      !addProduct(a.rest.high, high, factor, sum.rest.high))
    return std::nullopt;
  return sum;
}

StageExtents vyre::computeStageExtents(StageOp stage) {
  StageExtents extents;
  std::array<Value, LinearIndex::kNumIds> sizes = {stage.getGridX(),  stage.getGridY(),
                                                   stage.getGridZ(),  stage.getBlockX(),
                                                   stage.getBlockY(), stage.getBlockZ()};
  for (auto [extent, size] : llvm::zip(extents.sizes, sizes)) {
    APInt constant;
    if (matchPattern(size, m_ConstantInt(&constant)) && constant.getSignificantBits() <= 32)
      extent = std::max<int64_t>(constant.getSExtValue(), 0);
  }
  return extents;
}

namespace {
/// Computes the forms of values in one stage.
class FormBuilder {
public:
  explicit FormBuilder(StageOp stage) : stage(stage), extents(computeStageExtents(stage)) {}

  std::optional<LinearIndex> compute(Value value);

private:
  using Form = std::optional<LinearIndex>;

  Form computeOp(Operation *op, Value value);
  Form computeIteration(scf::ForOp loop);
  Form computeExtremum(const LinearIndex &a, const LinearIndex &b, bool isMax);
  std::optional<Interval> rangeOf(const LinearIndex &form) const;

  static LinearIndex constant(int64_t value) {
    LinearIndex form;
    form.rest = {value, value};
    return form;
  }
  static LinearIndex symbol(Value value) {
    LinearIndex form;
    form.terms.push_back({value, 1});
    return form;
  }
  Form add(const Form &a, const Form &b, int64_t factor) {
    return a && b ? addScaled(*a, *b, factor) : std::nullopt;
  }
  Form scale(const Form &form, int64_t factor) {
    return form ? addScaled(LinearIndex(), *form, factor) : std::nullopt;
  }
  bool isInStage(Value value) { return stage->isAncestor(value.getParentBlock()->getParentOp()); }
  static std::optional<int64_t> constantOf(const Form &form) {
    if (!form || form->ids != LinearIndex().ids || !form->terms.empty() ||
        form->rest.low != form->rest.high)
      return std::nullopt;
    return form->rest.low;
  }
  /// The form if no operation on so many bits can have wrapped around.
  Form withoutWrap(const Form &form, Type type) {
    if (!form || type.isIndex() || type.getIntOrFloatBitWidth() >= 64)
      return form;
    std::optional<Interval> range = rangeOf(*form);
    bool fits =
        range && range->low >= 0 && llvm::isUIntN(type.getIntOrFloatBitWidth() - 1, range->high);
    return fits ? form : std::nullopt;
  }

  StageOp stage;
  StageExtents extents;
  DenseMap<Value, Form> known;
  unsigned depth = 0;
};
} // namespace

/// The numbers a form takes, if they are bounded.
std::optional<Interval> FormBuilder::rangeOf(const LinearIndex &form) const {
  if (!form.terms.empty())
    return std::nullopt;
  Interval range = form.rest;
  for (auto [coefficient, size] : llvm::zip(form.ids, extents.sizes)) {
    if (coefficient == 0)
      continue;
    if (!size)
      return std::nullopt;
    int64_t most = coefficient * std::max<int64_t>(*size - 1, 0);
    (most < 0 ? range.low : range.high) += most;
  }
  return range;
}

/// The smaller or larger of two forms: one of them plus a bounded number.
std::optional<LinearIndex> FormBuilder::computeExtremum(const LinearIndex &a, const LinearIndex &b,
                                                        bool isMax) {
  const LinearIndex *base = &a, *other = &b;
  if (constantOf(a))
    std::swap(base, other);
  Form difference = addScaled(*other, *base, -1);
  std::optional<Interval> range = difference ? rangeOf(*difference) : std::nullopt;
  if (!range)
    return std::nullopt;
  LinearIndex offset;
  offset.rest = isMax
                    ? Interval{std::max<int64_t>(range->low, 0), std::max<int64_t>(range->high, 0)}
                    : Interval{std::min<int64_t>(range->low, 0), std::min<int64_t>(range->high, 0)};
  return addScaled(*base, offset, 1);
}

/// The counter of a loop inside the stage: from its lower bound up.
std::optional<LinearIndex> FormBuilder::computeIteration(scf::ForOp loop) {
  Form low = compute(loop.getLowerBound());
  Form span = add(compute(loop.getUpperBound()), low, -1);
  std::optional<Interval> range = span ? rangeOf(*span) : std::nullopt;
  std::optional<int64_t> step = getConstantIntValue(loop.getStep());
  // With few bits or a large step the counter could wrap around below its bound.
  Type type = loop.getLowerBound().getType();
  bool isWide = type.isIndex() || type.getIntOrFloatBitWidth() >= 32;
  if (!low || !range || !step || *step <= 0 || *step > kMaxCoefficient || !isWide ||
      loop.getUnsignedCmp())
    return std::nullopt;
  LinearIndex offset;
  offset.rest = {0, std::max<int64_t>(range->high - 1, 0)};
  return addScaled(*low, offset, 1);
}

std::optional<LinearIndex> FormBuilder::computeOp(Operation *op, Value value) {
  auto operand = [&](unsigned number) { return compute(op->getOperand(number)); };
  if (isa<arith::AddIOp>(op))
    return withoutWrap(add(operand(0), operand(1), 1), value.getType());
  if (isa<arith::SubIOp>(op))
    return withoutWrap(add(operand(0), operand(1), -1), value.getType());
  if (isa<arith::MulIOp>(op)) {
    Form a = operand(0), b = operand(1);
    if (std::optional<int64_t> factor = constantOf(b))
      return withoutWrap(scale(a, *factor), value.getType());
    if (std::optional<int64_t> factor = constantOf(a))
      return withoutWrap(scale(b, *factor), value.getType());
    return std::nullopt;
  }
  if (isa<arith::ShLIOp>(op)) {
    std::optional<int64_t> bits = constantOf(operand(1));
    return bits && *bits >= 0 && *bits < 28
               ? withoutWrap(scale(operand(0), int64_t(1) << *bits), value.getType())
               : std::nullopt;
  }
  if (isa<arith::IndexCastOp, arith::IndexCastUIOp, arith::ExtSIOp, arith::ExtUIOp,
          arith::TruncIOp>(op)) {
    // From fewer bits to more a number keeps its value if it is not negative.
    Type from = op->getOperand(0).getType();
    return withoutWrap(withoutWrap(operand(0), from), value.getType());
  }
  if (isa<arith::MaxSIOp, arith::MinSIOp>(op)) {
    Form a = operand(0), b = operand(1);
    return a && b ? computeExtremum(*a, *b, isa<arith::MaxSIOp>(op)) : std::nullopt;
  }
  if (auto select = dyn_cast<arith::SelectOp>(op)) {
    Form a = compute(select.getTrueValue()), b = compute(select.getFalseValue());
    Form difference = add(b, a, -1);
    std::optional<Interval> range = difference ? rangeOf(*difference) : std::nullopt;
    if (!range)
      return std::nullopt;
    LinearIndex offset;
    offset.rest = {std::min<int64_t>(range->low, 0), std::max<int64_t>(range->high, 0)};
    return add(a, offset, 1);
  }
  return std::nullopt;
}

std::optional<LinearIndex> FormBuilder::compute(Value value) {
  APInt number;
  if (matchPattern(value, m_ConstantInt(&number)))
    return number.getSignificantBits() <= 28 ? Form(constant(number.getSExtValue())) : std::nullopt;
  if (auto it = known.find(value); it != known.end())
    return it->second;
  if (depth == kMaxDepth)
    return std::nullopt;
  ++depth;
  llvm::scope_exit ascend([&] { --depth; });
  Form form;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    unsigned number = argument.getArgNumber();
    if (argument.getOwner() == &stage.getBody().front()) {
      if (number >= StageOp::kGridDim)
        form = compute(stage->getOperand(number - StageOp::kGridDim));
      else
        form = LinearIndex(), form->ids[number] = 1;
    } else if (!isInStage(value)) {
      form = symbol(value);
    } else if (auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
               loop && value == loop.getInductionVar()) {
      form = computeIteration(loop);
    }
  } else {
    form = computeOp(value.getDefiningOp(), value);
    if (!form && !isInStage(value))
      form = symbol(value);
  }
  return known[value] = form;
}

std::optional<LinearIndex> vyre::computeLinearIndex(Value value, StageOp stage) {
  return FormBuilder(stage).compute(value);
}
