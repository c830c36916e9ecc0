// Gives GPU ops their meaning on the host: ids and dimensions, memory spaces,
// printf, dynamic shared memory.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "../GpuToRuntime.h"
#include "HostKernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "vyre/Dialect/Vyre/IR/ByteLayout.h"
#include "vyre/Dialect/Vyre/IR/DeviceLimits.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace vyre;

Value HostKernel::readContext(Location loc, abi::vyre_host_ctx_field field) {
  auto record = abi::getType_vyre_host_ctx(module.getContext());
  Type type = record.getBody()[static_cast<int32_t>(field)];
  Value address = LLVM::GEPOp::create(rewriter, loc, context.getType(), record, context,
                                      ArrayRef<LLVM::GEPArg>{0, static_cast<int32_t>(field)});
  Value value = LLVM::LoadOp::create(rewriter, loc, type, address);
  if (isa<LLVM::LLVMPointerType>(type))
    return value;
  return arith::IndexCastOp::create(rewriter, loc, rewriter.getIndexType(), value);
}

void HostKernel::fail(Location loc, StringRef message) {
  Value text = addressOf(rewriter, loc, records.getString(rewriter, message));
  auto callee = records.declareFunction(rewriter, "vyreHostFail",
                                        LLVM::LLVMVoidType::get(rewriter.getContext()),
                                        {text.getType(), context.getType()});
  LLVM::CallOp::create(rewriter, loc, callee, ValueRange{text, context});
}

/// What a kernel's function may put on the stack of the thread that runs it.
static constexpr int64_t kMaxStackBytes = 256 * 1024;

static Value number(OpBuilder &builder, Location loc, int64_t n) {
  return LLVM::ConstantOp::create(builder, loc, builder.getI64Type(), builder.getI64IntegerAttr(n));
}

/// The lowered form of a memref<count x type> at `memory`.
static Value makeDescriptor(OpBuilder &builder, Location loc, Value memory, Value count) {
  Type i64 = builder.getI64Type();
  Type sizes = LLVM::LLVMArrayType::get(i64, 1);
  auto type = LLVM::LLVMStructType::getLiteral(
      builder.getContext(), {memory.getType(), memory.getType(), i64, sizes, sizes});
  Value value = LLVM::UndefOp::create(builder, loc, type);
  auto insert = [&](Value part, ArrayRef<int64_t> position) {
    value = LLVM::InsertValueOp::create(builder, loc, value, part, position);
  };
  insert(memory, 0);
  insert(memory, 1);
  insert(number(builder, loc, 0), 2);
  insert(count, {3, 0});
  insert(number(builder, loc, 1), {4, 0});
  return value;
}

Value HostKernel::allocateFrame(Location loc, MemRefType type) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointToStart(&function.getBody().front());
  int64_t bytes = type.getNumElements() * int64_t(getByteLayout(type.getElementType()).size);
  if (stackBytes + bytes > kMaxStackBytes && type.getRank() == 1) {
    Value pointer =
        callRuntime(records, rewriter, loc, "vyreHostFrame", context.getType(),
                    {context, number(rewriter, loc, heapFrames++), number(rewriter, loc, bytes)});
    Value count = number(rewriter, loc, type.getNumElements());
    return UnrealizedConversionCastOp::create(rewriter, loc, type,
                                              makeDescriptor(rewriter, loc, pointer, count))
        .getResult(0);
  }
  stackBytes += bytes;
  // Aligned as the runtime's own memory: whole vectors load cheaply.
  return memref::AllocaOp::create(rewriter, loc, type, rewriter.getI64IntegerAttr(64));
}

//===----------------------------------------------------------------------===//
// Ids and dimensions
//===----------------------------------------------------------------------===//

/// Value of an id or dimension op in terms of the stage's arguments; null for
/// any other op.
static Value getShapeValue(OpBuilder &builder, Operation *op, Block &entry) {
  Location loc = op->getLoc();
  auto argument = [&](unsigned first, gpu::Dimension dim) -> Value {
    return entry.getArgument(first + static_cast<unsigned>(dim));
  };
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  auto add = [&](Value a, Value b) -> Value { return arith::AddIOp::create(builder, loc, a, b); };
  auto mul = [&](Value a, Value b) -> Value { return arith::MulIOp::create(builder, loc, a, b); };
  auto linearThread = [&] {
    Value row = add(argument(StageOp::kThreadId, gpu::Dimension::y),
                    mul(argument(StageOp::kThreadId, gpu::Dimension::z),
                        argument(StageOp::kBlockDim, gpu::Dimension::y)));
    return add(argument(StageOp::kThreadId, gpu::Dimension::x),
               mul(row, argument(StageOp::kBlockDim, gpu::Dimension::x)));
  };
  auto threads = [&] {
    return mul(argument(StageOp::kBlockDim, gpu::Dimension::x),
               mul(argument(StageOp::kBlockDim, gpu::Dimension::y),
                   argument(StageOp::kBlockDim, gpu::Dimension::z)));
  };
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](gpu::ThreadIdOp id) { return argument(StageOp::kThreadId, id.getDimension()); })
      .Case([&](gpu::BlockIdOp id) { return argument(StageOp::kBlockId, id.getDimension()); })
      .Case([&](gpu::GridDimOp id) { return argument(StageOp::kGridDim, id.getDimension()); })
      .Case([&](gpu::BlockDimOp id) { return argument(StageOp::kBlockDim, id.getDimension()); })
      .Case([&](gpu::GlobalIdOp id) {
        return add(argument(StageOp::kThreadId, id.getDimension()),
                   mul(argument(StageOp::kBlockId, id.getDimension()),
                       argument(StageOp::kBlockDim, id.getDimension())));
      })
      .Case([&](gpu::LaneIdOp) -> Value {
        return arith::RemUIOp::create(builder, loc, linearThread(), constant(kSubgroupSize));
      })
      .Case([&](gpu::SubgroupIdOp) -> Value {
        return arith::DivUIOp::create(builder, loc, linearThread(), constant(kSubgroupSize));
      })
      .Case([&](gpu::NumSubgroupsOp) -> Value {
        return arith::CeilDivUIOp::create(builder, loc, threads(), constant(kSubgroupSize));
      })
      .Case([&](gpu::SubgroupSizeOp) { return constant(kSubgroupSize); })
      .Default(Value());
}

void vyre::normalizeBody(Region &body, Region &into, IRRewriter &rewriter) {
  rewriter.inlineRegionBefore(body, into, into.end());
  Block &entry = into.front();
  SmallVector<Type> types(StageOp::kNumArgs, rewriter.getIndexType());
  entry.addArguments(types, SmallVector<Location>(StageOp::kNumArgs, rewriter.getUnknownLoc()));
  SmallVector<Operation *> ops;
  into.walk([&](Operation *op) { ops.push_back(op); });
  for (Operation *op : ops) {
    rewriter.setInsertionPoint(op);
    if (isa<gpu::ReturnOp>(op)) {
      rewriter.replaceOpWithNewOp<YieldOp>(op);
      continue;
    }
    if (Value value = getShapeValue(rewriter, op, entry))
      rewriter.replaceOp(op, value);
  }
}

//===----------------------------------------------------------------------===//
// Memory spaces, printf, dynamic shared memory
//===----------------------------------------------------------------------===//

void vyre::removeMemorySpaces(Operation *root) {
  AttrTypeReplacer replacer;
  replacer.addReplacement([](MemRefType type) -> std::optional<Type> {
    return type.getMemorySpace() ? std::optional<Type>(MemRefType::get(
                                       type.getShape(), type.getElementType(), type.getLayout()))
                                 : std::nullopt;
  });
  replacer.addReplacement([](UnrankedMemRefType type) -> std::optional<Type> {
    return UnrankedMemRefType::get(type.getElementType(), Attribute());
  });
  replacer.addReplacement([](LLVM::LLVMPointerType type) -> std::optional<Type> {
    return LLVM::LLVMPointerType::get(type.getContext());
  });
  replacer.recursivelyReplaceElementsIn(root, /*replaceAttrs=*/true, /*replaceLocs=*/false,
                                        /*replaceTypes=*/true);
  // Casts between spaces are now casts to the same type.
  root->walk([](Operation *op) {
    if (!isa<memref::MemorySpaceCastOp, LLVM::AddrSpaceCastOp>(op) ||
        op->getOperand(0).getType() != op->getResult(0).getType())
      return;
    op->replaceAllUsesWith(op->getOperands());
    op->erase();
  });
}

/// A printf argument as C passes it: at least 32 bits, floats as double.
static Value promote(OpBuilder &builder, Location loc, Value value) {
  Type type = value.getType();
  if (isa<IndexType>(type))
    return arith::IndexCastOp::create(builder, loc, builder.getI64Type(), value);
  if (isa<FloatType>(type) && type.getIntOrFloatBitWidth() < 64)
    return arith::ExtFOp::create(builder, loc, builder.getF64Type(), value);
  if (type.isInteger(1))
    return arith::ExtUIOp::create(builder, loc, builder.getI32Type(), value);
  if (isa<IntegerType>(type) && type.getIntOrFloatBitWidth() < 32)
    return arith::ExtSIOp::create(builder, loc, builder.getI32Type(), value);
  return value;
}

constexpr llvm::StringLiteral kPrintf = "vyreHostPrintf";

static void lowerPrintf(HostKernel &kernel, gpu::PrintfOp op) {
  IRRewriter &rewriter = kernel.rewriter;
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  Type pointer = kernel.context.getType();
  auto type = LLVM::LLVMFunctionType::get(rewriter.getI32Type(), {pointer}, /*isVarArg=*/true);
  auto callee = kernel.module.lookupSymbol<LLVM::LLVMFuncOp>(kPrintf);
  if (!callee) {
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPointToStart(kernel.module.getBody());
    callee = LLVM::LLVMFuncOp::create(rewriter, kernel.module.getLoc(), kPrintf, type);
  }
  SmallVector<Value> arguments = {
      addressOf(rewriter, loc, kernel.records.getString(rewriter, op.getFormat()))};
  for (Value value : op.getArgs())
    arguments.push_back(promote(rewriter, loc, value));
  LLVM::CallOp::create(rewriter, loc, callee, arguments);
  rewriter.eraseOp(op);
}

/// The block's dynamic shared memory as a memref of bytes from the context.
static void lowerDynamicShared(HostKernel &kernel, gpu::DynamicSharedMemoryOp op) {
  IRRewriter &rewriter = kernel.rewriter;
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  Value memory = kernel.readContext(loc, abi::vyre_host_ctx_field::dynamic_shared);
  Value bytes = kernel.readContext(loc, abi::vyre_host_ctx_field::dynamic_shared_bytes);
  Value count = arith::IndexCastOp::create(rewriter, loc, rewriter.getI64Type(), bytes);
  Value value = makeDescriptor(rewriter, loc, memory, count);
  rewriter.replaceOpWithNewOp<UnrealizedConversionCastOp>(op, op.getType(), value);
}

/// Lowers what is left of device code in one function, whose last argument is
/// the context.
static void lowerFunction(HostKernel kernel, func::FuncOp function) {
  kernel.function = function;
  kernel.context = function.getArguments().back();
  removeMemorySpaces(function);
  SmallVector<Operation *> ops;
  function.walk([&](Operation *op) {
    if (isa<gpu::PrintfOp, gpu::DynamicSharedMemoryOp>(op))
      ops.push_back(op);
  });
  for (Operation *op : ops) {
    if (auto print = dyn_cast<gpu::PrintfOp>(op))
      lowerPrintf(kernel, print);
    else
      lowerDynamicShared(kernel, cast<gpu::DynamicSharedMemoryOp>(op));
  }
}

void vyre::lowerHostOps(HostKernel &kernel) {
  lowerFunction(kernel, kernel.function);
  for (func::FuncOp thread : kernel.threads)
    lowerFunction(kernel, thread);
}
