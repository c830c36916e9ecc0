// Globals that compiled code hands to the runtime: strings and ABI records.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Conversion/Records.h"

#include "mlir/IR/SymbolTable.h"
#include "vyre-abi/vyre_abi.h"
#include "vyre/Conversion/AbiRecords.h"

using namespace mlir;
using namespace vyre;

/// `@module::@kernel` as one C identifier part.
static std::string mangle(SymbolRefAttr kernel) {
  return (kernel.getRootReference().getValue() + "_" + kernel.getLeafReference().getValue()).str();
}

std::string vyre::getKernelRecordName(SymbolRefAttr kernel) {
  return "__vyre_kernel_" + mangle(kernel);
}

std::string vyre::getHostKernelName(SymbolRefAttr kernel) {
  return "__vyre_host_" + mangle(kernel);
}

std::string vyre::getHostKernelEntryName(SymbolRefAttr kernel) {
  return "__vyre_entry_" + mangle(kernel);
}

ModuleRecords::ModuleRecords(ModuleOp module) : module(module) {
  for (Operation &op : *module.getBody()) {
    if (auto function = dyn_cast<LLVM::LLVMFuncOp>(op))
      functions[function.getSymName()] = function;
    auto global = dyn_cast<LLVM::GlobalOp>(op);
    if (!global)
      continue;
    globals[global.getSymName()] = global;
    if (global.getSymName().starts_with("__vyre_text_"))
      if (auto text = dyn_cast_or_null<StringAttr>(global.getValueOrNull()))
        strings[text.getValue()] = global.getSymName().str();
  }
}

std::string ModuleRecords::uniqueName(StringRef prefix) {
  while (true) {
    std::string name = (prefix + Twine(counters[prefix]++)).str();
    if (!globals.contains(name) && !functions.contains(name))
      return name;
  }
}

LLVM::GlobalOp ModuleRecords::declareKernelRecord(OpBuilder &builder, SymbolRefAttr kernel) {
  std::string name = getKernelRecordName(kernel);
  LLVM::GlobalOp &global = globals[name];
  if (global)
    return global;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(module.getBody());
  global = LLVM::GlobalOp::create(builder, module.getLoc(),
                                  abi::getType_vyre_kernel_desc(module.getContext()),
                                  /*isConstant=*/true, LLVM::Linkage::External, name, Attribute());
  global->setAttr(record_attr::kKernel, kernel);
  return global;
}

std::string ModuleRecords::getString(OpBuilder &builder, StringRef text) {
  std::string value = text.str();
  value.push_back('\0');
  std::string &name = strings[value];
  if (!name.empty())
    return name;
  name = uniqueName("__vyre_text_");
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(module.getBody());
  auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), value.size());
  globals[name] =
      LLVM::GlobalOp::create(builder, module.getLoc(), type, /*isConstant=*/true,
                             LLVM::Linkage::Private, name, builder.getStringAttr(value));
  return name;
}

Value vyre::addressOf(OpBuilder &builder, Location loc, StringRef symbol) {
  return LLVM::AddressOfOp::create(builder, loc, LLVM::LLVMPointerType::get(builder.getContext()),
                                   symbol);
}

uint64_t vyre::getRecordBytes(LLVM::LLVMStructType type) {
  uint64_t bytes = 0;
  for (Type field : type.getBody()) {
    uint64_t size = field.isInteger(32) ? 4 : 8;
    bytes = (bytes + size - 1) / size * size + size;
  }
  return (bytes + 7) / 8 * 8;
}

/// Builds the value of one field.
static Value buildField(OpBuilder &builder, Location loc, Type type, const RecordField &field) {
  if (!field.symbol.empty())
    return addressOf(builder, loc, field.symbol);
  if (isa<LLVM::LLVMPointerType>(type))
    return LLVM::ZeroOp::create(builder, loc, type);
  return LLVM::ConstantOp::create(builder, loc, type, builder.getIntegerAttr(type, field.number));
}

Value vyre::buildRecord(OpBuilder &builder, Location loc, LLVM::LLVMStructType type,
                        ArrayRef<RecordField> fields) {
  Value record = LLVM::UndefOp::create(builder, loc, type);
  SmallVector<RecordField> all = {int64_t(getRecordBytes(type)), int64_t(VYRE_ABI_VERSION)};
  all.append(fields.begin(), fields.end());
  for (auto [index, field] : llvm::enumerate(all))
    record = LLVM::InsertValueOp::create(
        builder, loc, record, buildField(builder, loc, type.getBody()[index], field), index);
  return record;
}

LLVM::GlobalOp ModuleRecords::createRecord(OpBuilder &builder, StringRef name,
                                           LLVM::LLVMStructType type, ArrayRef<RecordField> fields,
                                           bool constant) {
  OpBuilder::InsertionGuard guard(builder);
  Location loc = module.getLoc();
  LLVM::GlobalOp &global = globals[name];
  if (!global) {
    builder.setInsertionPointToEnd(module.getBody());
    global = LLVM::GlobalOp::create(builder, loc, type, constant, LLVM::Linkage::Internal, name,
                                    Attribute());
  }
  global.setLinkage(LLVM::Linkage::Internal);
  builder.createBlock(&global.getInitializerRegion());
  LLVM::ReturnOp::create(builder, loc, buildRecord(builder, loc, type, fields));
  return global;
}

std::string vyre::getLocationText(Location loc) {
  std::string text = "unknown";
  loc->walk([&](Location inner) {
    auto file = dyn_cast<FileLineColLoc>(inner);
    if (!file)
      return WalkResult::advance();
    text = (file.getFilename().getValue() + ":" + Twine(file.getLine()) + ":" +
            Twine(file.getColumn()))
               .str();
    return WalkResult::interrupt();
  });
  return text;
}

LLVM::LLVMFuncOp ModuleRecords::declareFunction(OpBuilder &builder, StringRef name, Type result,
                                                ArrayRef<Type> arguments) {
  LLVM::LLVMFuncOp &function = functions[name];
  if (function)
    return function;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(module.getBody());
  function = LLVM::LLVMFuncOp::create(builder, module.getLoc(), name,
                                      LLVM::LLVMFunctionType::get(result, arguments));
  return function;
}
