// How often a counted loop runs, as a value.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "TripCount.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "vyre/Analysis/LaunchLoops.h"

using namespace mlir;
using namespace vyre;

Value vyre::createTripCount(OpBuilder &builder, scf::ForOp loop) {
  Location loc = loop.getLoc();
  if (std::optional<uint64_t> count = getConstantTripCount(loop))
    return arith::ConstantIndexOp::create(builder, loc, *count);
  Type type = loop.getLowerBound().getType();
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(builder, loc, builder.getIntegerAttr(type, value));
  };
  auto order = loop.getUnsignedCmp() ? arith::CmpIPredicate::ult : arith::CmpIPredicate::slt;
  Value runs =
      arith::CmpIOp::create(builder, loc, order, loop.getLowerBound(), loop.getUpperBound());
  Value span = arith::SubIOp::create(builder, loc, loop.getUpperBound(), loop.getLowerBound());
  Value last = arith::SubIOp::create(builder, loc, span, constant(1));
  Value steps = arith::DivUIOp::create(builder, loc, last, loop.getStep());
  Value count = arith::AddIOp::create(builder, loc, steps, constant(1));
  Value trips = arith::SelectOp::create(builder, loc, runs, count, constant(0));
  if (type.isIndex())
    return trips;
  return arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(), trips);
}
