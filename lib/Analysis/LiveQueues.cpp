// Legality of live queues. Everything errs towards "may wait for the device": a kernel
// that stays resident would then be waited for for ever.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Analysis/LiveQueues.h"

#include "LaunchRules.h"
#include "mlir/Dialect/Async/IR/Async.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "vyre/Analysis/RunnerUtilities.h"
#include "vyre/Dialect/Vyre/IR/DeviceLimits.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

using namespace mlir;
using namespace vyre;

bool vyre::isHostOnlyCall(Operation *op) {
  auto call = dyn_cast<CallOpInterface>(op);
  Operation *callee = call ? call.resolveCallable() : nullptr;
  return callee && cast<FunctionOpInterface>(callee).isExternal() &&
         callee->hasAttr(attr_name::kHostOnly);
}

bool vyre::needsClosedQueue(Operation *op) {
  switch (classifyHostOp(op)) {
  case HostEffect::Pure:
  case HostEffect::Control:
  case HostEffect::Launch:
  case HostEffect::Load:
  case HostEffect::Store:
  case HostEffect::Wait: // for the items; the kernel stays
    return false;
  case HostEffect::Copy:
    return true;
  case HostEffect::Allocation:
    return !isa<memref::AllocaOp>(op);
  case HostEffect::Call:
    return !isHostOnlyCall(op) && !isScalarUtilityCall(op);
  case HostEffect::Unknown:
    break;
  }
  if (isa<vector::PrintOp, cf::AssertOp>(op) || op->hasTrait<OpTrait::IsTerminator>())
    return false;
  // What is inside of an op without effects of its own speaks for itself.
  return !op->hasTrait<OpTrait::HasRecursiveMemoryEffects>() && !isMemoryEffectFree(op);
}

namespace {
/// Checks one loop against all rules of the queue form.
class QueueChecker {
public:
  QueueChecker(Operation *loop, KernelAnalysis &kernels) : loop(loop), kernels(kernels) {}

  std::optional<Refusal> check() {
    std::optional<Refusal> refusal;
    loop->walk<WalkOrder::PreOrder>([&](Operation *op) {
      refusal = isLaunch(op) ? checkLaunch(op) : checkHostOp(op);
      if (refusal)
        return WalkResult::interrupt();
      return isLaunch(op) ? WalkResult::skip() : WalkResult::advance();
    });
    if (refusal)
      return refusal;
    if (launches.empty())
      return Refusal{"no-launch", "the loop launches nothing", loop};
    return checkTogether();
  }

private:
  /// Rules for host code: only one thread feeds the queue, in stream order.
  static std::optional<Refusal> checkHostOp(Operation *op) {
    if (auto async = dyn_cast<gpu::AsyncOpInterface>(op);
        async && (async.getAsyncToken() || !async.getAsyncDependencies().empty()))
      return Refusal{"async-token", "an op of the loop orders itself with async tokens", op};
    if (isa_and_present<async::AsyncDialect>(op->getDialect()))
      return Refusal{"async-op", "the loop starts or waits for other threads", op};
    if (op->getNumRegions() > 0 && classifyHostOp(op) == HostEffect::Unknown &&
        !op->hasTrait<OpTrait::HasRecursiveMemoryEffects>())
      return Refusal{"unsupported-op",
                     "it is not known when '" + op->getName().getStringRef().str() +
                         "' runs what is inside",
                     op};
    return std::nullopt;
  }

  std::optional<Refusal> checkLaunch(Operation *launch) {
    launches.push_back(launch);
    const KernelFacts &facts = kernels.getFacts(launch);
    if (std::optional<Refusal> found = refuseStage(launch, kernels))
      return found;
    auto call = dyn_cast<gpu::LaunchFuncOp>(launch);
    if (!call)
      return Refusal{"not-outlined", "a kernel is not outlined yet", launch};
    gpu::GPUFuncOp kernel = kernels.getKernel(call);
    if (std::optional<Refusal> found = refuseStageBody(call, kernel, facts, sharedSpace))
      return found;
    if (kernel.getKnownBlockSize() && !getConstantThreads(launch))
      return Refusal{"block-size",
                     "a kernel is compiled for one block size, and a launch may "
                     "have another",
                     launch};
    if (Value bytes = call.getDynamicSharedMemorySize();
        bytes && !matchPattern(bytes, m_Constant()))
      return Refusal{"dynamic-shared", "the resident kernel must know its shared memory", launch};
    return checkArguments(call);
  }

  /// Every argument must be one that a kernel can read from an item, and all must fit.
  static std::optional<Refusal> checkArguments(gpu::LaunchFuncOp launch) {
    int64_t words = 0;
    for (Value argument : launch.getKernelOperands()) {
      Type type = argument.getType();
      if (auto buffer = dyn_cast<MemRefType>(type))
        words += 3 + 2 * buffer.getRank();
      else if (type.isIndex() || (type.isIntOrFloat() && type.getIntOrFloatBitWidth() <= 64))
        words += 1;
      else
        return Refusal{"argument-type", "an item of a queue cannot hold one of the arguments",
                       launch};
    }
    if (words * 8 > kMaxItemArgumentBytes)
      return Refusal{"argument-bytes", "the arguments are larger than an item of a queue", launch};
    return std::nullopt;
  }

  std::optional<Refusal> checkTogether() {
    auto first = cast<gpu::LaunchFuncOp>(launches.front());
    for (Operation *launch : launches) {
      if (cast<gpu::LaunchFuncOp>(launch).getKernelModuleName() != first.getKernelModuleName())
        return Refusal{"kernel-modules", "the kernels are in different modules", launch};
      if (kernels.getFacts(launch).barrier && !getConstantThreads(launch))
        return Refusal{"barrier-shape",
                       "a kernel with a barrier needs a block size that the resident kernel knows",
                       launch};
      if (std::optional<int64_t> threads = getConstantThreads(launch);
          threads && (*threads < 1 || *threads > kMaxThreadsPerBlock))
        return Refusal{"block-size", "the block size is out of range", launch};
    }
    return refuseBarrierShapes(launches, kernels);
  }

  Operation *loop;
  KernelAnalysis &kernels;
  SmallVector<Operation *> launches;
  Attribute sharedSpace;
};
} // namespace

std::optional<Refusal> vyre::findQueueBlocker(Operation *loop, KernelAnalysis &kernels) {
  return QueueChecker(loop, kernels).check();
}
