// Arguments of kernels that lie in memory, packed as launches pack them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "PackedArguments.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

bool vyre::appendPackedTypes(const LLVMTypeConverter &converter, Type type,
                             SmallVectorImpl<Type> &types) {
  if (auto memref = dyn_cast<MemRefType>(type)) {
    llvm::append_range(types, converter.getMemRefDescriptorFields(memref, /*unpack=*/true));
    return true;
  }
  Type converted = converter.convertType(type);
  if (!converted || isa<UnrankedMemRefType>(type))
    return false;
  // A bit is a byte in memory.
  types.push_back(type.isInteger(1) ? IntegerType::get(type.getContext(), 8) : converted);
  return true;
}

Value vyre::buildArgument(OpBuilder &builder, Location loc, const LLVMTypeConverter &converter,
                          Type type, function_ref<Value(Type)> take) {
  SmallVector<Type> types;
  (void)appendPackedTypes(converter, type, types);
  SmallVector<Value> parts = llvm::map_to_vector(types, take);
  Value value = parts.front();
  if (auto memref = dyn_cast<MemRefType>(type))
    value = MemRefDescriptor::pack(builder, loc, converter, memref, parts);
  else if (type.isInteger(1))
    value = arith::TruncIOp::create(builder, loc, type, value);
  if (value.getType() != type)
    value = UnrealizedConversionCastOp::create(builder, loc, type, value).getResult(0);
  return value;
}
