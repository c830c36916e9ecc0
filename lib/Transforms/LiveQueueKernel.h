// Builds the resident kernel of a live queue.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_TRANSFORMS_LIVEQUEUEKERNEL_H
#define VYRE_LIB_TRANSFORMS_LIVEQUEUEKERNEL_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace vyre {

/// A kernel (in no module yet) that takes items from the queue at the address that is
/// its only argument, until there are no more. Item kernel number i is `kernels[i]`.
/// `threads` is its physical block size.
mlir::gpu::GPUFuncOp buildResidentKernel(mlir::Location loc, llvm::StringRef name,
                                         llvm::ArrayRef<mlir::gpu::GPUFuncOp> kernels,
                                         int64_t threads);

} // namespace vyre

#endif // VYRE_LIB_TRANSFORMS_LIVEQUEUEKERNEL_H
