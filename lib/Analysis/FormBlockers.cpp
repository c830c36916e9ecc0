// What keeps a loop of launches from being one persistent kernel, or its
// launches from being recorded. The first obstacle in program order is told.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Analysis/LaunchLoops.h"

#include "LaunchRules.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"
#include "vyre/Analysis/HostGlue.h"
#include "vyre/Dialect/Vyre/IR/DeviceLimits.h"

using namespace mlir;
using namespace vyre;

/// True for what every device computes with in the same way.
static bool isScalar(Type type) {
  return isa<IndexType, IntegerType>(type) || type.isF16() || type.isBF16() || type.isF32() ||
         type.isF64();
}

/// Why arithmetic that runs on the host may give other bits, or no error, in a
/// kernel; nothing if it is the same.
static std::optional<Refusal> refuseArithmetic(Operation *op, Operation *loop) {
  std::string name = op->getName().getStringRef().str();
  if (auto fast = dyn_cast<arith::ArithFastMathInterface>(op))
    if (arith::FastMathFlagsAttr flags = fast.getFastMathFlagsAttr();
        flags && flags.getValue() != arith::FastMathFlags::none)
      return Refusal{"relaxed-float", "'" + name + "' on the host has fast-math flags", op};
  if (isa<arith::RemFOp>(op))
    return Refusal{"unsupported-op", "'" + name + "' differs between devices", op};
  if (llvm::any_of(op->getResultTypes(),
                   [](Type type) { return isa<FloatType>(type) && !isScalar(type); }))
    return Refusal{"unsupported-op", "'" + name + "' computes in a type of the host", op};
  // The host reports a division by zero, a device need not. Divisors from outside
  // of the loop are checked in front of it.
  if (Value divisor = getDivisor(op);
      divisor && !isSafeDivision(op) &&
      !(isOutside(divisor, loop) && divisor.getType().isIntOrIndex()))
    return Refusal{"division", "'" + name + "' on the host may divide by zero", op};
  return std::nullopt;
}

/// Id and sentence for a host op that a kernel cannot contain.
static std::optional<Refusal> refuseHostOp(Operation *op) {
  std::string name = op->getName().getStringRef().str();
  switch (classifyHostOp(op)) {
  case HostEffect::Pure:
  case HostEffect::Control:
  case HostEffect::Launch:
    return std::nullopt;
  case HostEffect::Load:
    if (isa<memref::LoadOp>(op) && isScalar(op->getResult(0).getType()))
      return std::nullopt;
    return Refusal{"host-load", "'" + name + "' on the host reads what no kernel takes along", op};
  case HostEffect::Store:
    if (isa<memref::StoreOp>(op) && isScalar(op->getOperand(0).getType()))
      return std::nullopt;
    return Refusal{"host-store", "'" + name + "' on the host writes what no kernel takes along",
                   op};
  case HostEffect::Copy:
    return Refusal{"host-copy", "'" + name + "' copies or fills memory inside the loop", op};
  case HostEffect::Allocation:
    return Refusal{"allocation-in-loop", "'" + name + "' inside the loop", op};
  case HostEffect::Wait:
    return Refusal{"host-wait", "'" + name + "' waits inside the loop", op};
  case HostEffect::Call:
    return Refusal{"unknown-call", "a call inside the loop may do anything", op};
  case HostEffect::Unknown:
    break;
  }
  return Refusal{"unsupported-op", "'" + name + "' cannot run inside a kernel", op};
}

/// True if a kernel can take the value as an argument or keep it in a loop.
static bool isKernelType(Type type) {
  return isa<IndexType, IntegerType, FloatType, MemRefType>(type);
}

std::optional<Refusal> vyre::findNodeBlocker(Operation *launch, KernelAnalysis &kernels) {
  return refuseLaunch(launch, kernels.getFacts(launch));
}

std::optional<Refusal> vyre::findGraphBlocker(Operation *loop, KernelAnalysis &kernels) {
  std::optional<Refusal> first;
  bool recordable = false;
  for (Operation *launch : computeLaunchLoopFacts(loop).launches) {
    std::optional<Refusal> refusal = findNodeBlocker(launch, kernels);
    if (refusal && refusal->id == "async-token")
      return refusal; // Tokens order launches across runs.
    recordable |= !refusal;
    if (!first)
      first = refusal;
  }
  return recordable ? std::nullopt : first;
}

namespace {
/// Checks one loop against all rules of the persistent form.
class PersistentChecker {
public:
  PersistentChecker(Operation *loop, KernelAnalysis &kernels) : loop(loop), kernels(kernels) {}

  std::optional<Refusal> check() {
    WalkResult result = loop->walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (isLaunch(op)) {
        launches.push_back(op);
        refusal = checkLaunch(op);
      } else {
        refusal = refuseHostOp(op);
        if (!refusal)
          refusal = refuseArithmetic(op, loop);
        if (!refusal)
          refusal = checkTypes(op);
      }
      if (refusal)
        return WalkResult::interrupt();
      return isLaunch(op) ? WalkResult::skip() : WalkResult::advance();
    });
    if (!result.wasInterrupted())
      refusal = checkTogether();
    return refusal;
  }

private:
  std::optional<Refusal> checkTypes(Operation *op) {
    for (Region &region : op->getRegions())
      for (BlockArgument arg : region.getArguments())
        if (!isKernelType(arg.getType()))
          return Refusal{"argument-type", "the loop carries a value no kernel can take", op};
    // Threads get the results of a one-thread stage through memory.
    if (op->getNumRegions() > 0 && !llvm::all_of(op->getResultTypes(), isScalar) &&
        !holdsLaunch(op) && (holdsLoad(op) || holdsStore(op)))
      return Refusal{"glue-result",
                     "a branch or loop in which the host touches memory gives a "
                     "buffer",
                     op};
    return std::nullopt;
  }

  std::optional<Refusal> checkLaunch(Operation *launch) {
    const KernelFacts &facts = kernels.getFacts(launch);
    if (std::optional<Refusal> found = refuseStage(launch, kernels))
      return found;
    if (std::optional<Refusal> found = checkBlock(launch))
      return found;
    auto call = dyn_cast<gpu::LaunchFuncOp>(launch);
    return call ? checkKernel(call, facts) : std::nullopt;
  }

  /// The block must be the same in every iteration and legal if constant.
  std::optional<Refusal> checkBlock(Operation *launch) {
    int64_t product = 1;
    for (Value size : getBlockSizes(launch)) {
      APInt value;
      if (!matchPattern(size, m_ConstantInt(&value))) {
        if (loop->isAncestor(size.getParentBlock()->getParentOp()))
          return Refusal{"block-size", "the block size depends on the iteration", launch};
        continue;
      }
      if (value.slt(1) || value.sgt(kMaxThreadsPerBlock))
        return Refusal{"block-size", "the block size is out of range", launch};
      product *= value.getSExtValue();
    }
    if (product > kMaxThreadsPerBlock)
      return Refusal{"block-size", "the block size is out of range", launch};
    return std::nullopt;
  }

  std::optional<Refusal> checkKernel(gpu::LaunchFuncOp launch, const KernelFacts &facts) {
    if (std::optional<Refusal> found =
            refuseStageBody(launch, kernels.getKernel(launch), facts, sharedSpace))
      return found;
    if (Value bytes = launch.getDynamicSharedMemorySize();
        bytes && !matchPattern(bytes, m_Constant()) &&
        loop->isAncestor(bytes.getParentBlock()->getParentOp()))
      return Refusal{"dynamic-shared", "the shared memory size depends on the iteration", launch};
    return std::nullopt;
  }

  /// Rules that concern all launches and captures at once.
  std::optional<Refusal> checkTogether() {
    if (launches.empty())
      return Refusal{"no-launch", "the loop launches nothing", loop};
    llvm::SetVector<Value> captured;
    for (Region &region : loop->getRegions())
      getUsedValuesDefinedAbove(region, captured);
    captured.insert(loop->operand_begin(), loop->operand_end());
    for (Value value : captured)
      if (!isKernelType(value.getType()) && !matchPattern(value, m_Constant()))
        return Refusal{"argument-type", "the loop uses a value no kernel can take", loop};
    for (Operation *launch : launches) {
      auto first = dyn_cast<gpu::LaunchFuncOp>(launches.front());
      auto call = dyn_cast<gpu::LaunchFuncOp>(launch);
      if (call && first && call.getKernelModuleName() != first.getKernelModuleName())
        return Refusal{"kernel-modules", "the kernels are in different modules", launch};
    }
    if (std::optional<Refusal> found = checkLoadedValues())
      return found;
    return refuseBarrierShapes(launches, kernels);
  }

  /// Grids that may be negative are checked by running the loop without launches
  /// on the host, which also knows the buffers that the loop ends with: neither
  /// works with values that the loop loads.
  std::optional<Refusal> checkLoadedValues() {
    LoadedValues loaded(loop);
    bool isControlKnown = loaded.isControlKnown();
    for (Operation *launch : launches) {
      bool isKnown = isControlKnown && !loaded.isUnderLoadedBranch(launch);
      for (auto [size, most] : llvm::zip(gridOf(launch), getGridLimits(launch)))
        if (!isPlainlyInRange(size, most) && !isOutside(size, loop) &&
            !(isKnown && !loaded.contains(size)))
          return Refusal{"grid-size",
                         "a grid size that depends on loaded memory may be out of range", launch};
    }
    for (OpResult result : loop->getResults())
      if (isa<MemRefType>(result.getType()) && !(isControlKnown && !loaded.contains(result)) &&
          !findCarriedBuffers(result, loop))
        return Refusal{"result-buffer", "which buffer the loop ends with depends on loaded memory",
                       loop};
    return std::nullopt;
  }

  /// True if the size is from 0 to `most`, as far as the ops that compute it tell.
  static bool isPlainlyInRange(Value size, int64_t most) {
    APInt number;
    if (matchPattern(size, m_ConstantInt(&number)))
      return number.isNonNegative() && number.sle(most);
    return most == INT64_MAX && isPlainlyNonNegative(size);
  }

  static SmallVector<Value> gridOf(Operation *launch) {
    gpu::KernelDim3 grid = isa<gpu::LaunchFuncOp>(launch)
                               ? cast<gpu::LaunchFuncOp>(launch).getGridSizeOperandValues()
                               : cast<gpu::LaunchOp>(launch).getGridSizeOperandValues();
    return {grid.x, grid.y, grid.z};
  }

  Operation *loop;
  KernelAnalysis &kernels;
  SmallVector<Operation *> launches;
  Attribute sharedSpace;
  std::optional<Refusal> refusal;
};
} // namespace

std::optional<Refusal> vyre::findPersistentBlocker(Operation *loop, KernelAnalysis &kernels) {
  return PersistentChecker(loop, kernels).check();
}
