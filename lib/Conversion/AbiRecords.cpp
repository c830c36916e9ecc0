// Builds the LLVM types of the ABI records from their field list.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Conversion/AbiRecords.h"

#include "mlir/IR/Builders.h"

using namespace mlir;

#define VYRE_RECORD(name)                                                                          \
  LLVM::LLVMStructType vyre::abi::getType_##name(MLIRContext *context) {                           \
    [[maybe_unused]] Type i32 = IntegerType::get(context, 32);                                     \
    [[maybe_unused]] Type i64 = IntegerType::get(context, 64);                                     \
    [[maybe_unused]] Type pointer = LLVM::LLVMPointerType::get(context);                           \
    return LLVM::LLVMStructType::getLiteral(context, {
#define VYRE_U32(field) i32,
#define VYRE_I64(field) i64,
#define VYRE_U64(field) i64,
#define VYRE_PTR(type, field) pointer,
#define VYRE_END(name)                                                                             \
  });                                                                                              \
  }
#include "vyre-abi/vyre_abi_records.def"
