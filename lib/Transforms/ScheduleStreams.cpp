// Inserts vyre.host_sync where the host may observe or disturb pending kernels.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A forward dataflow of one bit, "work may be pending on this thread's stream".
// Device work sets it; a host op that touches memory a kernel can reach needs it
// clear, gets a sync, and so clears it. Function summaries (pending on entry, on
// return) are raised to a fixpoint first; then one more walk with those inserts.
// Every doubt errs towards a sync, which costs a few ns when nothing is pending.
#include "vyre/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Async/IR/Async.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "vyre/Analysis/LiveQueues.h"
#include "vyre/Analysis/RunnerUtilities.h"
#include "vyre/Dialect/Vyre/IR/Remarks.h"

#define DEBUG_TYPE "vyre-schedule-streams"

namespace vyre {
#define GEN_PASS_DEF_SCHEDULESTREAMSPASS
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

using namespace mlir;

namespace {

//===----------------------------------------------------------------------===//
// Facts about single ops
//===----------------------------------------------------------------------===//

/// True for ops that take part in token order instead of stream order.
bool usesTokens(Operation *op) {
  auto async = dyn_cast<gpu::AsyncOpInterface>(op);
  return async && (async.getAsyncToken() || !async.getAsyncDependencies().empty());
}

/// True for work that goes to the calling thread's stream without waiting.
bool isStreamWork(Operation *op) {
  return isa<gpu::LaunchFuncOp, gpu::LaunchOp, gpu::MemcpyOp, gpu::MemsetOp,
             vyre::LaunchPersistentOp, vyre::GraphRegionOp>(op) &&
         !usesTokens(op);
}

/// True if no kernel can reach the memory of `memref`: an allocation of this
/// function whose every use, through views too, loads, stores, prints or frees it here.
class HostMemory {
public:
  bool isPrivate(Value memref) {
    Value root = memref;
    while (auto view = root.getDefiningOp<ViewLikeOpInterface>())
      root = view.getViewSource();
    if (!root.getDefiningOp<memref::AllocOp>() && !root.getDefiningOp<memref::AllocaOp>())
      return false;
    auto [it, isNew] = known.try_emplace(root, false);
    if (isNew) {
      bool isPrivateRoot = !escapes(root);
      known[root] = isPrivateRoot;
      return isPrivateRoot;
    }
    return it->second;
  }

private:
  bool escapes(Value memref) {
    for (OpOperand &use : memref.getUses()) {
      Operation *user = use.getOwner();
      if (user->getParentOfType<gpu::LaunchOp>() || user->getParentOfType<vyre::GraphRegionOp>())
        return true;
      if (isa<memref::DeallocOp, memref::LoadOp, affine::AffineLoadOp, memref::DimOp,
              memref::CopyOp>(user) ||
          vyre::isMemRefUtilityCall(user))
        continue;
      if (auto store = dyn_cast<memref::StoreOp>(user); store && store.getValue() != memref)
        continue;
      if (auto store = dyn_cast<affine::AffineStoreOp>(user); store && store.getValue() != memref)
        continue;
      if (isa<ViewLikeOpInterface>(user) && user->getNumResults() == 1) {
        if (escapes(user->getResult(0)))
          return true;
        continue;
      }
      return true;
    }
    return false;
  }

  llvm::DenseMap<Value, bool> known;
};

/// True if `op`, its regions aside, may touch memory that a kernel can reach,
/// or makes other work start that may.
bool observesMemory(Operation *op, HostMemory &memory) {
  if (usesTokens(op))
    return true; // other streams are not ordered with this thread's
  if (isa<gpu::AllocOp, gpu::DeallocOp, cf::AssertOp>(op))
    return isa<cf::AssertOp>(op); // the stream orders allocation and release
  if (isa<gpu::WaitOp, gpu::HostRegisterOp, gpu::HostUnregisterOp, gpu::SetDefaultDeviceOp,
          async::AwaitOp, async::AwaitAllOp, async::ExecuteOp>(op))
    return true;
  if (auto effects = dyn_cast<MemoryEffectOpInterface>(op)) {
    SmallVector<MemoryEffects::EffectInstance> instances;
    effects.getEffects(instances);
    return llvm::any_of(instances, [&](const MemoryEffects::EffectInstance &effect) {
      if (isa<MemoryEffects::Allocate>(effect.getEffect()))
        return false;
      Value value = effect.getValue();
      return !value || !isa<BaseMemRefType>(value.getType()) || !memory.isPrivate(value);
    });
  }
  if (op->hasTrait<OpTrait::HasRecursiveMemoryEffects>() || op->hasTrait<OpTrait::IsTerminator>())
    return false; // what is inside speaks for itself
  return true;
}

/// True if the regions of `op` are alternatives, of which one runs at most once.
bool hasAlternatives(Operation *op) {
  return isa<scf::IfOp, scf::IndexSwitchOp, scf::ExecuteRegionOp, affine::AffineIfOp,
             vyre::LaunchGroupOp, vyre::LiveQueueOp, memref::AllocaScopeOp>(op);
}

//===----------------------------------------------------------------------===//
// The dataflow
//===----------------------------------------------------------------------===//

/// What callers and callees know of each other.
struct Summary {
  bool open = true;            // others than direct calls may enter it
  bool launches = false;       // it or a callee puts work on the stream
  bool pendingOnEntry = false; // at some call
  bool pendingOnReturn = false;
};

class Scheduler {
public:
  explicit Scheduler(ModuleOp module) : module(module) {}

  void run() {
    collectFunctions();
    findLaunchingFunctions();
    do {
      changed = false;
      for (auto &[function, summary] : functions)
        raise(summary.pendingOnReturn, walkFunction(function));
    } while (changed);
    insert = true;
    for (auto &[function, summary] : functions)
      walkFunction(function);
    dropUnneeded();
  }

private:
  void raise(bool &bit, bool value) {
    changed |= value && !bit;
    bit |= value;
  }

  void collectFunctions() {
    for (Operation &op : module.getBody()->getOperations())
      if (auto function = dyn_cast<FunctionOpInterface>(op); function && !function.isExternal()) {
        functions[function].open = !function.isPrivate() || isa<async::FuncOp>(op);
        byName[function.getNameAttr()] = function;
      }
    if (auto uses = SymbolTable::getSymbolUses(&module.getBodyRegion())) {
      for (const SymbolTable::SymbolUse &use : *uses) {
        auto call = dyn_cast<CallOpInterface>(use.getUser());
        if (!call || call.getCallableForCallee().dyn_cast<SymbolRefAttr>() != use.getSymbolRef())
          if (FunctionOpInterface function = byName.lookup(use.getSymbolRef().getRootReference()))
            functions[function].open = true; // its address is taken
      }
    } else {
      for (auto &[function, summary] : functions)
        summary.open = true;
    }
  }

  void findLaunchingFunctions() {
    do {
      changed = false;
      for (auto &[function, summary] : functions)
        raise(summary.launches, containsStreamWork(function));
    } while (changed);
  }

  /// The summary of a direct callee in this module, null for other callees.
  Summary *calleeOf(CallOpInterface call) {
    auto symbol = call.getCallableForCallee().dyn_cast<SymbolRefAttr>();
    FunctionOpInterface function =
        symbol ? byName.lookup(symbol.getRootReference()) : FunctionOpInterface();
    return function ? &functions[function] : nullptr;
  }

  bool containsStreamWork(Operation *root) {
    return root
        ->walk([&](Operation *op) {
          bool work = isStreamWork(op);
          if (auto call = dyn_cast<CallOpInterface>(op))
            if (Summary *callee = calleeOf(call))
              work |= callee->launches;
          return work ? WalkResult::interrupt() : WalkResult::advance();
        })
        .wasInterrupted();
  }

  /// The first op inside `root` that a pending stream could disturb, or null.
  Operation *firstObserver(Operation *root) {
    Operation *found = nullptr;
    root->walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (op == root || vyre::isHostOnlyCall(op) ||
          (!isa<CallOpInterface>(op) && !observesMemory(op, memory)))
        return WalkResult::advance();
      found = op;
      return WalkResult::interrupt();
    });
    return found;
  }

  bool walkFunction(FunctionOpInterface function) {
    inOpenFunction = functions[function].open;
    loops.clear();
    return walkRegion(function.getFunctionBody(), functions[function].pendingOnEntry);
  }

  /// Clears the bit before `op`, which is why.
  bool sync(bool pending, Operation *op, Operation *why) {
    if (!pending || !insert)
      return false;
    auto previous = dyn_cast_or_null<vyre::HostSyncOp>(op->getPrevNode());
    if (!previous) {
      OpBuilder builder(op);
      previous = vyre::HostSyncOp::create(builder, why->getLoc());
    }
    if (needed.insert(previous).second)
      remark::analysis(why->getLoc(), vyre::remarkOpts(op, DEBUG_TYPE, "Synchronized"))
          << ("the host waits for its kernels before '" + why->getName().getStringRef() + "'")
                 .str();
    return false;
  }

  /// Pending at the exits of `region`, given pending at its entry.
  bool walkRegion(Region &region, bool pending) {
    if (region.empty())
      return pending;
    if (region.hasOneBlock())
      return walkBlock(region.front(), pending);
    llvm::DenseMap<Block *, bool> entry;
    entry[&region.front()] = pending;
    bool exits = false, inserting = std::exchange(insert, false);
    for (bool again = true; again;) {
      again = false;
      exits = false;
      for (Block &block : region) {
        bool out = walkBlock(block, entry[&block]);
        exits |= out && block.hasNoSuccessors();
        for (Block *next : block.getSuccessors())
          if (out && !entry[next])
            again = entry[next] = true;
      }
    }
    insert = inserting;
    if (insert)
      for (Block &block : region)
        walkBlock(block, entry[&block]);
    return exits;
  }

  bool walkBlock(Block &block, bool pending) {
    for (Operation &op : llvm::make_early_inc_range(block))
      pending = walkOp(&op, pending);
    return pending;
  }

  bool walkOp(Operation *op, bool pending) {
    if (isa<vyre::HostSyncOp>(op)) {
      if (!needed.contains(op))
        existing.insert(op);
      return pending; // the ones that matter are found again
    }
    if (isStreamWork(op))
      return true;
    // It waits for items, but not for launches that the queue did not take.
    if (isa<vyre::CloseQueueOp>(op))
      return pending;
    if (isa<gpu::GPUModuleOp, FunctionOpInterface>(op))
      return pending;
    if (auto call = dyn_cast<CallOpInterface>(op))
      return walkCall(call, pending);
    if (op->hasTrait<OpTrait::ReturnLike>() && op->getBlock()->hasNoSuccessors()) {
      Operation *parent = op->getParentOp();
      bool endsFrame = isa<FunctionOpInterface, memref::AllocaScopeOp>(parent);
      if (isa<async::ExecuteOp>(parent) || (isa<FunctionOpInterface>(parent) && inOpenFunction) ||
          (endsFrame && lendsStack(parent)))
        return sync(pending, op, op);
    }
    if (observesMemory(op, memory))
      pending = sync(pending, op, op);
    return op->getNumRegions() && !isa<gpu::LaunchOp>(op) ? walkNested(op, pending) : pending;
  }

  /// True if a kernel may reach stack memory that ends with `frame`.
  bool lendsStack(Operation *frame) {
    auto [it, isNew] = lends.try_emplace(frame, false);
    if (isNew)
      it->second =
          frame
              ->walk([&](memref::AllocaOp op) {
                return memory.isPrivate(op) ? WalkResult::advance() : WalkResult::interrupt();
              })
              .wasInterrupted();
    return it->second;
  }

  bool walkCall(CallOpInterface call, bool pending) {
    Summary *callee = calleeOf(call);
    if (vyre::isHostOnlyCall(call))
      return pending;
    if (!callee || isa<async::CallOp>(call)) // unseen code, or another thread
      return sync(pending, call, call);
    raise(callee->pendingOnEntry, pending);
    return callee->pendingOnReturn;
  }

  bool walkNested(Operation *op, bool pending) {
    if (isa<async::ExecuteOp>(op)) { // another thread, with a stream of its own
      walkRegion(op->getRegion(0), false);
      return pending;
    }
    if (hasAlternatives(op)) {
      bool out = false, skippable = isa<scf::IfOp, affine::AffineIfOp>(op);
      for (Region &region : op->getRegions()) {
        if (region.empty())
          out |= skippable && pending;
        else
          out |= walkRegion(region, pending);
      }
      return out;
    }
    if (pending && isa<LoopLikeOpInterface>(op) && !containsStreamWork(op))
      if (Operation *observer = firstObserver(op))
        pending = sync(pending, op, observer);
    return walkLoop(op, pending);
  }

  /// Regions that may run any number of times, in any order. While nothing is
  /// inserted the answer is remembered: each loop around asks more than once, so
  /// that a nest would cost two to the power of its depth.
  bool walkLoop(Operation *op, bool pending) {
    if (!insert)
      if (auto it = loops.find(LoopEntry(op, pending)); it != loops.end())
        return it->second;
    bool out = computeLoop(op, pending);
    if (!insert)
      loops[LoopEntry(op, pending)] = out;
    return out;
  }

  bool computeLoop(Operation *op, bool pending) {
    bool isWhile = isa<scf::WhileOp>(op), inserting = std::exchange(insert, false);
    bool entry = pending, out = pending;
    auto pass = [&] {
      if (isWhile) { // ends after its first region only
        bool before = walkRegion(op->getRegion(0), entry);
        entry |= walkRegion(op->getRegion(1), before);
        out = before;
        return;
      }
      for (Region &region : op->getRegions())
        entry |= walkRegion(region, entry);
      out = entry;
    };
    for (bool last = !entry; last != entry;) {
      last = entry;
      pass();
    }
    insert = inserting;
    if (insert)
      pass();
    return out;
  }

  void dropUnneeded() {
    for (Operation *op : existing) {
      if (needed.contains(op))
        continue;
      vyre::passedRemark(op, DEBUG_TYPE, "SyncRemoved") << "nothing needs this synchronization";
      op->erase();
    }
  }

  ModuleOp module;
  llvm::MapVector<FunctionOpInterface, Summary> functions;
  llvm::DenseMap<StringAttr, FunctionOpInterface> byName;
  llvm::SetVector<Operation *> existing;
  llvm::DenseSet<Operation *> needed;
  HostMemory memory;
  llvm::DenseMap<Operation *, bool> lends; // known answers of lendsStack
  // Known answers of walkLoop without insertion, in the function being walked.
  using LoopEntry = llvm::PointerIntPair<Operation *, 1, bool>;
  llvm::DenseMap<LoopEntry, bool> loops;
  bool insert = false, changed = false, inOpenFunction = true;
};

struct ScheduleStreams : vyre::impl::ScheduleStreamsPassBase<ScheduleStreams> {
  void runOnOperation() override { Scheduler(getOperation()).run(); }
};

} // namespace
