// Takes a kernel's copy out of the name space of its gpu.module: device functions
// are inlined or copied into the host module, and so are globals.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "HostKernel.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/IR/AttrTypeSubElements.h"

using namespace mlir;
using namespace vyre;

//===----------------------------------------------------------------------===//
// Inlining
//===----------------------------------------------------------------------===//

namespace {

/// Inlines device functions into one kernel: they may ask for thread ids or hold
/// barriers.
class DeviceInliner {
public:
  explicit DeviceInliner(gpu::GPUModuleOp device) : symbols(device) {}
  LogicalResult run(Region &region);

private:
  void inlineCall(func::CallOp call, func::FuncOp callee);

  SymbolTable symbols;
  SmallVector<StringRef> callStack;
};

/// Puts the body of `callee`, which is given up, in the place of `call`.
void DeviceInliner::inlineCall(func::CallOp call, func::FuncOp callee) {
  OpBuilder builder(call);
  auto execute = scf::ExecuteRegionOp::create(builder, call.getLoc(), call.getResultTypes());
  Region &body = execute.getRegion();
  for (auto [argument, value] : llvm::zip(callee.getArguments(), call.getOperands()))
    argument.replaceAllUsesWith(value);
  callee.front().eraseArguments(0, callee.getNumArguments());
  body.takeBody(callee.getBody());
  for (Block &block : body)
    if (auto back = dyn_cast<func::ReturnOp>(block.getTerminator())) {
      OpBuilder at(back);
      scf::YieldOp::create(at, back.getLoc(), back.getOperands());
      back.erase();
    }
  call.replaceAllUsesWith(execute.getResults());
  call.erase();
  if (!body.hasOneBlock())
    return;
  Operation *yield = body.front().getTerminator();
  execute.replaceAllUsesWith(yield->getOperands());
  yield->erase();
  execute->getBlock()->getOperations().splice(execute->getIterator(), body.front().getOperations());
  execute.erase();
}

LogicalResult DeviceInliner::run(Region &region) {
  SmallVector<func::CallOp> calls;
  region.walk([&](func::CallOp call) { calls.push_back(call); });
  for (func::CallOp call : calls) {
    auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
    if (!callee || callee.isDeclaration())
      continue;
    if (llvm::is_contained(callStack, callee.getSymName()))
      return call.emitError() << "'func.call' of @" << callee.getSymName()
                              << " is recursive: device functions are inlined for the host";
    callStack.push_back(callee.getSymName());
    OwningOpRef<func::FuncOp> copy = callee.clone();
    if (failed(run(copy->getBody())))
      return failure();
    inlineCall(call, *copy);
    callStack.pop_back();
  }
  return success();
}

/// True for the memory spaces of buffers that the threads of a block share.
bool isWorkgroupSpace(Attribute space) {
  if (auto gpuSpace = dyn_cast_or_null<gpu::AddressSpaceAttr>(space))
    return gpuSpace.getValue() == gpu::AddressSpace::Workgroup;
  auto number = dyn_cast_or_null<IntegerAttr>(space);
  return number && number.getInt() == 3;
}

/// A global in shared memory is one buffer per block, not one per program.
void makeSharedGlobalsAttributions(gpu::GPUFuncOp kernel) {
  DenseMap<StringAttr, Value> buffers;
  SmallVector<memref::GetGlobalOp> uses;
  kernel.walk([&](memref::GetGlobalOp use) {
    if (isWorkgroupSpace(use.getType().getMemorySpace()))
      uses.push_back(use);
  });
  for (memref::GetGlobalOp use : uses) {
    Value &buffer = buffers[use.getNameAttr().getAttr()];
    if (!buffer)
      buffer = kernel.addWorkgroupAttribution(use.getType(), use.getLoc());
    use.replaceAllUsesWith(buffer);
    use.erase();
  }
}

//===----------------------------------------------------------------------===//
// Copies of symbols
//===----------------------------------------------------------------------===//

class SymbolCopier {
public:
  SymbolCopier(ModuleOp module, gpu::GPUModuleOp device)
      : module(module), device(device), symbols(device) {}

  /// Makes `root` name copies of what it names in the device module.
  void copyUses(Operation *root);

private:
  StringAttr copy(Operation *symbol);

  ModuleOp module;
  gpu::GPUModuleOp device;
  SymbolTable symbols;
};

/// Copies a symbol into the host module, once; gives the copy's name. A declared
/// function keeps its name: it is somebody else's.
StringAttr SymbolCopier::copy(Operation *symbol) {
  StringAttr name = SymbolTable::getSymbolName(symbol);
  bool isForeign = isa<FunctionOpInterface>(symbol) && symbol->getRegion(0).empty();
  if (!isForeign)
    name = StringAttr::get(module.getContext(),
                           "__vyre_host_" + device.getName() + "_" + name.getValue());
  if (module.lookupSymbol(name))
    return name;
  Operation *copied = symbol->clone();
  SymbolTable::setSymbolName(copied, name);
  if (isa<func::FuncOp, memref::GlobalOp>(copied))
    SymbolTable::setSymbolVisibility(copied, SymbolTable::Visibility::Private);
  module.getBody()->push_back(copied);
  removeMemorySpaces(copied);
  copyUses(copied);
  return name;
}

void SymbolCopier::copyUses(Operation *root) {
  root->walk([&](Operation *op) {
    if (op == root || isa<StageOp>(op)) // a stage names its kernel as a note only
      return;
    AttrTypeReplacer replacer;
    replacer.addReplacement([&](FlatSymbolRefAttr use) -> std::optional<Attribute> {
      Operation *symbol = symbols.lookup(use.getAttr());
      return symbol ? std::optional<Attribute>(FlatSymbolRefAttr::get(copy(symbol))) : std::nullopt;
    });
    replacer.replaceElementsIn(op);
  });
}

/// True if the host lowering has a meaning for `op`.
bool runsOnHost(Operation *op) {
  if (isa<gpu::ThreadIdOp, gpu::BlockIdOp, gpu::GridDimOp, gpu::BlockDimOp, gpu::GlobalIdOp,
          gpu::LaneIdOp, gpu::SubgroupIdOp, gpu::NumSubgroupsOp, gpu::SubgroupSizeOp,
          gpu::BarrierOp, gpu::PrintfOp, gpu::ReturnOp, gpu::DynamicSharedMemoryOp, gpu::GPUFuncOp>(
          op))
    return true;
  if (auto intrinsic = dyn_cast<LLVM::CallIntrinsicOp>(op))
    return !intrinsic.getIntrin().starts_with("llvm.nvvm");
  return !isa<LLVM::InlineAsmOp>(op) &&
         !isa_and_nonnull<gpu::GPUDialect, NVVM::NVVMDialect, nvgpu::NVGPUDialect>(
             op->getDialect());
}

CudaOnlyOp findCudaOnly(SymbolTable &symbols, Operation *root, DenseSet<Operation *> &seen) {
  if (!seen.insert(root).second)
    return {};
  CudaOnlyOp found;
  root->walk([&](Operation *op) {
    if (!runsOnHost(op)) {
      found = {op->getName().getStringRef().str(), op->getLoc()};
      return WalkResult::interrupt();
    }
    auto call = dyn_cast<CallOpInterface>(op);
    auto name = call ? dyn_cast<SymbolRefAttr>(call.getCallableForCallee()) : SymbolRefAttr();
    Operation *callee = name ? symbols.lookup(name.getLeafReference()) : nullptr;
    if (!callee)
      return WalkResult::advance();
    // CUDA's device library exists on the GPU only.
    if (callee->getRegion(0).empty() && name.getLeafReference().getValue().starts_with("__nv_"))
      found = {name.getLeafReference().str(), op->getLoc()};
    else
      found = findCudaOnly(symbols, callee, seen);
    return !found.at ? WalkResult::advance() : WalkResult::interrupt();
  });
  return found;
}

} // namespace

CudaOnlyOp vyre::findCudaOnly(gpu::GPUModuleOp device, Operation *kernel) {
  SymbolTable symbols(device);
  DenseSet<Operation *> seen;
  return ::findCudaOnly(symbols, kernel, seen);
}

LogicalResult vyre::inlineDeviceCalls(gpu::GPUModuleOp device, gpu::GPUFuncOp kernel) {
  return DeviceInliner(device).run(kernel.getBody());
}

LogicalResult vyre::inlineDeviceFunctions(gpu::GPUModuleOp device, gpu::GPUFuncOp kernel) {
  if (failed(inlineDeviceCalls(device, kernel)))
    return failure();
  makeSharedGlobalsAttributions(kernel);
  return success();
}

void vyre::copyUsedSymbols(ModuleOp module, gpu::GPUModuleOp device, Operation *kernel) {
  SymbolCopier(module, device).copyUses(kernel);
}
