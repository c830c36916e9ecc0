// Defines the records of kernels: images, host entry, sizes.
//
// A host kernel has the converted signature of its gpu.func (memrefs expanded)
// and a context pointer. Its entry takes the packed argument record and the
// context, loads each argument and calls it; LLVM inlines the two.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/SymbolTable.h"
#include "vyre-abi/vyre_abi.h"
#include "vyre/Conversion/AbiRecords.h"
#include "vyre/Conversion/Passes.h"
#include "vyre/Conversion/Records.h"

using namespace mlir;

namespace vyre {
#define GEN_PASS_DEF_EMITKERNELRECORDSPASS
#include "vyre/Conversion/Passes.h.inc"

namespace {

class KernelRecords {
public:
  explicit KernelRecords(ModuleOp module)
      : module(module), symbols(module), records(module), builder(module.getContext()) {}

  LogicalResult run();

private:
  LogicalResult emitKernel(LLVM::GlobalOp record);
  std::string emitEntry(LLVM::LLVMFuncOp host, SymbolRefAttr kernel);
  std::string emitModule(StringRef name);
  std::string emitBuffers(LLVM::GlobalOp record, int64_t &count);
  std::string emitArray(const std::string &name, LLVM::LLVMStructType type,
                        ArrayRef<SmallVector<RecordField>> elements);
  LogicalResult reportNoCode(LLVM::GlobalOp record, SymbolRefAttr kernel);
  SmallVector<RecordField> emitImage(gpu::ObjectAttr object, const std::string &name);

  ModuleOp module;
  SymbolTable symbols;
  ModuleRecords records;
  OpBuilder builder;
  llvm::StringMap<std::string> modules; // gpu module -> its record's symbol, empty for none
};

/// Builds the entry of `host`; gives its symbol.
std::string KernelRecords::emitEntry(LLVM::LLVMFuncOp host, SymbolRefAttr kernel) {
  MLIRContext *context = module.getContext();
  Location loc = host.getLoc();
  Type pointer = LLVM::LLVMPointerType::get(context);
  ArrayRef<Type> parameters = host.getFunctionType().getParams().drop_back();
  SmallVector<Type> packed;
  for (Type type : parameters)
    packed.push_back(type.isInteger(1) ? builder.getI8Type() : type);
  auto record = LLVM::LLVMStructType::getLiteral(context, packed);

  builder.setInsertionPointAfter(host);
  std::string name = getHostKernelEntryName(kernel);
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context), {pointer, pointer});
  auto entry = LLVM::LLVMFuncOp::create(builder, loc, name, type, LLVM::Linkage::Internal);
  Block *body = entry.addEntryBlock(builder);
  builder.setInsertionPointToStart(body);
  SmallVector<Value> arguments;
  for (auto [index, parameter] : llvm::enumerate(parameters)) {
    Value address = LLVM::GEPOp::create(builder, loc, pointer, record, body->getArgument(0),
                                        ArrayRef<LLVM::GEPArg>{0, static_cast<int32_t>(index)});
    Value value = LLVM::LoadOp::create(builder, loc, packed[index], address);
    if (parameter.isInteger(1))
      value = LLVM::TruncOp::create(builder, loc, parameter, value);
    arguments.push_back(value);
  }
  arguments.push_back(body->getArgument(1));
  LLVM::CallOp::create(builder, loc, host, arguments);
  LLVM::ReturnOp::create(builder, loc, ValueRange());
  host.setLinkage(LLVM::Linkage::Internal);
  return name;
}

/// Puts one device image into the module as a constant; gives the fields of its
/// vyre_image_desc.
SmallVector<RecordField> KernelRecords::emitImage(gpu::ObjectAttr object, const std::string &name) {
  std::string data = object.getObject().getValue().str();
  bool isText = object.getFormat() == gpu::CompilationTarget::Assembly;
  if (isText)
    data.push_back('\0');
  builder.setInsertionPointToEnd(module.getBody());
  LLVM::GlobalOp::create(builder, module.getLoc(),
                         LLVM::LLVMArrayType::get(builder.getI8Type(), data.size()),
                         /*isConstant=*/true, LLVM::Linkage::Internal, name,
                         builder.getStringAttr(data), /*alignment=*/16);
  int64_t sm = 0;
  if (auto target = dyn_cast<NVVM::NVVMTargetAttr>(object.getTarget()))
    target.getChip().drop_front(3).getAsInteger(10, sm);
  int64_t kind = isText                                                 ? VYRE_IMAGE_PTX
                 : object.getFormat() == gpu::CompilationTarget::Binary ? VYRE_IMAGE_CUBIN
                                                                        : VYRE_IMAGE_FATBIN;
  return {kind, sm, RecordField::address(name), int64_t(data.size())};
}

/// Emits a constant array of records; gives its symbol.
std::string KernelRecords::emitArray(const std::string &name, LLVM::LLVMStructType type,
                                     ArrayRef<SmallVector<RecordField>> elements) {
  auto arrayType = LLVM::LLVMArrayType::get(type, elements.size());
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(module.getBody());
  Location loc = module.getLoc();
  auto array = LLVM::GlobalOp::create(builder, loc, arrayType, /*isConstant=*/true,
                                      LLVM::Linkage::Internal, name, Attribute());
  builder.createBlock(&array.getInitializerRegion());
  Value value = LLVM::UndefOp::create(builder, loc, arrayType);
  for (auto [index, fields] : llvm::enumerate(elements))
    value = LLVM::InsertValueOp::create(builder, loc, value,
                                        buildRecord(builder, loc, type, fields), index);
  LLVM::ReturnOp::create(builder, loc, value);
  return name;
}

/// Emits the memrefs among a kernel's arguments; gives the array's symbol, or an empty
/// one if nobody knows them.
std::string KernelRecords::emitBuffers(LLVM::GlobalOp record, int64_t &count) {
  auto all = record->getAttrOfType<DenseI32ArrayAttr>(record_attr::kBuffers);
  if (!all)
    return "";
  constexpr size_t fieldsEach = 5;
  SmallVector<SmallVector<RecordField>> buffers;
  for (size_t at = 0; at != all.asArrayRef().size(); at += fieldsEach) {
    SmallVector<RecordField> &fields = buffers.emplace_back();
    for (int32_t field : all.asArrayRef().slice(at, fieldsEach))
      fields.push_back(int64_t(field));
    fields.push_back(0);
  }
  count = buffers.size();
  return emitArray(record.getSymName().str() + "_buffers",
                   abi::getType_vyre_buffer_desc(module.getContext()), buffers);
}

/// Emits the images and the record of a gpu.binary, once; gives the record's
/// symbol, or an empty one if the module has no device code.
std::string KernelRecords::emitModule(StringRef name) {
  auto [it, isNew] = modules.try_emplace(name, "");
  auto binary = symbols.lookup<gpu::BinaryOp>(name);
  if (!isNew || !binary)
    return it->second;
  MLIRContext *context = module.getContext();
  auto image = abi::getType_vyre_image_desc(context);
  std::string prefix = ("__vyre_image_" + name + "_").str();
  SmallVector<SmallVector<RecordField>> images;
  for (Attribute object : binary.getObjects())
    images.push_back(
        emitImage(cast<gpu::ObjectAttr>(object), prefix + std::to_string(images.size())));

  std::string arrayName = emitArray(("__vyre_images_" + name).str(), image, images);
  it->second = ("__vyre_module_" + name).str();
  builder.setInsertionPointToEnd(module.getBody());
  std::string text = records.getString(builder, name);
  records.createRecord(
      builder, it->second, abi::getType_vyre_module_desc(context),
      {RecordField::address(text), RecordField::address(arrayName), int64_t(images.size()), 0},
      /*constant=*/false);
  return it->second;
}

/// Says why nothing can run `kernel`: the op in it that only CUDA has, if any.
LogicalResult KernelRecords::reportNoCode(LLVM::GlobalOp record, SymbolRefAttr kernel) {
  auto function = SymbolTable::lookupNearestSymbolFrom<gpu::GPUFuncOp>(module, kernel);
  auto op = function ? function->getAttrOfType<StringAttr>(kCudaOnly) : StringAttr();
  auto place = function ? function->getAttrOfType<LocationAttr>(kCudaOnlyAt) : LocationAttr();
  if (!op || !place)
    return record.emitError() << "kernel " << kernel << " has neither device code nor a host form";
  return emitError(Location(place))
         << "'" << op.getValue() << "' runs on NVIDIA GPUs alone; kernel '"
         << kernel.getLeafReference().getValue() << "' has no form for the host";
}

LogicalResult KernelRecords::emitKernel(LLVM::GlobalOp record) {
  MLIRContext *context = module.getContext();
  auto kernel = record->getAttrOfType<SymbolRefAttr>(record_attr::kKernel);
  auto number = [&](StringRef name) -> int64_t {
    auto value = record->getAttrOfType<IntegerAttr>(name);
    return value ? value.getInt() : 0;
  };
  auto host = symbols.lookup<LLVM::LLVMFuncOp>(getHostKernelName(kernel));
  std::string entry = host ? emitEntry(host, kernel) : "";
  std::string images = emitModule(kernel.getRootReference().getValue());
  // The host device runs the items of a queue itself.
  bool needsCode = !(number(record_attr::kFlags) & VYRE_KERNEL_QUEUE);
  if (entry.empty() && images.empty() && needsCode)
    return reportNoCode(record, kernel);
  builder.setInsertionPointToEnd(module.getBody());
  std::string name = records.getString(builder, kernel.getLeafReference().getValue());
  std::string state = record.getSymName().str() + "_state";
  Type pointer = LLVM::LLVMPointerType::get(context);
  builder.setInsertionPointToEnd(module.getBody());
  auto slot = LLVM::GlobalOp::create(builder, module.getLoc(), pointer, /*isConstant=*/false,
                                     LLVM::Linkage::Internal, state, Attribute());
  builder.createBlock(&slot.getInitializerRegion());
  Value null = LLVM::ZeroOp::create(builder, module.getLoc(), pointer);
  LLVM::ReturnOp::create(builder, module.getLoc(), null);
  int64_t bufferCount = 0;
  std::string buffers = emitBuffers(record, bufferCount);
  records.createRecord(builder, record.getSymName(), abi::getType_vyre_kernel_desc(context),
                       {RecordField::address(name), RecordField::address(images),
                        RecordField::address(entry), number(record_attr::kFlags),
                        number(record_attr::kParamBytes), RecordField::address(state),
                        RecordField::address(buffers), bufferCount, 0},
                       /*constant=*/true);
  for (StringRef attribute :
       {record_attr::kKernel, record_attr::kFlags, record_attr::kParamBytes, record_attr::kBuffers})
    record->removeAttr(attribute);
  return success();
}

LogicalResult KernelRecords::run() {
  SmallVector<LLVM::GlobalOp> declared;
  for (auto global : module.getOps<LLVM::GlobalOp>())
    if (global->hasAttr(record_attr::kKernel))
      declared.push_back(global);
  for (LLVM::GlobalOp record : declared)
    if (failed(emitKernel(record)))
      return failure();
  for (Operation &op : llvm::make_early_inc_range(*module.getBody()))
    if (isa<gpu::GPUModuleOp, gpu::BinaryOp>(op))
      op.erase();
  module->removeAttr(gpu::GPUDialect::getContainerModuleAttrName());
  return success();
}

struct EmitKernelRecordsPass : public impl::EmitKernelRecordsPassBase<EmitKernelRecordsPass> {
  void runOnOperation() override {
    if (failed(KernelRecords(getOperation()).run()))
      signalPassFailure();
  }
};

} // namespace
} // namespace vyre
