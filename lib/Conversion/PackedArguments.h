// Arguments of kernels that lie in memory, packed as launches pack them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_CONVERSION_PACKEDARGUMENTS_H
#define VYRE_LIB_CONVERSION_PACKEDARGUMENTS_H

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/IR/Builders.h"

namespace vyre {

/// Appends the LLVM-level types of an argument of `type`: a memref has several. False for
/// a type that no kernel takes.
bool appendPackedTypes(const mlir::LLVMTypeConverter &converter, mlir::Type type,
                       llvm::SmallVectorImpl<mlir::Type> &types);

/// Builds an argument of `type` from its parts, which `take` gives in order.
mlir::Value buildArgument(mlir::OpBuilder &builder, mlir::Location loc,
                          const mlir::LLVMTypeConverter &converter, mlir::Type type,
                          llvm::function_ref<mlir::Value(mlir::Type)> take);

} // namespace vyre

#endif // VYRE_LIB_CONVERSION_PACKEDARGUMENTS_H
