// What the stages of a persistent kernel read and write, and where.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Analysis/StageAccesses.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "vyre/Analysis/BufferRoots.h"

using namespace mlir;
using namespace vyre;

namespace {
/// Where a memref lies, seen from outside of the stage.
enum class Place { Global, Shared, Private };

class AccessCollector {
public:
  explicit AccessCollector(Operation *root) {
    result.op = root;
    result.stage = dyn_cast<StageOp>(root);
  }

  StageAccesses run() {
    result.op->walk([&](Operation *op) { visit(op); });
    return std::move(result);
  }

private:
  using Indices = SmallVector<std::optional<LinearIndex>>;

  void visit(Operation *op) {
    if (op == result.stage || isa<gpu::BarrierOp>(op) || op->hasTrait<OpTrait::IsTerminator>() ||
        op->hasTrait<OpTrait::HasRecursiveMemoryEffects>())
      return;
    auto effects = dyn_cast<MemoryEffectOpInterface>(op);
    if (!effects) {
      noteUnknown(op);
      return;
    }
    SmallVector<MemoryEffects::EffectInstance> instances;
    effects.getEffects(instances);
    for (const MemoryEffects::EffectInstance &effect : instances)
      visitEffect(op, effect);
  }

  void noteUnknown(Operation *op) { result.unknown = result.unknown ? result.unknown : op; }

  void visitEffect(Operation *op, const MemoryEffects::EffectInstance &effect) {
    if (isa<MemoryEffects::Allocate, MemoryEffects::Free>(effect.getEffect()))
      return;
    Value memref = effect.getValue();
    if (!memref || !isa<BaseMemRefType>(memref.getType())) {
      noteUnknown(op);
      return;
    }
    StageAccess access;
    access.op = op;
    access.base = memref;
    access.writes = isa<MemoryEffects::Write>(effect.getEffect());
    access.indices = indicesOf(op);
    switch (lookThrough(access)) {
    case Place::Private:
      return;
    case Place::Shared:
      result.usesSharedMemory = true;
      return;
    case Place::Global:
      result.usesSharedMemory |= mayBeShared(access.base);
      addOnce(std::move(access));
    }
  }

  /// Forms of the indices that the op itself has; empty if unknown.
  Indices indicesOf(Operation *op) {
    ValueRange values;
    if (auto load = dyn_cast<memref::LoadOp>(op))
      values = load.getIndices();
    else if (auto store = dyn_cast<memref::StoreOp>(op))
      values = store.getIndices();
    else if (auto atomic = dyn_cast<memref::AtomicRMWOp>(op))
      values = atomic.getIndices();
    else if (auto atomic = dyn_cast<memref::GenericAtomicRMWOp>(op))
      values = atomic.getIndices();
    Indices indices;
    for (Value value : values)
      indices.push_back(formOf(value));
    return indices;
  }

  std::optional<LinearIndex> formOf(Value value) {
    return result.stage ? computeLinearIndex(value, result.stage) : std::nullopt;
  }
  std::optional<LinearIndex> formOf(OpFoldResult value) {
    if (std::optional<int64_t> number = getConstantIntValue(value)) {
      LinearIndex form;
      form.rest = {*number, *number};
      return form;
    }
    return formOf(cast<Value>(value));
  }

  /// Replaces views by what they are views of.
  Place lookThrough(StageAccess &access) {
    while (true) {
      if (isShared(access.base))
        return Place::Shared;
      Operation *op = access.base.getDefiningOp();
      if (!op)
        return placeOf(cast<BlockArgument>(access.base));
      if (isa<memref::AllocaOp>(op)) // Of the stage's thread, or of the kernel's.
        return Place::Private;
      if (auto cast = dyn_cast<memref::CastOp>(op)) {
        access.base = cast.getSource();
      } else if (auto subview = dyn_cast<memref::SubViewOp>(op)) {
        access.indices = indicesInSource(subview, access.indices);
        access.base = subview.getSource();
      } else if (auto view = dyn_cast<ViewLikeOpInterface>(op)) {
        access.indices.clear();
        access.base = view.getViewSource();
      } else {
        // A choice between buffers. Made in the stage, each thread has its own.
        if (result.op->isAncestor(op))
          access.indices.clear();
        return Place::Global;
      }
    }
  }

  static bool isShared(Value memref) {
    auto type = dyn_cast<BaseMemRefType>(memref.getType());
    auto space =
        dyn_cast_or_null<gpu::AddressSpaceAttr>(type ? type.getMemorySpace() : Attribute());
    return (space && space.getValue() == gpu::AddressSpace::Workgroup) ||
           memref.getDefiningOp<gpu::DynamicSharedMemoryOp>();
  }

  /// True if the buffer, or one that it is chosen from, is in shared memory.
  static bool mayBeShared(Value memref) {
    return llvm::any_of(findBufferRoots(memref).values, [](Value root) {
      auto argument = dyn_cast<BlockArgument>(root);
      return isShared(root) || (argument && placeOf(argument) == Place::Shared);
    });
  }

  /// Place of a buffer that is an argument of the kernel or of something in it.
  static Place placeOf(BlockArgument argument) {
    auto kernel = dyn_cast<gpu::GPUFuncOp>(argument.getOwner()->getParentOp());
    bool isAttribution = kernel && argument.getArgNumber() >= kernel.getNumArguments();
    return isAttribution ? Place::Shared : Place::Global;
  }

  /// Indices in the source of a subview for indices in the subview.
  Indices indicesInSource(memref::SubViewOp subview, const Indices &inner) {
    if (inner.empty() && subview.getType().getRank() > 0)
      return {};
    llvm::SmallBitVector dropped = subview.getDroppedDims();
    Indices indices;
    unsigned next = 0;
    for (auto [dim, offset, stride] :
         llvm::enumerate(subview.getMixedOffsets(), subview.getMixedStrides())) {
      std::optional<LinearIndex> form = formOf(offset);
      if (!dropped.test(dim)) {
        std::optional<LinearIndex> index = inner[next++];
        std::optional<int64_t> step = getConstantIntValue(stride);
        form = form && index && step ? addScaled(*form, *index, *step) : std::nullopt;
      }
      indices.push_back(std::move(form));
    }
    return indices;
  }

  /// Kernels often touch one place several times.
  void addOnce(StageAccess access) {
    for (StageAccess &known : result.accesses)
      if (known.base == access.base && known.writes == access.writes &&
          known.indices == access.indices)
        return;
    result.accesses.push_back(std::move(access));
  }

  StageAccesses result;
};
} // namespace

StageAccesses vyre::computeStageAccesses(Operation *op) { return AccessCollector(op).run(); }

bool vyre::touchesMemoryInKernel(Operation *op) {
  if (isa<StageOp>(op))
    return true;
  auto holdsOthers = [&] {
    return op
        ->walk([](Operation *nested) {
          return isa<StageOp, SyncOp>(nested) ? WalkResult::interrupt() : WalkResult::advance();
        })
        .wasInterrupted();
  };
  return !op->hasTrait<OpTrait::IsTerminator>() && !isMemoryEffectFree(op) && !holdsOthers();
}
