// Lets kernels start before those in front of them have ended: puts the wait for these
// behind what provably does not depend on them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Until its wait, a kernel may compute and may read memory that no kernel can be writing:
// copies, fills and the host are ordered with launches as ever, and all kernels that start
// early wait, so whatever is older than the kernel in front has ended, too.
#include "vyre/Transforms/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "vyre/Dialect/Vyre/IR/Remarks.h"

#define DEBUG_TYPE "vyre-start-kernels-early"

namespace vyre {
#define GEN_PASS_DEF_STARTKERNELSEARLYPASS
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

using namespace mlir;
using namespace vyre;

namespace {

/// The value whose memory `memref` is a view of, as far as views with one source tell.
Value getRoot(Value memref) {
  while (auto view = memref.getDefiningOp<ViewLikeOpInterface>())
    memref = view.getViewSource();
  return memref;
}

/// Memory that kernels read and never write.
class ReadOnlyMemory {
public:
  bool holds(Value memref) {
    Value root = getRoot(memref);
    if (auto get = root.getDefiningOp<memref::GetGlobalOp>())
      return isConstant(get);
    if (!root.getDefiningOp<memref::AllocOp>() && !root.getDefiningOp<gpu::AllocOp>())
      return false;
    auto [it, isNew] = known.try_emplace(root, false);
    if (isNew)
      known[root] = isOnlyRead(root);
    return known[root];
  }

private:
  bool isConstant(memref::GetGlobalOp get) {
    auto global = symbols.lookupNearestSymbolFrom<memref::GlobalOp>(get, get.getNameAttr());
    return global && global.getConstant();
  }

  /// True if every use of the allocation is in sight, and no kernel that gets it writes it.
  static bool isOnlyRead(Value memref) {
    return llvm::all_of(memref.getUses(), [](OpOperand &use) {
      Operation *user = use.getOwner();
      if (auto launch = dyn_cast<gpu::LaunchFuncOp>(user))
        return !mayWrite(launch, use.getOperandNumber() -
                                     launch.getKernelOperands().getBeginOperandIndex());
      if (auto view = dyn_cast<ViewLikeOpInterface>(user))
        return user->getNumResults() == 1 && isOnlyRead(user->getResult(0));
      // What the host does, or the device besides kernels, is ordered with launches.
      if (auto store = dyn_cast<memref::StoreOp>(user))
        return store.getValue() != use.get();
      return isa<memref::LoadOp, memref::DimOp, memref::DeallocOp, gpu::DeallocOp, gpu::MemcpyOp,
                 gpu::MemsetOp, memref::CopyOp>(user);
    });
  }

  static bool mayWrite(gpu::LaunchFuncOp launch, int32_t number) {
    auto writes = launch->getAttrOfType<DenseI32ArrayAttr>(attr_name::kWrites);
    return !writes || number < 0 || llvm::is_contained(writes.asArrayRef(), number);
  }

  SymbolTableCollection symbols;
  DenseMap<Value, bool> known;
};

/// True if `op` may run before the wait, with arguments of the kernel in `early` readable.
bool mayPrecedeWait(Operation *op, const llvm::SmallBitVector &early) {
  if (op->hasTrait<OpTrait::IsTerminator>())
    return false;
  if (isPure(op))
    return true;
  auto load = dyn_cast<memref::LoadOp>(op);
  auto argument = load ? dyn_cast<BlockArgument>(getRoot(load.getMemRef())) : BlockArgument();
  return argument && argument.getArgNumber() < early.size() && early.test(argument.getArgNumber());
}

/// True for modules that are for chips with programmatic dependent launch only.
bool knowsEarlyStart(gpu::GPUModuleOp module) {
  auto offload = module->getAttrOfType<OffloadAttr>(attr_name::kOffload);
  if (!offload || !offload.getChips() || offload.getChips().empty())
    return false;
  return llvm::all_of(offload.getChips(), [](Attribute chip) {
    int number = 0;
    return !cast<StringAttr>(chip).getValue().drop_front(3).getAsInteger(10, number) &&
           number >= 90;
  });
}

struct StartKernelsEarlyPass : public vyre::impl::StartKernelsEarlyPassBase<StartKernelsEarlyPass> {
  void runOnOperation() override {
    SymbolTableCollection symbols;
    llvm::MapVector<gpu::GPUFuncOp, llvm::SmallBitVector> kernels;
    ReadOnlyMemory memory;
    getOperation().walk([&](gpu::LaunchFuncOp launch) {
      auto kernel = symbols.lookupNearestSymbolFrom<gpu::GPUFuncOp>(launch, launch.getKernelAttr());
      if (!kernel)
        return;
      auto [it, isNew] = kernels.insert({kernel, llvm::SmallBitVector()});
      if (isNew)
        it->second.resize(kernel.getNumArguments(), true);
      for (auto [number, operand] : llvm::enumerate(launch.getKernelOperands()))
        if (!isa<MemRefType>(operand.getType()) || !memory.holds(operand))
          it->second.reset(number);
    });
    for (auto &[kernel, early] : kernels)
      startEarly(kernel, early);
  }

private:
  void startEarly(gpu::GPUFuncOp kernel, const llvm::SmallBitVector &early) {
    if (!knowsEarlyStart(kernel->getParentOfType<gpu::GPUModuleOp>())) {
      missedRemark(kernel, DEBUG_TYPE, "EarlyStart")
          << remarkReason("chip: it takes code for sm_90 and newer alone")
          << remark::metric("Kernel", kernel.getName());
      return;
    }
    unsigned loads = 0;
    Operation *dependent = nullptr;
    for (Operation &op : kernel.getBody().front()) {
      if (!mayPrecedeWait(&op, early)) {
        dependent = &op;
        break;
      }
      loads += isa<memref::LoadOp>(op);
    }
    OpBuilder builder(dependent);
    AwaitLaunchesOp::create(builder, dependent->getLoc());
    passedRemark(kernel, DEBUG_TYPE, "EarlyStart")
        << remark::metric("Kernel", kernel.getName()) << remark::metric("Loads", loads)
        << remark::metric("WaitsFor", dependent->getName().getStringRef());
  }
};

} // namespace
