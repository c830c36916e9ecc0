// Lowers launch groups to one switch on the runtime's decision, persistent
// launches to cooperative gpu.launch_funcs, graph regions to their nodes and live
// queues to their items.
//
// A group's record holds its facts and legal forms; vyreGroupSelect answers with
// the form to run, from the same policy code that annotated the group.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "GpuToRuntime.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/PatternMatch.h"
#include "vyre-abi/vyre_abi.h"
#include "vyre/Conversion/AbiRecords.h"
#include "vyre/Conversion/Passes.h"
#include "vyre/Dialect/Vyre/IR/DeviceLimits.h"

using namespace mlir;

namespace vyre {
#define GEN_PASS_DEF_LOWERLAUNCHGROUPSPASS
#include "vyre/Conversion/Passes.h.inc"

namespace {

static_assert(kMaxItemArgumentBytes == VYRE_QUEUE_ARGS_BYTES, "items as large as the ABI says");

/// Text of a verdict's compile-time fields as members of a JSON object; the
/// runtime adds those that it decides.
std::string verdictJson(VerdictAttr verdict) {
  std::string text;
  if (!verdict)
    return text;
  auto quote = [&](StringRef value) { text += ("\"" + value + "\"").str(); };
  auto list = [&](StringRef key, ArrayAttr values) {
    text += (", \"" + key + "\": [").str();
    for (auto [index, value] :
         llvm::enumerate(values ? values.getValue() : ArrayRef<Attribute>())) {
      text += index == 0 ? "" : ", ";
      quote(cast<StringAttr>(value).getValue());
    }
    text += "]";
  };
  text += "\"D9\": ";
  quote(verdict.getD9().empty() ? "deferred" : verdict.getD9());
  text += ", \"I2\": ";
  quote(verdict.getI2().empty() ? "deferred" : verdict.getI2());
  list("D2", verdict.getD2());
  list("D3", verdict.getD3());
  return text;
}

class GroupLowering {
public:
  GroupLowering(ModuleRecords &records, IRRewriter &rewriter)
      : records(records), rewriter(rewriter) {}

  void lowerPersistent(LaunchPersistentOp op);
  void lowerQueue(LiveQueueOp op);
  void lowerGroup(LaunchGroupOp op);

private:
  std::string createKernelList(LiveQueueOp op);
  std::string createGroupRecord(LaunchGroupOp op);
  void moveForm(Region &form, Region &into);

  ModuleRecords &records;
  IRRewriter &rewriter;
};

void GroupLowering::lowerPersistent(LaunchPersistentOp op) {
  rewriter.setInsertionPoint(op);
  Value one = arith::ConstantIndexOp::create(rewriter, op.getLoc(), 1);
  auto launch = gpu::LaunchFuncOp::create(
      rewriter, op.getLoc(), op.getKernelAttr(), gpu::KernelDim3{one, one, one},
      gpu::KernelDim3{op.getBlockX(), op.getBlockY(), op.getBlockZ()}, op.getDynamicShared(),
      op.getArgs());
  launch->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  launch->setAttr(launch_attr::kCooperative, rewriter.getUnitAttr());
  if (IntegerAttr blocks = op.getMaxBlocksAttr())
    launch->setAttr(launch_attr::kMaxBlocks, blocks);
  rewriter.eraseOp(op);
}

/// Defines the array of the records of a queue's kernels; gives its symbol.
std::string GroupLowering::createKernelList(LiveQueueOp op) {
  Location loc = op.getLoc();
  std::string name = records.uniqueName("__vyre_items_");
  Type pointer = LLVM::LLVMPointerType::get(op.getContext());
  SmallVector<std::string> kernels;
  for (auto kernel : op.getItems().getAsRange<SymbolRefAttr>())
    kernels.push_back(records.declareKernelRecord(rewriter, kernel).getSymName().str());
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointToEnd(records.getModule().getBody());
  auto type = LLVM::LLVMArrayType::get(pointer, kernels.size());
  auto list = LLVM::GlobalOp::create(rewriter, loc, type, /*isConstant=*/true,
                                     LLVM::Linkage::Internal, name, Attribute());
  rewriter.createBlock(&list.getInitializerRegion());
  Value value = LLVM::UndefOp::create(rewriter, loc, type);
  for (auto [number, kernel] : llvm::enumerate(kernels))
    value = LLVM::InsertValueOp::create(rewriter, loc, value, addressOf(rewriter, loc, kernel),
                                        int64_t(number));
  LLVM::ReturnOp::create(rewriter, loc, value);
  return name;
}

/// Makes items of the launches, puts the body in the queue's place and closes the queue
/// after it.
void GroupLowering::lowerQueue(LiveQueueOp op) {
  MLIRContext *context = op.getContext();
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  std::string kernels = createKernelList(op);
  std::string location = records.getString(rewriter, getLocationText(loc));
  LLVM::GlobalOp resident = records.declareKernelRecord(rewriter, op.getResident());
  // The ring's address and the slot for the state of barriers.
  resident->setAttr(record_attr::kParamBytes, rewriter.getI64IntegerAttr(16));
  std::string name = records.uniqueName("__vyre_queue_");
  records.createRecord(rewriter, name, abi::getType_vyre_queue_desc(context),
                       {RecordField::address(location), RecordField::address(kernels),
                        RecordField::address(resident.getSymName()), int64_t(op.getItems().size()),
                        int64_t(op.getBlockThreads()), int64_t(op.getSharedBytes()),
                        int64_t(op.getMaxBlocks().value_or(0))},
                       /*constant=*/true);
  op.getBody().walk([&](gpu::LaunchFuncOp launch) {
    auto number = llvm::find(op.getItems(), launch.getKernelAttr()) - op.getItems().begin();
    int32_t flags = launch->hasAttr(attr_name::kConcurrentItem) ? VYRE_QUEUE_CONCURRENT : 0;
    launch->setAttr(launch_attr::kQueueItem,
                    rewriter.getArrayAttr({FlatSymbolRefAttr::get(context, name),
                                           rewriter.getI32IntegerAttr(int32_t(number)),
                                           rewriter.getI32IntegerAttr(flags)}));
  });
  SmallVector<CloseQueueOp> closings;
  op.getBody().walk([&](CloseQueueOp close) { closings.push_back(close); });
  auto yield = cast<YieldOp>(op.getBody().front().getTerminator());
  SmallVector<Value> results(yield.getOperands());
  rewriter.eraseOp(yield);
  rewriter.inlineBlockBefore(&op.getBody().front(), op);
  callRuntime(records, rewriter, loc, "vyreQueueClose", rewriter.getI32Type(), {});
  rewriter.replaceOp(op, results);
  for (CloseQueueOp close : closings) {
    rewriter.setInsertionPoint(close);
    callRuntime(records, rewriter, close.getLoc(), "vyreQueueClose", rewriter.getI32Type(), {});
    rewriter.eraseOp(close);
  }
}

/// The threads of a persistent kernel's block: where they are known only at run
/// time, as many as there can be.
int64_t getBlockThreads(LaunchPersistentOp launch) {
  int64_t threads = 1;
  for (Value size : {launch.getBlockX(), launch.getBlockY(), launch.getBlockZ()}) {
    std::optional<int64_t> known = getConstantIntValue(size);
    if (!known)
      return kMaxThreadsPerBlock;
    threads *= *known;
  }
  return threads;
}

/// Its dynamic shared memory, or -1 if known only at run time.
int64_t getSharedBytes(LaunchPersistentOp launch) {
  Value bytes = launch.getDynamicShared();
  return bytes ? getConstantIntValue(bytes).value_or(-1) : 0;
}

/// Defines the group's record; gives its symbol.
std::string GroupLowering::createGroupRecord(LaunchGroupOp op) {
  MLIRContext *context = op.getContext();
  rewriter.setInsertionPoint(op);
  auto text = [&](std::optional<StringRef> value) {
    return value ? RecordField::address(records.getString(rewriter, *value)) : RecordField(0);
  };
  int64_t forms = 1 << VYRE_FORM_PLAIN;
  if (!op.getGraph().empty())
    forms |= 1 << VYRE_FORM_GRAPH;
  RecordField kernel(0);
  int64_t threads = 0, shared = 0, maxBlocks = 0;
  op.getPersistent().walk([&](LaunchPersistentOp launch) {
    forms |= 1 << VYRE_FORM_PERSISTENT;
    auto record = records.declareKernelRecord(rewriter, launch.getKernel());
    kernel = RecordField::address(record.getSymName());
    threads = getBlockThreads(launch);
    shared = getSharedBytes(launch);
    maxBlocks = launch.getMaxBlocks().value_or(0);
  });
  op.getPersistent().walk([&](LiveQueueOp queue) {
    forms |= 1 << VYRE_FORM_PERSISTENT;
    auto record = records.declareKernelRecord(rewriter, queue.getResident());
    kernel = RecordField::address(record.getSymName());
    threads = queue.getBlockThreads();
    shared = queue.getSharedBytes();
    maxBlocks = queue.getMaxBlocks().value_or(0);
  });
  std::string explain = verdictJson(op.getVerdictAttr()), syncs;
  if (ArrayAttr lines = op.getPersistentSyncsAttr())
    for (StringRef line : lines.getAsValueRange<StringAttr>())
      syncs += (syncs.empty() ? "" : "\n") + line.str();
  std::string name = records.uniqueName("__vyre_group_");
  records.createRecord(rewriter, name, abi::getType_vyre_group_desc(context),
                       {text(StringRef(getLocationText(op.getLoc()))), forms,
                        int64_t(op.getLaunchesPerIteration()),
                        int64_t(op.getBarriersPerIteration()), int64_t(op.getResourceCount()),
                        kernel, threads, shared, text(op.getGraphRefusal()),
                        text(op.getPersistentRefusal()), text(StringRef(explain)), 0, maxBlocks,
                        syncs.empty() ? RecordField(0) : text(StringRef(syncs)),
                        int64_t(op.getNeighboursPerIteration()),
                        int64_t(op.getSessionsPerIteration()), int64_t(op.getBarriersOnce())},
                       /*constant=*/false);
  return name;
}

/// Moves a form's only block into a region of the switch.
void GroupLowering::moveForm(Region &form, Region &into) {
  rewriter.inlineRegionBefore(form, into, into.end());
  auto yield = cast<YieldOp>(into.front().getTerminator());
  rewriter.setInsertionPoint(yield);
  rewriter.replaceOpWithNewOp<scf::YieldOp>(yield, yield.getOperands());
}

void GroupLowering::lowerGroup(LaunchGroupOp op) {
  Location loc = op.getLoc();
  Type i64 = rewriter.getI64Type();
  std::string name = createGroupRecord(op);
  rewriter.setInsertionPoint(op);
  Value trips = op.getTripCount();
  if (trips)
    trips = arith::IndexCastOp::create(rewriter, loc, i64, trips);
  else
    trips = arith::ConstantIntOp::create(rewriter, loc, i64, -1);
  Value form = callRuntime(records, rewriter, loc, "vyreGroupSelect", rewriter.getI32Type(),
                           {addressOf(rewriter, loc, name), trips});
  Value index = arith::IndexCastOp::create(rewriter, loc, rewriter.getIndexType(), form);
  SmallVector<int64_t> cases;
  SmallVector<Region *> forms;
  if (!op.getGraph().empty()) {
    cases.push_back(VYRE_FORM_GRAPH);
    forms.push_back(&op.getGraph());
  }
  if (!op.getPersistent().empty()) {
    cases.push_back(VYRE_FORM_PERSISTENT);
    forms.push_back(&op.getPersistent());
  }
  auto select =
      scf::IndexSwitchOp::create(rewriter, loc, op.getResultTypes(), index, cases, cases.size());
  for (auto [number, region] : llvm::enumerate(forms))
    moveForm(*region, select.getCaseRegions()[number]);
  moveForm(op.getPlain(), select.getDefaultRegion());
  rewriter.setInsertionPointAfter(select);
  callRuntime(records, rewriter, loc, "vyreGroupEnd",
              LLVM::LLVMVoidType::get(rewriter.getContext()), {addressOf(rewriter, loc, name)});
  rewriter.replaceOp(op, select);
}

struct LowerLaunchGroupsPass : public impl::LowerLaunchGroupsPassBase<LowerLaunchGroupsPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    ModuleRecords records(module);
    IRRewriter rewriter(&getContext());
    GroupLowering lowering(records, rewriter);
    // Records first: they read the forms that the other steps take apart.
    SmallVector<LaunchGroupOp> groups;
    module.walk([&](LaunchGroupOp op) { groups.push_back(op); });
    for (LaunchGroupOp op : groups)
      lowering.lowerGroup(op);
    SmallVector<Operation *> others;
    module.walk([&](Operation *op) {
      if (isa<LaunchPersistentOp, GraphRegionOp, LiveQueueOp>(op))
        others.push_back(op);
    });
    for (Operation *op : others) {
      if (auto launch = dyn_cast<LaunchPersistentOp>(op))
        lowering.lowerPersistent(launch);
      else if (auto queue = dyn_cast<LiveQueueOp>(op))
        lowering.lowerQueue(queue);
      else
        lowerGraphRegion(cast<GraphRegionOp>(op), records, rewriter);
    }
  }
};

} // namespace
} // namespace vyre
