// Gives launch groups whose loop stays on the host a persistent form with a live
// queue. Legality is Analysis's answer (findQueueBlocker), the resident kernel is
// built in LiveQueueKernel.cpp.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Transforms/Passes.h"

#include "LiveQueueKernel.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "vyre/Analysis/HostGlue.h"
#include "vyre/Analysis/LiveQueues.h"
#include "vyre/Dialect/Vyre/IR/DeviceLimits.h"
#include "vyre/Dialect/Vyre/IR/Remarks.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

#define DEBUG_TYPE "vyre-form-live-queues"

namespace vyre {
#define GEN_PASS_DEF_FORMLIVEQUEUESPASS
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

using namespace mlir;
using namespace vyre;

namespace {

//===----------------------------------------------------------------------===//
// Which items may run beside each other
//===----------------------------------------------------------------------===//

/// Marks the items of one loop that need nothing of those since the last unmarked one.
class ItemOrder {
public:
  ItemOrder(Operation *loop, KernelAnalysis &kernels) : kernels(kernels) {
    loop->walk([&](gpu::LaunchFuncOp launch) {
      for (Value operand : launch.getKernelOperands())
        if (isa<BaseMemRefType>(operand.getType()))
          slots.add(findBufferRoots(operand));
    });
    llvm::SetVector<Block *> blocks;
    loop->walk([&](gpu::LaunchFuncOp launch) { blocks.insert(launch->getBlock()); });
    for (Block *block : blocks)
      markBlock(*block);
  }

private:
  using Slots = DenseSet<uint32_t>;

  void markBlock(Block &block) {
    bool inRun = false;
    Slots reads, writes; // of the run so far
    for (Operation &op : block) {
      auto launch = dyn_cast<gpu::LaunchFuncOp>(op);
      if (!launch) {
        inRun &= isMemoryEffectFree(&op);
        continue;
      }
      Slots itsReads, itsWrites;
      collect(launch, itsReads, itsWrites);
      if (inRun && !meet(itsWrites, reads) && !meet(itsWrites, writes) && !meet(itsReads, writes)) {
        launch->setAttr(attr_name::kConcurrentItem, UnitAttr::get(launch.getContext()));
      } else { // It waits for all before it: a new run begins.
        reads.clear();
        writes.clear();
      }
      inRun = true;
      reads.insert(itsReads.begin(), itsReads.end());
      writes.insert(itsWrites.begin(), itsWrites.end());
    }
  }

  static bool meet(const Slots &a, const Slots &b) {
    return llvm::any_of(a, [&](uint32_t slot) { return b.contains(slot); });
  }

  void collect(gpu::LaunchFuncOp launch, Slots &reads, Slots &writes) {
    const KernelFacts &facts = kernels.getFacts(launch);
    for (auto [number, operand] : llvm::enumerate(launch.getKernelOperands())) {
      if (!isa<BaseMemRefType>(operand.getType()))
        continue;
      BufferRoots roots = findBufferRoots(operand);
      if (facts.reads.test(number))
        slots.forEachSlot(roots, [&](uint32_t slot) { reads.insert(slot); });
      if (facts.writes.test(number))
        slots.forEachSlot(roots, [&](uint32_t slot) { writes.insert(slot); });
    }
    if (facts.unknownEffects)
      slots.forEachSlot([&](uint32_t slot) { writes.insert(slot); });
  }

  KernelAnalysis &kernels;
  BufferSlots slots;
};

//===----------------------------------------------------------------------===//
// The form
//===----------------------------------------------------------------------===//

/// Builds the queue form of one group.
class QueueFormBuilder {
public:
  QueueFormBuilder(LaunchGroupOp group, KernelAnalysis &kernels, SymbolTableCollection &symbols)
      : group(group), loop(&group.getPlain().front().front()), kernels(kernels), symbols(symbols),
        builder(group.getContext()) {
    loop->walk([&](gpu::LaunchFuncOp launch) {
      launches.push_back(launch);
      for (Value operand : launch.getKernelOperands())
        if (isa<BaseMemRefType>(operand.getType()))
          kernelBuffers.push_back(findBufferRoots(operand));
    });
  }

  LiveQueueOp build(StringRef name) {
    Location loc = group.getLoc();
    SymbolRefAttr resident = createResident(name);
    builder.setInsertionPointToEnd(&group.getPersistent().emplaceBlock());
    queue = LiveQueueOp::create(builder, loc, group.getResultTypes(), resident,
                                builder.getArrayAttr(items), uint32_t(getThreads()),
                                uint64_t(getSharedBytes()), IntegerAttr());
    YieldOp::create(builder, loc, queue.getResults());
    builder.setInsertionPointToEnd(&queue.getBody().emplaceBlock());
    Operation *copy = builder.clone(*loop);
    YieldOp::create(builder, loc, copy->getResults());
    // A nested walk could meet the closings it makes.
    SmallVector<Operation *> closers;
    copy->walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (needsClosedQueue(op))
        closers.push_back(op);
      return isLaunch(op) ? WalkResult::skip() : WalkResult::advance();
    });
    for (Operation *op : closers)
      closeBefore(op);
    ItemOrder(copy, kernels);
    queue.setMaxBlocksAttr(getMaxBlocks());
    describe(copy);
    return queue;
  }

private:
  SymbolRefAttr createResident(StringRef name) {
    llvm::SetVector<gpu::GPUFuncOp> distinct;
    for (gpu::LaunchFuncOp launch : launches)
      if (distinct.insert(kernels.getKernel(launch)))
        items.push_back(launch.getKernelAttr());
    gpu::GPUFuncOp func =
        buildResidentKernel(group.getLoc(), name, distinct.getArrayRef(), getThreads());
    auto module = distinct.front()->getParentOfType<gpu::GPUModuleOp>();
    symbols.getSymbolTable(module).insert(func); // Makes the name unique.
    return SymbolRefAttr::get(SymbolTable::getSymbolName(module), {FlatSymbolRefAttr::get(func)});
  }

  /// Threads of a physical block: as many as the largest block of an item. A block
  /// that only run time knows is run by any number of threads.
  int64_t getThreads() {
    int64_t largest = 1;
    for (gpu::LaunchFuncOp launch : launches) {
      gpu::KernelDim3 block = launch.getBlockSizeOperandValues();
      int64_t product = 1;
      for (Value size : {block.x, block.y, block.z}) {
        std::optional<int64_t> known = getConstantIntValue(size);
        product = known ? product * *known : kMaxThreadsPerBlock;
      }
      largest = std::max(largest, std::min(product, kMaxThreadsPerBlock));
    }
    return largest;
  }

  int64_t getSharedBytes() {
    int64_t largest = 0;
    for (gpu::LaunchFuncOp launch : launches)
      if (Value bytes = launch.getDynamicSharedMemorySize())
        largest = std::max(largest, *getConstantIntValue(bytes));
    return largest;
  }

  /// The most blocks that have work at a time: those of an item and of the concurrent
  /// ones after it. Null if a grid is known only at run time.
  IntegerAttr getMaxBlocks() {
    int64_t largest = 1, together = 0;
    bool isKnown = true;
    queue.getBody().walk([&](gpu::LaunchFuncOp launch) {
      gpu::KernelDim3 grid = launch.getGridSizeOperandValues();
      int64_t blocks = 1;
      for (Value size : {grid.x, grid.y, grid.z}) {
        std::optional<int64_t> known = getConstantIntValue(size);
        isKnown &= known && *known >= 0 && !llvm::MulOverflow(blocks, *known, blocks);
      }
      if (!launch->hasAttr(attr_name::kConcurrentItem))
        together = 0;
      isKnown &= !llvm::AddOverflow(together, blocks, together);
      largest = std::max(largest, together);
    });
    return isKnown ? builder.getI64IntegerAttr(largest) : IntegerAttr();
  }

  /// Closes the queue before `op` unless it is closed there since the last op that may
  /// have opened it.
  void closeBefore(Operation *op) {
    for (Operation *before = op->getPrevNode(); before; before = before->getPrevNode()) {
      if (isa<CloseQueueOp>(before))
        return;
      if (isLaunch(before) || before->getNumRegions() > 0)
        break;
    }
    builder.setInsertionPoint(op);
    CloseQueueOp::create(builder, op->getLoc());
  }

  /// True if the host may have to wait for items before `op`, or what is inside.
  bool mayWait(Operation *op) {
    if (isa<CallOpInterface>(op))
      return !isHostOnlyCall(op) && !needsClosedQueue(op); // those are closings
    HostEffect effect = classifyHostOp(op);
    if (effect == HostEffect::Wait)
      return true;
    if (effect != HostEffect::Load && effect != HostEffect::Store)
      return llvm::any_of(op->getRegions(), [&](Region &region) {
        return llvm::any_of(region.getOps(), [&](Operation &inner) { return mayWait(&inner); });
      });
    auto isShared = [&](Value buffer) {
      BufferRoots roots = findBufferRoots(buffer);
      return llvm::any_of(kernelBuffers,
                          [&](const BufferRoots &other) { return mayAlias(roots, other); });
    };
    return llvm::any_of(op->getOperands(), [&](Value operand) {
      return isa<BaseMemRefType>(operand.getType()) && isShared(operand);
    });
  }

  /// Collects the first op after each launch that makes the host wait.
  void collectDrains(Region &region, DenseSet<Operation *> &drains) {
    for (Block &block : region) {
      bool pending = true; // from the iteration before
      for (Operation &op : block) {
        if (holdsLaunch(&op)) {
          for (Region &inner : op.getRegions())
            if (!isLaunch(&op))
              collectDrains(inner, drains);
          pending = true;
        } else if (pending && mayWait(&op)) {
          drains.insert(&op);
          pending = false;
        }
      }
    }
  }

  /// Counts what the policy prices, and tells it.
  void describe(Operation *copy) {
    auto waits = [](Operation *op) {
      return isa<gpu::LaunchFuncOp>(op) && !op->hasAttr(attr_name::kConcurrentItem);
    };
    DenseSet<Operation *> drains;
    for (Region &region : copy->getRegions())
      collectDrains(region, drains);
    group.setBarriersPerIteration(countPerIteration(copy, waits));
    group.setSessionsPerIteration(countPerIteration(
        copy, [&](Operation *op) { return isa<CloseQueueOp>(op) || drains.contains(op); }));
    SmallVector<Attribute> lines;
    auto tell = [&](const Twine &line) { lines.push_back(builder.getStringAttr(line)); };
    copy->walk([&](Operation *op) {
      if (auto launch = dyn_cast<gpu::LaunchFuncOp>(op))
        tell("before item " + launch.getKernelName().getValue() +
             (waits(op) ? ": in order (waits for the items before it)"
                        : ": none (needs nothing of the items beside it)"));
      else if (drains.contains(op))
        tell("before '" + op->getName().getStringRef() +
             "': the host waits for the items before it (may touch the same memory)");
      else if (isa<CloseQueueOp>(op))
        tell("before '" + op->getNextNode()->getName().getStringRef() +
             "': the queue is closed (it may wait for the device)");
    });
    group.setPersistentSyncsAttr(builder.getArrayAttr(lines));
  }

  LaunchGroupOp group;
  Operation *loop;
  KernelAnalysis &kernels;
  SymbolTableCollection &symbols;
  OpBuilder builder;
  LiveQueueOp queue;
  SmallVector<gpu::LaunchFuncOp> launches;
  SmallVector<Attribute> items;
  SmallVector<BufferRoots> kernelBuffers; ///< What the launches are given.
};

struct FormLiveQueuesPass : public vyre::impl::FormLiveQueuesPassBase<FormLiveQueuesPass> {
  using Base::Base;
  void runOnOperation() override {
    KernelAnalysis kernels(reorderFloatAtomics);
    SymbolTableCollection symbols;
    for (Operation &op : llvm::make_early_inc_range(getOperation().getOps())) {
      auto func = dyn_cast<FunctionOpInterface>(op);
      if (!func)
        continue;
      SmallVector<LaunchGroupOp> groups;
      func->walk([&](LaunchGroupOp group) { groups.push_back(group); });
      for (auto [number, group] : llvm::enumerate(groups))
        if (group.getPersistent().empty() && group.getPersistentRefusal())
          form(group, (func.getName() + "_loop" + Twine(number) + "_queue").str(), kernels,
               symbols);
    }
  }

private:
  static void form(LaunchGroupOp group, StringRef name, KernelAnalysis &kernels,
                   SymbolTableCollection &symbols) {
    Operation *loop = &group.getPlain().front().front();
    std::string instead = group.getPersistentRefusal()->str();
    if (std::optional<Refusal> refusal = findQueueBlocker(loop, kernels)) {
      missedRemark(refusal->at, DEBUG_TYPE, "LiveQueue") << remarkReason(refusal->str());
      if (!StringRef(instead).starts_with(refusal->id))
        group.setPersistentRefusal(instead + "; no live queue: " + refusal->str());
      return;
    }
    group.removePersistentRefusalAttr();
    LiveQueueOp queue = QueueFormBuilder(group, kernels, symbols).build(name);
    passedRemark(group, DEBUG_TYPE, "LiveQueue")
        << remarkReason("the loop stays on the host: " + instead)
        << remark::metric("ItemsInOrder", group.getBarriersPerIteration())
        << remark::metric("Sessions", group.getSessionsPerIteration())
        << remark::metric("Kernel", queue.getResident().getLeafReference().getValue());
  }
};

} // namespace
