// Rules for launches that become stages of a kernel or nodes of a graph.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "LaunchRules.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace vyre;

std::optional<Refusal> vyre::refuseLaunch(Operation *launch, const KernelFacts &facts) {
  auto async = cast<gpu::AsyncOpInterface>(launch);
  if (async.getAsyncToken() || !async.getAsyncDependencies().empty())
    return Refusal{"async-token", "a launch orders itself with async tokens", launch};
  if (auto call = dyn_cast<gpu::LaunchFuncOp>(launch); call && call.getAsyncObject())
    return Refusal{"async-token", "a launch names a stream", launch};
  if (facts.printf)
    return Refusal{"kernel-printf", "a kernel prints", launch};
  if (facts.assertion)
    return Refusal{"kernel-assert", "a kernel holds an assertion", launch};
  return std::nullopt;
}

std::optional<Refusal> vyre::refuseStage(Operation *launch, KernelAnalysis &kernels) {
  const KernelFacts &facts = kernels.getFacts(launch);
  if (std::optional<Refusal> found = refuseLaunch(launch, facts))
    return found;
  auto call = dyn_cast<gpu::LaunchFuncOp>(launch);
  bool clusters = call ? call.hasClusterSize() : cast<gpu::LaunchOp>(launch).hasClusterSize();
  if (facts.cudaOnly || clusters)
    return Refusal{"cuda-only-op", "a kernel can only run on CUDA", launch};
  if (facts.floatAtomic && !kernels.mayReorderFloatAtomics())
    return Refusal{"float-atomic",
                   "a kernel's float atomics depend on the order of threads "
                   "(reorder-float-atomics allows them)",
                   launch};
  if (facts.collective)
    return Refusal{"collective", "a kernel exchanges values between threads of a block", launch};
  if (facts.unknownCall)
    return Refusal{"unknown-call", "a kernel calls a function without a body", launch};
  if (facts.calleeShape)
    return Refusal{"call-shape", "a function that a kernel calls reads ids or has barriers",
                   launch};
  return std::nullopt;
}

std::optional<Refusal> vyre::refuseStageBody(gpu::LaunchFuncOp launch, gpu::GPUFuncOp kernel,
                                             const KernelFacts &facts, Attribute &sharedSpace) {
  if (!kernel)
    return Refusal{"unknown-kernel", "a kernel's body is not in this program", launch};
  if (facts.barrier && !kernel.getBody().hasOneBlock())
    return Refusal{"barrier-shape", "a barrier in unstructured control flow", launch};
  for (BlockArgument buffer : kernel.getWorkgroupAttributions()) {
    auto type = dyn_cast<MemRefType>(buffer.getType());
    if (!type || !type.hasStaticShape() || !type.getLayout().isIdentity() ||
        !type.getElementType().isIntOrIndexOrFloat())
      return Refusal{"shared-memory-shape", "a workgroup buffer has no plain static shape", launch};
    if (sharedSpace && sharedSpace != type.getMemorySpace())
      return Refusal{"shared-memory-shape", "workgroup buffers name their memory differently",
                     launch};
    sharedSpace = type.getMemorySpace();
  }
  for (BlockArgument buffer : kernel.getPrivateAttributions())
    if (auto type = dyn_cast<MemRefType>(buffer.getType()); !type || !type.hasStaticShape())
      return Refusal{"shared-memory-shape", "a private buffer has no static shape", launch};
  return std::nullopt;
}

std::array<Value, 3> vyre::getBlockSizes(Operation *launch) {
  gpu::KernelDim3 block = isa<gpu::LaunchFuncOp>(launch)
                              ? cast<gpu::LaunchFuncOp>(launch).getBlockSizeOperandValues()
                              : cast<gpu::LaunchOp>(launch).getBlockSizeOperandValues();
  return {block.x, block.y, block.z};
}

std::optional<int64_t> vyre::getConstantThreads(Operation *launch) {
  int64_t product = 1;
  for (Value size : getBlockSizes(launch)) {
    APInt value;
    if (!matchPattern(size, m_ConstantInt(&value)))
      return std::nullopt;
    product *= value.getSExtValue();
  }
  return product;
}

std::optional<Refusal> vyre::refuseBarrierShapes(ArrayRef<Operation *> launches,
                                                 KernelAnalysis &kernels) {
  int64_t largest = 0;
  bool dynamic = false, same = true;
  for (Operation *launch : launches) {
    std::optional<int64_t> threads = getConstantThreads(launch);
    dynamic |= !threads;
    largest = std::max(largest, threads.value_or(0));
    same &= getBlockSizes(launch) == getBlockSizes(launches.front());
  }
  for (Operation *launch : launches) {
    if (!kernels.getFacts(launch).barrier)
      continue;
    if (dynamic ? !same : *getConstantThreads(launch) != largest)
      return Refusal{"barrier-shape", "a kernel with a barrier has a smaller block than another",
                     launch};
  }
  return std::nullopt;
}
