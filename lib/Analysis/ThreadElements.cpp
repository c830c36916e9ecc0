// Elements of buffers that belong to one thread while a loop of stages runs.
//
// A buffer qualifies as a whole: all accesses in the loop that may touch its memory
// name it directly, with indices that are the same exact linear form of the block and
// thread ids, and the form is another element for each thread.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Analysis/ThreadElements.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "vyre/Analysis/BufferRoots.h"
#include "vyre/Analysis/HostGlue.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace vyre;

/// Operations that are followed from a value back: chains can be longer than a stack is
/// deep.
constexpr unsigned kMaxDepth = 64;

namespace {
class ElementFinder {
public:
  ElementFinder(scf::ForOp loop, const StageAliasing &aliasing) : loop(loop), aliasing(aliasing) {}

  ThreadElements run() {
    loop.walk([&](StageOp stage) { places.push_back(computeStageAccesses(stage)); });
    llvm::SetVector<Value> buffers;
    for (const StageAccesses &place : places)
      for (const StageAccess &access : place.accesses)
        buffers.insert(access.base);
    ThreadElements result;
    for (Value buffer : buffers) {
      ThreadElement element{buffer, {}};
      std::string why = findBlocker(element);
      if (why.empty())
        result.elements.push_back(std::move(element));
      else
        result.others.push_back({buffer, std::move(why)});
    }
    return result;
  }

private:
  /// Why the buffer has no element that belongs to a thread; empty if it has, and then
  /// `element` has its accesses.
  std::string findBlocker(ThreadElement &element) {
    if (!isOutside(element.buffer, loop))
      return "carried-buffer: iterations change the buffer";
    std::string why = findConflict(element.buffer);
    if (!why.empty())
      return why;
    if (!collectAccesses(element))
      return "access: it is not only loaded and stored by index";
    for (Operation *access : element.accesses)
      if (!llvm::all_of(indicesOf(access), [&](Value index) { return isInvariant(index); }))
        return "index: iterations touch other elements";
    return findIrregular(element.accesses);
  }

  /// Why another thread, or the same one by another index, may touch the element.
  std::string findConflict(Value buffer) {
    const StageAccess *first = nullptr;
    bool isWritten = false;
    for (const StageAccesses &place : places) {
      if (place.unknown)
        return "unknown-effect: an operation may touch anything";
      for (const StageAccess &access : place.accesses) {
        if (aliasing.areAlwaysDisjoint(access.base, buffer))
          continue;
        if (access.base != buffer)
          return "overlap: another buffer may overlap it";
        if (!isExact(access))
          return "index: iterations touch other elements";
        if (first && access.indices != first->indices)
          return "index: a thread touches several elements";
        isWritten |= access.writes;
        first = &access;
      }
    }
    if (!isWritten)
      return "";
    for (StageAccesses place : places) {
      llvm::erase_if(place.accesses,
                     [&](const StageAccess &access) { return access.base != buffer; });
      place.usesSharedMemory = false;
      if (SyncTier() < findCarriedDependence(place, place, aliasing).tier)
        return "other-thread: another thread touches the element";
    }
    return "";
  }

  /// True if the indices are known but for what is the same in all iterations.
  bool isExact(const StageAccess &access) {
    return !access.indices.empty() &&
           llvm::all_of(access.indices, [&](const std::optional<LinearIndex> &index) {
             return index && index->rest.low == index->rest.high &&
                    llvm::all_of(index->terms,
                                 [&](auto term) { return isOutside(term.first, loop); });
           });
  }

  /// False if the loop touches the buffer by anything but plain loads and stores.
  bool collectAccesses(ThreadElement &element) {
    WalkResult result = loop.getBody()->walk([&](Operation *op) {
      auto mayTouch = [&](Value value) {
        return isa<BaseMemRefType>(value.getType()) && !isLocal(value) &&
               !aliasing.areAlwaysDisjoint(value, element.buffer);
      };
      if (!llvm::any_of(op->getOperands(), mayTouch))
        return WalkResult::advance();
      auto load = dyn_cast<memref::LoadOp>(op);
      auto store = dyn_cast<memref::StoreOp>(op);
      bool isPlain = (load && load.getMemRef() == element.buffer) ||
                     (store && store.getMemRef() == element.buffer);
      if (!isPlain)
        return WalkResult::interrupt();
      element.accesses.push_back(op);
      return WalkResult::advance();
    });
    return !result.wasInterrupted();
  }

  /// True for private and shared memory.
  static bool isLocal(Value memref) {
    return llvm::all_of(findBufferRoots(memref).values, [](Value root) {
      auto argument = dyn_cast<BlockArgument>(root);
      auto kernel = argument ? dyn_cast<gpu::GPUFuncOp>(argument.getOwner()->getParentOp())
                             : gpu::GPUFuncOp();
      return (kernel && argument.getArgNumber() >= kernel.getNumArguments()) ||
             root.getDefiningOp<memref::AllocaOp>() ||
             root.getDefiningOp<gpu::DynamicSharedMemoryOp>();
    });
  }

  static ValueRange indicesOf(Operation *access) {
    if (auto load = dyn_cast<memref::LoadOp>(access))
      return load.getIndices();
    return cast<memref::StoreOp>(access).getIndices();
  }

  /// Why accesses do not run alike in all iterations; empty if they do.
  std::string findIrregular(ArrayRef<Operation *> accesses) {
    SmallVector<Operation *> regular, regularStores;
    for (Operation *access : accesses) {
      if (!isRegular(access))
        continue;
      regular.push_back(access);
      if (isa<memref::StoreOp>(access))
        regularStores.push_back(access);
    }
    auto isCovered = [](Operation *access, ArrayRef<Operation *> by) {
      return llvm::any_of(by, [&](Operation *other) {
        return other->getParentRegion()->isAncestor(access->getParentRegion());
      });
    };
    for (Operation *access : accesses) {
      if (isa<memref::StoreOp>(access) && !isCovered(access, regularStores))
        return "conditional-store: not every iteration writes it";
      if (!isCovered(access, regular))
        return "conditional-load: not every iteration touches it";
    }
    return "";
  }

  bool isRegular(Operation *access) {
    for (Operation *op = access->getParentOp(); op != loop; op = op->getParentOp()) {
      auto branch = dyn_cast<scf::IfOp>(op);
      if (!isa<StageOp>(op) && !(branch && isInvariant(branch.getCondition())))
        return false;
    }
    return true;
  }

  /// True if the value can be computed in front of the loop, by each thread for itself.
  bool isInvariant(Value value) {
    if (isOutside(value, loop))
      return true;
    if (auto argument = dyn_cast<BlockArgument>(value))
      return isa<StageOp>(argument.getOwner()->getParentOp()) &&
             argument.getOwner()->isEntryBlock();
    if (auto it = invariant.find(value); it != invariant.end())
      return it->second;
    Operation *op = value.getDefiningOp();
    if (depth == kMaxDepth || op->getNumRegions() != 0 || !isPure(op))
      return false;
    ++depth;
    bool answer = llvm::all_of(op->getOperands(), [&](Value v) { return isInvariant(v); });
    --depth;
    return invariant[value] = answer;
  }

  scf::ForOp loop;
  const StageAliasing &aliasing;
  SmallVector<StageAccesses> places;
  DenseMap<Value, bool> invariant;
  unsigned depth = 0;
};
} // namespace

ThreadElements vyre::findThreadElements(scf::ForOp loop, const StageAliasing &aliasing) {
  return ElementFinder(loop, aliasing).run();
}
