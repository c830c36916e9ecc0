// Which loops can hand their launches to a resident kernel one by one, and what host
// code may run while that kernel is resident.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_ANALYSIS_LIVEQUEUES_H
#define VYRE_ANALYSIS_LIVEQUEUES_H

#include "vyre/Analysis/LaunchLoops.h"

namespace vyre {

/// What keeps the launches of `loop` from a live queue; nothing if they can go there.
std::optional<Refusal> findQueueBlocker(mlir::Operation *loop, KernelAnalysis &kernels);

/// True unless it is proven that `op`, its regions aside, neither waits for the whole
/// device nor gives a stream work: a queue is closed before it.
bool needsClosedQueue(mlir::Operation *op);

/// True for calls of functions that are declared `vyre.host_only`: they neither wait
/// for the device nor touch memory that kernels use.
bool isHostOnlyCall(mlir::Operation *op);

} // namespace vyre

#endif // VYRE_ANALYSIS_LIVEQUEUES_H
