// Which memref values of a module's host code may hold which allocations.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One walk collects edges "may hold the memory of"; queries follow them in one
// direction or the other. What is not understood has no edge: backwards it is a
// root of its own, forwards the value escapes.
#include "vyre/Analysis/MemRefFlow.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

using namespace mlir;

vyre::MemRefFlow::MemRefFlow(ModuleOp module) {
  for (Operation &op : module.getBody()->getOperations())
    if (auto function = dyn_cast<FunctionOpInterface>(op)) {
      functions[function.getNameAttr()] = function;
      if (!function.isPrivate())
        open.insert(function);
    }
  if (auto uses = SymbolTable::getSymbolUses(&module.getBodyRegion())) {
    for (const SymbolTable::SymbolUse &use : *uses) {
      auto call = dyn_cast<CallOpInterface>(use.getUser());
      if (!call || llvm::dyn_cast<SymbolRefAttr>(call.getCallableForCallee()) != use.getSymbolRef())
        if (Operation *function = functions.lookup(use.getSymbolRef().getRootReference()))
          open.insert(function);
    }
  } else {
    for (auto &entry : functions)
      open.insert(entry.second);
  }
  module->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<gpu::GPUModuleOp>(op))
      return WalkResult::skip();
    visit(op);
    return WalkResult::advance();
  });
}

void vyre::MemRefFlow::connect(ValueRange sources, ValueRange targets) {
  if (sources.size() != targets.size())
    return escape(sources);
  for (auto [source, target] : llvm::zip(sources, targets))
    if (isa<BaseMemRefType>(target.getType())) {
      from[target].push_back(source);
      to[source].push_back(target);
    }
}

void vyre::MemRefFlow::escape(ValueRange values) {
  for (Value value : values)
    if (isa<BaseMemRefType>(value.getType()))
      escaping.insert(value);
}

void vyre::MemRefFlow::visit(Operation *op) {
  if (auto view = dyn_cast<ViewLikeOpInterface>(op)) {
    for (Value result : op->getResults())
      connect(view.getViewSource(), result);
    return;
  }
  if (auto select = dyn_cast<arith::SelectOp>(op)) {
    connect(select.getTrueValue(), select.getResult());
    connect(select.getFalseValue(), select.getResult());
    return;
  }
  if (auto branch = dyn_cast<BranchOpInterface>(op)) {
    for (unsigned i = 0; i < op->getNumSuccessors(); ++i) {
      SuccessorOperands operands = branch.getSuccessorOperands(i);
      Block *next = op->getSuccessor(i);
      unsigned produced = operands.getProducedOperandCount();
      connect(operands.getForwardedOperands(), next->getArguments().drop_front(produced));
    }
    return;
  }
  if (isa<CallOpInterface>(op) || op->hasTrait<OpTrait::ReturnLike>())
    return visitCalls(op);
  if (op->getNumRegions())
    return visitRegions(op);
  if (auto store = dyn_cast<memref::StoreOp>(op))
    return escape(store.getValue());
  // Any other op may hide what it is given in what it produces.
  bool produces = llvm::any_of(op->getResultTypes(), [](Type type) {
    return isa<BaseMemRefType>(type) ||
           !isa<IntegerType, IndexType, FloatType, VectorType, gpu::AsyncTokenType>(type);
  });
  if (produces)
    escape(op->getOperands());
}

void vyre::MemRefFlow::visitRegions(Operation *op) {
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    for (ValueRange next : {ValueRange(loop.getInitArgs()), ValueRange(loop.getYieldedValues())}) {
      connect(next, loop.getRegionIterArgs());
      connect(next, loop.getResults());
    }
  } else if (auto loop = dyn_cast<scf::WhileOp>(op)) {
    connect(loop.getInits(), loop.getBeforeArguments());
    connect(loop.getConditionOp().getArgs(), loop.getAfterArguments());
    connect(loop.getConditionOp().getArgs(), loop.getResults());
    connect(loop.getYieldOp().getOperands(), loop.getBeforeArguments());
  } else if (isa<scf::IfOp, scf::IndexSwitchOp, scf::ExecuteRegionOp, vyre::LaunchGroupOp,
                 memref::AllocaScopeOp>(op)) {
    for (Region &region : op->getRegions())
      for (Block &block : region)
        if (Operation *end = block.getTerminator(); end->hasTrait<OpTrait::ReturnLike>())
          connect(end->getOperands(), op->getResults());
  } else if (op->getNumResults()) {
    escape(op->getOperands());
  }
}

void vyre::MemRefFlow::visitCalls(Operation *op) {
  if (auto call = dyn_cast<CallOpInterface>(op)) {
    auto symbol = llvm::dyn_cast<SymbolRefAttr>(call.getCallableForCallee());
    Operation *callee = symbol ? functions.lookup(symbol.getRootReference()) : nullptr;
    auto function = dyn_cast_or_null<FunctionOpInterface>(callee);
    if (!function || function.isExternal())
      return; // may use the memory during the call; its results are roots
    connect(call.getArgOperands(), function.getArguments());
    function.getFunctionBody().walk([&](Operation *end) {
      if (end->hasTrait<OpTrait::ReturnLike>() && end->getParentOp() == callee)
        connect(end->getOperands(), call->getResults());
    });
    return;
  }
  Operation *parent = op->getParentOp();
  bool known = isa<scf::ForOp, scf::WhileOp, scf::IfOp, scf::IndexSwitchOp, scf::ExecuteRegionOp,
                   vyre::LaunchGroupOp, memref::AllocaScopeOp>(parent) ||
               (isa<FunctionOpInterface>(parent) && !open.contains(parent));
  if (!known)
    escape(op->getOperands());
}

llvm::SetVector<Value> vyre::MemRefFlow::rootsOf(Value value) const {
  llvm::SetVector<Value> seen, roots;
  seen.insert(value);
  for (size_t i = 0; i < seen.size(); ++i) {
    Value next = seen[i];
    auto sources = from.find(next);
    if (sources != from.end())
      seen.insert(sources->second.begin(), sources->second.end());
    // Unknown callers may pass anything, besides what known ones pass.
    auto argument = dyn_cast<BlockArgument>(next);
    bool fromOutside = argument && argument.getOwner()->isEntryBlock() &&
                       open.contains(argument.getOwner()->getParentOp());
    if (sources == from.end() || fromOutside)
      roots.insert(next);
  }
  return roots;
}

llvm::SetVector<Value> vyre::MemRefFlow::aliasesOf(Value root) const {
  llvm::SetVector<Value> seen;
  seen.insert(root);
  for (size_t i = 0; i < seen.size(); ++i)
    if (auto targets = to.find(seen[i]); targets != to.end())
      seen.insert(targets->second.begin(), targets->second.end());
  return seen;
}
