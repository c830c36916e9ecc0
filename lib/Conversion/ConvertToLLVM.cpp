// Converts the host program to the LLVM dialect: upstream's patterns for
// everything but the gpu ops, which become calls of the Vyre runtime.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "GpuToRuntime.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ComplexToLLVM/ComplexToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/GPUCommon/GPUCommonPass.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MathToLibm/MathToLibm.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Dialect/Vector/Transforms/VectorRewritePatterns.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "vyre-abi/vyre_abi.h"
#include "vyre/Conversion/Passes.h"

using namespace mlir;

namespace vyre {
#define GEN_PASS_DEF_CONVERTTOLLVMPASS
#include "vyre/Conversion/Passes.h.inc"

namespace {

/// All address spaces of host code are the default one.
unsigned toHostSpace(gpu::AddressSpace) { return 0; }

/// Keeps what a record must say of its kernel, because device code is gone when
/// the records get their values.
void noteKernelFlags(ModuleOp module) {
  SymbolTableCollection symbols;
  for (auto record : module.getOps<LLVM::GlobalOp>()) {
    auto kernel = record->getAttrOfType<SymbolRefAttr>(record_attr::kKernel);
    auto function = kernel ? symbols.lookupSymbolIn<gpu::GPUFuncOp>(module, kernel) : nullptr;
    if (!function)
      continue;
    int32_t flags = function->hasAttr(attr_name::kPersistent) ? VYRE_KERNEL_COOPERATIVE : 0;
    flags |= function->hasAttr(attr_name::kLoopGrid) ? VYRE_KERNEL_LOOP_GRID : 0;
    flags |= function->hasAttr(attr_name::kQueue) ? VYRE_KERNEL_QUEUE : 0;
    flags |= function->hasAttr(attr_name::kUnknownEffects) ? VYRE_KERNEL_UNKNOWN_EFFECTS : 0;
    flags |= function->hasAttr(attr_name::kOrderDependent) ? VYRE_KERNEL_ORDER_DEPENDENT : 0;
    function.walk([&](Operation *op) {
      flags |= isa<cf::AssertOp>(op) ? VYRE_KERNEL_HAS_ASSERT : 0;
      flags |= isa<AwaitLaunchesOp>(op) ? VYRE_KERNEL_STARTS_EARLY : 0;
      flags |= isa<gpu::PrintfOp>(op) ? VYRE_KERNEL_HAS_PRINTF : 0;
      auto sync = dyn_cast<SyncOp>(op);
      bool meetsNeighbours = sync && sync.getScope() == SyncScope::Neighbours;
      flags |= meetsNeighbours ? VYRE_KERNEL_NEIGHBOURS : 0;
    });
    record->setAttr(record_attr::kFlags,
                    IntegerAttr::get(IntegerType::get(module.getContext(), 32), flags));
  }
}

/// Puts masks on vector transfers of host code that may reach beyond a memref's
/// end. Fails if the patterns do not come to an end.
LogicalResult maskTransfers(ModuleOp module) {
  RewritePatternSet patterns(module.getContext());
  vector::populateVectorMaskMaterializationPatterns(patterns, /*force32BitVectorIndices=*/false);
  FrozenRewritePatternSet frozen(std::move(patterns));
  SmallVector<Operation *> transfers;
  for (auto function : module.getOps<func::FuncOp>())
    function.walk([&](Operation *op) {
      if (isa<vector::TransferReadOp, vector::TransferWriteOp>(op))
        transfers.push_back(op);
    });
  GreedyRewriteConfig config;
  config.setStrictness(GreedyRewriteStrictness::ExistingAndNewOps);
  return applyOpPatternsGreedily(transfers, frozen, config);
}

struct ConvertToLLVMPass : public impl::ConvertToLLVMPassBase<ConvertToLLVMPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    MLIRContext *context = &getContext();
    LowerToLLVMOptions options(context);
    // Allocation through the runtime's functions, which report failure.
    options.useGenericFunctions = true;
    LLVMTypeConverter converter(context, options);
    populateGpuMemorySpaceAttributeConversions(converter, toHostSpace);
    Type pointer = LLVM::LLVMPointerType::get(context);
    converter.addConversion([=](gpu::AsyncTokenType) { return pointer; });

    if (failed(maskTransfers(module)))
      return signalPassFailure();
    ModuleRecords records(module);
    RewritePatternSet patterns(context);
    LLVMConversionTarget target(*context);
    target.addLegalOp<ModuleOp>();
    target.addIllegalDialect<gpu::GPUDialect>();
    // Device code is another pass's business, all of it.
    target.addLegalOp<gpu::GPUModuleOp, gpu::BinaryOp>();
    target.markOpRecursivelyLegal<gpu::GPUModuleOp>();
    populateLaunchPatterns(converter, records, patterns);
    populateMemoryPatterns(converter, records, patterns);
    populateTablePatterns(converter, records, patterns);
    populateGpuToLLVMConversionPatterns(converter, patterns);
    arith::populateCeilFloorDivExpandOpsPatterns(patterns);
    arith::populateArithToLLVMConversionPatterns(converter, patterns);
    cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
    cf::populateAssertToLLVMConversionPattern(converter, patterns, /*abortOnFailure=*/true);
    populateFuncToLLVMConversionPatterns(converter, patterns);
    populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns);
    populateMathToLLVMConversionPatterns(converter, patterns);
    populateMathToLibmConversionPatterns(patterns);
    index::populateIndexToLLVMConversionPatterns(converter, patterns);
    populateVectorToLLVMConversionPatterns(converter, patterns);
    populateComplexToLLVMConversionPatterns(converter, patterns);
    ub::populateUBToLLVMConversionPatterns(converter, patterns);
    // One dimension is left of a transfer; beyond the memref's end it is masked.
    vector::populateVectorTransferLoweringPatterns(patterns, /*maxTransferRank=*/1);
    if (failed(applyPartialConversion(module, target, std::move(patterns))))
      return signalPassFailure();
    noteKernelFlags(module);
  }
};

} // namespace
} // namespace vyre
