// Conversion of gpu.launch_func to a call of the Vyre runtime.
//
// The kernel's LLVM-level arguments are stored into one packed record at their
// natural alignment: the layout of PTX parameters, so the host device and CUDA
// take the same bytes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "GpuToRuntime.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "vyre-abi/vyre_abi.h"
#include "vyre/Conversion/AbiRecords.h"
#include "vyre/Dialect/Vyre/IR/ByteLayout.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

using namespace mlir;
using namespace vyre;

namespace {

struct LaunchLowering : public ConvertOpToLLVMPattern<gpu::LaunchFuncOp> {
  LaunchLowering(LLVMTypeConverter &converter, ModuleRecords &records)
      : ConvertOpToLLVMPattern(converter, /*benefit=*/10), records(records) {}

  LogicalResult matchAndRewrite(gpu::LaunchFuncOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override;

private:
  Value packArguments(ConversionPatternRewriter &rewriter, gpu::LaunchFuncOp op, OpAdaptor adaptor,
                      Value stream, LLVM::GlobalOp record, uint64_t &bytes) const;
  void describeBuffers(gpu::LaunchFuncOp op, ValueRange packed, LLVM::GlobalOp record) const;
  Value describeLaunch(ConversionPatternRewriter &rewriter, gpu::LaunchFuncOp op, OpAdaptor adaptor,
                       Value args) const;

  ModuleRecords &records;
};

/// Notes on the kernel's record where in its packed arguments memrefs lie, and what it
/// does with them. All launches of a kernel say the same.
void LaunchLowering::describeBuffers(gpu::LaunchFuncOp op, ValueRange packed,
                                     LLVM::GlobalOp record) const {
  SmallVector<int32_t> fields;
  uint64_t offset = 0;
  auto next = packed.getTypes().begin();
  auto skip = [&](unsigned count) {
    for (; count != 0; --count, ++next) {
      ByteLayout layout = getByteLayout(*next);
      offset = llvm::alignTo(offset, layout.align) + layout.size;
    }
  };
  bool isComplete = !op->hasAttr(attr_name::kTable);
  for (auto [number, type] : llvm::enumerate(op.getKernelOperands().getTypes())) {
    auto memory = dyn_cast<MemRefType>(type);
    isComplete &= memory || !isa<BaseMemRefType>(type);
    if (!memory) {
      skip(isa<UnrankedMemRefType>(type) ? 2 : 1);
      continue;
    }
    Type element = getTypeConverter()->convertType(memory.getElementType());
    int32_t at = llvm::alignTo(offset, 8), rank = memory.getRank();
    int32_t size = getByteLayout(element).size, access = getAccess(op, number);
    fields.append({static_cast<int32_t>(number), at, rank, size, access});
    skip(3 + 2 * rank);
  }
  if (isComplete)
    record->setAttr(record_attr::kBuffers, DenseI32ArrayAttr::get(op.getContext(), fields));
}

/// Stores the kernel's arguments; gives the address of the packed record and
/// its size.
Value LaunchLowering::packArguments(ConversionPatternRewriter &rewriter, gpu::LaunchFuncOp op,
                                    OpAdaptor adaptor, Value stream, LLVM::GlobalOp record,
                                    uint64_t &bytes) const {
  Location loc = op.getLoc();
  bool cooperative = op->hasAttr(launch_attr::kCooperative);
  SmallVector<Value> operands =
      makeOperandsPresent(records, rewriter, *getTypeConverter(), op, op.getKernelOperands(),
                          adaptor.getKernelOperands(), stream);
  SmallVector<Value> values = getTypeConverter()->promoteOperands(
      loc, op.getKernelOperands(), operands, rewriter, /*useBarePtrCallConv=*/false);
  if (cooperative) // the slot for the grid barrier's state
    values.push_back(LLVM::ZeroOp::create(rewriter, loc, getPtrType()));
  if (!cooperative)
    describeBuffers(op, values, record);
  if (values.empty())
    return LLVM::ZeroOp::create(rewriter, loc, getPtrType());
  return storePacked(rewriter, op, values, bytes);
}

/// Fills a vyre_launch_desc; gives its address.
Value LaunchLowering::describeLaunch(ConversionPatternRewriter &rewriter, gpu::LaunchFuncOp op,
                                     OpAdaptor adaptor, Value args) const {
  Location loc = op.getLoc();
  auto record = abi::getType_vyre_launch_desc(rewriter.getContext());
  Type i64 = rewriter.getI64Type();
  Value slot = createStackSlot(rewriter, op, record);
  auto store = [&](abi::vyre_launch_desc_field field, Value value) {
    int32_t index = static_cast<int32_t>(field);
    Type type = record.getBody()[index];
    if (type != value.getType() && isa<IntegerType>(type)) // sizes may be i32
      value = LLVM::SExtOp::create(rewriter, loc, type, value);
    Value address = LLVM::GEPOp::create(rewriter, loc, getPtrType(), record, slot,
                                        ArrayRef<LLVM::GEPArg>{0, index});
    LLVM::StoreOp::create(rewriter, loc, value, address);
  };
  auto number = [&](Type type, int64_t n) -> Value {
    return LLVM::ConstantOp::create(rewriter, loc, type, rewriter.getIntegerAttr(type, n));
  };
  using Field = abi::vyre_launch_desc_field;
  store(Field::struct_size, number(rewriter.getI32Type(), getRecordBytes(record)));
  store(Field::version, number(rewriter.getI32Type(), VYRE_ABI_VERSION));
  store(Field::grid_x, adaptor.getGridSizeX());
  store(Field::grid_y, adaptor.getGridSizeY());
  store(Field::grid_z, adaptor.getGridSizeZ());
  store(Field::block_x, adaptor.getBlockSizeX());
  store(Field::block_y, adaptor.getBlockSizeY());
  store(Field::block_z, adaptor.getBlockSizeZ());
  Value shared = adaptor.getDynamicSharedMemorySize();
  store(Field::dynamic_shared_bytes, shared ? shared : number(i64, 0));
  store(Field::args, args);
  store(Field::location,
        addressOf(rewriter, loc, records.getString(rewriter, getLocationText(loc))));
  auto blocks = op->getAttrOfType<IntegerAttr>(launch_attr::kMaxBlocks);
  store(Field::max_blocks, number(i64, blocks ? blocks.getInt() : 0));
  return slot;
}

LogicalResult LaunchLowering::matchAndRewrite(gpu::LaunchFuncOp op, OpAdaptor adaptor,
                                              ConversionPatternRewriter &rewriter) const {
  if (op.hasClusterSize())
    return rewriter.notifyMatchFailure(op, "thread block clusters are not supported");
  Location loc = op.getLoc();
  bool cooperative = op->hasAttr(launch_attr::kCooperative);
  Value stream = joinStreams(records, rewriter, loc, op.getAsyncToken() != nullptr,
                             adaptor.getAsyncDependencies());
  uint64_t bytes = 0;
  auto global = records.declareKernelRecord(rewriter, op.getKernel());
  Value args = packArguments(rewriter, op, adaptor, stream, global, bytes);
  Value launch = describeLaunch(rewriter, op, adaptor, args);
  global->setAttr(record_attr::kParamBytes, rewriter.getI64IntegerAttr(bytes));
  Value kernel = addressOf(rewriter, loc, global.getSymName());
  Type status = rewriter.getI32Type();
  if (auto node = op->getAttrOfType<ArrayAttr>(launch_attr::kGraphNode)) {
    Value graph = addressOf(rewriter, loc, cast<FlatSymbolRefAttr>(node[0]).getValue());
    Value index =
        LLVM::ConstantOp::create(rewriter, loc, rewriter.getI32Type(), cast<IntegerAttr>(node[1]));
    callRuntime(records, rewriter, loc, "vyreGraphNode", status, {graph, index, kernel, launch});
  } else if (auto item = op->getAttrOfType<ArrayAttr>(launch_attr::kQueueItem)) {
    Value queue = addressOf(rewriter, loc, cast<FlatSymbolRefAttr>(item[0]).getValue());
    auto number = [&](Attribute value) -> Value {
      return LLVM::ConstantOp::create(rewriter, loc, rewriter.getI32Type(),
                                      cast<IntegerAttr>(value));
    };
    callRuntime(records, rewriter, loc, "vyreQueuePush", status,
                {queue, number(item[1]), launch, number(item[2])});
  } else {
    callRuntime(records, rewriter, loc, cooperative ? "vyreLaunchPersistent" : "vyreLaunch", status,
                {kernel, launch, stream});
  }
  if (op.getAsyncToken())
    rewriter.replaceOp(op, stream);
  else
    rewriter.eraseOp(op);
  return success();
}

} // namespace

void vyre::populateLaunchPatterns(LLVMTypeConverter &converter, ModuleRecords &records,
                                  RewritePatternSet &patterns) {
  patterns.add<LaunchLowering>(converter, records);
}
