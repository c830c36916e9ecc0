// Makes a host function of every kernel.
//
// A plain kernel's function runs the virtual blocks [block_begin, block_end) of
// the launch, one after the other. A persistent kernel's is called once per
// worker: each worker takes its contiguous share of a stage's blocks, and a
// vyre.sync is a barrier of the workers.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "HostKernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "vyre/Conversion/Passes.h"

using namespace mlir;

namespace vyre {
#define GEN_PASS_DEF_CONVERTKERNELSTOHOSTPASS
#include "vyre/Conversion/Passes.h.inc"

namespace {

class HostFunctionBuilder {
public:
  HostFunctionBuilder(ModuleOp module, ModuleRecords &records, IRRewriter &rewriter)
      : module(module), records(records), rewriter(rewriter) {}

  LogicalResult build(gpu::GPUFuncOp kernel);

private:
  func::FuncOp createFunction(gpu::GPUFuncOp kernel, SymbolRefAttr symbol);
  Block *moveBody(gpu::GPUFuncOp kernel, Block *entry, Region &body);
  Value failOnOtherShape(HostKernel &host, gpu::GPUFuncOp kernel, Value begin, Value end);
  LogicalResult emitPlain(HostKernel &host, gpu::GPUFuncOp kernel, Region &body);

  ModuleOp module;
  ModuleRecords &records;
  IRRewriter &rewriter;
};

/// An empty host function for the kernel: its arguments and the context.
func::FuncOp HostFunctionBuilder::createFunction(gpu::GPUFuncOp kernel, SymbolRefAttr symbol) {
  SmallVector<Type> types = llvm::to_vector(kernel.getFunctionType().getInputs());
  types.push_back(LLVM::LLVMPointerType::get(module.getContext()));
  rewriter.setInsertionPointToEnd(module.getBody());
  auto function = func::FuncOp::create(rewriter, kernel.getLoc(), getHostKernelName(symbol),
                                       rewriter.getFunctionType(types, {}));
  function.setPrivate();
  function->setAttr(attr_name::kHostKernel, symbol);
  return function;
}

/// Fails the launch if its shape is not the one that the kernel says to know, on
/// which the body relies. Gives the end of the blocks to run: none of them then.
Value HostFunctionBuilder::failOnOtherShape(HostKernel &host, gpu::GPUFuncOp kernel, Value begin,
                                            Value end) {
  Location loc = kernel.getLoc();
  using Field = abi::vyre_host_ctx_field;
  Value differs;
  std::string expected;
  auto compare = [&](StringRef what, std::optional<ArrayRef<int32_t>> known,
                     ArrayRef<Field> fields) {
    if (!known)
      return;
    expected += (expected.empty() ? "" : ", ") + ("known_" + what + "_size").str();
    for (auto [number, field] : llvm::zip(*known, fields)) {
      expected += " " + std::to_string(number);
      Value other = arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::ne,
                                          host.readContext(loc, field),
                                          arith::ConstantIndexOp::create(rewriter, loc, number));
      differs = differs ? arith::OrIOp::create(rewriter, loc, differs, other).getResult() : other;
    }
  };
  compare("block", kernel.getKnownBlockSize(), {Field::block_x, Field::block_y, Field::block_z});
  compare("grid", kernel.getKnownGridSize(), {Field::grid_x, Field::grid_y, Field::grid_z});
  auto guard = scf::IfOp::create(rewriter, loc, differs);
  rewriter.setInsertionPoint(guard.thenYield());
  host.fail(loc, "the launch has another shape than the kernel says to know: " + expected);
  rewriter.setInsertionPointAfter(guard);
  return arith::SelectOp::create(rewriter, loc, differs, begin, end);
}

LogicalResult HostFunctionBuilder::emitPlain(HostKernel &host, gpu::GPUFuncOp kernel,
                                             Region &body) {
  Location loc = kernel.getLoc();
  using Field = abi::vyre_host_ctx_field;
  auto read = [&](std::optional<ArrayRef<int32_t>> known, ArrayRef<Field> fields) {
    SmallVector<Value> sizes;
    for (auto [dim, field] : llvm::enumerate(fields))
      sizes.push_back(known ? Value(arith::ConstantIndexOp::create(rewriter, loc, (*known)[dim]))
                            : host.readContext(loc, field));
    return sizes;
  };
  SmallVector<Value> gridDim =
      read(kernel.getKnownGridSize(), {Field::grid_x, Field::grid_y, Field::grid_z});
  SmallVector<Value> blockDim =
      read(kernel.getKnownBlockSize(), {Field::block_x, Field::block_y, Field::block_z});
  Value begin = host.readContext(loc, Field::block_begin);
  Value end = host.readContext(loc, Field::block_end);
  if (kernel->hasAttr(attr_name::kCheckShape))
    end = failOnOtherShape(host, kernel, begin, end);
  Value one = arith::ConstantIndexOp::create(rewriter, loc, 1);
  auto loop = scf::ForOp::create(rewriter, loc, begin, end, one);
  rewriter.setInsertionPointToStart(loop.getBody());
  BlockShape shape = decodeBlock(rewriter, loc, loop.getInductionVar(), gridDim, blockDim);
  // A stage holds the body, as in a persistent kernel.
  auto stage = StageOp::create(rewriter, loc, gridDim[0], gridDim[1], gridDim[2], blockDim[0],
                               blockDim[1], blockDim[2], SymbolRefAttr(), DenseI32ArrayAttr());
  normalizeBody(body, stage.getBody(), rewriter);
  rewriter.setInsertionPoint(stage);
  if (failed(emitBlock(host, loc, stage.getBody(), shape)))
    return failure();
  rewriter.eraseOp(stage);
  return success();
}

/// Moves the kernel's blocks into `body`, with the function's arguments in place
/// of its own; gives the first block.
Block *HostFunctionBuilder::moveBody(gpu::GPUFuncOp kernel, Block *entry, Region &body) {
  body.takeBody(kernel.getBody());
  Block &first = body.front();
  unsigned firstPrivate = kernel.getNumArguments() + kernel.getNumWorkgroupAttributions();
  for (BlockArgument argument : first.getArguments()) {
    unsigned number = argument.getArgNumber();
    Value value;
    if (number < kernel.getNumArguments()) {
      value = entry->getArgument(number);
    } else {
      // Workgroup memory once per worker, private memory where a thread begins.
      rewriter.setInsertionPointToStart(number < firstPrivate ? entry : &first);
      value =
          memref::AllocaOp::create(rewriter, kernel.getLoc(), cast<MemRefType>(argument.getType()),
                                   rewriter.getI64IntegerAttr(64));
    }
    argument.replaceAllUsesWith(value);
  }
  first.eraseArguments(0, first.getNumArguments());
  return &first;
}

LogicalResult HostFunctionBuilder::build(gpu::GPUFuncOp original) {
  auto gpuModule = original->getParentOfType<gpu::GPUModuleOp>();
  OwningOpRef<gpu::GPUFuncOp> copy = original.clone();
  gpu::GPUFuncOp kernel = *copy;
  if (failed(inlineDeviceFunctions(gpuModule, kernel)))
    return failure();
  // Here a kernel starts when those before it have ended.
  kernel.walk([](AwaitLaunchesOp wait) { wait.erase(); });
  expandSubgroupShuffles(kernel);
  if (CudaOnlyOp op = findCudaOnly(gpuModule, kernel); op.at) {
    original->setAttr(kCudaOnly, rewriter.getStringAttr(op.name));
    original->setAttr(kCudaOnlyAt, op.at);
    return success();
  }
  copyUsedSymbols(module, gpuModule, kernel);
  auto symbol = SymbolRefAttr::get(gpuModule.getNameAttr(), {FlatSymbolRefAttr::get(original)});
  func::FuncOp function = createFunction(kernel, symbol);
  Block *entry = function.addEntryBlock();
  HostKernel host{module, function, entry->getArguments().back(), records, rewriter, {}};
  bool isPersistent = kernel->hasAttr(attr_name::kPersistent);
  Region body;
  Block *first = moveBody(kernel, entry, body);
  if (isPersistent) {
    entry->getOperations().splice(entry->end(), first->getOperations());
    function.getBody().getBlocks().splice(function.getBody().end(), body.getBlocks(),
                                          std::next(body.begin()), body.end());
    for (gpu::ReturnOp back : llvm::to_vector(function.getOps<gpu::ReturnOp>())) {
      rewriter.setInsertionPoint(back);
      rewriter.replaceOpWithNewOp<func::ReturnOp>(back);
    }
    if (failed(emitPersistent(host)))
      return failure();
  } else {
    rewriter.setInsertionPointToEnd(entry);
    auto end = func::ReturnOp::create(rewriter, kernel.getLoc());
    rewriter.setInsertionPoint(end);
    if (failed(emitPlain(host, kernel, body)))
      return failure();
  }
  hoistAllocations(function);
  for (func::FuncOp thread : host.threads)
    hoistAllocations(thread);
  lowerHostOps(host);
  return success();
}

struct ConvertKernelsToHostPass
    : public impl::ConvertKernelsToHostPassBase<ConvertKernelsToHostPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    ModuleRecords records(module);
    IRRewriter rewriter(&getContext());
    HostFunctionBuilder builder(module, records, rewriter);
    for (auto gpuModule : llvm::to_vector(module.getOps<gpu::GPUModuleOp>())) {
      auto offload = gpuModule->getAttrOfType<OffloadAttr>(attr_name::kOffload);
      if (offload && !offload.getHost())
        continue;
      for (auto kernel : gpuModule.getOps<gpu::GPUFuncOp>())
        // The host device takes items of queues by itself and calls their kernels.
        if (kernel.isKernel() && !kernel->hasAttr(attr_name::kQueue) &&
            failed(builder.build(kernel)))
          return signalPassFailure();
    }
  }
};

} // namespace
} // namespace vyre
