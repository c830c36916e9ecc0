// Bodies of kernels as stages of another kernel.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_TRANSFORMS_STAGEBODIES_H
#define VYRE_LIB_TRANSFORMS_STAGEBODIES_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/Builders.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"
#include "llvm/ADT/MapVector.h"

namespace vyre {

/// Makes a kernel of stages out of other kernels. Workgroup buffers of stages overlay:
/// between two stages that have some, all threads of a block meet.
/// First `add` every kernel, then createKernel, createViews, and `fill` for each stage.
class StageBodies {
public:
  void add(mlir::gpu::GPUFuncOp kernel);
  /// Static shared memory of the largest stage, in bytes.
  int64_t getSharedBytes() const { return sharedBytes; }

  /// A persistent kernel with an empty body, in no module yet.
  mlir::gpu::GPUFuncOp createKernel(mlir::OpBuilder &builder, mlir::Location loc,
                                    llvm::StringRef name, mlir::FunctionType type);
  /// One view per workgroup buffer, at the builder's place in `func`.
  void createViews(mlir::OpBuilder &builder, mlir::gpu::GPUFuncOp func);
  /// Copies the body of `kernel` into an empty stage, with `operands` as its arguments.
  void fill(StageOp stage, mlir::gpu::GPUFuncOp kernel, mlir::ValueRange operands);

private:
  llvm::MapVector<mlir::Value, int64_t> offsets; ///< Of workgroup buffers, in bytes.
  llvm::DenseMap<mlir::Value, mlir::Value> views;
  mlir::Attribute sharedSpace;
  int64_t sharedBytes = 0;
};

} // namespace vyre

#endif // VYRE_LIB_TRANSFORMS_STAGEBODIES_H
