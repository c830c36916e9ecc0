// When the host and when kernels use an allocation, and where bytes must go from
// one side to the other if each has memory of its own.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_ANALYSIS_MEMORYPHASES_H
#define VYRE_ANALYSIS_MEMORYPHASES_H

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "vyre/Analysis/MemRefFlow.h"

#include <string>

namespace vyre {

/// From where an op reaches the bytes of an operand: not at all (it handles
/// pointers or sizes only), in host code, or in stream order from the device.
enum class MemorySide { None, Host, Device };

/// Copies of host code that run on the device's side, in stream order.
using DeviceCopies = llvm::DenseSet<mlir::Operation *>;

/// True for launches of every kind, also of a persistent kernel (isLaunch is about
/// what a group is made of, and knows none).
bool startsKernel(mlir::Operation *op);

/// The side of a memref's use outside of gpu.launch.
MemorySide getMemorySide(mlir::OpOperand &use, const DeviceCopies &deviceCopies);

/// A copy of a whole allocation between its sides, directly before an op.
struct SideCopy {
  mlir::Operation *before;
  bool toDevice; ///< false: from the device to the host
};

/// Where an allocation's bytes must be copied. Every op finds its side current,
/// whatever path leads to it.
struct MirrorPlan {
  llvm::SmallVector<SideCopy> copies;
  std::string refusal; ///< "id: sentence" if there is no plan; empty if there is
};

/// Plans copies for `alloc`, none of them inside a loop that only one side uses.
/// Refused where the sides take turns inside a loop, and where it is not plain
/// which code uses the memory when. Bytes that nobody has written yet count as
/// current on both sides: reading them gives anything.
MirrorPlan planMirror(mlir::memref::AllocOp alloc, const MemRefFlow &flow,
                      const DeviceCopies &deviceCopies);

} // namespace vyre

#endif // VYRE_ANALYSIS_MEMORYPHASES_H
