// Moves the bodies of gpu.launch ops into kernels of one gpu.module and merges
// identical ones. Each launch is outlined on its own; a hash of the new
// function's structure then finds an equal one that is already there, so that
// the cost is linear in the size of the program.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/Utils/GPUUtils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "vyre/Analysis/KernelCaptures.h"
#include "vyre/Dialect/Vyre/IR/Remarks.h"

#define DEBUG_TYPE "vyre-outline-kernels"

namespace vyre {
#define GEN_PASS_DEF_OUTLINEKERNELSPASS
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

using namespace mlir;
using namespace vyre;

namespace {

/// A hash of everything that makes two kernels the same code: signature,
/// attributes but the name, and the body with values numbered in order.
class StructuralHash {
public:
  llvm::hash_code hash(gpu::GPUFuncOp func) {
    llvm::hash_code result = hash_value(Type(func.getFunctionType()));
    addRegion(result, func.getBody());
    return result;
  }

private:
  void addRegion(llvm::hash_code &hash, Region &region) {
    for (Block &block : region) {
      for (BlockArgument arg : block.getArguments())
        hash = llvm::hash_combine(hash, number(arg), arg.getType().getAsOpaquePointer());
      for (Operation &op : block)
        addOp(hash, op);
    }
  }

  void addOp(llvm::hash_code &hash, Operation &op) {
    hash = llvm::hash_combine(
        hash, OperationEquivalence::computeHash(
                  &op, [&](Value value) { return llvm::hash_code(number(value)); },
                  OperationEquivalence::ignoreHashValue, OperationEquivalence::IgnoreLocations));
    for (Value result : op.getResults())
      number(result);
    for (Region &region : op.getRegions())
      addRegion(hash, region);
  }

  unsigned number(Value value) { return numbers.try_emplace(value, numbers.size()).first->second; }

  DenseMap<Value, unsigned> numbers;
};

/// True if the kernels differ in nothing but their names and locations.
bool areIdentical(gpu::GPUFuncOp a, gpu::GPUFuncOp b) {
  auto attributesWithoutName = [](gpu::GPUFuncOp func) {
    NamedAttrList attrs(func->getAttrDictionary());
    attrs.erase(SymbolTable::getSymbolAttrName());
    return attrs.getDictionary(func.getContext());
  };
  return attributesWithoutName(a) == attributesWithoutName(b) &&
         OperationEquivalence::isRegionEquivalentTo(&a.getBody(), &b.getBody(),
                                                    OperationEquivalence::IgnoreLocations);
}

/// Fails, with an error, if a constant size of a launch contradicts what its kernel
/// says to know. Marks the kernel if only run time can tell.
LogicalResult checkKnownSizes(gpu::LaunchFuncOp launch, gpu::GPUFuncOp kernel) {
  auto check = [&](StringRef what, gpu::KernelDim3 given,
                   std::optional<ArrayRef<int32_t>> known) -> LogicalResult {
    if (!known)
      return success();
    std::array<Value, 3> sizes = {given.x, given.y, given.z};
    for (auto [dim, size] : llvm::enumerate(sizes)) {
      APInt number;
      if (!matchPattern(size, m_ConstantInt(&number)))
        kernel->setAttr(attr_name::kCheckShape, UnitAttr::get(kernel.getContext()));
      else if (number.getSExtValue() != (*known)[dim])
        return launch.emitOpError()
               << "has a " << what << " size of " << number.getSExtValue() << " along "
               << "xyz"[dim] << ", but kernel '" << kernel.getName() << "' has known_" << what
               << "_size " << (*known)[dim];
    }
    return success();
  };
  if (failed(check("block", launch.getBlockSizeOperandValues(), kernel.getKnownBlockSize())))
    return failure();
  return check("grid", launch.getGridSizeOperandValues(), kernel.getKnownGridSize());
}

/// Repeats the sunk ops at the start of the launch's body and makes the body
/// use them. Touches the body only, so that shared constants cost nothing.
void sinkIntoBody(gpu::LaunchOp launch, const KernelCaptures &captures) {
  IRMapping mapping;
  OpBuilder builder = OpBuilder::atBlockBegin(&launch.getBody().front());
  DenseSet<Operation *> clones;
  for (Operation *op : captures.sunk)
    clones.insert(builder.clone(*op, mapping));
  launch.getBody().walk([&](Operation *op) {
    if (!clones.contains(op))
      for (OpOperand &operand : op->getOpOperands())
        operand.set(mapping.lookupOrDefault(operand.get()));
  });
}

/// Outlines the launches of one module.
class KernelOutliner {
public:
  explicit KernelOutliner(ModuleOp module) : module(module), symbols(module) {}

  LogicalResult run() {
    SmallVector<gpu::LaunchOp> launches;
    module.walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (op != module && isa<ModuleOp>(op))
        return WalkResult::skip(); // A nested module is its own program.
      if (auto launch = dyn_cast<gpu::LaunchOp>(op))
        launches.push_back(launch);
      return WalkResult::advance();
    });
    for (gpu::LaunchOp launch : launches)
      if (launch->getParentOfType<gpu::LaunchOp>() || launch->getParentOfType<gpu::GPUFuncOp>())
        return launch.emitOpError("is inside a kernel: a kernel cannot launch another");
    for (gpu::LaunchOp launch : launches)
      if (failed(outline(launch)))
        return failure();
    if (!launches.empty())
      module->setAttr(gpu::GPUDialect::getContainerModuleAttrName(),
                      UnitAttr::get(module.getContext()));
    return success();
  }

private:
  /// Where kernels go, with its kernels by structural hash.
  struct KernelModule {
    gpu::GPUModuleOp op;
    std::unique_ptr<SymbolTable> symbols;
    DenseMap<size_t, SmallVector<gpu::GPUFuncOp, 1>> byHash;
  };

  LogicalResult outline(gpu::LaunchOp launch);
  FailureOr<KernelModule *> getKernelModule(gpu::LaunchOp launch);
  std::string chooseName(gpu::LaunchOp launch, KernelModule &target);
  void hoistMutableGlobals(gpu::LaunchOp launch);
  LogicalResult copySymbols(Operation *user, Operation *root, KernelModule &target);
  LogicalResult copySymbol(Operation *user, SymbolRefAttr ref, KernelModule &target);
  void replaceLaunch(gpu::LaunchOp launch, gpu::GPUFuncOp kernel, ValueRange operands);

  ModuleOp module;
  SymbolTable symbols;
  llvm::StringMap<KernelModule> kernelModules;
  DenseMap<Operation *, unsigned> launchesPerFunction;
};

/// The module for a launch's kernel: the one it asks for, else the shared one.
FailureOr<KernelOutliner::KernelModule *> KernelOutliner::getKernelModule(gpu::LaunchOp launch) {
  StringRef wanted = launch.getModule().value_or("");
  KernelModule &entry = kernelModules[wanted];
  if (entry.op)
    return &entry;
  Operation *existing = wanted.empty() ? nullptr : symbols.lookup(wanted);
  entry.op = dyn_cast_if_present<gpu::GPUModuleOp>(existing);
  if (existing && !entry.op)
    return launch.emitOpError("asks for the kernel module '")
           << wanted << "', which is another symbol";
  if (!entry.op) {
    OpBuilder builder(module.getContext());
    entry.op = gpu::GPUModuleOp::create(builder, module.getLoc(),
                                        wanted.empty() ? StringRef("vyre_kernels") : wanted);
    symbols.insert(entry.op, module.getBody()->begin()); // Makes the name unique.
  }
  entry.symbols = std::make_unique<SymbolTable>(entry.op);
  return &entry;
}

/// `<function>_<number of the launch in it>`, or the name the launch asks for;
/// never that of a host symbol, because callees keep theirs when copied.
std::string KernelOutliner::chooseName(gpu::LaunchOp launch, KernelModule &target) {
  auto func = launch->getParentOfType<FunctionOpInterface>();
  unsigned number = launchesPerFunction[func]++;
  StringRef base = func ? func.getName() : StringRef("kernel");
  std::string name =
      launch.getFunction() ? launch.getFunction()->str() : (base + "_" + Twine(number)).str();
  std::string unique = name;
  for (unsigned suffix = 0; target.symbols->lookup(unique) || symbols.lookup(unique); ++suffix)
    unique = (name + "_" + Twine(suffix)).str();
  return unique;
}

/// A global that host and kernel both see must stay one object: its address
/// becomes an argument. Constant ones are copied instead.
void KernelOutliner::hoistMutableGlobals(gpu::LaunchOp launch) {
  launch.getBody().walk([&](memref::GetGlobalOp get) {
    auto global = symbols.lookup<memref::GlobalOp>(get.getName());
    if (global && !global.getConstant())
      get->moveBefore(launch);
  });
}

LogicalResult KernelOutliner::copySymbol(Operation *user, SymbolRefAttr ref, KernelModule &target) {
  if (!isa<FlatSymbolRefAttr>(ref))
    return user->emitError("kernel uses the nested symbol ") << ref << ", which cannot be copied";
  StringAttr name = ref.getRootReference();
  if (target.symbols->lookup(name))
    return success();
  Operation *symbol = symbols.lookup(name);
  if (!symbol)
    return user->emitError("kernel uses the undefined symbol ") << ref;
  if (auto global = dyn_cast<memref::GlobalOp>(symbol); global && !global.getConstant())
    return user->emitError("a function called by a kernel uses the mutable global ") << ref;
  auto func = dyn_cast<FunctionOpInterface>(symbol);
  if (func && func.isExternal())
    return user->emitError("kernel calls ") << ref << ", which has no body";
  if (!func && !isa<memref::GlobalOp>(symbol))
    return user->emitError("kernel uses ") << ref << ", which is no function or global";
  Operation *copy = symbol->clone();
  SymbolTable::setSymbolVisibility(copy, SymbolTable::Visibility::Private);
  target.symbols->insert(copy, target.op.getBody()->begin());
  return copySymbols(user, copy, target);
}

/// Copies what `root` refers to, and what that refers to, into the kernel module.
LogicalResult KernelOutliner::copySymbols(Operation *user, Operation *root, KernelModule &target) {
  std::optional<SymbolTable::UseRange> uses = SymbolTable::getSymbolUses(root);
  if (!uses)
    return user->emitError("kernel holds a symbol table of its own");
  for (SymbolTable::SymbolUse use : *uses)
    if (failed(copySymbol(user, use.getSymbolRef(), target)))
      return failure();
  return success();
}

void KernelOutliner::replaceLaunch(gpu::LaunchOp launch, gpu::GPUFuncOp kernel,
                                   ValueRange operands) {
  OpBuilder builder(launch);
  Value token = launch.getAsyncToken();
  auto call = gpu::LaunchFuncOp::create(
      builder, launch.getLoc(), kernel, launch.getGridSizeOperandValues(),
      launch.getBlockSizeOperandValues(), launch.getDynamicSharedMemorySize(), operands,
      token ? token.getType() : nullptr, launch.getAsyncDependencies(),
      launch.getClusterSizeOperandValues());
  for (NamedAttribute attr : launch->getDiscardableAttrs())
    if (attr.getName() != gpu::LaunchOp::getNumWorkgroupAttributionsAttrName())
      call->setAttr(attr.getName(), attr.getValue());
  launch->replaceAllUsesWith(call->getResults());
  launch.erase();
}

LogicalResult KernelOutliner::outline(gpu::LaunchOp launch) {
  FailureOr<KernelModule *> target = getKernelModule(launch);
  if (failed(target))
    return failure();
  KernelCaptures captures = computeKernelCaptures(launch);
  SmallVector<Value> operands(captures.operands.begin(), captures.operands.end());
  sinkIntoBody(launch, captures);
  hoistMutableGlobals(launch);
  if (failed(copySymbols(launch, launch, **target)))
    return failure();

  std::string name = chooseName(launch, **target);
  gpu::GPUFuncOp kernel = outlineKernelFunc(launch, name, operands);
  for (Operation &op : llvm::make_early_inc_range(kernel.getBody().front()))
    if (isOpTriviallyDead(&op))
      op.erase(); // Ids and dimensions that nobody reads.
  auto &candidates = (*target)->byHash[size_t(StructuralHash().hash(kernel))];
  auto *same =
      llvm::find_if(candidates, [&](gpu::GPUFuncOp other) { return areIdentical(kernel, other); });
  bool merged = same != candidates.end();
  if (merged) {
    kernel.erase();
    kernel = *same;
  } else {
    (*target)->symbols->insert(kernel);
    candidates.push_back(kernel);
  }
  if (Attribute loopGrid = launch->getAttr(attr_name::kLoopGrid))
    kernel->setAttr(attr_name::kLoopGrid, loopGrid); // holds for all that it was merged of
  passedRemark(launch, DEBUG_TYPE, merged ? "Merged" : "Outlined")
      << remark::metric("Kernel", kernel.getName())
      << remark::metric("Arguments", kernel.getNumArguments());
  replaceLaunch(launch, kernel, operands);
  return success();
}

struct OutlineKernelsPass : public vyre::impl::OutlineKernelsPassBase<OutlineKernelsPass> {
  void runOnOperation() override {
    if (failed(KernelOutliner(getOperation()).run()))
      return signalPassFailure();
    SymbolTableCollection symbols;
    auto result = getOperation().walk([&](gpu::LaunchFuncOp launch) {
      auto kernel = symbols.lookupNearestSymbolFrom<gpu::GPUFuncOp>(launch, launch.getKernel());
      return WalkResult(kernel ? checkKnownSizes(launch, kernel) : success());
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};

} // namespace
