// Fills the persistent form of launch groups. Legality is Analysis's answer
// (findPersistentBlocker), the kernel is built in PersistentKernel.cpp, the host
// side around its launch in PersistentForm.cpp.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Transforms/Passes.h"

#include "PersistentForm.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "vyre/Analysis/LaunchLoops.h"
#include "vyre/Dialect/Vyre/IR/Remarks.h"

#define DEBUG_TYPE "vyre-form-persistent-kernels"

namespace vyre {
#define GEN_PASS_DEF_FORMPERSISTENTKERNELSPASS
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

using namespace mlir;
using namespace vyre;

namespace {

/// Takes the addresses of globals out of a group's loop. They are the same in all
/// iterations, and the persistent kernel gets them as arguments: a copy of
/// `memref.get_global` would name a symbol that its module does not have, and a
/// copy of a mutable global would be another object.
void hoistGlobals(LaunchGroupOp group) {
  DenseMap<StringAttr, memref::GetGlobalOp> first;
  group.getPlain().walk([&](memref::GetGlobalOp get) {
    auto [it, inserted] = first.try_emplace(get.getNameAttr().getAttr(), get);
    if (inserted) {
      get->moveBefore(group);
      return;
    }
    get.replaceAllUsesWith(it->second.getResult());
    get.erase();
  });
}

/// Grid barriers of one iteration of the group, whose kernel has `loop`.
uint32_t countBarriers(LaunchGroupOp group, Operation *loop) {
  auto isBarrier = [](Operation *op) {
    auto sync = dyn_cast<SyncOp>(op);
    return sync && sync.getScope() == SyncScope::Grid;
  };
  if (!countsLaunches(group))
    return countPerIteration(loop, isBarrier);
  SyncsPerLaunch count;
  loop->walk([&](Operation *op) {
    if (isBarrier(op))
      count.addSync(op->getBlock());
    else if (auto stage = dyn_cast<StageOp>(op); stage && stage.getKernel())
      count.addLaunch(op->getBlock());
  });
  return count.get();
}

struct FormPersistentKernelsPass
    : public vyre::impl::FormPersistentKernelsPassBase<FormPersistentKernelsPass> {
  using Base::Base;
  void runOnOperation() override {
    KernelAnalysis kernels(reorderFloatAtomics);
    SymbolTableCollection symbols;
    for (Operation &op : llvm::make_early_inc_range(getOperation().getOps()))
      if (auto func = dyn_cast<FunctionOpInterface>(op))
        formKernels(func, kernels, symbols);
  }

private:
  void formKernels(FunctionOpInterface func, KernelAnalysis &kernels,
                   SymbolTableCollection &symbols) {
    SmallVector<LaunchGroupOp> groups;
    func->walk([&](LaunchGroupOp group) {
      if (group.getPersistent().empty() && !group.getPersistentRefusal())
        groups.push_back(group);
    });
    if (groups.empty())
      return;
    RangeOracle ranges;
    if (!ranges.run(func))
      return signalPassFailure();
    for (auto [number, group] : llvm::enumerate(groups)) {
      Operation *loop = &group.getPlain().front().front();
      if (std::optional<Refusal> refusal = findPersistentBlocker(loop, kernels)) {
        group.setPersistentRefusal(refusal->str());
        missedRemark(refusal->at, DEBUG_TYPE, "Persistent") << remarkReason(refusal->str());
        continue;
      }
      hoistGlobals(group);
      std::string name = (func.getName() + "_loop" + Twine(number) + "_persistent").str();
      PersistentKernel kernel = buildPersistentForm(group, name, kernels, ranges, symbols);
      group.setBarriersPerIteration(countBarriers(group, kernel.loop));
      passedRemark(group, DEBUG_TYPE, "Persistent")
          << remark::metric("BarriersPerIteration", group.getBarriersPerIteration())
          << remark::metric("Kernel", kernel.func.getName())
          << remark::metric("SharedBytes", kernel.sharedBytes);
    }
  }
};

} // namespace
