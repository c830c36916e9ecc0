// Synchronizations between blocks in persistent kernels.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Meetings.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace vyre;

bool vyre::meetsOtherBlocks(SyncOp sync) {
  return sync.getScope() == SyncScope::Grid || sync.getScope() == SyncScope::Neighbours;
}

bool vyre::holdsMeeting(Operation *op) {
  return op
      ->walk([](SyncOp sync) {
        return meetsOtherBlocks(sync) ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

Value vyre::createPhysicalDistance(OpBuilder &builder, SyncOp sync, Value physicalBlocks) {
  Location loc = sync.getLoc();
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  // A stage without blocks has no neighbours either: any divisor will do.
  Value blocks = arith::MaxUIOp::create(builder, loc, sync.getBlocks(), constant(1));
  Value product =
      arith::MulIOp::create(builder, loc, physicalBlocks, constant(*sync.getDistance()));
  return arith::CeilDivUIOp::create(builder, loc, product, blocks);
}
