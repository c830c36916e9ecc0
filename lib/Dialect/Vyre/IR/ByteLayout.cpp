// How LLVM lays values out in memory.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Dialect/Vyre/IR/ByteLayout.h"

#include "mlir/Dialect/LLVMIR/LLVMTypes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace vyre;

namespace {

/// No scalar is aligned to more.
constexpr uint64_t kMaxScalarAlign = 16;

ByteLayout layoutOfBits(uint64_t bits, uint64_t maxAlign) {
  uint64_t bytes = llvm::divideCeil(bits, 8);
  uint64_t align = std::min(llvm::PowerOf2Ceil(bytes), maxAlign);
  return {llvm::alignTo(bytes, align), align};
}

ByteLayout repeat(ByteLayout element, uint64_t count) {
  return {element.size * count, element.align};
}

ByteLayout layoutOfFields(ArrayRef<Type> fields, bool packed) {
  ByteLayout whole;
  for (Type field : fields) {
    ByteLayout layout = getByteLayout(field);
    uint64_t align = packed ? 1 : layout.align;
    whole.size = llvm::alignTo(whole.size, align) + layout.size;
    whole.align = std::max(whole.align, align);
  }
  whole.size = llvm::alignTo(whole.size, whole.align);
  return whole;
}

/// LLVM has vectors of one dimension; the outer ones are arrays.
ByteLayout layoutOfVector(VectorType type) {
  uint64_t inner = type.getRank() == 0 ? 1 : type.getShape().back();
  Type element = type.getElementType();
  uint64_t bits = element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : 64;
  return repeat(layoutOfBits(inner * bits, UINT64_MAX), type.getNumElements() / inner);
}

} // namespace

ByteLayout vyre::getByteLayout(Type type) {
  if (type.isIntOrFloat())
    return layoutOfBits(type.getIntOrFloatBitWidth(), kMaxScalarAlign);
  return llvm::TypeSwitch<Type, ByteLayout>(type)
      .Case([](VectorType vector) { return layoutOfVector(vector); })
      .Case([](ComplexType complex) { return repeat(getByteLayout(complex.getElementType()), 2); })
      .Case([](LLVM::LLVMArrayType array) {
        return repeat(getByteLayout(array.getElementType()), array.getNumElements());
      })
      .Case([](LLVM::LLVMStructType fields) {
        return layoutOfFields(fields.getBody(), fields.isPacked());
      })
      .Default([](Type) { return ByteLayout{8, 8}; }); // index, pointers
}
