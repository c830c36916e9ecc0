// Host code between the launches of a persistent kernel: what of it becomes a
// one-thread stage, and where a grid barrier keeps reads from later writes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_TRANSFORMS_GLUESTAGES_H
#define VYRE_LIB_TRANSFORMS_GLUESTAGES_H

#include "vyre/Analysis/KernelFacts.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

namespace vyre {

/// What the ops of a kernel under construction touch, in terms of the host's
/// buffers: the kernel's own arguments do not tell which of them may overlap.
class KernelMemory {
public:
  /// Remembers the buffers of `original`, a load, store or launch of the host, for
  /// its copy in the kernel. Other ops touch nothing.
  void record(mlir::Operation *original, mlir::Operation *copy, KernelAnalysis &kernels);
  /// `access`, a load or store, touches memory of the kernel's own alone.
  void recordSlot(mlir::Operation *access, mlir::Value slot);
  /// `stage` stands for `launch` from now on.
  void replaceLaunch(mlir::Operation *launch, mlir::Operation *stage);

  /// True if `op`, a stage or glue, may write what `read`, a load or glue that
  /// loads, may read.
  bool mayWrite(mlir::Operation *op, mlir::Operation *read) const;

private:
  struct Buffer {
    mlir::Value slot;
    BufferRoots roots;
  };
  struct Writes {
    llvm::SmallVector<Buffer> buffers;
    bool anything = false;
  };
  static bool mayOverlap(const Buffer &a, const Buffer &b);
  Writes getWrites(mlir::Operation *op) const;

  llvm::DenseMap<mlir::Operation *, Buffer> accesses;
  llvm::DenseMap<mlir::Operation *, Writes> launches;
};

/// Puts the stores of `block` and of the blocks with launches below it into stages
/// of one thread, with all that only they use, each followed by a grid barrier.
/// The rest of the glue stays where it is: all threads run it, with equal values.
/// `addSlot` gives a rank-0 buffer of the kernel's own, in which a stage passes a
/// value to all threads.
void formGlueStages(mlir::Block &block, KernelMemory &memory,
                    llvm::function_ref<mlir::Value(mlir::Type)> addSlot);

/// Puts a grid barrier in front of each stage that may write what some thread may
/// still have to read: loads outside of stages are done by each thread in its time.
void separateReads(mlir::gpu::GPUFuncOp kernel, const KernelMemory &memory);

} // namespace vyre

#endif // VYRE_LIB_TRANSFORMS_GLUESTAGES_H
