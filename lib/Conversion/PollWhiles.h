// Loops that nobody can bound, in persistent kernels: they must end when told to.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_CONVERSION_POLLWHILES_H
#define VYRE_LIB_CONVERSION_POLLWHILES_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/PatternMatch.h"

namespace vyre {

/// Makes each `scf.while` of a persistent kernel look at the launch's abort word now and
/// then, and end the thread if it is set; but not those that meet other blocks or take an
/// item from a queue in every iteration, because they look there. Functions with such
/// loops are inlined first, unless they are recursive. The kernel's last argument is the
/// address of its barrier state. True if there are such loops: the block's barriers must
/// then be checked.
bool pollWhiles(mlir::gpu::GPUFuncOp kernel, mlir::IRRewriter &rewriter);

/// Makes the threads that come to a barrier of their block end if others have ended
/// before: what those should have done, lead or write, nobody does. For kernels with
/// polled loops, after all barriers are in place.
void checkBarriers(mlir::gpu::GPUFuncOp kernel, mlir::IRRewriter &rewriter);

} // namespace vyre

#endif // VYRE_LIB_CONVERSION_POLLWHILES_H
