// Runs every thread of a block as a fiber: for barriers in any control flow and
// for threads that can stop alone (assert).
//
// The body becomes a function of its own that the runtime calls once per fiber.
// What it uses from outside travels in a frame: an array with the address of one
// slot per value.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "HostKernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace vyre;

namespace {

/// Source place of a device assert, as CUDA's message names it.
struct AssertPlace {
  std::string file = "(unknown)", function = "(unknown)";
  int64_t line = 0;
};

AssertPlace getPlace(Location loc) {
  AssertPlace place;
  while (auto call = dyn_cast<CallSiteLoc>(loc))
    loc = call.getCallee();
  if (auto name = dyn_cast<NameLoc>(loc)) {
    place.function = name.getName().str();
    loc = name.getChildLoc();
  }
  if (auto file = dyn_cast<FileLineColRange>(loc)) {
    place.file = file.getFilename().str();
    place.line = file.getStartLine();
  }
  return place;
}

class FiberOutliner {
public:
  FiberOutliner(HostKernel &kernel, Location loc, Region &body, const BlockShape &shape)
      : kernel(kernel), rewriter(kernel.rewriter), loc(loc), body(body), shape(shape),
        pointer(LLVM::LLVMPointerType::get(rewriter.getContext())) {}

  void run();

private:
  Value packFrame(ArrayRef<Value> captured);
  func::FuncOp outline(ArrayRef<Value> captured);
  func::FuncOp createThread();
  SmallVector<Value> bindBody(Block &entry, ArrayRef<Value> captured);
  void lowerThreadOps(Value context, ArrayRef<Value> ids);
  Value unpack(Value frame, unsigned index, Type type);
  void lowerAssert(cf::AssertOp op, Value context, ArrayRef<Value> ids);

  HostKernel &kernel;
  IRRewriter &rewriter;
  Location loc;
  Region &body;
  const BlockShape &shape;
  Type pointer;
};

/// The address of a memref's first element.
Value getAddress(OpBuilder &builder, Location loc, Type pointer, Value memref) {
  Value index = memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, memref);
  Value number = arith::IndexCastOp::create(builder, loc, builder.getI64Type(), index);
  return LLVM::IntToPtrOp::create(builder, loc, pointer, number);
}

/// Stores each captured value into a slot and the slots' addresses into the
/// frame; gives the frame's address.
Value FiberOutliner::packFrame(ArrayRef<Value> captured) {
  int64_t count = std::max<int64_t>(captured.size(), 1);
  Value frame = kernel.allocateFrame(loc, MemRefType::get({count}, rewriter.getI64Type()));
  for (auto [index, value] : llvm::enumerate(captured)) {
    Value slot = kernel.allocateFrame(loc, MemRefType::get({}, value.getType()));
    memref::StoreOp::create(rewriter, loc, value, slot, ValueRange());
    Value address = memref::ExtractAlignedPointerAsIndexOp::create(rewriter, loc, slot);
    Value number = arith::IndexCastOp::create(rewriter, loc, rewriter.getI64Type(), address);
    Value at = arith::ConstantIndexOp::create(rewriter, loc, index);
    memref::StoreOp::create(rewriter, loc, number, frame, at);
  }
  return getAddress(rewriter, loc, pointer, frame);
}

/// Reads captured value `index` back from the frame.
Value FiberOutliner::unpack(Value frame, unsigned index, Type type) {
  Type i64 = rewriter.getI64Type();
  Value entry = LLVM::GEPOp::create(rewriter, loc, pointer, i64, frame,
                                    ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(index)});
  Value number = LLVM::LoadOp::create(rewriter, loc, i64, entry);
  Value slot = LLVM::IntToPtrOp::create(rewriter, loc, pointer, number);
  // The descriptor of a memref without dimensions, as the LLVM conversion has it.
  auto descriptor =
      LLVM::LLVMStructType::getLiteral(rewriter.getContext(), {pointer, pointer, i64});
  Value value = LLVM::UndefOp::create(rewriter, loc, descriptor);
  value = LLVM::InsertValueOp::create(rewriter, loc, value, slot, ArrayRef<int64_t>{0});
  value = LLVM::InsertValueOp::create(rewriter, loc, value, slot, ArrayRef<int64_t>{1});
  Value zero = LLVM::ConstantOp::create(rewriter, loc, i64, rewriter.getI64IntegerAttr(0));
  value = LLVM::InsertValueOp::create(rewriter, loc, value, zero, ArrayRef<int64_t>{2});
  Value memref = UnrealizedConversionCastOp::create(rewriter, loc, MemRefType::get({}, type), value)
                     .getResult(0);
  return memref::LoadOp::create(rewriter, loc, memref, ValueRange());
}

void FiberOutliner::lowerAssert(cf::AssertOp op, Value context, ArrayRef<Value> ids) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  Location at = op.getLoc();
  AssertPlace place = getPlace(at);
  Value yes = arith::ConstantIntOp::create(rewriter, at, 1, 1);
  Value failed = arith::XOrIOp::create(rewriter, at, op.getArg(), yes);
  auto branch = scf::IfOp::create(rewriter, at, failed);
  rewriter.setInsertionPointToStart(branch.thenBlock());
  auto text = [&](StringRef value) {
    return addressOf(rewriter, at, kernel.records.getString(rewriter, value));
  };
  auto array = [&](ArrayRef<Value> values) {
    Value three = LLVM::ConstantOp::create(rewriter, at, rewriter.getI64Type(),
                                           rewriter.getI64IntegerAttr(3));
    Value slot = LLVM::AllocaOp::create(rewriter, at, pointer, rewriter.getI64Type(), three);
    for (auto [index, value] : llvm::enumerate(values)) {
      Value number = arith::IndexCastOp::create(rewriter, at, rewriter.getI64Type(), value);
      Value entry = LLVM::GEPOp::create(rewriter, at, pointer, rewriter.getI64Type(), slot,
                                        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(index)});
      LLVM::StoreOp::create(rewriter, at, number, entry);
    }
    return slot;
  };
  Value line = LLVM::ConstantOp::create(rewriter, at, rewriter.getI32Type(),
                                        rewriter.getI32IntegerAttr(place.line));
  SmallVector<Value> arguments = {
      text(op.getMsg()),        text(place.file),         line,   text(place.function),
      array(ids.take_front(3)), array(ids.drop_front(3)), context};
  auto callee = kernel.records.declareFunction(rewriter, "vyreHostAssertFail",
                                               LLVM::LLVMVoidType::get(rewriter.getContext()),
                                               llvm::to_vector(ValueRange(arguments).getTypes()));
  LLVM::CallOp::create(rewriter, at, callee, arguments);
  rewriter.eraseOp(op);
}

/// An empty function (frame, x, y, z, context).
func::FuncOp FiberOutliner::createThread() {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointAfter(kernel.function);
  Type index = rewriter.getIndexType();
  auto type = rewriter.getFunctionType({pointer, index, index, index, pointer}, {});
  std::string name = (kernel.function.getSymName() + "_thread").str();
  SymbolTable symbols(kernel.module);
  auto thread = func::FuncOp::create(rewriter, loc, name, type);
  thread.setPrivate();
  symbols.insert(thread); // makes the name unique
  thread.addEntryBlock();
  return thread;
}

/// Makes the body use the frame's values and the function's ids. Gives the block's
/// and the thread's ids.
SmallVector<Value> FiberOutliner::bindBody(Block &entry, ArrayRef<Value> captured) {
  IRMapping mapping;
  for (auto [number, value] : llvm::enumerate(captured)) {
    Value inside = unpack(entry.getArgument(0), number, value.getType());
    replaceAllUsesInRegionWith(value, inside, body);
    mapping.map(value, inside);
  }
  auto inside = [&](ArrayRef<Value> values) {
    return llvm::map_to_vector(values, [&](Value v) { return mapping.lookup(v); });
  };
  auto bind = [&](unsigned first, ArrayRef<Value> values) {
    for (auto [dim, value] : llvm::enumerate(values))
      rewriter.replaceAllUsesWith(body.getArgument(first + dim), value);
  };
  SmallVector<Value> ids = llvm::to_vector_of<Value>(inside(shape.blockId));
  for (unsigned dim = 0; dim < 3; ++dim)
    ids.push_back(entry.getArgument(1 + dim));
  bind(StageOp::kBlockId, ArrayRef(ids).take_front(3));
  bind(StageOp::kThreadId, ArrayRef(ids).drop_front(3));
  bind(StageOp::kGridDim, inside(shape.gridDim));
  bind(StageOp::kBlockDim, inside(shape.blockDim));
  body.front().eraseArguments(0, body.getNumArguments());
  return ids;
}

/// Replaces what a single thread does otherwise: barriers, assertions and its end.
void FiberOutliner::lowerThreadOps(Value context, ArrayRef<Value> ids) {
  SmallVector<Operation *> ops;
  body.walk([&](Operation *op) {
    if (isa<gpu::BarrierOp, cf::AssertOp, YieldOp>(op))
      ops.push_back(op);
  });
  Type none = LLVM::LLVMVoidType::get(rewriter.getContext());
  for (Operation *op : ops) {
    rewriter.setInsertionPoint(op);
    if (auto check = dyn_cast<cf::AssertOp>(op)) {
      lowerAssert(check, context, ids);
      continue;
    }
    if (isa<YieldOp>(op)) {
      func::ReturnOp::create(rewriter, op->getLoc());
    } else {
      auto barrier = kernel.records.declareFunction(
          rewriter,
          op->hasAttr(kSubgroupBarrier) ? "vyreHostFiberSubgroupBarrier" : "vyreHostFiberBarrier",
          none, {pointer});
      LLVM::CallOp::create(rewriter, op->getLoc(), barrier, ValueRange(context));
    }
    rewriter.eraseOp(op);
  }
}

/// Moves the body into a function of one thread.
func::FuncOp FiberOutliner::outline(ArrayRef<Value> captured) {
  OpBuilder::InsertionGuard guard(rewriter);
  func::FuncOp thread = createThread();
  Block *entry = &thread.getBody().front(), *first = &body.front();
  rewriter.setInsertionPointToStart(entry);
  SmallVector<Value> ids = bindBody(*entry, captured);
  lowerThreadOps(entry->getArgument(4), ids);
  rewriter.inlineRegionBefore(body, thread.getBody(), thread.getBody().end());
  rewriter.mergeBlocks(first, entry);
  kernel.threads.push_back(thread);
  return thread;
}

void FiberOutliner::run() {
  llvm::SetVector<Value> used;
  getUsedValuesDefinedAbove(body, used);
  for (ArrayRef<Value> values : {ArrayRef<Value>(shape.blockId), ArrayRef<Value>(shape.gridDim),
                                 ArrayRef<Value>(shape.blockDim)})
    used.insert(values.begin(), values.end());
  SmallVector<Value> captured = used.takeVector();
  Value frame = packFrame(captured);
  func::FuncOp thread = outline(captured);
  Value function =
      func::ConstantOp::create(rewriter, loc, thread.getFunctionType(),
                               FlatSymbolRefAttr::get(rewriter.getContext(), thread.getSymName()));
  Value address = UnrealizedConversionCastOp::create(rewriter, loc, pointer, function).getResult(0);
  SmallVector<Value> arguments = {address, frame};
  for (Value size : shape.blockDim)
    arguments.push_back(arith::IndexCastOp::create(rewriter, loc, rewriter.getI64Type(), size));
  arguments.push_back(kernel.context);
  auto callee = kernel.records.declareFunction(rewriter, "vyreHostRunFibers",
                                               LLVM::LLVMVoidType::get(rewriter.getContext()),
                                               llvm::to_vector(ValueRange(arguments).getTypes()));
  LLVM::CallOp::create(rewriter, loc, callee, arguments);
}

} // namespace

LogicalResult vyre::emitFibers(HostKernel &kernel, Location loc, Region &body,
                               const BlockShape &shape) {
  FiberOutliner(kernel, loc, body, shape).run();
  return success();
}
