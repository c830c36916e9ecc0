// Operands of launches and tables: the device's side of host memory, and how they are
// packed.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "GpuToRuntime.h"

#include "vyre/Dialect/Vyre/IR/ByteLayout.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

using namespace mlir;
using namespace vyre;

/// True if attribute `name` of `op` (an i32 array) holds `number`; a missing
/// attribute holds nothing.
static bool holdsOperand(Operation *op, StringRef name, int32_t number) {
  auto list = op->getAttrOfType<DenseI32ArrayAttr>(name);
  return list && llvm::is_contained(list.asArrayRef(), number);
}

uint32_t vyre::getAccess(Operation *op, int32_t number) {
  if (!op->hasAttr(attr_name::kReads) || !op->hasAttr(attr_name::kWrites))
    return 3;
  return (holdsOperand(op, attr_name::kReads, number) ? 1 : 0) |
         (holdsOperand(op, attr_name::kWrites, number) ? 2 : 0);
}

Value vyre::createStackSlot(ConversionPatternRewriter &rewriter, Operation *op, Type type) {
  OpBuilder::InsertionGuard guard(rewriter);
  auto function = op->getParentOfType<FunctionOpInterface>();
  rewriter.setInsertionPointToStart(&function.getFunctionBody().front());
  Value one = LLVM::ConstantOp::create(rewriter, op->getLoc(), rewriter.getI64Type(),
                                       rewriter.getI64IntegerAttr(1));
  return LLVM::AllocaOp::create(rewriter, op->getLoc(),
                                LLVM::LLVMPointerType::get(op->getContext()), type, one);
}

/// Replaces the pointers of a descriptor of unknown origin by the device's.
static Value makePresent(ModuleRecords &records, ConversionPatternRewriter &rewriter, Location loc,
                         const TypeConverter &converter, MemRefType type, Value value,
                         uint32_t access, Value stream) {
  Type i64 = rewriter.getI64Type();
  auto number = [&](int64_t n) -> Value {
    return LLVM::ConstantOp::create(rewriter, loc, i64, rewriter.getI64IntegerAttr(n));
  };
  MemRefDescriptor descriptor(value);
  // Elements touched: from offset plus all negative steps to all positive ones.
  Value low = descriptor.offset(rewriter, loc);
  Value high = LLVM::AddOp::create(rewriter, loc, low, number(1));
  Value empty =
      LLVM::ConstantOp::create(rewriter, loc, rewriter.getI1Type(), rewriter.getBoolAttr(false));
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    Value size = descriptor.size(rewriter, loc, dim);
    Value last = LLVM::SubOp::create(rewriter, loc, size, number(1));
    Value span = LLVM::MulOp::create(rewriter, loc, last, descriptor.stride(rewriter, loc, dim));
    Value negative = LLVM::SMinOp::create(rewriter, loc, span, number(0));
    Value positive = LLVM::SMaxOp::create(rewriter, loc, span, number(0));
    low = LLVM::AddOp::create(rewriter, loc, low, negative);
    high = LLVM::AddOp::create(rewriter, loc, high, positive);
    Value none = LLVM::ICmpOp::create(rewriter, loc, LLVM::ICmpPredicate::sle, size, number(0));
    empty = LLVM::OrOp::create(rewriter, loc, empty, none);
  }
  high = LLVM::SelectOp::create(rewriter, loc, empty, low, high);
  Value bytes = number(getByteLayout(converter.convertType(type.getElementType())).size);
  low = LLVM::MulOp::create(rewriter, loc, low, bytes);
  high = LLVM::MulOp::create(rewriter, loc, high, bytes);
  Value how = LLVM::ConstantOp::create(rewriter, loc, rewriter.getI32Type(),
                                       rewriter.getI32IntegerAttr(access));
  Value image = callRuntime(records, rewriter, loc, "vyrePresent",
                            LLVM::LLVMPointerType::get(rewriter.getContext()),
                            {descriptor.alignedPtr(rewriter, loc), low, high, how, stream});
  descriptor.setAllocatedPtr(rewriter, loc, image);
  descriptor.setAlignedPtr(rewriter, loc, image);
  return descriptor;
}

SmallVector<Value> vyre::makeOperandsPresent(ModuleRecords &records,
                                             ConversionPatternRewriter &rewriter,
                                             const TypeConverter &converter, Operation *op,
                                             ValueRange originals, ValueRange converted,
                                             Value stream) {
  SmallVector<Value> operands = llvm::to_vector(converted);
  for (auto [number, original] : llvm::enumerate(originals)) {
    auto type = dyn_cast<MemRefType>(original.getType());
    if (type && holdsOperand(op, attr_name::kUnknown, number))
      operands[number] = makePresent(records, rewriter, op->getLoc(), converter, type,
                                     operands[number], getAccess(op, number), stream);
  }
  return operands;
}

Value vyre::storePacked(ConversionPatternRewriter &rewriter, Operation *op,
                        MutableArrayRef<Value> values, uint64_t &bytes) {
  Location loc = op->getLoc();
  SmallVector<Type> types;
  for (Value &value : values) {
    if (value.getType().isInteger(1)) // a byte in memory
      value = LLVM::ZExtOp::create(rewriter, loc, rewriter.getI8Type(), value);
    types.push_back(value.getType());
    ByteLayout layout = getByteLayout(value.getType());
    bytes = llvm::alignTo(bytes, layout.align) + layout.size;
  }
  auto packed = LLVM::LLVMStructType::getLiteral(rewriter.getContext(), types);
  Value slot = createStackSlot(rewriter, op, packed);
  for (auto [index, value] : llvm::enumerate(values)) {
    Value field = LLVM::GEPOp::create(rewriter, loc, slot.getType(), packed, slot,
                                      ArrayRef<LLVM::GEPArg>{0, static_cast<int32_t>(index)});
    LLVM::StoreOp::create(rewriter, loc, value, field);
  }
  return slot;
}
