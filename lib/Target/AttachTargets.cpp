// Attaches an NVVM target per chip, with a PTX version that knows the chip.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "vyre/Target/Passes.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace vyre {
#define GEN_PASS_DEF_ATTACHTARGETSPASS
#include "vyre/Target/Passes.h.inc"

namespace {

/// The PTX version for a chip: the first to know it, but at least 7.0, so that
/// one set of instructions serves all. NVPTX's own default is older than some
/// chips, and then it aborts.
StringRef getPtxFeature(StringRef chip) {
  return llvm::StringSwitch<StringRef>(chip)
      .Cases({"sm_75", "sm_80"}, "+ptx70")
      .Case("sm_86", "+ptx71")
      .Case("sm_89", "+ptx78")
      .Case("sm_90", "+ptx80")
      .Case("sm_100", "+ptx86")
      .Case("sm_120", "+ptx87")
      .Default("");
}

struct AttachTargetsPass : public impl::AttachTargetsPassBase<AttachTargetsPass> {
  using AttachTargetsPassBase::AttachTargetsPassBase;

  void runOnOperation() override {
    Builder builder(&getContext());
    for (auto gpuModule : getOperation().getOps<gpu::GPUModuleOp>()) {
      auto offload = gpuModule->getAttrOfType<OffloadAttr>(attr_name::kOffload);
      if (!offload || !offload.getChips() || offload.getChips().empty())
        continue;
      SmallVector<Attribute> targets;
      for (Attribute entry : offload.getChips()) {
        StringRef chip = cast<StringAttr>(entry).getValue();
        targets.push_back(NVVM::NVVMTargetAttr::get(&getContext(), optLevel, "nvptx64-nvidia-cuda",
                                                    chip, getPtxFeature(chip)));
      }
      gpuModule.setTargetsAttr(builder.getArrayAttr(targets));
    }
  }
};

} // namespace
} // namespace vyre
