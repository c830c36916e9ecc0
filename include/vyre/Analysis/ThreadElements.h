// Elements of buffers that belong to one thread while a loop of stages runs.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_ANALYSIS_THREADELEMENTS_H
#define VYRE_ANALYSIS_THREADELEMENTS_H

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "vyre/Analysis/StageAliasing.h"
#include "vyre/Analysis/StageDependences.h"

namespace vyre {

/// One element per thread of one buffer, the same in all iterations of a loop, that no
/// other access in the loop, of any thread, conflicts with: the thread can hold it in
/// a register.
///
/// An access is regular if it runs in each iteration or in none: what is around it are
/// branches whose conditions are the same in all iterations. Each access stands where
/// a regular one of the element runs as well, and each store where a regular store
/// does: a thread knows before the loop whether it will touch the element, and after
/// it whether it wrote it.
struct ThreadElement {
  mlir::Value buffer;
  llvm::SmallVector<mlir::Operation *> accesses; ///< Every memref.load and memref.store.
};

/// A buffer that the loop touches and that has no such element, and why.
struct SharedBuffer {
  mlir::Value buffer;
  std::string why; ///< `<id>: <text>`
};

struct ThreadElements {
  llvm::SmallVector<ThreadElement> elements;
  llvm::SmallVector<SharedBuffer> others;
};

/// Elements of the buffers that the stages in `loop`, all of one shape, touch.
ThreadElements findThreadElements(mlir::scf::ForOp loop, const StageAliasing &aliasing);

} // namespace vyre

#endif // VYRE_ANALYSIS_THREADELEMENTS_H
