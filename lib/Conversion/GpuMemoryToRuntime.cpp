// Conversion of host-side gpu memory and stream ops to runtime calls.
//
// An async token is a stream. Ops without tokens go to the calling thread's
// default stream, in order; the host waits for that one where a vyre.host_sync
// says so. Upstream's gpu-to-llvm lowers these ops only with tokens.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "GpuToRuntime.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "vyre-abi/vyre_abi.h"
#include "vyre/Dialect/Vyre/IR/ByteLayout.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

using namespace mlir;
using namespace vyre;

Value vyre::callRuntime(ModuleRecords &records, OpBuilder &builder, Location loc, StringRef name,
                        Type result, ArrayRef<Value> arguments) {
  auto function = records.declareFunction(builder, name, result,
                                          llvm::to_vector(ValueRange(arguments).getTypes()));
  auto call = LLVM::CallOp::create(builder, loc, function, arguments);
  return isa<LLVM::LLVMVoidType>(result) ? Value() : call.getResult();
}

Value vyre::joinStreams(ModuleRecords &records, OpBuilder &builder, Location loc, bool isAsync,
                        ValueRange tokens) {
  MLIRContext *context = builder.getContext();
  Type pointer = LLVM::LLVMPointerType::get(context);
  Type status = builder.getI32Type();
  Type none = LLVM::LLVMVoidType::get(context);
  Value stream;
  if (!isAsync)
    stream = LLVM::ZeroOp::create(builder, loc, pointer);
  else if (tokens.empty())
    return callRuntime(records, builder, loc, "vyreStreamCreate", pointer, {});
  else
    stream = tokens.front();
  for (Value token : isAsync ? tokens.drop_front() : tokens) {
    Value event = callRuntime(records, builder, loc, "vyreEventCreate", pointer, {});
    callRuntime(records, builder, loc, "vyreEventRecord", status, {event, token});
    callRuntime(records, builder, loc, "vyreStreamWaitEvent", status, {stream, event});
    callRuntime(records, builder, loc, "vyreEventDestroy", none, {event});
  }
  return stream;
}

namespace {

/// Base of the patterns: the records of the module and short-hands.
template <typename OpTy> struct RuntimePattern : public ConvertOpToLLVMPattern<OpTy> {
  RuntimePattern(LLVMTypeConverter &converter, ModuleRecords &records)
      : ConvertOpToLLVMPattern<OpTy>(converter, /*benefit=*/10), records(records) {}

  Value constant(OpBuilder &builder, Location loc, Type type, int64_t value) const {
    return LLVM::ConstantOp::create(builder, loc, type, builder.getIntegerAttr(type, value));
  }

  /// Replaces an op whose only possible result is its token.
  void replaceWithToken(ConversionPatternRewriter &rewriter, Operation *op, Value stream) const {
    if (op->getNumResults() == 0)
      rewriter.eraseOp(op);
    else
      rewriter.replaceOp(op, stream);
  }

  /// Names `op` as the node of a recording that its attribute says.
  void addGraphNode(OpBuilder &builder, Operation *op, StringRef function,
                    ArrayRef<Value> values) const {
    auto node = op->getAttrOfType<ArrayAttr>(launch_attr::kGraphNode);
    int64_t number = cast<IntegerAttr>(node[1]).getInt();
    SmallVector<Value> arguments = {
        addressOf(builder, op->getLoc(), cast<FlatSymbolRefAttr>(node[0]).getValue()),
        constant(builder, op->getLoc(), builder.getI32Type(), number)};
    llvm::append_range(arguments, values);
    callRuntime(records, builder, op->getLoc(), function, builder.getI32Type(), arguments);
  }

  ModuleRecords &records;
};

struct AllocLowering : public RuntimePattern<gpu::AllocOp> {
  using RuntimePattern::RuntimePattern;

  LogicalResult matchAndRewrite(gpu::AllocOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    MemRefType type = op.getType();
    if (!isConvertibleAndHasIdentityMaps(type))
      return rewriter.notifyMatchFailure(op, "the layout is not the identity");
    FailureOr<unsigned> space = getTypeConverter()->getMemRefAddressSpace(type);
    if (failed(space))
      return rewriter.notifyMatchFailure(op, "unknown memory space");
    Location loc = op.getLoc();
    Value stream = joinStreams(records, rewriter, loc, op.getAsyncToken() != nullptr,
                               adaptor.getAsyncDependencies());
    SmallVector<Value> sizes, strides;
    Value bytes;
    getMemRefDescriptorSizes(loc, type, adaptor.getDynamicSizes(), rewriter, sizes, strides, bytes);
    Value kind = constant(rewriter, loc, rewriter.getI32Type(),
                          op->hasAttr(attr_name::kMirrored) ? VYRE_MEMORY_MIRRORED
                          : op.getHostShared()              ? VYRE_MEMORY_SHARED
                                                            : VYRE_MEMORY_DEVICE);
    Value memory =
        callRuntime(records, rewriter, loc, "vyreAlloc", getPtrType(), {bytes, kind, stream});
    if (*space != 0)
      memory = LLVM::AddrSpaceCastOp::create(
          rewriter, loc, LLVM::LLVMPointerType::get(rewriter.getContext(), *space), memory);
    Value descriptor = createMemRefDescriptor(loc, type, memory, memory, sizes, strides, rewriter);
    if (op.getAsyncToken())
      rewriter.replaceOp(op, {descriptor, stream});
    else
      rewriter.replaceOp(op, descriptor);
    return success();
  }
};

/// The pointer as one of the default address space.
static Value toDefaultSpace(OpBuilder &builder, Location loc, Value pointer) {
  Type plain = LLVM::LLVMPointerType::get(builder.getContext());
  return pointer.getType() == plain ? pointer
                                    : LLVM::AddrSpaceCastOp::create(builder, loc, plain, pointer);
}

struct DeallocLowering : public RuntimePattern<gpu::DeallocOp> {
  using RuntimePattern::RuntimePattern;

  LogicalResult matchAndRewrite(gpu::DeallocOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value stream = joinStreams(records, rewriter, loc, op.getAsyncToken() != nullptr,
                               adaptor.getAsyncDependencies());
    Value pointer = MemRefDescriptor(adaptor.getMemref()).allocatedPtr(rewriter, loc);
    callRuntime(records, rewriter, loc, "vyreFree", rewriter.getI32Type(),
                {toDefaultSpace(rewriter, loc, pointer), stream});
    replaceWithToken(rewriter, op, stream);
    return success();
  }
};

/// Address of the first element of a strided memref.
static Value firstElement(OpBuilder &builder, Location loc, const LLVMTypeConverter &converter,
                          MemRefType type, Value value) {
  MemRefDescriptor descriptor(value);
  Value aligned = descriptor.alignedPtr(builder, loc);
  Value first = LLVM::GEPOp::create(builder, loc, aligned.getType(),
                                    converter.convertType(type.getElementType()), aligned,
                                    descriptor.offset(builder, loc));
  return toDefaultSpace(builder, loc, first);
}

struct MemcpyLowering : public RuntimePattern<gpu::MemcpyOp> {
  using RuntimePattern::RuntimePattern;

  LogicalResult matchAndRewrite(gpu::MemcpyOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto dstType = dyn_cast<MemRefType>(op.getDst().getType());
    auto srcType = dyn_cast<MemRefType>(op.getSrc().getType());
    if (!dstType || !srcType || !dstType.isStrided() || !srcType.isStrided())
      return rewriter.notifyMatchFailure(op, "a side is not a strided memref");
    Location loc = op.getLoc();
    Value stream = joinStreams(records, rewriter, loc, op.getAsyncToken() != nullptr,
                               adaptor.getAsyncDependencies());
    Value dst = firstElement(rewriter, loc, *getTypeConverter(), dstType, adaptor.getDst());
    Value src = firstElement(rewriter, loc, *getTypeConverter(), srcType, adaptor.getSrc());
    Value elementBytes = getSizeInBytes(loc, srcType.getElementType(), rewriter);
    Type status = rewriter.getI32Type();
    if (dstType.getLayout().isIdentity() && srcType.getLayout().isIdentity()) {
      Value bytes = elementBytes;
      MemRefDescriptor descriptor(adaptor.getSrc());
      for (int64_t dim = 0; dim < srcType.getRank(); ++dim)
        bytes = LLVM::MulOp::create(rewriter, loc, bytes, descriptor.size(rewriter, loc, dim));
      if (op->hasAttr(launch_attr::kGraphNode))
        addGraphNode(rewriter, op, "vyreGraphCopy", {dst, src, bytes});
      else
        callRuntime(records, rewriter, loc, "vyreMemcpy", status, {dst, src, bytes, stream});
    } else {
      Value rank = constant(rewriter, loc, rewriter.getI64Type(), srcType.getRank());
      MemRefDescriptor from(adaptor.getSrc()), to(adaptor.getDst());
      Value sizes = collect(rewriter, loc, op, srcType.getRank(),
                            [&](int64_t dim) { return from.size(rewriter, loc, dim); });
      Value srcStrides = collect(rewriter, loc, op, srcType.getRank(),
                                 [&](int64_t dim) { return from.stride(rewriter, loc, dim); });
      Value dstStrides = collect(rewriter, loc, op, srcType.getRank(),
                                 [&](int64_t dim) { return to.stride(rewriter, loc, dim); });
      callRuntime(records, rewriter, loc, "vyreMemcpyStrided", status,
                  {dst, dstStrides, src, srcStrides, sizes, rank, elementBytes, stream});
    }
    replaceWithToken(rewriter, op, stream);
    return success();
  }

  /// Stores `count` i64 values into an array on the stack; gives its address.
  Value collect(ConversionPatternRewriter &rewriter, Location loc, Operation *op, int64_t count,
                llvm::function_ref<Value(int64_t)> get) const {
    Type i64 = rewriter.getI64Type();
    Value array;
    {
      OpBuilder::InsertionGuard guard(rewriter);
      auto function = op->getParentOfType<FunctionOpInterface>();
      rewriter.setInsertionPointToStart(&function.getFunctionBody().front());
      Value size = constant(rewriter, loc, i64, std::max<int64_t>(count, 1));
      array = LLVM::AllocaOp::create(rewriter, loc, getPtrType(), i64, size);
    }
    for (int64_t i = 0; i < count; ++i) {
      Value slot = LLVM::GEPOp::create(rewriter, loc, getPtrType(), i64, array,
                                       ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
      LLVM::StoreOp::create(rewriter, loc, get(i), slot);
    }
    return array;
  }
};

struct MemsetLowering : public RuntimePattern<gpu::MemsetOp> {
  using RuntimePattern::RuntimePattern;

  LogicalResult matchAndRewrite(gpu::MemsetOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = dyn_cast<MemRefType>(op.getDst().getType());
    if (!type || !isConvertibleAndHasIdentityMaps(type))
      return rewriter.notifyMatchFailure(op, "the layout is not the identity");
    Type element = op.getValue().getType();
    uint64_t size = getByteLayout(element).size;
    if (!element.isIntOrFloat() || size > 8)
      return rewriter.notifyMatchFailure(op, "the element has no size of 1, 2, 4 or 8 bytes");
    Location loc = op.getLoc();
    Value stream = joinStreams(records, rewriter, loc, op.getAsyncToken() != nullptr,
                               adaptor.getAsyncDependencies());
    unsigned bits = element.getIntOrFloatBitWidth();
    Value value = adaptor.getValue();
    if (isa<FloatType>(element))
      value = LLVM::BitcastOp::create(rewriter, loc, rewriter.getIntegerType(bits), value);
    if (bits < 64)
      value = LLVM::ZExtOp::create(rewriter, loc, rewriter.getI64Type(), value);
    Value count = constant(rewriter, loc, rewriter.getI64Type(), 1);
    MemRefDescriptor descriptor(adaptor.getDst());
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      count = LLVM::MulOp::create(rewriter, loc, count, descriptor.size(rewriter, loc, dim));
    Value bytes = constant(rewriter, loc, rewriter.getI32Type(), size);
    Value dst = firstElement(rewriter, loc, *getTypeConverter(), type, adaptor.getDst());
    if (op->hasAttr(launch_attr::kGraphNode))
      addGraphNode(rewriter, op, "vyreGraphFill", {dst, value, bytes, count});
    else
      callRuntime(records, rewriter, loc, "vyreMemset", rewriter.getI32Type(),
                  {dst, value, bytes, count, stream});
    replaceWithToken(rewriter, op, stream);
    return success();
  }
};

struct WaitLowering : public RuntimePattern<gpu::WaitOp> {
  using RuntimePattern::RuntimePattern;

  LogicalResult matchAndRewrite(gpu::WaitOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    if (op.getAsyncToken()) {
      rewriter.replaceOp(op, joinStreams(records, rewriter, loc, /*isAsync=*/true,
                                         adaptor.getAsyncDependencies()));
      return success();
    }
    for (Value stream : adaptor.getAsyncDependencies()) {
      // What kernels wrote to host memory of unknown origin is copied back too.
      callRuntime(records, rewriter, loc, "vyreHostAccess", rewriter.getI32Type(), {stream});
      callRuntime(records, rewriter, loc, "vyreStreamRelease", getVoidType(), {stream});
    }
    rewriter.eraseOp(op);
    return success();
  }
};

/// vyre.to_device and vyre.to_host: the allocation's pointer decides, and the
/// elements keep their distance to it.
template <typename OpTy> struct OtherSideLowering : public RuntimePattern<OpTy> {
  OtherSideLowering(LLVMTypeConverter &converter, ModuleRecords &records, StringRef function)
      : RuntimePattern<OpTy>(converter, records), function(function) {}

  LogicalResult matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    MemRefDescriptor memory(adaptor.getMemory());
    Value allocated = memory.allocatedPtr(rewriter, loc),
          aligned = memory.alignedPtr(rewriter, loc);
    if (allocated.getType() != this->getPtrType())
      return rewriter.notifyMatchFailure(op, "not in the default memory space");
    Value other =
        callRuntime(this->records, rewriter, loc, function, this->getPtrType(), {allocated});
    Type i64 = rewriter.getI64Type();
    Value from = LLVM::PtrToIntOp::create(rewriter, loc, i64, allocated);
    Value to = LLVM::PtrToIntOp::create(rewriter, loc, i64, aligned);
    Value distance = LLVM::SubOp::create(rewriter, loc, to, from);
    memory.setAllocatedPtr(rewriter, loc, other);
    memory.setAlignedPtr(rewriter, loc,
                         LLVM::GEPOp::create(rewriter, loc, this->getPtrType(),
                                             rewriter.getI8Type(), other, distance));
    rewriter.replaceOp(op, Value(memory));
    return success();
  }

  StringRef function;
};

struct HostSyncLowering : public RuntimePattern<HostSyncOp> {
  using RuntimePattern::RuntimePattern;

  LogicalResult matchAndRewrite(HostSyncOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Value stream = LLVM::ZeroOp::create(rewriter, op.getLoc(), getPtrType());
    callRuntime(records, rewriter, op.getLoc(), "vyreHostAccess", rewriter.getI32Type(), {stream});
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

void vyre::populateMemoryPatterns(LLVMTypeConverter &converter, ModuleRecords &records,
                                  RewritePatternSet &patterns) {
  patterns.add<AllocLowering, DeallocLowering, MemcpyLowering, MemsetLowering, WaitLowering,
               HostSyncLowering>(converter, records);
  patterns.add<OtherSideLowering<ToDeviceOp>>(converter, records, "vyreToDevice");
  patterns.add<OtherSideLowering<ToHostOp>>(converter, records, "vyreToHost");
}
