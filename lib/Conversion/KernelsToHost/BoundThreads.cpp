// Takes the guard of a kernel's last block out of the loop over threads: in
//
//   for x in 0..blockDim: if (base + x < end and rest) body
//
// the loop ends at min(blockDim, end - base) instead, or at once if `rest`, which
// does not depend on x, is false. Without a condition inside, LLVM makes vectors
// without masks. Done only where it is exact: `base` comes from ids and constants,
// so that base + x cannot wrap.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "HostKernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "vyre/Dialect/Vyre/IR/DeviceLimits.h"

using namespace mlir;
using namespace vyre;

namespace {

/// Values of 2^55 and more are not looked at: sums of them could wrap.
constexpr int64_t kLimit = int64_t(1) << 55;
/// More blocks than any launch has.
constexpr int64_t kMaxBlocks = int64_t(1) << 40;
/// Ends are cut to this; it is beyond every base + x.
constexpr int64_t kFar = int64_t(1) << 62;

using Range = std::pair<int64_t, int64_t>;

class ThreadBound {
public:
  ThreadBound(OpBuilder &builder, scf::ForOp loop, const BlockShape &shape,
              ArrayRef<Value> threadId)
      : builder(builder), loop(loop), shape(shape), threadId(threadId) {}
  void run();

private:
  scf::IfOp findGuard();
  bool takeOut(Value condition);
  bool takeOutCompare(arith::CmpIOp compare);
  void findVarying();
  bool varies(Value value) const { return varying.contains(value); }
  std::optional<int64_t> getStride(Value value);
  std::optional<int64_t> computeStride(Operation *def);
  std::optional<Range> getRange(Value value);
  std::optional<Range> computeRange(Value value);
  Value cloneBefore(Value value);
  Value constant(int64_t n) { return arith::ConstantIndexOp::create(builder, loop.getLoc(), n); }

  OpBuilder &builder;
  scf::ForOp loop;
  const BlockShape &shape;
  ArrayRef<Value> threadId; // y and z are those of outer loops
  IRMapping before;         // value of the body -> its value for x = 0, before the loop
  Value end, gate;          // of the new loop; whether it runs at all
  DenseSet<Value> varying;  // what depends on x
  // Answers so far: a value may be an operand along very many paths.
  DenseMap<Value, std::optional<int64_t>> strides;
  DenseMap<Value, std::optional<Range>> ranges;
};

/// The body's only op with effects, if it is an `if` without an else.
scf::IfOp ThreadBound::findGuard() {
  scf::IfOp guard;
  for (Operation &op : loop.getBody()->without_terminator()) {
    auto branch = dyn_cast<scf::IfOp>(op);
    if (branch && !guard && branch.getNumResults() == 0 && branch.getElseRegion().empty())
      guard = branch;
    else if (op.getNumRegions() != 0 || !isMemoryEffectFree(&op))
      return nullptr;
  }
  return guard;
}

/// Finds the values of the body that depend on x. Everything they are computed
/// from is pure, and comes before.
void ThreadBound::findVarying() {
  varying.insert(loop.getInductionVar());
  for (Operation &op : loop.getBody()->without_terminator())
    if (llvm::any_of(op.getOperands(), [&](Value v) { return varies(v); }))
      varying.insert(op.result_begin(), op.result_end());
}

/// How much the value grows with x, if that is the same everywhere.
std::optional<int64_t> ThreadBound::getStride(Value value) {
  if (value == loop.getInductionVar())
    return 1;
  if (!varies(value))
    return 0;
  if (auto it = strides.find(value); it != strides.end())
    return it->second;
  std::optional<int64_t> stride = computeStride(value.getDefiningOp());
  strides[value] = stride;
  return stride;
}

/// The stride of the result of an op of the body.
std::optional<int64_t> ThreadBound::computeStride(Operation *def) {
  auto isWide = [](Type type) { return type.isIndex() || type.isInteger(64); };
  if (auto cast = dyn_cast<arith::IndexCastOp>(def))
    return isWide(cast.getIn().getType()) && isWide(cast.getType()) ? getStride(cast.getIn())
                                                                    : std::nullopt;
  if (!isa<arith::AddIOp, arith::SubIOp>(def))
    return std::nullopt;
  std::optional<int64_t> a = getStride(def->getOperand(0)), b = getStride(def->getOperand(1));
  int64_t result = 0;
  if (!a || !b ||
      (isa<arith::AddIOp>(def) ? llvm::AddOverflow(*a, *b, result)
                               : llvm::SubOverflow(*a, *b, result)))
    return std::nullopt;
  return result;
}

/// Limits of the value for x = 0, if they are known and small.
std::optional<Range> ThreadBound::getRange(Value value) {
  if (auto it = ranges.find(value); it != ranges.end())
    return it->second;
  std::optional<Range> range = computeRange(value);
  ranges[value] = range;
  return range;
}

std::optional<Range> ThreadBound::computeRange(Value value) {
  if (value == loop.getInductionVar())
    return Range(0, 0);
  if (std::optional<int64_t> known = getConstantIntValue(value))
    return std::abs(*known) < kLimit ? std::optional<Range>(Range(*known, *known)) : std::nullopt;
  if (llvm::is_contained(threadId, value))
    return Range(0, kMaxThreadsPerBlock - 1);
  if (llvm::is_contained(shape.blockId, value) || llvm::is_contained(shape.gridDim, value))
    return Range(0, kMaxBlocks);
  if (llvm::is_contained(shape.blockDim, value))
    return Range(0, kMaxThreadsPerBlock);
  Operation *def = value.getDefiningOp();
  if (!def)
    return std::nullopt;
  if (auto cast = dyn_cast<arith::IndexCastOp>(def)) {
    bool isWide = value.getType().isIndex() || value.getType().isInteger(64);
    return isWide ? getRange(cast.getIn()) : std::nullopt;
  }
  if (!isa<arith::AddIOp, arith::SubIOp, arith::MulIOp>(def))
    return std::nullopt;
  std::optional<Range> a = getRange(def->getOperand(0)), b = getRange(def->getOperand(1));
  if (!a || !b)
    return std::nullopt;
  Range result(a->first + b->first, a->second + b->second);
  if (isa<arith::SubIOp>(def))
    result = {a->first - b->second, a->second - b->first};
  if (isa<arith::MulIOp>(def)) {
    SmallVector<int64_t, 4> products;
    for (int64_t left : {a->first, a->second})
      for (int64_t right : {b->first, b->second}) {
        int64_t product = 0;
        if (llvm::MulOverflow(left, right, product))
          return std::nullopt;
        products.push_back(product);
      }
    result = {*llvm::min_element(products), *llvm::max_element(products)};
  }
  bool isSmall = result.first > -kLimit && result.second < kLimit;
  return isSmall ? std::optional<Range>(result) : std::nullopt;
}

/// The value that `value` has for x = 0, computed before the loop.
Value ThreadBound::cloneBefore(Value value) {
  if (Value known = before.lookupOrNull(value))
    return known;
  Operation *def = value.getDefiningOp();
  if (!def || def->getBlock() != loop.getBody())
    return value;
  for (Value operand : def->getOperands())
    before.map(operand, cloneBefore(operand));
  Operation *copy = builder.clone(*def, before);
  before.map(def->getResults(), copy->getResults());
  return before.lookup(value);
}

/// Takes `base + x < end` out of the loop; false if it has another form.
bool ThreadBound::takeOutCompare(arith::CmpIOp compare) {
  Value id = compare.getLhs(), limit = compare.getRhs();
  arith::CmpIPredicate predicate = compare.getPredicate();
  if (predicate == arith::CmpIPredicate::sgt || predicate == arith::CmpIPredicate::ugt) {
    std::swap(id, limit);
    predicate = predicate == arith::CmpIPredicate::sgt ? arith::CmpIPredicate::slt
                                                       : arith::CmpIPredicate::ult;
  }
  bool isSigned = predicate == arith::CmpIPredicate::slt;
  if ((!isSigned && predicate != arith::CmpIPredicate::ult) || !id.getType().isIndex() ||
      varies(limit) || getStride(id) != 1)
    return false;
  std::optional<Range> range = getRange(id);
  if (!range || (!isSigned && range->first < 0))
    return false;
  Location loc = compare.getLoc();
  Value base = cloneBefore(id), last = cloneBefore(limit), far = constant(kFar);
  if (isSigned) {
    last = arith::MinSIOp::create(builder, loc, last, far);
    last = arith::MaxSIOp::create(builder, loc, last, constant(-kFar));
  } else {
    last = arith::MinUIOp::create(builder, loc, last, far);
  }
  Value count = arith::SubIOp::create(builder, loc, last, base);
  end = arith::MinSIOp::create(builder, loc, end, count);
  return true;
}

/// Takes a part of the guard's condition out of the loop; false if it must stay.
bool ThreadBound::takeOut(Value condition) {
  if (!varies(condition)) {
    Value value = cloneBefore(condition);
    gate = gate ? arith::AndIOp::create(builder, loop.getLoc(), gate, value).getResult() : value;
    return true;
  }
  auto compare = condition.getDefiningOp<arith::CmpIOp>();
  return compare && takeOutCompare(compare);
}

void ThreadBound::run() {
  scf::IfOp guard = findGuard();
  if (!guard)
    return;
  findVarying();
  OpBuilder::InsertionGuard keep(builder);
  builder.setInsertionPoint(loop);
  before.map(loop.getInductionVar(), constant(0));
  end = loop.getUpperBound();
  SmallVector<Value> parts = {guard.getCondition()}, rest;
  while (!parts.empty()) {
    Value part = parts.pop_back_val();
    if (auto both = part.getDefiningOp<arith::AndIOp>())
      parts.append({both.getRhs(), both.getLhs()});
    else if (!takeOut(part))
      rest.push_back(part);
  }
  // An end at or below zero runs no thread, as it should.
  if (gate)
    end = arith::SelectOp::create(builder, loop.getLoc(), gate, end, constant(0));
  loop.setUpperBound(end);
  builder.setInsertionPoint(guard);
  if (!rest.empty()) {
    Value condition = rest.front();
    for (Value part : ArrayRef(rest).drop_front())
      condition = arith::AndIOp::create(builder, guard.getLoc(), condition, part);
    guard.getConditionMutable().assign(condition);
    return;
  }
  guard.thenYield()->erase();
  loop.getBody()->getOperations().splice(guard->getIterator(), guard.thenBlock()->getOperations());
  guard.erase();
}

} // namespace

void vyre::boundThreads(OpBuilder &builder, scf::ForOp loop, const BlockShape &shape,
                        ArrayRef<Value> threadId) {
  ThreadBound(builder, loop, shape, threadId).run();
}
