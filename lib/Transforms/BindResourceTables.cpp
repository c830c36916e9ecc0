// Hands kernels with many buffers one table in device memory in place of the buffers.
// The policy (D9) says how many are many.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"
#include "vyre/Dialect/Vyre/IR/Remarks.h"
#include "vyre/Transforms/PolicyOptions.h"

#define DEBUG_TYPE "vyre-bind-resource-tables"

namespace vyre {
#define GEN_PASS_DEF_BINDRESOURCETABLESPASS
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

using namespace mlir;
using namespace vyre;

namespace {

/// The buffers of one value that alternatives give: the operands of a select, or what
/// the regions of a branch yield as its result `number`.
SmallVector<OpOperand *> getAlternatives(OpResult result) {
  Operation *op = result.getOwner();
  SmallVector<OpOperand *> all;
  if (isa<arith::SelectOp>(op))
    all = {&op->getOpOperand(1), &op->getOpOperand(2)};
  if (isa<scf::IfOp, scf::IndexSwitchOp>(op))
    for (Region &region : op->getRegions())
      all.push_back(&region.front().getTerminator()->getOpOperand(result.getResultNumber()));
  return all;
}

/// A buffer that one of several arguments may be, chosen at run time.
bool isChoice(Operation *op) {
  return isa<arith::SelectOp, scf::IfOp, scf::IndexSwitchOp>(op) &&
         llvm::any_of(op->getResultTypes(), llvm::IsaPred<MemRefType>);
}

/// One kernel and its launches.
class TableBinder {
public:
  TableBinder(gpu::GPUFuncOp kernel, ArrayRef<gpu::LaunchFuncOp> launches)
      : kernel(kernel), launches(launches) {
    for (BlockArgument argument : kernel.getArguments())
      if (auto type = dyn_cast<MemRefType>(argument.getType()); type && type.isStrided())
        buffers.push_back(argument.getArgNumber());
  }

  policy::BindlessInputs getInputs(policy::BindlessSupport support) {
    bool isDynamic = kernel
                         .walk([](Operation *op) {
                           return isChoice(op) ? WalkResult::interrupt() : WalkResult::advance();
                         })
                         .wasInterrupted();
    return {static_cast<uint32_t>(buffers.size()), support, isDynamic};
  }

  void rewrite() {
    for (gpu::LaunchFuncOp launch : launches)
      rewriteLaunch(launch);
    rewriteKernel();
  }

  unsigned getNumBuffers() const { return buffers.size(); }
  unsigned getNumChoices() const { return choices; }
  int64_t getBytes() const { return 8 * words; }

private:
  bool isBuffer(unsigned number) const { return llvm::is_contained(buffers, number); }

  void rewriteLaunch(gpu::LaunchFuncOp launch) {
    // Nodes of a graph are alone in its region.
    auto graph = launch->getParentOfType<GraphRegionOp>();
    OpBuilder builder(graph ? graph.getOperation() : launch.getOperation());
    SmallVector<Value> bound, operands;
    for (auto [number, operand] : llvm::enumerate(launch.getKernelOperands()))
      (isBuffer(number) ? bound : operands).push_back(operand);
    auto table = ResourceTableOp::create(builder, launch.getLoc(), bound);
    operands.insert(operands.begin(), table);
    for (StringRef name : {attr_name::kReads, attr_name::kWrites, attr_name::kUnknown})
      splitNumbers(launch, table, name);
    launch.getKernelOperandsMutable().assign(operands);
    launch->setAttr(attr_name::kTable, builder.getUnitAttr());
  }

  /// Gives a list of operand numbers to the launch and its table, in their numbering.
  void splitNumbers(gpu::LaunchFuncOp launch, ResourceTableOp table, StringRef name) {
    auto list = launch->getAttrOfType<DenseI32ArrayAttr>(name);
    if (!list)
      return;
    // Behind the table, operands that are no buffers keep their order.
    int32_t inTable = 0, behind = 1;
    SmallVector<int32_t> bound, others;
    for (int32_t number = 0, end = kernel.getNumArguments(); number < end; ++number) {
      int32_t &next = isBuffer(number) ? inTable : behind;
      if (llvm::is_contained(list.asArrayRef(), number))
        (isBuffer(number) ? bound : others).push_back(next);
      ++next;
    }
    table->setAttr(name, DenseI32ArrayAttr::get(table.getContext(), bound));
    launch->setAttr(name, DenseI32ArrayAttr::get(launch.getContext(), others));
  }

  void rewriteKernel() {
    Location loc = kernel.getLoc();
    OpBuilder builder = OpBuilder::atBlockBegin(&kernel.getBody().front());
    (void)kernel.insertArgument(0, builder.getIndexType(), {}, loc);
    Value table = kernel.getArgument(0);
    llvm::BitVector bound(kernel.getNumArguments());
    for (unsigned number : buffers) {
      BlockArgument argument = kernel.getArgument(number + 1);
      auto type = cast<MemRefType>(argument.getType());
      Value at = arith::ConstantIndexOp::create(builder, loc, words);
      argument.replaceAllUsesWith(TableEntryOp::create(builder, loc, type, table, at));
      words += TableEntryOp::getNumWords(type);
      bound.set(number + 1);
    }
    (void)kernel.eraseArguments(bound);
    chooseWords();
  }

  /// Where a buffer is one of several entries, chooses the place in the table and not the
  /// descriptor: one entry is read, whichever it is.
  void chooseWords() {
    SmallVector<OpResult> found;
    kernel.walk([&](Operation *op) { // innermost first
      if (isChoice(op))
        llvm::append_range(found, op->getResults());
    });
    for (OpResult result : found) {
      SmallVector<OpOperand *> alternatives = getAlternatives(result);
      auto isEntry = [](OpOperand *operand) {
        return operand->get().getDefiningOp<TableEntryOp>() != nullptr;
      };
      if (!isa<MemRefType>(result.getType()) || !llvm::all_of(alternatives, isEntry))
        continue;
      for (OpOperand *operand : alternatives)
        operand->set(operand->get().getDefiningOp<TableEntryOp>().getWord());
      auto type = cast<MemRefType>(result.getType());
      OpBuilder builder(kernel.getContext());
      builder.setInsertionPointAfter(result.getOwner());
      result.setType(builder.getIndexType());
      auto entry = TableEntryOp::create(builder, result.getOwner()->getLoc(), type,
                                        kernel.getArgument(0), result);
      result.replaceAllUsesExcept(entry.getBuffer(), entry);
      ++choices;
    }
  }

  gpu::GPUFuncOp kernel;
  ArrayRef<gpu::LaunchFuncOp> launches;
  SmallVector<unsigned> buffers; ///< Numbers of the arguments that go into the table.
  int64_t words = 0;
  unsigned choices = 0;
};

/// Why a launch must hand over the buffers themselves; empty if it need not.
StringRef findBlocker(gpu::LaunchFuncOp launch) {
  if (launch.getAsyncToken() || !launch.getAsyncDependencies().empty() || launch.getAsyncObject())
    return "async-token: a launch orders itself with async tokens";
  if (launch->getParentOfType<LiveQueueOp>())
    return "queue-item: items of a live queue hold their arguments";
  auto graph = launch->getParentOfType<GraphRegionOp>();
  if (!graph)
    return "";
  // The table stands in front of the region.
  for (Value operand : launch.getKernelOperands())
    if (graph.getBody().isAncestor(operand.getParentRegion()))
      return "graph-branch: a buffer is computed in a branch of a recording";
  auto unknown = launch->getAttrOfType<DenseI32ArrayAttr>(attr_name::kUnknown);
  bool looksUp = unknown && !unknown.empty();
  if (looksUp && !llvm::all_of(graph.getNodes(), llvm::IsaPred<gpu::LaunchFuncOp>))
    return "graph-copies: buffers are looked up between copies or fills";
  return "";
}

struct BindResourceTablesPass
    : public vyre::impl::BindResourceTablesPassBase<BindResourceTablesPass> {
  using Base::Base;

  void runOnOperation() override {
    FailureOr<PolicyOptions> options =
        parsePolicyOptions(getOperation().getLoc(), profile, {}, "auto");
    if (failed(options))
      return signalPassFailure();
    if (tables != "auto" && tables != "always" && tables != "never") {
      emitError(getOperation().getLoc())
          << "unknown choice of tables '" << tables << "': auto, always or never";
      return signalPassFailure();
    }
    if (tables == "never")
      return;
    SymbolTableCollection symbols;
    llvm::MapVector<gpu::GPUFuncOp, SmallVector<gpu::LaunchFuncOp>> launches;
    getOperation().walk([&](gpu::LaunchFuncOp launch) {
      if (auto kernel =
              symbols.lookupNearestSymbolFrom<gpu::GPUFuncOp>(launch, launch.getKernelAttr()))
        launches[kernel].push_back(launch);
    });
    for (auto &[kernel, users] : launches)
      bind(kernel, users, options->profile.bindless);
  }

private:
  void bind(gpu::GPUFuncOp kernel, ArrayRef<gpu::LaunchFuncOp> users,
            policy::BindlessSupport support) {
    TableBinder binder(kernel, users);
    policy::BindlessVerdict verdict = policy::evaluateBindless(binder.getInputs(support));
    bool binds = tables == "always" ? binder.getNumBuffers() > 0 : verdict.profitable();
    std::string reason(policy::reasonName(verdict.reason));
    for (gpu::LaunchFuncOp launch : users)
      if (StringRef blocker = findBlocker(launch); binds && !blocker.empty()) {
        binds = false;
        reason = blocker;
      }
    if (!binds) {
      missedRemark(kernel, DEBUG_TYPE, "Table")
          << remarkReason(reason) << remark::metric("Kernel", kernel.getName())
          << remark::metric("Buffers", binder.getNumBuffers());
      return;
    }
    binder.rewrite();
    passedRemark(kernel, DEBUG_TYPE, "Table") << remark::metric("Kernel", kernel.getName())
                                              << remark::metric("Buffers", binder.getNumBuffers())
                                              << remark::metric("Bytes", binder.getBytes())
                                              << remark::metric("Choices", binder.getNumChoices());
  }
};

} // namespace
