// Turns tensors into buffers with upstream's passes, deallocations included.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A program may mix tensors with memrefs that it frees itself. Upstream's
// deallocation would refuse those, so they are marked as manual meanwhile.
#include "vyre/Transforms/Passes.h"

#include "mlir/Conversion/BufferizationToMemRef/BufferizationToMemRef.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"

#define DEBUG_TYPE "vyre-bufferize-program"

namespace vyre {
#define GEN_PASS_DEF_BUFFERIZEPROGRAMPASS
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

using namespace mlir;

namespace {

/// True if a value or a function type of the program is a tensor.
bool usesTensors(ModuleOp module) {
  auto isTensor = [](Type type) { return isa<TensorType>(type); };
  return module
      ->walk([&](Operation *op) {
        bool found = llvm::any_of(op->getOperandTypes(), isTensor) ||
                     llvm::any_of(op->getResultTypes(), isTensor);
        if (auto function = dyn_cast<FunctionOpInterface>(op))
          found |= llvm::any_of(function.getArgumentTypes(), isTensor) ||
                   llvm::any_of(function.getResultTypes(), isTensor);
        return found ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

/// Writes ops that stand for several (softmax) as those: no pass after this one
/// has loops for them. False if one cannot be, after an error.
bool decomposeAggregates(ModuleOp module) {
  SmallVector<linalg::AggregatedOpInterface> ops;
  module->walk([&](linalg::AggregatedOpInterface op) {
    if (isa<linalg::SoftmaxOp>(op) && op->getNumResults() > 0)
      ops.push_back(op);
  });
  IRRewriter rewriter(module.getContext());
  for (linalg::AggregatedOpInterface op : ops) {
    rewriter.setInsertionPoint(op);
    FailureOr<SmallVector<Value>> values = op.decomposeOperation(rewriter);
    if (failed(values)) {
      op.emitError() << "cannot be written as simpler ops";
      return false;
    }
    rewriter.replaceOp(op, *values);
  }
  return true;
}

struct BufferizeProgram : vyre::impl::BufferizeProgramPassBase<BufferizeProgram> {
  void getDependentDialects(DialectRegistry &registry) const override {
    OpPassManager pipeline = buildPipeline();
    pipeline.getDependentDialects(registry);
  }

  static OpPassManager buildPipeline() {
    OpPassManager pipeline(ModuleOp::getOperationName());
    pipeline.addPass(bufferization::createEmptyTensorEliminationPass());
    bufferization::OneShotBufferizePassOptions options;
    options.bufferizeFunctionBoundaries = true;
    options.allowReturnAllocsFromLoops = true;
    options.functionBoundaryTypeConversion = bufferization::LayoutMapOption::IdentityLayoutMap;
    pipeline.addPass(bufferization::createOneShotBufferizePass(options));
    pipeline.addPass(bufferization::createDropEquivalentBufferResultsPass());
    // Upstream's deallocation pipeline, but for its canonicalization and CSE.
    pipeline.addPass(memref::createExpandReallocPass());
    pipeline.addNestedPass<func::FuncOp>(vyre::createSimplifyHostPass());
    pipeline.addPass(bufferization::createOwnershipBasedBufferDeallocationPass());
    pipeline.addNestedPass<func::FuncOp>(vyre::createSimplifyHostPass());
    pipeline.addPass(bufferization::createBufferDeallocationSimplificationPass());
    pipeline.addPass(bufferization::createLowerDeallocationsPass());
    pipeline.addPass(createConvertBufferizationToMemRefPass());
    pipeline.addNestedPass<func::FuncOp>(vyre::createSimplifyHostPass());
    return pipeline;
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (!usesTensors(module))
      return;
    if (!decomposeAggregates(module))
      return signalPassFailure();
    StringRef manual = bufferization::BufferizationDialect::kManualDeallocation;
    SmallVector<Operation *> marked;
    module->walk([&](Operation *op) {
      if (isa<memref::AllocOp, memref::DeallocOp>(op) && !op->hasAttr(manual))
        marked.push_back(op);
    });
    for (Operation *op : marked)
      op->setAttr(manual, UnitAttr::get(&getContext()));
    OpPassManager pipeline = buildPipeline();
    if (failed(runPipeline(pipeline, module)))
      return signalPassFailure();
    module->walk([&](Operation *op) { op->removeDiscardableAttr(manual); });
  }
};

} // namespace
