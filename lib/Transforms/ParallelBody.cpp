// What of a parallel loop's body a kernel can hold, and how it gets there.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ParallelBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace {

/// The dealloc of `alloc` if there is exactly one and it is in the same block,
/// so that one buffer per thread can stand for it; null otherwise.
memref::DeallocOp pairedDealloc(memref::AllocOp alloc) {
  memref::DeallocOp found;
  for (Operation *user : alloc->getUsers()) {
    auto dealloc = dyn_cast<memref::DeallocOp>(user);
    if (!dealloc)
      continue;
    if (found || dealloc->getBlock() != alloc->getBlock())
      return {};
    found = dealloc;
  }
  return found;
}

/// True if `alloc` can become a private buffer of at most `maxBytes` bytes.
bool isPrivatizable(memref::AllocOp alloc, int64_t maxBytes) {
  MemRefType type = alloc.getType();
  if (!type.hasStaticShape() || !type.getLayout().isIdentity() || type.getMemorySpace())
    return false;
  Type element = type.getElementType();
  int64_t bits = element.isIndex()        ? 64
                 : element.isIntOrFloat() ? element.getIntOrFloatBitWidth()
                                          : 0;
  return bits && type.getNumElements() <= maxBytes * 8 / bits && pairedDealloc(alloc);
}

/// True for values that a kernel can take as an argument.
bool isKernelArgumentType(Type type) {
  return type.isIntOrIndexOrFloat() || isa<MemRefType, VectorType, ComplexType>(type);
}

/// Why `op` cannot be in a kernel; empty if it can.
std::string whyOpIsHostOnly(Operation *op, int64_t maxPrivateBytes) {
  std::string name = ("op '" + op->getName().getStringRef() + "'").str();
  if (auto loop = dyn_cast<scf::ParallelOp>(op))
    return {}; // becomes sequential loops in each thread
  if (isa<scf::ForOp, scf::WhileOp, scf::IfOp, scf::YieldOp, scf::ConditionOp, scf::ReduceOp,
          scf::ReduceReturnOp, scf::IndexSwitchOp, scf::ExecuteRegionOp, cf::AssertOp, cf::BranchOp,
          cf::CondBranchOp, cf::SwitchOp, ub::PoisonOp>(op))
    return {};
  if (auto alloc = dyn_cast<memref::AllocOp>(op))
    return isPrivatizable(alloc, maxPrivateBytes) ? "" : "allocation";
  if (auto dealloc = dyn_cast<memref::DeallocOp>(op)) {
    auto alloc = dealloc.getMemref().getDefiningOp<memref::AllocOp>();
    return alloc && isPrivatizable(alloc, maxPrivateBytes) ? "" : "deallocation";
  }
  if (auto alloca = dyn_cast<memref::AllocaOp>(op))
    return alloca.getType().hasStaticShape() ? "" : "allocation of dynamic size";
  if (auto copy = dyn_cast<memref::CopyOp>(op))
    return isa<MemRefType>(copy.getSource().getType()) &&
                   isa<MemRefType>(copy.getTarget().getType())
               ? ""
               : "copy of unranked memory";
  if (isa<memref::ReallocOp, memref::AllocaScopeOp, memref::DmaStartOp, memref::DmaWaitOp>(op))
    return name;
  if (isa<CallOpInterface>(op))
    return "call";
  if (isa<vector::PrintOp>(op))
    return name;
  StringRef dialect = op->getName().getDialectNamespace();
  for (StringRef fine : {"arith", "math", "index", "complex", "memref", "vector"})
    if (dialect == fine)
      return {};
  return name;
}

/// Element loops instead of a memref.copy, which lowers to a host call.
void expandCopy(memref::CopyOp copy) {
  OpBuilder b(copy);
  Location loc = copy.getLoc();
  auto type = cast<MemRefType>(copy.getSource().getType());
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  SmallVector<Value> lower(type.getRank(), zero), step(type.getRank(), one), upper;
  for (int64_t d = 0; d < type.getRank(); ++d)
    upper.push_back(b.createOrFold<memref::DimOp>(loc, copy.getSource(), d));
  scf::buildLoopNest(b, loc, lower, upper, step, [&](OpBuilder &b, Location loc, ValueRange ivs) {
    Value value = memref::LoadOp::create(b, loc, copy.getSource(), ivs);
    memref::StoreOp::create(b, loc, value, copy.getTarget(), ivs);
  });
  copy.erase();
}

} // namespace

std::string vyre::whyHostOnly(scf::ParallelOp loop, int64_t maxPrivateBytes) {
  if (loop.getNumReductions())
    return "reduction";
  std::string reason;
  loop.getBody()->walk([&](Operation *op) {
    reason = whyOpIsHostOnly(op, maxPrivateBytes);
    return reason.empty() ? WalkResult::advance() : WalkResult::interrupt();
  });
  if (!reason.empty())
    return reason;
  SetVector<Value> captured;
  getUsedValuesDefinedAbove(loop.getRegion(), captured);
  for (Value value : captured)
    if (!isKernelArgumentType(value.getType())) {
      llvm::raw_string_ostream(reason) << "value of type " << value.getType();
      return reason;
    }
  return {};
}

Operation *vyre::lowerToSequential(scf::ParallelOp loop) {
  OpBuilder builder(loop);
  Block *body = loop.getBody();
  auto reduce = cast<scf::ReduceOp>(body->getTerminator());
  scf::LoopNest nest = scf::buildLoopNest(
      builder, loop.getLoc(), loop.getLowerBound(), loop.getUpperBound(), loop.getStep(),
      loop.getInitVals(),
      [&](OpBuilder &b, Location, ValueRange ivs, ValueRange accumulators) -> scf::ValueVector {
        Block *target = b.getInsertionBlock();
        for (auto [from, to] : llvm::zip(loop.getInductionVars(), ivs))
          from.replaceAllUsesWith(to);
        target->getOperations().splice(target->end(), body->getOperations(), body->begin(),
                                       reduce->getIterator());
        b.setInsertionPointToEnd(target);
        scf::ValueVector next;
        for (auto [number, accumulator] : llvm::enumerate(accumulators)) {
          Block &combine = reduce.getReductions()[number].front();
          IRMapping map;
          map.map(combine.getArgument(0), accumulator);
          map.map(combine.getArgument(1), reduce.getOperands()[number]);
          for (Operation &op : combine.without_terminator())
            b.clone(op, map);
          next.push_back(map.lookupOrDefault(combine.getTerminator()->getOperand(0)));
        }
        return next;
      });
  loop.replaceAllUsesWith(nest.results);
  loop.erase();
  return nest.loops.empty() ? nullptr : nest.loops.front().getOperation();
}

void vyre::prepareBody(scf::ParallelOp loop) {
  SmallVector<Operation *> work;
  loop.getBody()->walk([&](Operation *op) {
    if (isa<scf::ParallelOp, memref::AllocOp, memref::CopyOp, memref::GetGlobalOp>(op))
      work.push_back(op);
  });
  for (Operation *op : work) { // post-order: inner loops come first
    if (auto inner = dyn_cast<scf::ParallelOp>(op)) {
      lowerToSequential(inner);
    } else if (auto copy = dyn_cast<memref::CopyOp>(op)) {
      expandCopy(copy);
    } else if (auto alloc = dyn_cast<memref::AllocOp>(op)) {
      pairedDealloc(alloc).erase();
      OpBuilder b = OpBuilder::atBlockBegin(loop.getBody());
      auto alloca =
          memref::AllocaOp::create(b, alloc.getLoc(), alloc.getType(), alloc.getAlignmentAttr());
      alloc.replaceAllUsesWith(alloca.getResult());
      alloc.erase();
    } else {
      op->moveBefore(loop); // the host names the global, the kernel gets a pointer
    }
  }
  SetVector<Value> captured;
  getUsedValuesDefinedAbove(loop.getRegion(), captured);
  OpBuilder b = OpBuilder::atBlockBegin(loop.getBody());
  for (Value value : captured)
    if (Operation *def = value.getDefiningOp(); def && def->hasTrait<OpTrait::ConstantLike>())
      replaceAllUsesInRegionWith(value, b.clone(*def)->getResult(0), loop.getRegion());
}
