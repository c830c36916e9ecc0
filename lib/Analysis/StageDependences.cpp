// What must be ordered between two stages of a persistent kernel.
//
// Two accesses meet where their indices are equal in every dimension: one linear
// equation each over the differences of the block and thread ids of the two ends.
// Interval propagation through these equations bounds the differences; without a
// solution there is no dependence, with all differences 0 both ends are the same
// thread, and so on.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Analysis/StageDependences.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "vyre/Analysis/HostGlue.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace mlir;
using namespace vyre;

namespace {

/// Differences of this size count as not bounded, whatever the grid.
constexpr int64_t kUnbounded = int64_t(1) << 31;

/// The loop whose iterations differ between two accesses; null if none does.
struct Carrier {
  Operation *loop = nullptr;

  /// True if `value` is the same at both ends: computed outside of the loop.
  bool isInvariant(Value value) const { return !loop || isOutside(value, loop); }
  /// The step of the loop's counter if that is `value` and known; else 0.
  int64_t stepOf(Value value) const {
    auto forOp = dyn_cast_if_present<scf::ForOp>(loop);
    if (!forOp || value != forOp.getInductionVar())
      return 0;
    std::optional<int64_t> step = getConstantIntValue(forOp.getStep());
    return step && *step > 0 ? *step : 0;
  }
};

/// `coefficients` times the differences of the ids, plus `iteration` times a nonzero
/// integer, is in `range`. Says nothing if `isFree`.
struct Equation {
  std::array<int64_t, LinearIndex::kNumIds> coefficients = {};
  int64_t iteration = 0;
  Interval range;
  bool isFree = false;
};

/// Bounds the differences "id at the second end minus id at the first".
class DifferenceSolver {
public:
  explicit DifferenceSolver(const StageExtents &extents) {
    for (auto [difference, size] : llvm::zip(differences, extents.sizes)) {
      int64_t most = size ? std::max<int64_t>(*size - 1, 0) : kUnbounded;
      difference = {-most, most};
    }
  }

  /// Narrows the differences; false if nothing solves the equation.
  bool narrow(const Equation &equation);

  std::array<Interval, LinearIndex::kNumIds> differences;

private:
  static Interval times(int64_t factor, Interval range) {
    int64_t a = factor * range.low, b = factor * range.high;
    return {std::min(a, b), std::max(a, b)};
  }
};
} // namespace

bool DifferenceSolver::narrow(const Equation &equation) {
  if (equation.isFree)
    return true;
  // What the ids can contribute.
  Interval total;
  for (auto [coefficient, difference] : llvm::zip(equation.coefficients, differences)) {
    Interval part = times(coefficient, difference);
    total = {total.low + part.low, total.high + part.high};
  }
  // The iteration has to make up for the rest, and jumps by at least its coefficient.
  if (equation.iteration != 0) {
    Interval rest = {equation.range.low - total.high, equation.range.high - total.low};
    int64_t jump = std::abs(equation.iteration);
    return rest.low <= -jump || rest.high >= jump;
  }
  if (total.low > equation.range.high || total.high < equation.range.low)
    return false;
  int64_t divisor = 0;
  for (int64_t coefficient : equation.coefficients)
    divisor = std::gcd(divisor, coefficient);
  // No multiple of the divisor in the range: no solution.
  if (divisor != 0 &&
      llvm::divideFloorSigned(equation.range.high, divisor) * divisor < equation.range.low)
    return false;
  for (auto [coefficient, difference] : llvm::zip(equation.coefficients, differences)) {
    if (coefficient == 0)
      continue;
    Interval own = times(coefficient, difference);
    Interval product = {equation.range.low - (total.high - own.high),
                        equation.range.high - (total.low - own.low)};
    int64_t low = coefficient > 0 ? product.low : -product.high;
    int64_t high = coefficient > 0 ? product.high : -product.low;
    int64_t size = std::abs(coefficient);
    difference.low = std::max(difference.low, llvm::divideCeilSigned(low, size));
    difference.high = std::min(difference.high, llvm::divideFloorSigned(high, size));
    if (difference.low > difference.high)
      return false;
  }
  return true;
}

/// Adds what the two forms have beside ids; what differs between the ends in a way that is
/// not known makes the equation free.
static void equateTerms(const LinearIndex &a, const LinearIndex &b, const Carrier &carrier,
                        Equation &equation) {
  SmallVector<Value> values;
  for (const LinearIndex *form : {&a, &b})
    for (auto [value, coefficient] : form->terms)
      values.push_back(value);
  for (Value value : values) {
    int64_t first = a.coefficientOf(value), second = b.coefficientOf(value);
    if (first == second && carrier.isInvariant(value))
      continue;
    int64_t step = first == second ? carrier.stepOf(value) : 0;
    if (step == 0 || llvm::MulOverflow(step, second, equation.iteration) ||
        std::abs(equation.iteration) > kUnbounded) {
      equation.isFree = true;
      return;
    }
  }
}

/// Adds all places that ids with these factors can be, seen from the first end.
static void addPlaces(const std::array<int64_t, LinearIndex::kNumIds> &factors, int64_t sign,
                      const StageExtents &extents, Equation &equation) {
  for (auto [factor, size] : llvm::zip(factors, extents.sizes)) {
    if (factor == 0)
      continue;
    if (!size) {
      equation.isFree = true;
      return;
    }
    int64_t most = sign * factor * std::max<int64_t>(*size - 1, 0);
    (most < 0 ? equation.range.low : equation.range.high) += most;
  }
}

/// The equation "a at the first end equals b at the second".
static Equation equate(const LinearIndex &a, const LinearIndex &b, const StageExtents &extents,
                       const Carrier &carrier) {
  Equation equation;
  equation.range = {a.rest.low - b.rest.high, a.rest.high - b.rest.low};
  for (unsigned id = 0; id < LinearIndex::kNumIds; ++id) {
    if (a.ids[id] == b.ids[id]) {
      equation.coefficients[id] = a.ids[id];
      continue;
    }
    // With other coefficients the places themselves count, not their difference.
    if (!extents.sizes[id]) {
      equation.isFree = true;
      return equation;
    }
    int64_t last = std::max<int64_t>(*extents.sizes[id] - 1, 0);
    for (int64_t most : {a.ids[id] * last, -b.ids[id] * last})
      (most < 0 ? equation.range.low : equation.range.high) += most;
  }
  equateTerms(a, b, carrier, equation);
  return equation;
}

/// True if different indices of the buffer are different places: each stride jumps over
/// all that smaller ones reach.
static bool hasDistinctElements(Value base) {
  auto type = dyn_cast<MemRefType>(base.getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  if (!type || type.getLayout().isIdentity())
    return bool(type);
  if (failed(type.getStridesAndOffset(strides, offset)))
    return false;
  SmallVector<std::pair<int64_t, int64_t>> dims;
  for (auto [stride, size] : llvm::zip(strides, type.getShape()))
    dims.push_back({stride, size});
  llvm::sort(dims);                 // A stride that only run time knows is the smallest number.
  std::optional<int64_t> reach = 0; // Of the dimensions so far; none if that is unknown.
  for (auto [stride, size] : dims) {
    if (size == 1)
      continue;
    if (stride <= 0 || !reach || stride <= *reach)
      return false;
    int64_t all;
    bool isKnown = !ShapedType::isDynamic(size) && !llvm::MulOverflow(size - 1, stride, all) &&
                   !llvm::AddOverflow(*reach, all, all);
    reach = isKnown ? std::optional(all) : std::nullopt;
  }
  return true;
}

/// A virtual id then is the same physical place in both.
bool vyre::haveSameShape(StageOp a, StageOp b) {
  if (a.getRoundsAttr() != b.getRoundsAttr())
    return false;
  return llvm::all_of(llvm::zip(a.getOperands(), b.getOperands()), [&](auto pair) {
    APInt first, second;
    auto [sizeA, sizeB] = pair;
    if (matchPattern(sizeA, m_ConstantInt(&first)) && matchPattern(sizeB, m_ConstantInt(&second)))
      return first == second;
    return sizeA == sizeB && isa<gpu::GPUFuncOp>(sizeA.getParentBlock()->getParentOp());
  });
}

/// True if the stage has one block: it runs on the last physical block, or on the first
/// if blocks are dealt out in rounds.
static bool hasOneBlock(StageOp stage) {
  return llvm::all_of(ValueRange{stage.getGridX(), stage.getGridY(), stage.getGridZ()},
                      [](Value size) { return matchPattern(size, m_One()); });
}

/// True if each of the stages has one block, and both the same physical one.
static bool shareOneBlock(StageOp a, StageOp b) {
  return hasOneBlock(a) && hasOneBlock(b) && !a.getRoundsAttr() == !b.getRoundsAttr();
}

/// The tier that covers the differences.
static SyncTier tierFor(const DifferenceSolver &solver, const StageExtents &extents,
                        StageOp shape) {
  auto reach = [&](unsigned id) {
    return std::max(std::abs(solver.differences[id].low), std::abs(solver.differences[id].high));
  };
  auto isFixed = [&](unsigned id) { return solver.differences[id].isZero(); };
  if (isFixed(0) && isFixed(1) && isFixed(2)) {
    bool sameThread = isFixed(3) && isFixed(4) && isFixed(5);
    return sameThread ? SyncTier() : SyncTier::block();
  }
  int64_t distance = 0, stride = 1, blocks = 1;
  for (unsigned dim = 0; dim < 3; ++dim) {
    if (!isFixed(dim)) {
      // The stride of a dimension is the product of the sizes below it.
      if (stride == 0 || reach(dim) >= kUnbounded)
        return SyncTier::grid();
      distance += reach(dim) * stride;
    }
    int64_t size = extents.sizes[dim].value_or(0);
    bool isSmall = !llvm::MulOverflow(stride, size, stride) && stride < kUnbounded;
    stride = isSmall ? stride : 0;
    blocks = stride;
  }
  // So far apart that everyone would wait for everyone, or that products overflow. Blocks
  // that are dealt out have no neighbours.
  if (shape.getRounds() || distance >= kUnbounded || (blocks != 0 && distance >= blocks - 1))
    return SyncTier::grid();
  return {SyncScope::Neighbours, distance, shape};
}

/// The tier between two accesses of stages of one shape to one buffer; nothing if
/// they never touch the same element.
static std::optional<SyncTier> findTier(const StageAccess &from, const StageAccess &to,
                                        StageOp shape, const Carrier &carrier) {
  StageExtents extents = computeStageExtents(shape);
  DifferenceSolver solver(extents);
  if (from.indices.size() != to.indices.size() || !hasDistinctElements(from.base) ||
      !hasDistinctElements(to.base))
    return tierFor(solver, extents, shape);
  SmallVector<Equation> equations;
  for (auto [a, b] : llvm::zip(from.indices, to.indices))
    if (a && b)
      equations.push_back(equate(*a, *b, extents, carrier));
  for (unsigned round = 0; round < LinearIndex::kNumIds; ++round)
    for (const Equation &equation : equations)
      if (!solver.narrow(equation))
        return std::nullopt;
  return tierFor(solver, extents, shape);
}

/// False if two accesses of stages of any shapes to one buffer never touch the same
/// element. Ids of different shapes have nothing in common, so only where they can be
/// counts.
static bool mayMeet(const StageAccess &from, const StageAccess &to, StageOp first, StageOp second,
                    const Carrier &carrier) {
  if (from.indices.size() != to.indices.size() || !hasDistinctElements(from.base) ||
      !hasDistinctElements(to.base))
    return true;
  StageExtents extents = computeStageExtents(first), others = computeStageExtents(second);
  return llvm::all_of(llvm::zip(from.indices, to.indices), [&](auto pair) {
    auto &[a, b] = pair;
    if (!a || !b)
      return true;
    Equation equation;
    equation.range = {a->rest.low - b->rest.high, a->rest.high - b->rest.low};
    addPlaces(a->ids, 1, extents, equation);
    addPlaces(b->ids, -1, others, equation);
    equateTerms(*a, *b, carrier, equation);
    return DifferenceSolver(extents).narrow(equation);
  });
}

namespace {
/// Finds the dependence of one pair of places under one carrier.
class DependenceFinder {
public:
  DependenceFinder(const StageAccesses &from, const StageAccesses &to,
                   const StageAliasing &aliasing, Carrier carrier)
      : from(from), to(to), aliasing(aliasing), carrier(carrier) {}

  Dependence find() {
    // The stages' buffers in shared memory overlay each other.
    bool shared = from.usesSharedMemory || from.unknown;
    if (shared && (to.usesSharedMemory || to.unknown))
      raise(SyncTier::block(), from.op, to.op, "shared memory that both use");
    if (from.unknown || to.unknown) {
      bool both = (from.unknown || !from.accesses.empty()) && (to.unknown || !to.accesses.empty());
      if (both)
        raise(SyncTier::grid(), from.unknown ? from.unknown : from.op,
              to.unknown ? to.unknown : to.op, "an operation that may touch anything");
      return result;
    }
    for (const StageAccess &a : from.accesses)
      for (const StageAccess &b : to.accesses)
        if (a.writes || b.writes)
          visit(a, b);
    return result;
  }

private:
  void visit(const StageAccess &a, const StageAccess &b) {
    bool disjoint = carrier.loop ? aliasing.areAlwaysDisjoint(a.base, b.base)
                                 : aliasing.areDisjoint(a.base, b.base);
    if (disjoint)
      return;
    // The same value is the same buffer unless the loop carries it.
    bool comparable = (a.base == b.base && carrier.isInvariant(a.base)) ||
                      aliasing.areSameOrDisjoint(a.base, b.base);
    if (from.stage && to.stage && comparable && !haveSameShape(from.stage, to.stage) &&
        !mayMeet(a, b, from.stage, to.stage, carrier))
      return;
    if (from.stage && to.stage && shareOneBlock(from.stage, to.stage) &&
        !haveSameShape(from.stage, to.stage))
      return raise(SyncTier::block(), a.op, b.op, "two shapes of one block", a.base);
    if (!from.stage || !to.stage)
      return raise(SyncTier::grid(), a.op, b.op, "every block reads it", a.base);
    if (!haveSameShape(from.stage, to.stage))
      return raise(SyncTier::grid(), a.op, b.op, "their shapes may differ", a.base);
    if (!comparable) {
      StageExtents extents = computeStageExtents(to.stage);
      return raise(tierFor(DifferenceSolver(extents), extents, to.stage), a.op, b.op,
                   "buffers that may overlap", a.base);
    }
    if (std::optional<SyncTier> tier = findTier(a, b, to.stage, carrier))
      raise(*tier, a.op, b.op, reasonFor(*tier), a.base);
  }

  static std::string reasonFor(SyncTier tier) {
    switch (tier.scope) {
    case SyncScope::None:
      return "the same thread";
    case SyncScope::Block:
      return "threads of one block";
    case SyncScope::Neighbours:
      return "blocks at most " + std::to_string(tier.distance) + " apart";
    case SyncScope::Grid:
      return "blocks any distance apart";
    }
    llvm_unreachable("all scopes are named");
  }

  void raise(SyncTier tier, Operation *first, Operation *second, StringRef why, Value buffer = {}) {
    if (result.from && !(result.tier < tier))
      return;
    result = {tier, first, second, why.str(), buffer};
  }

  const StageAccesses &from, &to;
  const StageAliasing &aliasing;
  Carrier carrier;
  Dependence result;
};
} // namespace

Dependence vyre::findDependence(const StageAccesses &from, const StageAccesses &to,
                                const StageAliasing &aliasing) {
  return DependenceFinder(from, to, aliasing, {}).find();
}

Dependence vyre::findCarriedDependence(const StageAccesses &from, const StageAccesses &to,
                                       const StageAliasing &aliasing) {
  Dependence result;
  for (auto loop = from.op->getParentOfType<LoopLikeOpInterface>(); loop;
       loop = loop->getParentOfType<LoopLikeOpInterface>()) {
    if (!loop->isAncestor(to.op))
      continue;
    Dependence found = DependenceFinder(from, to, aliasing, {loop}).find();
    if (!result.from || result.tier < found.tier)
      result = found;
  }
  return result;
}
