// Says on every kernel module which forms of its kernels to emit.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/IR/Builders.h"
#include "vyre/Target/Passes.h"

using namespace mlir;

namespace vyre {
#define GEN_PASS_DEF_SETOFFLOADPASS
#include "vyre/Target/Passes.h.inc"

namespace {

struct SetOffloadPass : public impl::SetOffloadPassBase<SetOffloadPass> {
  using SetOffloadPassBase::SetOffloadPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    Builder builder(&getContext());
    SmallVector<StringRef> names(chips.begin(), chips.end());
    ArrayAttr chipList = names.empty() ? ArrayAttr() : builder.getStrArrayAttr(names);
    // At the place, not on the op: that would print the whole program.
    auto emitError = [&] { return mlir::emitError(module.getLoc()); };
    auto offload = OffloadAttr::getChecked(emitError, &getContext(), host.getValue(), chipList);
    if (!offload)
      return signalPassFailure();
    // A module that says so itself knows better: a kernel may suit one device only.
    for (auto gpuModule : module.getOps<gpu::GPUModuleOp>())
      if (!gpuModule->hasAttr(attr_name::kOffload))
        gpuModule->setAttr(attr_name::kOffload, offload);
  }
};

} // namespace
} // namespace vyre
