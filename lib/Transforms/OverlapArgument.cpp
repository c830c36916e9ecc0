// The argument by which a persistent kernel knows whether its buffers overlap, and the
// comparison of address ranges on the host that computes it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "OverlapArgument.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "vyre/Analysis/BufferRoots.h"
#include "vyre/Analysis/StageAccesses.h"
#include "vyre/Dialect/Vyre/IR/ByteLayout.h"

using namespace mlir;
using namespace vyre;

/// Adds the arguments of `kernel` that `place` writes; false if it may write any.
static bool addWritten(Operation *place, gpu::GPUFuncOp kernel, llvm::SmallBitVector &written) {
  StageAccesses accesses = computeStageAccesses(place);
  if (accesses.unknown)
    return false;
  for (const StageAccess &access : accesses.accesses) {
    if (!access.writes)
      continue;
    for (Value root : findBufferRoots(access.base).values) {
      auto argument = dyn_cast<BlockArgument>(root);
      if (!argument || argument.getOwner() != &kernel.getBody().front())
        return false;
      if (argument.getArgNumber() < kernel.getNumArguments()) // Else a workgroup buffer.
        written.set(argument.getArgNumber());
    }
  }
  return true;
}

/// Arguments that the kernel writes, or may.
static llvm::SmallBitVector computeWritten(gpu::GPUFuncOp kernel) {
  llvm::SmallBitVector written(kernel.getNumArguments());
  kernel.getBody().walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!touchesMemoryInKernel(op))
      return WalkResult::advance();
    if (addWritten(op, kernel, written))
      return WalkResult::skip();
    written.set();
    return WalkResult::interrupt();
  });
  return written;
}

namespace {
/// Emits whether address ranges of memrefs overlap.
class OverlapCheck {
public:
  explicit OverlapCheck(Operation *before) : builder(before), loc(before->getLoc()) {}

  /// An i1, true if any of the pairs overlaps.
  Value create(ArrayRef<std::pair<Value, Value>> pairs) {
    Value any;
    for (auto [a, b] : pairs) {
      Range first = rangeOf(a), second = rangeOf(b);
      Value one = compare(arith::CmpIPredicate::ult, first.low, second.high);
      Value two = compare(arith::CmpIPredicate::ult, second.low, first.high);
      Value both = arith::AndIOp::create(builder, loc, one, two);
      any = any ? Value(arith::OrIOp::create(builder, loc, any, both)) : both;
    }
    return any;
  }

private:
  /// Addresses in bytes, `high` past the end. Without an element both are the same.
  struct Range {
    Value low, high;
  };

  Value constant(int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }
  Value compare(arith::CmpIPredicate predicate, Value a, Value b) {
    return arith::CmpIOp::create(builder, loc, predicate, a, b);
  }
  template <typename OpTy> Value fold(Value a, Value b) {
    return builder.createOrFold<OpTy>(loc, a, b);
  }

  Range rangeOf(Value memref) {
    if (auto it = known.find(memref); it != known.end())
      return it->second;
    auto type = cast<MemRefType>(memref.getType());
    auto metadata = memref::ExtractStridedMetadataOp::create(builder, loc, memref);
    Value zero = constant(0), one = constant(1);
    Value low = getValueOrCreateConstantIndexOp(builder, loc, metadata.getConstifiedMixedOffset());
    Value high = low, isEmpty;
    for (auto [size, stride] :
         llvm::zip(metadata.getConstifiedMixedSizes(), metadata.getConstifiedMixedStrides())) {
      Value count = getValueOrCreateConstantIndexOp(builder, loc, size);
      Value span = fold<arith::MulIOp>(fold<arith::SubIOp>(count, one),
                                       getValueOrCreateConstantIndexOp(builder, loc, stride));
      low = fold<arith::AddIOp>(low, fold<arith::MinSIOp>(span, zero));
      high = fold<arith::AddIOp>(high, fold<arith::MaxSIOp>(span, zero));
      Value none = compare(arith::CmpIPredicate::eq, count, zero);
      isEmpty = isEmpty ? fold<arith::OrIOp>(isEmpty, none) : none;
    }
    Value bytes = constant(int64_t(getByteLayout(type.getElementType()).size));
    Value address = memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, memref);
    auto place = [&](Value element) {
      return fold<arith::AddIOp>(address, fold<arith::MulIOp>(element, bytes));
    };
    Range range = {place(low), place(fold<arith::AddIOp>(high, one))};
    if (isEmpty)
      range.high = arith::SelectOp::create(builder, loc, isEmpty, range.low, range.high);
    return known[memref] = range;
  }

  OpBuilder builder;
  Location loc;
  DenseMap<Value, Range> known;
};
} // namespace

Value vyre::findOverlapArgument(gpu::GPUFuncOp kernel) {
  auto number = kernel->getAttrOfType<IntegerAttr>(attr_name::kOverlapArgument);
  return number ? Value(kernel.getArgument(number.getInt())) : Value();
}

Value vyre::getOverlapArgument(LaunchPersistentOp launch, gpu::GPUFuncOp kernel) {
  if (Value known = findOverlapArgument(kernel))
    return known;
  llvm::SmallBitVector written = computeWritten(kernel);
  SmallVector<SmallVector<uint32_t>> slots = computeArgumentSlots(launch.getArgs());
  SmallVector<std::pair<Value, Value>> pairs;
  OperandRange args = launch.getArgs();
  for (unsigned a = 0; a < args.size(); ++a)
    for (unsigned b = a + 1; b < args.size(); ++b) {
      bool mayOverlap =
          llvm::any_of(slots[a], [&](uint32_t slot) { return llvm::is_contained(slots[b], slot); });
      if (!mayOverlap || !(written.test(a) || written.test(b)))
        continue;
      if (!isa<MemRefType>(args[a].getType()) || !isa<MemRefType>(args[b].getType()))
        return Value();
      pairs.push_back({args[a], args[b]});
    }
  if (pairs.empty())
    return Value();
  Value check = OverlapCheck(launch).create(pairs);
  Builder builder(launch.getContext());
  unsigned number = kernel.getNumArguments();
  if (failed(kernel.insertArgument(number, builder.getI1Type(), {}, kernel.getLoc())))
    return Value();
  launch.getArgsMutable().append(check);
  kernel->setAttr(attr_name::kOverlapArgument, builder.getI64IntegerAttr(number));
  return kernel.getArgument(number);
}

Overlap vyre::findOverlapAround(Operation *op, gpu::GPUFuncOp kernel) {
  Value argument = findOverlapArgument(kernel);
  for (; argument && op != kernel; op = op->getParentOp())
    if (auto branch = dyn_cast<scf::IfOp>(op->getParentOp());
        branch && branch.getCondition() == argument)
      return op->getParentRegion() == &branch.getThenRegion() ? Overlap::Some : Overlap::None;
  return Overlap::Unknown;
}
