// Places the memory of launches: by allocation, never by SSA value.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// (1) Every memref.alloc that a launch may see is a candidate. (2) A candidate
// is dropped while it escapes, or is freed by a memref.dealloc that may also
// free something else. (3) What is left becomes gpu.alloc, shared with the host
// if host code touches it. (4) A launch operand with any other origin is listed
// on the launch, for the run-time look-up.
#include "vyre/Transforms/Passes.h"

#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "vyre/Analysis/MemRefFlow.h"
#include "vyre/Dialect/Vyre/IR/Remarks.h"

#define DEBUG_TYPE "vyre-place-memory"

namespace vyre {
#define GEN_PASS_DEF_PLACEMEMORYPASS
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

using namespace mlir;

namespace {

/// True for launches of every kind, also of a persistent kernel (vyre::isLaunch is
/// about what a group is made of, and knows none).
bool startsKernel(Operation *op) {
  return isa<gpu::LaunchFuncOp, gpu::LaunchOp, vyre::LaunchPersistentOp>(op);
}

/// True if `op` is, or is inside, something that runs on the device.
bool runsOnDevice(Operation *op) {
  return startsKernel(op) || op->getParentOfType<gpu::LaunchOp>();
}

/// True if `op` reaches memory from the device side, or only handles pointers.
bool leavesBytesToDevice(Operation *op) {
  return runsOnDevice(op) || op->hasTrait<OpTrait::IsTerminator>() ||
         isa<ViewLikeOpInterface, gpu::MemcpyOp, gpu::MemsetOp, memref::DeallocOp, memref::CopyOp,
             memref::DimOp, arith::SelectOp, scf::ForOp, scf::WhileOp>(op);
}

/// True if gpu.alloc can stand for `alloc`.
bool isReplaceable(memref::AllocOp alloc) {
  constexpr int64_t runtimeAlignment = 64;
  return alloc.getType().getLayout().isIdentity() && !alloc.getType().getMemorySpace() &&
         alloc.getSymbolOperands().empty() &&
         static_cast<int64_t>(alloc.getAlignment().value_or(1)) <= runtimeAlignment;
}

/// How an argument with this origin is declared; empty if it is not.
StringRef declaredMemory(Value root) {
  auto argument = dyn_cast<BlockArgument>(root);
  if (!argument || !argument.getOwner()->isEntryBlock())
    return {};
  auto function = dyn_cast_or_null<FunctionOpInterface>(argument.getOwner()->getParentOp());
  if (!function)
    return {};
  auto memory =
      function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), vyre::attr_name::kMemory);
  return memory ? memory.getValue() : StringRef();
}

class Placer {
public:
  explicit Placer(ModuleOp module) : module(module), flow(module) {}

  void run() {
    collectUses();
    chooseCandidates();
    dropUnsafe();
    markUnknown();
    for (memref::AllocOp alloc : candidates)
      decideSharing(alloc);
    rewrite();
  }

private:
  /// Everything below a launch counts as a use by the launch.
  void collectUses() {
    module->walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (isa<gpu::GPUModuleOp>(op))
        return WalkResult::skip();
      if (auto dealloc = dyn_cast<memref::DeallocOp>(op); dealloc && !runsOnDevice(op))
        deallocs.push_back(dealloc);
      if (auto copy = dyn_cast<memref::CopyOp>(op); copy && !runsOnDevice(op))
        copies.push_back(copy);
      if (runsOnDevice(op))
        for (Value operand : op->getOperands())
          if (isa<BaseMemRefType>(operand.getType()))
            seenByKernels.insert(operand);
      return WalkResult::advance();
    });
  }

  void chooseCandidates() {
    for (Value value : seenByKernels)
      for (Value root : flow.rootsOf(value))
        if (auto alloc = root.getDefiningOp<memref::AllocOp>(); alloc && !runsOnDevice(alloc))
          candidates.insert(alloc);
  }

  /// True if nothing but the candidates themselves stands in the way of `alloc`.
  bool isSafe(memref::AllocOp alloc) {
    if (!isReplaceable(alloc))
      return false;
    for (Value alias : flow.aliasesOf(alloc.getResult()))
      if (flow.escapes(alias) || llvm::any_of(alias.getUsers(), [](Operation *user) {
            return isa<gpu::HostRegisterOp, gpu::HostUnregisterOp, memref::ReallocOp>(user);
          }))
        return false;
    return true;
  }

  /// Raises "leave it alone" until every dealloc frees candidates only or none.
  void dropUnsafe() {
    candidates.remove_if([&](memref::AllocOp alloc) { return !isSafe(alloc); });
    for (bool changed = true; changed;) {
      changed = false;
      for (memref::DeallocOp dealloc : deallocs) {
        SetVector<Value> roots = flow.rootsOf(dealloc.getMemref());
        bool pure = llvm::all_of(roots, [&](Value root) { return isPlaced(root); });
        if (!pure)
          for (Value root : roots)
            if (auto alloc = root.getDefiningOp<memref::AllocOp>())
              changed |= candidates.remove(alloc);
      }
    }
  }

  bool isPlaced(Value root) {
    auto alloc = root.getDefiningOp<memref::AllocOp>();
    return alloc && candidates.contains(alloc);
  }

  /// True if the device can reach memory of this origin without a look-up.
  bool isReachable(Value root) {
    StringRef memory = declaredMemory(root);
    return isPlaced(root) || root.getDefiningOp<gpu::AllocOp>() || memory == "device" ||
           memory == "mapped";
  }

  bool areReachable(Value value) {
    return llvm::all_of(flow.rootsOf(value), [&](Value root) { return isReachable(root); });
  }

  void markUnknown() {
    module->walk([&](Operation *op) {
      if (!isa<gpu::LaunchFuncOp, vyre::LaunchPersistentOp>(op))
        return;
      auto launch = dyn_cast<gpu::LaunchFuncOp>(op);
      OperandRange operands =
          launch ? launch.getKernelOperands() : cast<vyre::LaunchPersistentOp>(op).getArgs();
      SmallVector<int32_t> unknown;
      for (auto [number, operand] : llvm::enumerate(operands))
        if (isa<BaseMemRefType>(operand.getType()) && !areReachable(operand))
          unknown.push_back(number);
      op->removeAttr(vyre::attr_name::kUnknown);
      if (unknown.empty())
        return;
      op->setAttr(vyre::attr_name::kUnknown, DenseI32ArrayAttr::get(op->getContext(), unknown));
      vyre::missedRemark(op, DEBUG_TYPE, "LookUp")
          << "buffers of unknown origin are looked up at run time"
          << remark::metric("Buffers", static_cast<int64_t>(unknown.size()));
    });
  }

  /// Device memory if no host op touches the bytes, else shared memory.
  void decideSharing(memref::AllocOp alloc) {
    for (Value alias : flow.aliasesOf(alloc.getResult())) {
      for (Operation *user : alias.getUsers()) {
        bool direct = leavesBytesToDevice(user);
        if (auto copy = dyn_cast<memref::CopyOp>(user); copy && !runsOnDevice(user))
          direct = isDeviceCopy(copy);
        if (auto call = dyn_cast<CallOpInterface>(user)) {
          auto callee = dyn_cast_or_null<FunctionOpInterface>(call.resolveCallable());
          direct = callee && !callee.isExternal();
        }
        if (!direct)
          shared.insert(alloc);
      }
    }
  }

  /// True if the copy can run in stream order, between memory of known places.
  bool isDeviceCopy(memref::CopyOp copy) {
    return isa<MemRefType>(copy.getSource().getType()) &&
           isa<MemRefType>(copy.getTarget().getType()) && areReachable(copy.getSource()) &&
           areReachable(copy.getTarget());
  }

  void rewrite() {
    for (memref::CopyOp copy : copies)
      if (isDeviceCopy(copy))
        deviceCopies.push_back(copy);
    SmallVector<memref::DeallocOp> placedDeallocs;
    for (memref::DeallocOp dealloc : deallocs)
      if (isPlaced(flow.rootsOf(dealloc.getMemref()).front()))
        placedDeallocs.push_back(dealloc);
    for (memref::CopyOp copy : deviceCopies) {
      OpBuilder b(copy);
      gpu::MemcpyOp::create(b, copy.getLoc(), TypeRange{}, ValueRange{}, copy.getTarget(),
                            copy.getSource());
      copy.erase();
    }
    for (memref::DeallocOp dealloc : placedDeallocs) {
      OpBuilder b(dealloc);
      gpu::DeallocOp::create(b, dealloc.getLoc(), TypeRange{}, ValueRange{}, dealloc.getMemref());
      dealloc.erase();
    }
    for (memref::AllocOp alloc : candidates) {
      OpBuilder b(alloc);
      bool isShared = shared.contains(alloc);
      auto placed =
          gpu::AllocOp::create(b, alloc.getLoc(), alloc.getType(), /*asyncToken=*/Type(),
                               /*asyncDependencies=*/ValueRange{}, alloc.getDynamicSizes(),
                               /*symbolOperands=*/ValueRange{}, isShared);
      vyre::passedRemark(placed, DEBUG_TYPE, "Placed")
          << (isShared ? "shared memory" : "device memory");
      alloc.replaceAllUsesWith(placed.getMemref());
      alloc.erase();
    }
  }

  ModuleOp module;
  vyre::MemRefFlow flow;
  SmallVector<memref::DeallocOp> deallocs;
  SmallVector<memref::CopyOp> copies, deviceCopies;
  llvm::SetVector<Value> seenByKernels;
  llvm::SetVector<memref::AllocOp> candidates;
  llvm::DenseSet<memref::AllocOp> shared;
};

struct PlaceMemory : vyre::impl::PlaceMemoryPassBase<PlaceMemory> {
  void runOnOperation() override { Placer(getOperation()).run(); }
};

} // namespace
