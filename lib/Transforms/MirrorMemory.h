// Splits allocations into a host's and a device's side (part of vyre-place-memory).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_TRANSFORMS_MIRRORMEMORY_H
#define VYRE_LIB_TRANSFORMS_MIRRORMEMORY_H

#include "vyre/Analysis/MemoryPhases.h"
#include "llvm/ADT/MapVector.h"

namespace vyre {

using MirrorPlans = llvm::MapVector<mlir::memref::AllocOp, MirrorPlan>;

/// Makes every use of the planned allocations a use of the right side, and adds
/// the copies. The allocations themselves stay: their results are the host's
/// sides. `flow` is invalid afterwards.
void mirrorMemory(const MirrorPlans &plans, const MemRefFlow &flow,
                  const DeviceCopies &deviceCopies);

} // namespace vyre

#endif // VYRE_LIB_TRANSFORMS_MIRRORMEMORY_H
