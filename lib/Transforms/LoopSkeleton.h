// A loop of launches without its launches: what the host can run in advance.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_TRANSFORMS_LOOPSKELETON_H
#define VYRE_LIB_TRANSFORMS_LOOPSKELETON_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/IRMapping.h"

namespace vyre {

/// Copies `loop` without the host code that touches memory. What that computed is 0
/// in the copy: only what does not depend on it (LoadedValues) may be asked of it.
/// The launches are still there, for the caller to replace.
mlir::Operation *cloneSkeleton(mlir::OpBuilder &builder, mlir::Operation *loop,
                               mlir::IRMapping &mapping);

/// A buffer of the host for one value, at the entry of the function around `user`,
/// which may itself be in a loop.
mlir::Value createHostCell(mlir::OpBuilder &builder, mlir::Operation *user, mlir::MemRefType type);

/// Emits how many launches `loop` makes, an index: counted by running its skeleton.
/// Needs isCountedByHost (LaunchLoops.h).
mlir::Value createLaunchCount(mlir::OpBuilder &builder, mlir::Operation *loop);

} // namespace vyre

#endif // VYRE_LIB_TRANSFORMS_LOOPSKELETON_H
