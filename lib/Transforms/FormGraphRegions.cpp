// Fills the graph form of launch groups: the plain loop with each maximal run of
// launches wrapped in a vyre.graph_region. Pure ops between launches stay in
// front of the region; anything else ends the run. Edges come from read and
// write sets: per buffer slot the last writer and the readers since then.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Transforms/Passes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
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

/// Builds the graph form of one group.
class GraphFormBuilder {
public:
  GraphFormBuilder(LaunchGroupOp group, KernelAnalysis &kernels) : group(group), kernels(kernels) {}

  void build() {
    IRMapping mapping;
    group.getPlain().cloneInto(&group.getGraph(), mapping);
    SetVector<Block *> blocks;
    group.getGraph().walk([&](gpu::LaunchFuncOp launch) {
      blocks.insert(launch->getBlock());
      for (Value operand : launch.getKernelOperands())
        if (isa<BaseMemRefType>(operand.getType()))
          slots.add(findBufferRoots(operand));
    });
    for (Block *block : blocks)
      formRuns(*block);
  }

  unsigned getNumRegions() const { return numRegions; }
  unsigned getNumNodes() const { return numNodes; }

private:
  void formRuns(Block &block) {
    SmallVector<gpu::LaunchFuncOp> run;
    for (Operation &op : llvm::make_early_inc_range(block)) {
      auto launch = dyn_cast<gpu::LaunchFuncOp>(op);
      if (launch && !findNodeBlocker(launch, kernels)) {
        run.push_back(launch);
      } else if (op.hasTrait<OpTrait::IsTerminator>() || !isMemoryEffectFree(&op)) {
        wrapRun(run);
        run.clear();
      }
    }
  }

  /// Moves the launches of a run into a region where the last of them was:
  /// pure ops between them cannot tell the difference.
  void wrapRun(ArrayRef<gpu::LaunchFuncOp> run) {
    if (run.empty())
      return;
    EdgeBuilder edges;
    for (gpu::LaunchFuncOp launch : run)
      addNode(launch, edges);
    OpBuilder builder(run.back());
    auto region = GraphRegionOp::create(builder, run.front()->getLoc(), edges.takeEdges());
    Block &body = region.getBody().emplaceBlock();
    for (gpu::LaunchFuncOp launch : run)
      launch->moveBefore(&body, body.end());
    ++numRegions;
    numNodes += run.size();
  }

  void addNode(gpu::LaunchFuncOp launch, EdgeBuilder &edges) {
    const KernelFacts &facts = kernels.getFacts(launch);
    llvm::SetVector<uint32_t> reads, writes;
    auto read = [&](uint32_t slot) { reads.insert(slot); };
    auto write = [&](uint32_t slot) { writes.insert(slot); };
    for (auto [number, operand] : llvm::enumerate(launch.getKernelOperands())) {
      if (!isa<BaseMemRefType>(operand.getType()))
        continue;
      BufferRoots roots = findBufferRoots(operand);
      if (facts.reads.test(number))
        slots.forEachSlot(roots, read);
      if (facts.writes.test(number))
        slots.forEachSlot(roots, write);
    }
    if (facts.unknownEffects)
      slots.forEachSlot(write);
    edges.addNode(reads, writes);
  }

  LaunchGroupOp group;
  KernelAnalysis &kernels;
  BufferSlots slots;
  unsigned numRegions = 0, numNodes = 0;
};

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
