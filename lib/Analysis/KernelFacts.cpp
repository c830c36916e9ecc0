// What a kernel does to memory and which operations it contains. One walk per
// function; callees are analyzed once and their facts mapped to the arguments.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Analysis/KernelFacts.h"

#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "vyre/Analysis/KernelCaptures.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

using namespace mlir;
using namespace vyre;

bool vyre::isLaunch(Operation *op) { return isa<gpu::LaunchOp, gpu::LaunchFuncOp>(op); }

SmallVector<Value> vyre::getKernelOperands(Operation *launch) {
  if (auto call = dyn_cast<gpu::LaunchFuncOp>(launch))
    return llvm::to_vector(call.getKernelOperands());
  return computeKernelCaptures(cast<gpu::LaunchOp>(launch)).operands.takeVector();
}

/// True if the atomic's result depends on the order of the threads beyond what
/// an integer operation would: float sums and products, and free-form updates.
static bool isOrderDependentFloatAtomic(Operation *op) {
  if (auto atomic = dyn_cast<memref::AtomicRMWOp>(op))
    return atomic.getKind() == arith::AtomicRMWKind::addf ||
           atomic.getKind() == arith::AtomicRMWKind::mulf;
  if (isa<memref::GenericAtomicRMWOp>(op) || op->getName().getStringRef() == "llvm.atomicrmw")
    return isa<FloatType>(op->getResult(0).getType());
  return false;
}

/// True for operations that no CPU clone of a kernel can run.
static bool isCudaOnly(Operation *op) {
  StringRef dialect = op->getName().getDialectNamespace();
  return dialect == "nvgpu" || dialect == "nvvm" ||
         op->getName().getStringRef() == "llvm.inline_asm" ||
         isa<gpu::SubgroupMmaLoadMatrixOp, gpu::SubgroupMmaStoreMatrixOp, gpu::SubgroupMmaComputeOp,
             gpu::SubgroupMmaConstantMatrixOp, gpu::SubgroupMmaElementwiseOp, gpu::ClusterIdOp,
             gpu::ClusterDimOp, gpu::ClusterBlockIdOp, gpu::ClusterDimBlocksOp>(op);
}

/// True for ops that exchange values between threads.
static bool isCollective(Operation *op) {
  return isa<gpu::AllReduceOp, gpu::SubgroupReduceOp, gpu::ShuffleOp, gpu::RotateOp,
             gpu::SubgroupBroadcastOp, gpu::WarpExecuteOnLane0Op>(op);
}

/// True for ops that read where a thread is or how large the launch is.
static bool readsShape(Operation *op) {
  return isa<gpu::ThreadIdOp, gpu::BlockIdOp, gpu::BlockDimOp, gpu::GridDimOp, gpu::GlobalIdOp,
             gpu::LaneIdOp, gpu::SubgroupIdOp, gpu::NumSubgroupsOp, gpu::SubgroupSizeOp>(op);
}

namespace {
/// Collects the facts of one body.
class BodyWalker {
public:
  using CalleeFacts = function_ref<const KernelFacts *(CallOpInterface)>;

  BodyWalker(Region &body, ValueRange arguments, CalleeFacts callee)
      : body(body), calleeFacts(callee) {
    facts.reads.resize(arguments.size());
    facts.writes.resize(arguments.size());
    for (auto [number, value] : llvm::enumerate(arguments))
      numbers.try_emplace(value, number);
  }

  KernelFacts run() {
    body.walk([&](Operation *op) { visit(op); });
    return std::move(facts);
  }

private:
  void visit(Operation *op) {
    noteKind(op);
    if (auto call = dyn_cast<CallOpInterface>(op))
      return visitCall(call);
    // Their effects are the printed line, the stopped thread and the meeting
    // of threads: no buffer.
    if (isa<gpu::PrintfOp, cf::AssertOp, gpu::BarrierOp, SyncOp>(op) || isCollective(op))
      return;
    auto effects = dyn_cast<MemoryEffectOpInterface>(op);
    if (!effects) {
      facts.unknownEffects |= !op->hasTrait<OpTrait::HasRecursiveMemoryEffects>() &&
                              !op->hasTrait<OpTrait::IsTerminator>();
      return;
    }
    SmallVector<MemoryEffects::EffectInstance> instances;
    effects.getEffects(instances);
    for (const MemoryEffects::EffectInstance &effect : instances)
      visitEffect(effect);
  }

  void noteKind(Operation *op) {
    auto note = [op](Operation *&first, bool is) {
      if (is && !first)
        first = op;
    };
    note(facts.printf, isa<gpu::PrintfOp>(op));
    note(facts.assertion, isa<cf::AssertOp>(op));
    note(facts.floatAtomic, isOrderDependentFloatAtomic(op));
    note(facts.collective, isCollective(op));
    note(facts.cudaOnly, isCudaOnly(op));
    note(facts.barrier, isa<gpu::BarrierOp>(op));
    note(facts.shape, readsShape(op));
  }

  void visitEffect(const MemoryEffects::EffectInstance &effect) {
    if (isa<MemoryEffects::Allocate, MemoryEffects::Free>(effect.getEffect()))
      return;
    if (Value value = effect.getValue())
      touch(value, isa<MemoryEffects::Write>(effect.getEffect()));
    else
      facts.unknownEffects = true;
  }

  /// Marks the arguments that `value` may be a view of.
  void touch(Value value, bool write) {
    BufferRoots roots = findBufferRoots(value, [&](Value v) { return numbers.contains(v); });
    for (Value root : roots.values) {
      if (auto it = numbers.find(root); it != numbers.end())
        (write ? facts.writes : facts.reads).set(it->second);
      else if (!isLocal(root) &&
               !(isa_and_present<memref::GetGlobalOp>(root.getDefiningOp()) && !write))
        facts.unknownEffects = true;
    }
  }

  /// True for memory that only this body can see.
  bool isLocal(Value root) {
    if (auto arg = dyn_cast<BlockArgument>(root)) // An attribution.
      return arg.getOwner() == &body.front();
    return root.getDefiningOp<memref::AllocaOp>() ||
           root.getDefiningOp<gpu::DynamicSharedMemoryOp>();
  }

  void visitCall(CallOpInterface call) {
    const KernelFacts *callee = calleeFacts(call);
    if (!callee || callee->unknownEffects)
      facts.unknownEffects = true;
    if (!callee) {
      facts.unknownCall = facts.unknownCall ? facts.unknownCall : call.getOperation();
      return;
    }
    auto inherit = [](Operation *&mine, Operation *theirs) { mine = mine ? mine : theirs; };
    inherit(facts.printf, callee->printf);
    inherit(facts.assertion, callee->assertion);
    inherit(facts.floatAtomic, callee->floatAtomic);
    inherit(facts.collective, callee->collective);
    inherit(facts.cudaOnly, callee->cudaOnly);
    inherit(facts.barrier, callee->barrier);
    inherit(facts.unknownCall, callee->unknownCall);
    inherit(facts.shape, callee->shape);
    inherit(facts.calleeShape, callee->calleeShape);
    inherit(facts.calleeShape, callee->shape);
    inherit(facts.calleeShape, callee->barrier);
    for (auto [number, operand] : llvm::enumerate(call.getArgOperands())) {
      if (callee->reads.test(number))
        touch(operand, /*write=*/false);
      if (callee->writes.test(number))
        touch(operand, /*write=*/true);
    }
  }

  Region &body;
  CalleeFacts calleeFacts;
  DenseMap<Value, unsigned> numbers;
  KernelFacts facts;
};
} // namespace

KernelFacts KernelAnalysis::analyze(Region &body, ValueRange arguments) {
  return BodyWalker(body, arguments,
                    [&](CallOpInterface call) -> const KernelFacts * {
                      Operation *callee = call.resolveCallableInTable(&symbols);
                      auto func = dyn_cast_if_present<FunctionOpInterface>(callee);
                      if (!func || func.isExternal() ||
                          func.getNumArguments() != call.getArgOperands().size())
                        return nullptr;
                      return &getFunctionFacts(func);
                    })
      .run();
}

const KernelFacts &KernelAnalysis::getFunctionFacts(Operation *op) {
  auto func = cast<FunctionOpInterface>(op);
  auto [it, inserted] = known.try_emplace(op);
  if (!inserted)
    return *it->second;
  // Stands for the function while it is being analyzed: recursion is unknown.
  it->second = std::make_unique<KernelFacts>();
  KernelFacts &facts = *it->second;
  facts.unknownEffects = true;
  facts.reads.resize(func.getNumArguments());
  facts.writes.resize(func.getNumArguments());
  auto arguments =
      llvm::to_vector_of<Value>(func.getArguments().take_front(func.getNumArguments()));
  facts = analyze(func.getFunctionBody(), arguments);
  return facts;
}

gpu::GPUFuncOp KernelAnalysis::getKernel(gpu::LaunchFuncOp launch) {
  return symbols.lookupNearestSymbolFrom<gpu::GPUFuncOp>(launch, launch.getKernelAttr());
}

const KernelFacts &KernelAnalysis::getFacts(Operation *launch) {
  if (auto call = dyn_cast<gpu::LaunchFuncOp>(launch))
    if (gpu::GPUFuncOp kernel = getKernel(call))
      return getFunctionFacts(kernel);
  auto [it, inserted] = known.try_emplace(launch);
  if (!inserted)
    return *it->second;
  it->second = std::make_unique<KernelFacts>();
  KernelFacts &facts = *it->second; // The map may grow below.
  SmallVector<Value> operands = getKernelOperands(launch);
  if (auto inlined = dyn_cast<gpu::LaunchOp>(launch)) {
    facts = analyze(inlined.getBody(), operands);
  } else {
    facts.unknownEffects = true; // A kernel from elsewhere, such as gpu.binary.
    facts.reads.resize(operands.size());
    facts.writes.resize(operands.size());
  }
  return facts;
}
