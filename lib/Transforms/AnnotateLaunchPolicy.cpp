// Writes the policy library's verdicts onto launches. Gathers facts per
// function: buffers get slot numbers, each launch an arm (slots read, slots
// written), each loop its trip count; the policy answers from these alone.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Transforms/Passes.h"

#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "vyre/Dialect/Vyre/IR/Remarks.h"
#include "vyre/Transforms/PolicyOptions.h"

#define DEBUG_TYPE "vyre-annotate-launch-policy"

namespace vyre {
#define GEN_PASS_DEF_ANNOTATELAUNCHPOLICYPASS
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

using namespace mlir;
using namespace vyre;

namespace {

/// Launches of one iteration up to which every pair gets a verdict. Beyond it
/// only neighbours do, so that the output stays linear in the input.
constexpr size_t kFullPairRows = 32;

/// What one launch reads and writes: operand numbers for people and passes,
/// slots for the policy.
struct LaunchArm {
  SmallVector<int32_t> reads, writes;
  policy::SlotSet readSlots, writeSlots;

  policy::Arm get() const { return {readSlots, writeSlots}; }
};

/// A visitor that puts slots into `set`.
auto addTo(policy::SlotSet &set) {
  return [&set](uint32_t slot) { set.insert(slot); };
}

/// Decides about the launches of one function.
class FunctionAnnotator {
public:
  FunctionAnnotator(Operation *func, KernelAnalysis &kernels, const PolicyOptions &options)
      : func(func), kernels(kernels), options(options), context(func->getContext()) {}

  void run() {
    numberBuffers();
    DenseSet<Operation *> done;
    for (Operation *loop : selectGroupLoops(func, kernels)) {
      LaunchLoopFacts facts = computeLaunchLoopFacts(loop);
      annotate(facts, /*together=*/true);
      done.insert(facts.launches.begin(), facts.launches.end());
    }
    // The rest runs once, one by one; neighbours in a block are a pair.
    LaunchLoopFacts rest = computeLaunchLoopFacts(func);
    llvm::erase_if(rest.launches, [&](Operation *launch) { return done.contains(launch); });
    rest.launchesPerIteration = 1;
    annotate(rest, /*together=*/false);
  }

private:
  /// True if a launch outside any group may still run more than once.
  bool mayRepeat(Operation *launch) const {
    for (Operation *op = launch; op != func; op = op->getParentOp())
      if (!op->getParentRegion()->hasOneBlock() || isa<LoopLikeOpInterface>(op->getParentOp()))
        return true;
    return false;
  }

  void numberBuffers();
  LaunchArm computeArm(Operation *launch);
  void annotate(const LaunchLoopFacts &facts, bool together);
  ArrayAttr decidePairs(ArrayRef<Operation *> launches, ArrayRef<LaunchArm> arms, size_t at,
                        bool together);
  ArrayAttr decideCopies(Operation *launch, const LaunchArm &arm);
  void noteKernel(Operation *launch);

  Operation *func;
  KernelAnalysis &kernels;
  const PolicyOptions &options;
  MLIRContext *context;
  BufferSlots slots;
};

void FunctionAnnotator::numberBuffers() {
  func->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (auto copy = dyn_cast<gpu::MemcpyOp>(op))
      slots.add(findBufferRoots(copy.getDst()));
    if (!isLaunch(op))
      return WalkResult::advance();
    for (Value operand : getKernelOperands(op))
      if (isa<BaseMemRefType>(operand.getType()))
        slots.add(findBufferRoots(operand));
    return WalkResult::skip();
  });
}

LaunchArm FunctionAnnotator::computeArm(Operation *launch) {
  const KernelFacts &facts = kernels.getFacts(launch);
  LaunchArm arm;
  for (auto [number, operand] : llvm::enumerate(getKernelOperands(launch))) {
    if (!isa<BaseMemRefType>(operand.getType()))
      continue;
    BufferRoots roots = findBufferRoots(operand);
    if (facts.unknownEffects || facts.reads.test(number)) {
      arm.reads.push_back(number);
      slots.forEachSlot(roots, addTo(arm.readSlots));
    }
    if (facts.unknownEffects || facts.writes.test(number)) {
      arm.writes.push_back(number);
      slots.forEachSlot(roots, addTo(arm.writeSlots));
    }
  }
  if (facts.unknownEffects) {
    slots.forEachSlot(addTo(arm.readSlots));
    slots.forEachSlot(addTo(arm.writeSlots));
  }
  return arm;
}

/// D2 for launch number `at` and the launches after it: `i-j:verdict`.
ArrayAttr FunctionAnnotator::decidePairs(ArrayRef<Operation *> launches, ArrayRef<LaunchArm> arms,
                                         size_t at, bool together) {
  SmallVector<Attribute> row;
  size_t end = together && launches.size() <= kFullPairRows ? launches.size()
                                                            : std::min(at + 2, launches.size());
  for (size_t other = at + 1; other < end; ++other) {
    if (!together && launches[other]->getBlock() != launches[at]->getBlock())
      continue;
    policy::ArmVerdict verdict = policy::evaluateArms(arms[at].get(), arms[other].get());
    std::string text = (Twine(at) + "-" + Twine(other) + ":" + policy::display(verdict)).str();
    row.push_back(StringAttr::get(context, text));
    bool yes = verdict == policy::ArmVerdict::Independent;
    (yes ? passedRemark(launches[at], DEBUG_TYPE, "D2")
         : missedRemark(launches[at], DEBUG_TYPE, "D2"))
        << remark::metric("Verdict", text);
  }
  return row.empty() ? ArrayAttr() : ArrayAttr::get(context, row);
}

/// D3 for the copies queued since the launch before, in program order.
ArrayAttr FunctionAnnotator::decideCopies(Operation *launch, const LaunchArm &arm) {
  SmallVector<Attribute> verdicts;
  for (Operation *op = launch->getPrevNode(); op && !isLaunch(op); op = op->getPrevNode()) {
    auto copy = dyn_cast<gpu::MemcpyOp>(op);
    if (!copy)
      continue;
    policy::SlotSet written;
    slots.forEachSlot(findBufferRoots(copy.getDst()), addTo(written));
    policy::OverlapVerdict verdict = policy::OverlapVerdict::Overlap;
    for (size_t i = 0; i < written.size(); ++i)
      if (policy::evaluateOverlap(written.view().data[i], arm.get()) ==
          policy::OverlapVerdict::Serialize)
        verdict = policy::OverlapVerdict::Serialize;
    std::string text = policy::display(verdict);
    verdicts.push_back(StringAttr::get(context, text));
    bool yes = verdict == policy::OverlapVerdict::Overlap;
    (yes ? passedRemark(copy, DEBUG_TYPE, "D3") : missedRemark(copy, DEBUG_TYPE, "D3"))
        << remark::metric("Verdict", text);
  }
  std::reverse(verdicts.begin(), verdicts.end());
  return verdicts.empty() ? ArrayAttr() : ArrayAttr::get(context, verdicts);
}

/// Tells the kernel's record what keeps replays from being compared with launches.
void FunctionAnnotator::noteKernel(Operation *launch) {
  auto call = dyn_cast<gpu::LaunchFuncOp>(launch);
  gpu::GPUFuncOp kernel = call ? kernels.getKernel(call) : gpu::GPUFuncOp();
  if (!kernel)
    return;
  const KernelFacts &facts = kernels.getKernelFacts(kernel);
  if (facts.unknownEffects)
    kernel->setAttr(attr_name::kUnknownEffects, UnitAttr::get(context));
  if (facts.floatAtomic)
    kernel->setAttr(attr_name::kOrderDependent, UnitAttr::get(context));
}

void FunctionAnnotator::annotate(const LaunchLoopFacts &facts, bool together) {
  constexpr uint32_t allForms =
      policy::formBit(policy::Form::Plain) | policy::formBit(policy::Form::Graph) |
      policy::formBit(policy::Form::Persistent) | policy::formBit(policy::Form::LoopInGraph);
  SmallVector<LaunchArm, 0> arms;
  for (Operation *launch : facts.launches)
    arms.push_back(computeArm(launch));
  for (auto [number, launch] : llvm::enumerate(facts.launches)) {
    uint32_t resources = facts.resourceCount;
    if (!together)
      resources = llvm::count_if(getKernelOperands(launch), [](Value operand) {
        return isa<BaseMemRefType>(operand.getType());
      });
    LaunchLoopFacts own = facts;
    if (!together && mayRepeat(launch))
      own.tripCount = std::nullopt;
    // What synchronizes less is known once there is a persistent form.
    LoopVerdict verdict = decideLoop(own, resources, allForms, {own.launchesPerIteration}, options);
    ArrayAttr pairs = decidePairs(facts.launches, arms, number, together);
    ArrayAttr copies = decideCopies(launch, arms[number]);
    launch->setAttr(attr_name::kVerdict, verdict.getAttr(context, pairs, copies));
    launch->setAttr(attr_name::kReads, DenseI32ArrayAttr::get(context, arms[number].reads));
    launch->setAttr(attr_name::kWrites, DenseI32ArrayAttr::get(context, arms[number].writes));
    noteKernel(launch);
    emitVerdictRemarks(launch, DEBUG_TYPE, verdict);
  }
}

struct AnnotateLaunchPolicyPass
    : public vyre::impl::AnnotateLaunchPolicyPassBase<AnnotateLaunchPolicyPass> {
  using AnnotateLaunchPolicyPassBase::AnnotateLaunchPolicyPassBase;

  void runOnOperation() override {
    FailureOr<PolicyOptions> options =
        parsePolicyOptions(getOperation().getLoc(), profile, *figures, mode);
    if (failed(options))
      return signalPassFailure();
    KernelAnalysis kernels;
    for (Operation &op : getOperation().getOps())
      if (isa<FunctionOpInterface>(op))
        FunctionAnnotator(&op, kernels, *options).run();
  }
};

} // namespace
