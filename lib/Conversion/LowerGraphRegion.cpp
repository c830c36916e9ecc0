// Lowers a graph region to the runtime's recording: its nodes between begin and submit.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "GpuToRuntime.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/PatternMatch.h"
#include "vyre/Conversion/AbiRecords.h"
#include "vyre/Dialect/Vyre/IR/Remarks.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

#define DEBUG_TYPE "vyre-lower-launch-groups"

using namespace mlir;
using namespace vyre;

namespace {

class RegionLowering {
public:
  RegionLowering(GraphRegionOp op, ModuleRecords &records, IRRewriter &rewriter)
      : op(op), records(records), rewriter(rewriter) {}

  void lower();
  void dissolve();

private:
  void skipNodes(Region &branch, ArrayRef<Operation *> nodes, Value graph);
  std::string createRecord(int64_t nodes);

  GraphRegionOp op;
  ModuleRecords &records;
  IRRewriter &rewriter;
};

/// Tells at the end of a branch that the nodes of the other one are skipped.
void RegionLowering::skipNodes(Region &branch, ArrayRef<Operation *> nodes, Value graph) {
  if (nodes.empty())
    return;
  OpBuilder::InsertionGuard guard(rewriter);
  Location loc = nodes.front()->getLoc();
  if (branch.empty()) {
    rewriter.createBlock(&branch);
    scf::YieldOp::create(rewriter, loc);
  }
  rewriter.setInsertionPoint(branch.front().getTerminator());
  for (Operation *node : nodes) {
    auto place = node->getAttrOfType<ArrayAttr>(launch_attr::kGraphNode);
    Value number = arith::ConstantIntOp::create(rewriter, loc, rewriter.getI32Type(),
                                                cast<IntegerAttr>(place[1]).getInt());
    callRuntime(records, rewriter, loc, "vyreGraphSkip", rewriter.getI32Type(), {graph, number});
  }
}

/// Defines a recording's record; gives its symbol.
std::string RegionLowering::createRecord(int64_t nodes) {
  MLIRContext *context = op.getContext();
  Location loc = op.getLoc();
  ArrayRef<int32_t> edges = op.getEdges();
  std::string edgesName;
  if (!edges.empty()) {
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPointToStart(records.getModule().getBody());
    edgesName = records.uniqueName("__vyre_edges_");
    auto type = LLVM::LLVMArrayType::get(rewriter.getI32Type(), edges.size());
    LLVM::GlobalOp::create(rewriter, loc, type, /*isConstant=*/true, LLVM::Linkage::Private,
                           edgesName, rewriter.getI32TensorAttr(edges));
  }
  std::string name = records.uniqueName("__vyre_graph_");
  std::string location = records.getString(rewriter, getLocationText(loc));
  records.createRecord(rewriter, name, abi::getType_vyre_graph_desc(context),
                       {RecordField::address(location), nodes, int64_t(edges.size() / 2),
                        RecordField::address(edgesName), 0},
                       /*constant=*/false);
  return name;
}

void RegionLowering::lower() {
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  SmallVector<Operation *> nodes = op.getNodes();
  std::string name = createRecord(nodes.size());
  for (auto [number, node] : llvm::enumerate(nodes))
    node->setAttr(launch_attr::kGraphNode,
                  rewriter.getArrayAttr({FlatSymbolRefAttr::get(op.getContext(), name),
                                         rewriter.getI32IntegerAttr(number)}));
  Type status = rewriter.getI32Type();
  Value graph = addressOf(rewriter, loc, name);
  Value stream = LLVM::ZeroOp::create(rewriter, loc, LLVM::LLVMPointerType::get(op.getContext()));
  op.getBody().walk([&](scf::IfOp branch) {
    auto isInside = [](Region &region) {
      return [&region](Operation *node) { return region.isAncestor(node->getParentRegion()); };
    };
    SmallVector<Operation *> whenTrue, whenFalse;
    llvm::copy_if(nodes, std::back_inserter(whenTrue), isInside(branch.getThenRegion()));
    llvm::copy_if(nodes, std::back_inserter(whenFalse), isInside(branch.getElseRegion()));
    skipNodes(branch.getThenRegion(), whenFalse, graph);
    skipNodes(branch.getElseRegion(), whenTrue, graph);
  });
  rewriter.setInsertionPoint(op);
  callRuntime(records, rewriter, loc, "vyreGraphBegin", status, {graph, stream});
  rewriter.inlineBlockBefore(&op.getBody().front(), op);
  if (Value repeat = op.getRepeat()) {
    Type i64 = rewriter.getI64Type();
    Value zero = arith::ConstantIndexOp::create(rewriter, loc, 0);
    Value times = arith::MaxSIOp::create(rewriter, loc, repeat, zero);
    times = arith::IndexCastOp::create(rewriter, loc, i64, times);
    callRuntime(records, rewriter, loc, "vyreGraphRepeat", status, {graph, times, stream});
  } else {
    callRuntime(records, rewriter, loc, "vyreGraphSubmit", status, {graph, stream});
  }
  rewriter.eraseOp(op);
}

/// Leaves the nodes to run one by one.
void RegionLowering::dissolve() {
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  Operation *before = op;
  if (Value repeat = op.getRepeat()) {
    Value zero = arith::ConstantIndexOp::create(rewriter, loc, 0);
    Value one = arith::ConstantIndexOp::create(rewriter, loc, 1);
    before = scf::ForOp::create(rewriter, loc, zero, repeat, one).getBody()->getTerminator();
  }
  rewriter.inlineBlockBefore(&op.getBody().front(), before);
  rewriter.eraseOp(op);
}

} // namespace

/// True if a launch looks up memory and another node copies or fills some. The look-ups
/// of a replay come before all of its nodes, so a copy would miss what a launch before
/// it wrote to the device's image, and a launch what a copy wrote to the host's.
static bool mixesLookUpsAndCopies(GraphRegionOp op) {
  bool looksUp = false, copies = false;
  for (Operation *node : op.getNodes()) {
    looksUp |= node->hasAttr(attr_name::kUnknown);
    copies |= !isa<gpu::LaunchFuncOp>(node);
  }
  return looksUp && copies;
}

void vyre::lowerGraphRegion(GraphRegionOp op, ModuleRecords &records, IRRewriter &rewriter) {
  RegionLowering lowering(op, records, rewriter);
  if (!mixesLookUpsAndCopies(op))
    return lowering.lower();
  missedRemark(op, DEBUG_TYPE, "Graph") << remarkReason(
      "unknown-memory: launches look up buffers of unknown origin between copies or fills");
  lowering.dissolve();
}
