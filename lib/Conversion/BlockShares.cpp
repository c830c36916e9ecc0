// Which virtual blocks of a stage a physical block or worker runs.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "BlockShares.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace vyre;

namespace {
/// Index arithmetic at one place.
struct Indices {
  OpBuilder &builder;
  Location loc;

  Value constant(int64_t n) { return arith::ConstantIndexOp::create(builder, loc, n); }
  template <typename OpTy> Value make(Value a, Value b) {
    return OpTy::create(builder, loc, a, b).getResult();
  }
};
} // namespace

/// Goes into a loop over [begin, end).
static Value enterRange(Indices at, Value begin, Value end) {
  auto loop = scf::ForOp::create(at.builder, at.loc, begin, end, at.constant(1));
  at.builder.setInsertionPointToStart(loop.getBody());
  return loop.getInductionVar();
}

/// Goes into the loops over the rounds and over the run of blocks in each.
static Value enterRounds(Indices at, int64_t rounds, Value blocks, Value number, Value count) {
  Value one = at.constant(1);
  Value runs = at.make<arith::MulIOp>(count, at.constant(rounds));
  Value most = at.make<arith::CeilDivUIOp>(blocks, runs);
  Value run = at.make<arith::MaxUIOp>(most, one); // also a step for no blocks
  Value perRound = at.make<arith::MulIOp>(run, count);
  auto loop =
      scf::ForOp::create(at.builder, at.loc, at.constant(0), blocks, perRound, ValueRange{number});
  at.builder.setInsertionPointToStart(loop.getBody());
  Value place = loop.getRegionIterArg(0);
  Value offset = at.make<arith::MulIOp>(place, run);
  Value begin = at.make<arith::AddIOp>(loop.getInductionVar(), offset);
  // The last round may have less than a run for some, or nothing: then end <= begin.
  Value end = at.make<arith::MinSIOp>(at.make<arith::AddIOp>(begin, run), blocks);
  Value last = at.make<arith::SubIOp>(count, one);
  Value next = at.make<arith::SubIOp>(last, place);
  auto yield = scf::YieldOp::create(at.builder, at.loc, next);
  at.builder.setInsertionPoint(yield);
  return enterRange(at, begin, end);
}

Value vyre::enterShare(OpBuilder &builder, StageOp stage, Value blocks, Value number, Value count) {
  Indices at{builder, stage.getLoc()};
  if (IntegerAttr rounds = stage.getRoundsAttr())
    return enterRounds(at, rounds.getInt(), blocks, number, count);
  auto bound = [&](Value part) {
    return at.make<arith::DivUIOp>(at.make<arith::MulIOp>(part, blocks), count);
  };
  Value begin = bound(number);
  Value end = bound(at.make<arith::AddIOp>(number, at.constant(1)));
  return enterRange(at, begin, end);
}
