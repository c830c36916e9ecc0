// Fills the graph form of launch groups: the plain loop with each maximal run of
// launches, copies, fills and branches around them in a vyre.graph_region.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// (1) Copies of the host between buffers of kernels become the device's, in all forms
// alike. (2) Pure ops between nodes go in front of the run; anything else ends it, and
// what is inside has runs of its own. (3) Edges come from read and write sets: per
// buffer slot the last writer and the readers since then. (4) A loop of nothing but one
// region that is the same in each iteration becomes that region, repeated.
#include "vyre/Transforms/Passes.h"

#include "TripCount.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"
#include "mlir/Transforms/RegionUtils.h"
#include "vyre/Analysis/LaunchLoops.h"
#include "vyre/Dialect/Vyre/IR/Remarks.h"

#define DEBUG_TYPE "vyre-form-graph-regions"

namespace vyre {
#define GEN_PASS_DEF_FORMGRAPHREGIONSPASS
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

using namespace mlir;
using namespace vyre;

namespace {

/// Collects the order that nodes need, in time linear in their accesses.
class EdgeBuilder {
public:
  void addNode(const llvm::SetVector<uint32_t> &reads, const llvm::SetVector<uint32_t> &writes) {
    int32_t node = nodes++;
    for (uint32_t slot : reads)
      dependOn(lastWriter.lookup(slot), node);
    for (uint32_t slot : writes) {
      dependOn(lastWriter.lookup(slot), node);
      for (int32_t reader : readers[slot])
        dependOn(reader + 1, node);
    }
    for (uint32_t slot : writes) {
      lastWriter[slot] = node + 1;
      readers[slot].clear();
    }
    for (uint32_t slot : reads)
      if (lastWriter.lookup(slot) != node + 1)
        readers[slot].push_back(node);
  }

  /// Flattened (from, to) pairs in ascending order.
  SmallVector<int32_t> takeEdges() {
    llvm::sort(edges);
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    SmallVector<int32_t> flat;
    for (auto [from, to] : edges)
      flat.append({from, to});
    return flat;
  }

private:
  /// `fromPlusOne` is 0 for "nobody".
  void dependOn(int32_t fromPlusOne, int32_t to) {
    if (fromPlusOne > 0 && fromPlusOne - 1 != to)
      edges.push_back({fromPlusOne - 1, to});
  }

  int32_t nodes = 0;
  DenseMap<uint32_t, int32_t> lastWriter; ///< Node number plus one.
  DenseMap<uint32_t, SmallVector<int32_t, 2>> readers;
  SmallVector<std::pair<int32_t, int32_t>> edges;
};

/// The memrefs that a node reads and writes.
struct NodeAccess {
  SmallVector<Value> reads, writes;
  bool unknown = false; ///< Reads and writes anything.
};

NodeAccess computeAccess(Operation *node, KernelAnalysis &kernels) {
  if (auto copy = dyn_cast<gpu::MemcpyOp>(node))
    return {{copy.getSrc()}, {copy.getDst()}, false};
  if (auto fill = dyn_cast<gpu::MemsetOp>(node))
    return {{}, {fill.getDst()}, false};
  NodeAccess access;
  auto launch = cast<gpu::LaunchFuncOp>(node);
  const KernelFacts &facts = kernels.getFacts(launch);
  access.unknown = facts.unknownEffects;
  for (auto [number, operand] : llvm::enumerate(launch.getKernelOperands())) {
    if (!isa<BaseMemRefType>(operand.getType()))
      continue;
    if (facts.reads.test(number))
      access.reads.push_back(operand);
    if (facts.writes.test(number))
      access.writes.push_back(operand);
  }
  return access;
}

/// What an op is to a run.
enum class RunPart {
  Node,   ///< A launch, copy or fill, or a branch around nothing but nodes and pure ops.
  Pure,   ///< Goes in front of the run.
  Border, ///< Ends it.
};

/// True for copies and fills that can be nodes: of dense memory, without tokens.
bool isMemoryNode(Operation *op) {
  if (!isa<gpu::MemcpyOp, gpu::MemsetOp>(op))
    return false;
  auto async = cast<gpu::AsyncOpInterface>(op);
  return !async.getAsyncToken() && async.getAsyncDependencies().empty() &&
         llvm::all_of(op->getOperandTypes(), [](Type type) {
           auto memory = dyn_cast<MemRefType>(type);
           return memory ? memory.getLayout().isIdentity() : !isa<BaseMemRefType>(type);
         });
}

RunPart classify(Operation *op, KernelAnalysis &kernels) {
  if (auto launch = dyn_cast<gpu::LaunchFuncOp>(op))
    return findNodeBlocker(launch, kernels) ? RunPart::Border : RunPart::Node;
  if (isMemoryNode(op))
    return RunPart::Node;
  if (isMemoryEffectFree(op))
    return op->hasTrait<OpTrait::IsTerminator>() ? RunPart::Border : RunPart::Pure;
  // Its condition is decided before the run: host code that could change it ends one.
  auto branch = dyn_cast<scf::IfOp>(op);
  if (!branch || branch.getNumResults() != 0)
    return RunPart::Border;
  for (Region &region : branch->getRegions())
    for (Operation &inner : region.getOps())
      if (!inner.hasTrait<OpTrait::IsTerminator>() && classify(&inner, kernels) == RunPart::Border)
        return RunPart::Border;
  return RunPart::Node;
}

/// Builds the graph form of one group.
class GraphFormBuilder {
public:
  GraphFormBuilder(LaunchGroupOp group, KernelAnalysis &kernels) : group(group), kernels(kernels) {}

  void build() {
    useDeviceCopies();
    IRMapping mapping;
    group.getPlain().cloneInto(&group.getGraph(), mapping);
    group.getGraph().walk([&](Operation *op) {
      if (GraphRegionOp::isNode(op))
        for (Value operand : op->getOperands())
          if (isa<BaseMemRefType>(operand.getType()))
            slots.add(findBufferRoots(operand));
    });
    formRuns(group.getGraph().front());
    group.getGraph().walk([&](scf::ForOp loop) { repeatRegion(loop); });
  }

  unsigned getNumRegions() const { return numRegions; }
  unsigned getNumNodes() const { return numNodes; }

private:
  void useDeviceCopies();
  void repeatRegion(scf::ForOp loop);

  void formRuns(Block &block) {
    SmallVector<Operation *> run;
    for (Operation &op : llvm::make_early_inc_range(block)) {
      RunPart part = classify(&op, kernels);
      if (part == RunPart::Node)
        run.push_back(&op);
      if (part != RunPart::Border)
        continue;
      wrapRun(run);
      run.clear();
      for (Region &region : op.getRegions())
        for (Block &inner : region)
          formRuns(inner);
    }
  }

  /// Moves the ops of a run into a region where the last of them was: pure ops
  /// between them cannot tell the difference. Copies and fills alone stay as they are.
  void wrapRun(ArrayRef<Operation *> run) {
    EdgeBuilder edges;
    unsigned nodes = 0, launches = 0;
    for (Operation *op : run)
      op->walk<WalkOrder::PreOrder>([&](Operation *node) {
        if (!GraphRegionOp::isNode(node))
          return;
        ++nodes;
        launches += isa<gpu::LaunchFuncOp>(node);
        addNode(node, edges);
      });
    if (launches == 0)
      return;
    OpBuilder builder(run.back());
    auto region = GraphRegionOp::create(builder, run.front()->getLoc(), edges.takeEdges());
    Block &body = region.getBody().emplaceBlock();
    for (Operation *op : run)
      op->moveBefore(&body, body.end());
    ++numRegions;
    numNodes += nodes;
  }

  void addNode(Operation *node, EdgeBuilder &edges) {
    NodeAccess access = computeAccess(node, kernels);
    llvm::SetVector<uint32_t> reads, writes;
    for (Value memref : access.reads)
      slots.forEachSlot(findBufferRoots(memref), [&](uint32_t slot) { reads.insert(slot); });
    for (Value memref : access.writes)
      slots.forEachSlot(findBufferRoots(memref), [&](uint32_t slot) { writes.insert(slot); });
    if (access.unknown)
      slots.forEachSlot([&](uint32_t slot) { writes.insert(slot); });
    edges.addNode(reads, writes);
  }

  LaunchGroupOp group;
  KernelAnalysis &kernels;
  BufferSlots slots;
  unsigned numRegions = 0, numNodes = 0;
};

/// Turns copies by the host into the device's where they touch buffers of the group's
/// launches, so that they can be nodes. In all forms: memory is placed by what the plain
/// one does. A live queue is closed before either kind of copy.
void GraphFormBuilder::useDeviceCopies() {
  SmallVector<BufferRoots> buffers;
  group.getPlain().walk([&](gpu::LaunchFuncOp launch) {
    for (Value operand : launch.getKernelOperands())
      if (isa<BaseMemRefType>(operand.getType()))
        buffers.push_back(findBufferRoots(operand));
  });
  auto isOfKernels = [&](Value memref) {
    BufferRoots roots = findBufferRoots(memref);
    return llvm::any_of(buffers, [&](const BufferRoots &own) { return mayAlias(own, roots); });
  };
  SmallVector<memref::CopyOp> copies;
  group.walk([&](memref::CopyOp copy) { copies.push_back(copy); });
  for (memref::CopyOp copy : copies) {
    auto source = dyn_cast<MemRefType>(copy.getSource().getType());
    auto target = dyn_cast<MemRefType>(copy.getTarget().getType());
    if (!source || !target || !source.getLayout().isIdentity() ||
        !target.getLayout().isIdentity() || copy->getParentOfType<gpu::LaunchOp>() ||
        (!isOfKernels(copy.getSource()) && !isOfKernels(copy.getTarget())))
      continue;
    OpBuilder builder(copy);
    gpu::MemcpyOp::create(builder, copy.getLoc(), TypeRange{}, ValueRange{}, copy.getTarget(),
                          copy.getSource());
    copy.erase();
  }
}

/// Makes one repeated region of a loop that holds nothing else.
void GraphFormBuilder::repeatRegion(scf::ForOp loop) {
  if (loop.getNumResults() != 0)
    return;
  moveLoopInvariantCode(cast<LoopLikeOpInterface>(loop.getOperation()));
  Block &body = *loop.getBody();
  auto region = dyn_cast<GraphRegionOp>(body.front());
  if (!region || region.getRepeat() || region->getNextNode() != body.getTerminator())
    return;
  bool isSame = true;
  visitUsedValuesDefinedAbove(region.getBody(), [&](OpOperand *operand) {
    isSame &= !loop->isAncestor(operand->get().getParentBlock()->getParentOp());
  });
  if (!isSame)
    return;
  // A loop that does not run checks no launch.
  OpBuilder builder(loop);
  Location loc = loop.getLoc();
  Value trips = createTripCount(builder, loop);
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value runs = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, trips, zero);
  auto branch = scf::IfOp::create(builder, loc, runs, /*withElseRegion=*/false);
  region->moveBefore(branch.thenBlock()->getTerminator());
  region.getRepeatMutable().assign(trips);
  loop.erase();
}

struct FormGraphRegionsPass : public vyre::impl::FormGraphRegionsPassBase<FormGraphRegionsPass> {
  void runOnOperation() override {
    KernelAnalysis kernels;
    getOperation().walk([&](LaunchGroupOp group) {
      if (!group.getGraph().empty() || group.getGraphRefusal())
        return;
      Operation *loop = &group.getPlain().front().front();
      if (std::optional<Refusal> refusal = findGraphBlocker(loop, kernels)) {
        group.setGraphRefusal(refusal->str());
        missedRemark(refusal->at, DEBUG_TYPE, "Graph") << remarkReason(refusal->str());
        return;
      }
      GraphFormBuilder builder(group, kernels);
      builder.build();
      passedRemark(group, DEBUG_TYPE, "Graph")
          << remark::metric("Nodes", builder.getNumNodes())
          << remark::metric("Regions", builder.getNumRegions());
    });
  }
};

} // namespace
