// Verifiers of the vyre operations; each constraint's id is in VyreOps.td.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Dialect/Vyre/IR/DeviceLimits.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace vyre;

#define GET_OP_CLASSES
#include "vyre/Dialect/Vyre/IR/VyreOps.cpp.inc"

//===----------------------------------------------------------------------===//
// LaunchGroupOp
//===----------------------------------------------------------------------===//

/// True if `region` ends in a yield of the types of the results of `op`.
static bool yieldsResults(Operation *op, Region &region) {
  auto yield = region.front().empty() ? YieldOp() : dyn_cast<YieldOp>(region.front().back());
  return yield && llvm::equal(yield.getOperandTypes(), op->getResultTypes());
}

static LogicalResult verifyYield(LaunchGroupOp op, Region &region, StringRef name) {
  if (!yieldsResults(op, region)) // (launch_group-C2)
    return op.emitOpError("launch_group-C2: region '")
           << name << "' must end in a vyre.yield of the result types";
  return success();
}

/// Counts the ops of type OpTy below `region`.
template <typename OpTy> static int64_t countOps(Region &region) {
  int64_t count = 0;
  region.walk([&](OpTy) { ++count; });
  return count;
}

LogicalResult LaunchGroupOp::verifyRegions() {
  if (getLaunchesPerIteration() < 1) // (launch_group-C4)
    return emitOpError("launch_group-C4: a group launches something in every iteration");
  if (failed(verifyYield(*this, getPlain(), "plain")))
    return failure();
  const std::tuple<StringRef, Region &, bool> forms[] = {
      {"graph", getGraph(), getGraphRefusal().has_value()},
      {"persistent", getPersistent(), getPersistentRefusal().has_value()}};
  for (const auto &[name, region, refused] : forms) {
    if (region.empty())
      continue;
    if (refused) // (launch_group-C3)
      return emitOpError("launch_group-C3: form '") << name << "' is both present and refused";
    if (failed(verifyYield(*this, region, name)))
      return failure();
  }
  if (!getPersistent().empty() &&
      countOps<LaunchPersistentOp>(getPersistent()) + countOps<LiveQueueOp>(getPersistent()) !=
          1) // (launch_group-C5)
    return emitOpError("launch_group-C5: a persistent region holds exactly one launch_persistent "
                       "or live_queue");
  if (!getGraph().empty() && countOps<GraphRegionOp>(getGraph()) == 0) // (launch_group-C5)
    return emitOpError("launch_group-C5: a graph region holds at least one graph_region");
  return success();
}

//===----------------------------------------------------------------------===//
// StageOp
//===----------------------------------------------------------------------===//

/// True for ops that read a physical id or dimension of the launch.
static bool readsPhysicalShape(Operation *op) {
  return isa<gpu::ThreadIdOp, gpu::BlockIdOp, gpu::BlockDimOp, gpu::GridDimOp, gpu::GlobalIdOp,
             gpu::LaneIdOp, gpu::SubgroupIdOp, gpu::NumSubgroupsOp, gpu::ClusterIdOp,
             gpu::ClusterDimOp, gpu::ClusterBlockIdOp, gpu::ClusterDimBlocksOp>(op);
}

LogicalResult StageOp::verify() {
  auto func = (*this)->getParentOfType<gpu::GPUFuncOp>();
  if (!func || !func.isKernel()) // (stage-C3)
    return emitOpError("stage-C3: a stage is inside a kernel gpu.func");
  if (auto size = getKnownBlockSize()) { // (stage-C4)
    int64_t product = 1;
    for (int32_t extent : *size)
      product = extent > 0 && product > 0 && product <= kMaxThreadsPerBlock ? product * extent : 0;
    if (size->size() != 3 || product < 1 || product > kMaxThreadsPerBlock)
      return emitOpError("stage-C4: known_block_size is three positive sizes of at most ")
             << kMaxThreadsPerBlock << " threads together";
  }
  if (IntegerAttr rounds = getRoundsAttr(); rounds && rounds.getInt() < 1) // (stage-C5)
    return emitOpError("stage-C5: rounds is positive");
  return success();
}

LogicalResult StageOp::verifyRegions() {
  if (getBody().getNumArguments() != kNumArgs ||
      !llvm::all_of(getBody().getArgumentTypes(), llvm::IsaPred<IndexType>)) // (stage-C1)
    return emitOpError("stage-C1: the body takes twelve index arguments");
  WalkResult result = getBody().walk([&](Operation *op) {
    if (!readsPhysicalShape(op))
      return WalkResult::advance();
    op->emitOpError("stage-C2: reads a physical id or dimension inside a stage");
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

//===----------------------------------------------------------------------===//
// SyncOp
//===----------------------------------------------------------------------===//

/// Reads and writes on everything: nothing moves across a synchronization.
static void addAllEffects(SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  effects.emplace_back(MemoryEffects::Read::get());
  effects.emplace_back(MemoryEffects::Write::get());
}

/// True for an op inside a kernel that is in no stage of it.
static bool isBetweenStages(Operation *op) {
  auto func = op->getParentOfType<gpu::GPUFuncOp>();
  return func && func.isKernel() && !op->getParentOfType<StageOp>();
}

void SyncOp::getEffects(SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addAllEffects(effects);
}

LogicalResult SyncOp::verify() {
  bool neighbours = getScope() == SyncScope::Neighbours;
  if (neighbours != getDistance().has_value() || (neighbours && *getDistance() <= 0) ||
      neighbours != bool(getBlocks())) // (sync-C1)
    return emitOpError(
        "sync-C1: a positive distance and blocks go with 'neighbours' and only there");
  if (!isBetweenStages(*this)) // (sync-C2)
    return emitOpError("sync-C2: a sync is inside a kernel gpu.func and outside any stage");
  return success();
}

//===----------------------------------------------------------------------===//
// LaunchPersistentOp
//===----------------------------------------------------------------------===//

void LaunchPersistentOp::build(OpBuilder &builder, OperationState &state, SymbolRefAttr kernel,
                               gpu::KernelDim3 block, Value dynamicShared, ValueRange args) {
  build(builder, state, TypeRange{}, kernel, block.x, block.y, block.z, dynamicShared, args,
        /*maxBlocks=*/IntegerAttr());
}

LogicalResult LaunchPersistentOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<gpu::GPUFuncOp>(*this, getKernelAttr());
  if (!kernel || !kernel.isKernel() ||
      !kernel->hasAttr(attr_name::kPersistent)) // (launch_persistent-C1)
    return emitOpError("launch_persistent-C1: ")
           << getKernelAttr() << " is no kernel with the attribute " << attr_name::kPersistent;
  if (!llvm::equal(kernel.getArgumentTypes().take_front(kernel.getNumArguments()),
                   getArgs().getTypes())) // (launch_persistent-C2)
    return emitOpError("launch_persistent-C2: arguments do not match the kernel's types");
  return success();
}

//===----------------------------------------------------------------------===//
// Live queues
//===----------------------------------------------------------------------===//

LogicalResult LiveQueueOp::verifyRegions() {
  WalkResult result = getBody().walk([&](gpu::LaunchFuncOp launch) {
    if (launch.getAsyncToken() || !launch.getAsyncDependencies().empty() ||
        !llvm::is_contained(getItems(), launch.getKernelAttr())) { // (live_queue-C1)
      launch.emitOpError(
          "live_queue-C1: an item has no async tokens and names a kernel of 'items'");
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  if (!yieldsResults(*this, getBody())) // (live_queue-C3)
    return emitOpError("live_queue-C3: the body must end in a vyre.yield of the result types");
  return success();
}

LogicalResult LiveQueueOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<gpu::GPUFuncOp>(*this, getResidentAttr());
  if (!kernel || !kernel.isKernel() || !kernel->hasAttr(attr_name::kPersistent) ||
      kernel.getNumArguments() != 1 ||
      !kernel.getArgument(0).getType().isIndex()) // (live_queue-C2)
    return emitOpError("live_queue-C2: ")
           << getResidentAttr() << " is no kernel with the attribute " << attr_name::kPersistent
           << " and one index argument";
  return success();
}

void CloseQueueOp::getEffects(SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addAllEffects(effects);
}

void NextItemOp::getEffects(SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addAllEffects(effects);
}

LogicalResult NextItemOp::verify() {
  if (!isBetweenStages(*this)) // (next_item-C1)
    return emitOpError("next_item-C1: an item is taken in a kernel gpu.func, outside any stage");
  return success();
}

void ItemArgsOp::getEffects(SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  effects.emplace_back(MemoryEffects::Read::get());
}

void FinishItemOp::getEffects(SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addAllEffects(effects);
}

LogicalResult FinishItemOp::verify() {
  if (!isBetweenStages(*this)) // (finish_item-C1)
    return emitOpError(
        "finish_item-C1: an item is finished in a kernel gpu.func, outside any stage");
  return success();
}

//===----------------------------------------------------------------------===//
// GraphRegionOp
//===----------------------------------------------------------------------===//

bool GraphRegionOp::isNode(Operation *op) {
  return isa<gpu::LaunchFuncOp, gpu::MemcpyOp, gpu::MemsetOp>(op);
}

SmallVector<Operation *> GraphRegionOp::getNodes() {
  SmallVector<Operation *> nodes;
  getBody().walk([&](Operation *op) {
    if (isNode(op))
      nodes.push_back(op);
  });
  return nodes;
}

/// Checks a node, or reports it.
static LogicalResult verifyNode(Operation *node) {
  auto async = cast<gpu::AsyncOpInterface>(node);
  if (async.getAsyncToken() || !async.getAsyncDependencies().empty()) // (graph_region-C1)
    return node->emitOpError("graph_region-C1: a node has no async tokens");
  if (isa<gpu::LaunchFuncOp>(node))
    return success();
  for (Type type : node->getOperandTypes()) // (graph_region-C3)
    if (auto memory = dyn_cast<BaseMemRefType>(type);
        memory && !(isa<MemRefType>(memory) && cast<MemRefType>(memory).getLayout().isIdentity()))
      return node->emitOpError("graph_region-C3: copies and fills memory that is not dense");
  return success();
}

/// Checks the ops of a block and of the branches in it, and counts the nodes.
static LogicalResult verifyNodes(Block &block, int32_t &nodes) {
  for (Operation &op : block) {
    if (GraphRegionOp::isNode(&op)) {
      ++nodes;
      if (failed(verifyNode(&op)))
        return failure();
    } else if (auto branch = dyn_cast<scf::IfOp>(op); branch && branch.getNumResults() == 0) {
      for (Region &region : branch->getRegions())
        if (!region.empty() && failed(verifyNodes(region.front(), nodes)))
          return failure();
    } else if (!isMemoryEffectFree(&op)) { // (graph_region-C1)
      return op.emitOpError("graph_region-C1: only launches, copies, fills, branches without "
                            "results and pure ops are in a graph_region");
    }
  }
  return success();
}

LogicalResult GraphRegionOp::verifyRegions() {
  int32_t nodes = 0;
  if (failed(verifyNodes(getBody().front(), nodes)))
    return failure();
  if (nodes == 0) // (graph_region-C1)
    return emitOpError("graph_region-C1: nothing to record");
  ArrayRef<int32_t> edges = getEdges();
  bool valid = edges.size() % 2 == 0;
  for (size_t i = 0; valid && i < edges.size(); i += 2)
    valid = edges[i] >= 0 && edges[i] < edges[i + 1] && edges[i + 1] < nodes;
  if (!valid) // (graph_region-C2)
    return emitOpError("graph_region-C2: edges are pairs from a lower to a higher node number");
  return success();
}

//===----------------------------------------------------------------------===//
// HostSyncOp
//===----------------------------------------------------------------------===//

static bool isStridedMemRef(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  return memref && memref.isStrided();
}

LogicalResult ResourceTableOp::verify() {
  if (getBuffers().empty() || !llvm::all_of(getBuffers().getTypes(), isStridedMemRef)) // (C1)
    return emitOpError("resource_table-C1: a table is made of strided buffers");
  return success();
}

LogicalResult TableEntryOp::verify() {
  if (!isStridedMemRef(getBuffer().getType())) // (table_entry-C1)
    return emitOpError("table_entry-C1: an entry is a strided buffer");
  return success();
}

void AwaitLaunchesOp::getEffects(SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addAllEffects(effects);
}

LogicalResult AwaitLaunchesOp::verify() {
  auto func = dyn_cast<gpu::GPUFuncOp>((*this)->getParentOp());
  if (!func || !func.isKernel() || (*this)->getBlock() != &func.getBody().front()) // (C1)
    return emitOpError("await_launches-C1: it stands in the entry block of a kernel gpu.func");
  return success();
}

void HostSyncOp::getEffects(SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addAllEffects(effects);
}
