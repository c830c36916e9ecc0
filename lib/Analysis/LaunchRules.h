// What a launch must be like for forms other than plain launches. Shared by the
// searches for blockers.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_ANALYSIS_LAUNCHRULES_H
#define VYRE_LIB_ANALYSIS_LAUNCHRULES_H

#include "vyre/Analysis/LaunchLoops.h"

namespace vyre {

/// Why no other form can run this launch; nothing if one may.
std::optional<Refusal> refuseLaunch(mlir::Operation *launch, const KernelFacts &facts);

/// Why the launch cannot be a stage of another kernel, whatever its sizes; nothing if
/// it can.
std::optional<Refusal> refuseStage(mlir::Operation *launch, KernelAnalysis &kernels);

/// Why the kernel's body cannot be one: its barriers or its buffers. `sharedSpace` is the
/// memory space of the workgroup buffers seen so far, which all stages share.
std::optional<Refusal> refuseStageBody(mlir::gpu::LaunchFuncOp launch, mlir::gpu::GPUFuncOp kernel,
                                       const KernelFacts &facts, mlir::Attribute &sharedSpace);

/// Threads in a block of the launch, if constant.
std::optional<int64_t> getConstantThreads(mlir::Operation *launch);

/// Block sizes of either kind of launch.
std::array<mlir::Value, 3> getBlockSizes(mlir::Operation *launch);

/// Why stages of these launches cannot share physical blocks of one size: all threads of
/// a physical block meet at a barrier, so a stage that holds one needs exactly that
/// size, the largest of all.
std::optional<Refusal> refuseBarrierShapes(llvm::ArrayRef<mlir::Operation *> launches,
                                           KernelAnalysis &kernels);

} // namespace vyre

#endif // VYRE_LIB_ANALYSIS_LAUNCHRULES_H
