// Where the memory behind a memref comes from, and which memrefs may overlap.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_ANALYSIS_BUFFERROOTS_H
#define VYRE_ANALYSIS_BUFFERROOTS_H

#include "mlir/IR/Value.h"
#include "mlir/IR/ValueRange.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"

namespace vyre {

/// The values a memref may be a view of. `unknown`: it may also be any other.
struct BufferRoots {
  llvm::SmallSetVector<mlir::Value, 2> values;
  bool unknown = false;
};

/// Looks through views, casts, `arith.select`, results and arguments of
/// structured control flow, and results of launch groups. A value for which
/// `isRoot` is true is a root even if something is behind it.
BufferRoots findBufferRoots(mlir::Value memref,
                            llvm::function_ref<bool(mlir::Value)> isRoot = nullptr);

/// What is known about the memory of one root.
enum class RootKind {
  Allocation, ///< Made here: overlaps no other root.
  Global,     ///< A named object: overlaps what came from outside.
  Argument,   ///< From outside: overlaps anything that is no allocation.
  Unknown,    ///< Overlaps anything.
};
RootKind classifyRoot(mlir::Value root);

/// False only if the two provably share no byte.
bool mayAlias(const BufferRoots &a, const BufferRoots &b);

/// Numbers the buffers of a function as the policy library wants them: two
/// memrefs may overlap exactly if they share a slot. First `add` everything.
class BufferSlots {
public:
  void add(const BufferRoots &roots);
  /// Calls `visit` with each slot that memory behind `roots` may be in.
  void forEachSlot(const BufferRoots &roots, llvm::function_ref<void(uint32_t)> visit) const;
  /// Calls `visit` with every slot: an unknown effect.
  void forEachSlot(llvm::function_ref<void(uint32_t)> visit) const;
  uint32_t size() const { return count; }

private:
  llvm::DenseMap<mlir::Value, uint32_t> allocations;
  llvm::StringMap<uint32_t> globals;
  uint32_t count = 1; ///< Slot 0 is all memory that came from outside.
};

/// Slots of each of a launch's arguments; none for what is no memref.
llvm::SmallVector<llvm::SmallVector<uint32_t>> computeArgumentSlots(mlir::ValueRange arguments);

} // namespace vyre

#endif // VYRE_ANALYSIS_BUFFERROOTS_H
