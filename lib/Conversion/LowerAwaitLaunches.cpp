// Lowers vyre.await_launches to programmatic dependent launch of sm_90.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "vyre/Conversion/Passes.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

using namespace mlir;

namespace vyre {
#define GEN_PASS_DEF_LOWERAWAITLAUNCHESPASS
#include "vyre/Conversion/Passes.h.inc"

namespace {

/// LLVM's intrinsics for these say that they touch no memory, so that loads may move
/// across a wait. Assembly that clobbers memory stays where it is.
void emitControl(OpBuilder &builder, Location loc, StringRef text) {
  MLIRContext *context = builder.getContext();
  LLVM::InlineAsmOp::create(
      builder, loc, /*res=*/Type(), /*operands=*/ValueRange(), text, "~{memory}",
      /*has_side_effects=*/true, /*is_align_stack=*/false, LLVM::TailCallKind::None,
      LLVM::AsmDialectAttr::get(context, LLVM::AsmDialect::AD_ATT), ArrayAttr());
}

struct LowerAwaitLaunchesPass : public impl::LowerAwaitLaunchesPassBase<LowerAwaitLaunchesPass> {
  void runOnOperation() override {
    getOperation().walk([](AwaitLaunchesOp op) {
      Block *entry = op->getBlock();
      OpBuilder builder = OpBuilder::atBlockBegin(entry);
      // Once all blocks of this kernel run, the next one's may fill what is left.
      emitControl(builder, op.getLoc(), "griddepcontrol.launch_dependents;");
      builder.setInsertionPoint(op);
      emitControl(builder, op.getLoc(), "griddepcontrol.wait;");
      op.erase();
    });
  }
};

} // namespace
} // namespace vyre
