// Host code between launches, as part of a persistent kernel.
//
// Loads and arithmetic are run by all threads: between two barriers nobody writes
// what they read, so that all get the same values, which loops, branches and
// launch sizes may use. Stores are run by one thread, in a stage, as are loads and
// arithmetic that only feed stores. A branch or loop without launches is one op
// here: with a store inside it goes into a stage as a whole.
//
// A segment is a run of such ops in a block, between launches. Its stage ops are
// gathered into groups, each of which becomes one stage where the first later op
// needs it: one that uses a result, or that reads what the group may write. All
// that is moved over is independent.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "GlueStages.h"

#include "PersistentKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "vyre/Analysis/HostGlue.h"

using namespace mlir;
using namespace vyre;

//===----------------------------------------------------------------------===//
// KernelMemory
//===----------------------------------------------------------------------===//

void KernelMemory::record(Operation *original, Operation *copy, KernelAnalysis &kernels) {
  if (auto load = dyn_cast<memref::LoadOp>(original))
    accesses[copy].roots = findBufferRoots(load.getMemRef());
  if (auto store = dyn_cast<memref::StoreOp>(original))
    accesses[copy].roots = findBufferRoots(store.getMemRef());
  if (!isLaunch(original))
    return;
  const KernelFacts &facts = kernels.getFacts(original);
  Writes &writes = launches[copy];
  writes.anything = facts.unknownEffects;
  for (auto [number, operand] : llvm::enumerate(getKernelOperands(original)))
    if (isa<BaseMemRefType>(operand.getType()) && facts.writes.test(number))
      writes.buffers.push_back({Value(), findBufferRoots(operand)});
}

void KernelMemory::recordSlot(Operation *access, Value slot) { accesses[access].slot = slot; }

void KernelMemory::replaceLaunch(Operation *launch, Operation *stage) {
  Writes writes = std::move(launches[launch]);
  launches.erase(launch);
  launches[stage] = std::move(writes);
}

/// Slots overlap nothing but themselves.
bool KernelMemory::mayOverlap(const Buffer &a, const Buffer &b) {
  if (a.slot || b.slot)
    return a.slot == b.slot;
  return mayAlias(a.roots, b.roots);
}

KernelMemory::Writes KernelMemory::getWrites(Operation *op) const {
  if (auto it = launches.find(op); it != launches.end())
    return it->second;
  Writes writes;
  op->walk([&](memref::StoreOp store) { writes.buffers.push_back(accesses.lookup(store)); });
  return writes;
}

bool KernelMemory::mayWrite(Operation *op, Operation *read) const {
  Writes writes = getWrites(op);
  return read
      ->walk([&](memref::LoadOp load) {
        Buffer from = accesses.lookup(load);
        bool hit =
            (writes.anything && !from.slot) ||
            llvm::any_of(writes.buffers, [&](const Buffer &to) { return mayOverlap(from, to); });
        return hit ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

//===----------------------------------------------------------------------===//
// Stages of one thread
//===----------------------------------------------------------------------===//

namespace {
class GlueStageBuilder {
public:
  using Ops = SmallVector<Operation *>;

  GlueStageBuilder(KernelMemory &memory, function_ref<Value(Type)> addSlot)
      : memory(memory), addSlot(addSlot) {}

  void run(Block &block) {
    Ops segment;
    for (Operation &op : llvm::make_early_inc_range(block)) {
      if (!holdsLaunch(&op) && !op.hasTrait<OpTrait::IsTerminator>()) {
        segment.push_back(&op);
        continue;
      }
      formStages(segment, &op);
      segment.clear();
      for (Region &region : op.getRegions())
        for (Block &nested : region)
          run(nested);
    }
  }

private:
  /// Ops that become one stage in front of `before`.
  struct Group {
    Ops ops;
    Operation *before = nullptr;
    bool holds(Operation *op) const { return llvm::is_contained(ops, op); }
  };

  /// The op of the segment's block that `user` is or is in.
  static Operation *inBlock(Operation *user, Operation *op) {
    return op->getBlock()->findAncestorOpInBlock(*user);
  }

  /// True if every use of the op's results is in one of `ops`.
  template <typename Set> static bool usersAreIn(Operation *op, const Set &ops) {
    return llvm::all_of(op->getUsers(),
                        [&](Operation *user) { return ops.contains(inBlock(user, op)); });
  }

  DenseSet<Operation *> chooseStageOps(const Ops &segment);
  SmallVector<Group> gather(const Ops &segment, Operation *end);
  bool mustFollow(Operation *op, const Group &group);
  void formStages(const Ops &segment, Operation *end);
  void emit(const Group &group);

  KernelMemory &memory;
  function_ref<Value(Type)> addSlot;
  DenseSet<Operation *> forAll; ///< Ops that all threads must run, of this segment.
};
} // namespace

/// Stores, and what only they use.
DenseSet<Operation *> GlueStageBuilder::chooseStageOps(const Ops &segment) {
  DenseSet<Operation *> chosen;
  for (Operation *op : llvm::reverse(segment)) {
    bool onlyFeeds = !op->use_empty() && !forAll.contains(op) && usersAreIn(op, chosen);
    if (holdsStore(op) || onlyFeeds)
      chosen.insert(op);
  }
  return chosen;
}

/// True if the op cannot stay in front of a stage of the group's ops before it.
bool GlueStageBuilder::mustFollow(Operation *op, const Group &group) {
  bool uses = false;
  op->walk([&](Operation *nested) {
    uses |= llvm::any_of(nested->getOperands(), [&](Value operand) {
      Operation *source = operand.getDefiningOp();
      return source && group.holds(source);
    });
  });
  return uses || llvm::any_of(group.ops, [&](Operation *write) {
           return holdsStore(write) && memory.mayWrite(write, op);
         });
}

SmallVector<GlueStageBuilder::Group> GlueStageBuilder::gather(const Ops &segment, Operation *end) {
  DenseSet<Operation *> chosen = chooseStageOps(segment);
  SmallVector<Group> groups;
  Group current;
  auto close = [&](Operation *before) {
    if (current.ops.empty())
      return;
    current.before = before;
    groups.push_back(std::move(current));
    current = Group();
  };
  for (Operation *op : segment) {
    if (chosen.contains(op))
      current.ops.push_back(op);
    else if (mustFollow(op, current))
      close(op);
  }
  close(end);
  return groups;
}

void GlueStageBuilder::formStages(const Ops &segment, Operation *end) {
  if (llvm::none_of(segment, holdsStore))
    return;
  forAll.clear();
  SmallVector<Group> groups;
  // What feeds stores of two stages is for all threads; that may part the stages
  // further. Each round adds to `forAll`, so there is a last one.
  for (bool again = true; again;) {
    again = false;
    groups = gather(segment, end);
    for (const Group &group : groups) {
      DenseSet<Operation *> ops(group.ops.begin(), group.ops.end());
      for (Operation *op : group.ops)
        if (!holdsStore(op) && !usersAreIn(op, ops))
          again |= forAll.insert(op).second;
    }
  }
  for (const Group &group : groups)
    emit(group);
}

void GlueStageBuilder::emit(const Group &group) {
  OpBuilder builder(group.before);
  Location loc = group.ops.front()->getLoc();
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  auto stage = StageOp::create(builder, loc, one, one, one, one, one, one, SymbolRefAttr(),
                               builder.getDenseI32ArrayAttr({1, 1, 1}));
  Block *body = builder.createBlock(&stage.getBody());
  for (unsigned i = 0; i < StageOp::kNumArgs; ++i)
    body->addArgument(builder.getIndexType(), loc);
  for (Operation *op : group.ops)
    op->moveBefore(body, body->end());
  builder.setInsertionPointToEnd(body);
  auto isElsewhere = [&](OpOperand &use) { return !stage->isAncestor(use.getOwner()); };
  SmallVector<std::pair<Value, Value>> passed;
  for (Operation *op : group.ops)
    for (Value result : op->getResults()) {
      if (llvm::none_of(result.getUses(), isElsewhere))
        continue;
      Value slot = addSlot(result.getType());
      memory.recordSlot(memref::StoreOp::create(builder, loc, result, slot, ValueRange()), slot);
      passed.push_back({result, slot});
    }
  YieldOp::create(builder, loc);
  builder.setInsertionPointAfter(stage);
  createStageSync(builder, loc);
  for (auto [result, slot] : passed) {
    auto load = memref::LoadOp::create(builder, loc, slot, ValueRange());
    memory.recordSlot(load, slot);
    result.replaceUsesWithIf(load, isElsewhere);
  }
}

void vyre::formGlueStages(Block &block, KernelMemory &memory, function_ref<Value(Type)> addSlot) {
  GlueStageBuilder(memory, addSlot).run(block);
}

//===----------------------------------------------------------------------===//
// Reads before writes
//===----------------------------------------------------------------------===//

namespace {
/// A forward dataflow: the loads that some thread may still have to do, because
/// no grid barrier came after them. First to a fixpoint, then once more to insert.
class ReadSeparator {
public:
  using Pending = SetVector<Operation *>;

  explicit ReadSeparator(const KernelMemory &memory) : memory(memory) {}

  void run(Region &body) {
    do {
      changed = false;
      walk(body, {});
    } while (changed);
    inserts = true;
    walk(body, {});
  }

private:
  static void add(Pending &to, const Pending &more) { to.insert(more.begin(), more.end()); }

  /// Adds to what is pending at the region's entry.
  void enter(Region &region, const Pending &more) {
    Pending &at = entries[&region];
    size_t before = at.size();
    add(at, more);
    changed |= at.size() != before;
  }

  /// What is pending where the region ends, entered as was said and with `more`.
  Pending walk(Region &region, const Pending &more) {
    enter(region, more);
    Pending pending = entries[&region];
    for (Operation &op : llvm::make_early_inc_range(region.front()))
      visit(&op, pending);
    return pending;
  }

  void visit(Operation *op, Pending &pending) {
    if (isa<StageOp>(op))
      return guard(op, pending);
    if (auto sync = dyn_cast<SyncOp>(op)) {
      if (sync.getScope() == SyncScope::Grid)
        pending.clear();
      return;
    }
    if (isa<memref::LoadOp>(op))
      pending.insert(op);
    if (auto again = dyn_cast<scf::WhileOp>(op)) {
      pending = walk(again.getBefore(), pending);
      enter(again.getBefore(), walk(again.getAfter(), pending));
      return;
    }
    if (op->getNumRegions() == 0)
      return;
    Pending ends;
    bool mayPassBy = !isa<scf::IfOp>(op);
    for (Region &region : op->getRegions()) {
      if (region.empty()) {
        mayPassBy = true; // an scf.if without else
        continue;
      }
      Pending end = walk(region, pending);
      if (isa<scf::ForOp>(op))
        enter(region, end);
      add(ends, end);
    }
    if (!mayPassBy)
      pending.clear();
    add(pending, ends);
  }

  /// Puts a barrier in front of the stage if it may write what is pending.
  void guard(Operation *stage, Pending &pending) {
    if (!inserts ||
        llvm::none_of(pending, [&](Operation *read) { return memory.mayWrite(stage, read); }))
      return;
    OpBuilder builder(stage);
    SyncOp::create(builder, stage->getLoc(), SyncScope::Grid);
    pending.clear();
  }

  const KernelMemory &memory;
  DenseMap<Region *, Pending> entries;
  bool changed = false, inserts = false;
};
} // namespace

void vyre::separateReads(gpu::GPUFuncOp kernel, const KernelMemory &memory) {
  ReadSeparator(memory).run(kernel.getBody());
}
