// Places the memory of launches: by allocation, never by SSA value.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// (1) Every memref.alloc that a launch may see is a candidate. (2) A candidate
// is dropped while it escapes, or is freed by a memref.dealloc that may also
// free something else. (3) What is left becomes gpu.alloc: device memory if no
// host code touches it; mirrored, with copies where the valid side changes, if
// host and kernels use it in phases (MemoryPhases.h); else shared. (4) A launch
// operand with any other origin is listed on the launch, for the run-time look-up.
#include "vyre/Transforms/Passes.h"

#include "MirrorMemory.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "vyre/Dialect/Vyre/IR/Remarks.h"

#define DEBUG_TYPE "vyre-place-memory"

namespace vyre {
#define GEN_PASS_DEF_PLACEMEMORYPASS
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

using namespace mlir;

namespace {

/// True if `op` is, or is inside, something that runs on the device.
bool runsOnDevice(Operation *op) {
  return vyre::startsKernel(op) || op->getParentOfType<gpu::LaunchOp>();
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
    for (memref::CopyOp copy : copies)
      if (isDeviceCopy(copy))
        deviceCopies.insert(copy);
    for (memref::AllocOp alloc : candidates)
      decideSide(alloc);
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
    return isPlaced(root) ||
           isa_and_present<gpu::AllocOp, vyre::ToDeviceOp>(root.getDefiningOp()) ||
           memory == "device" || memory == "mapped";
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

  /// True if host code touches the bytes of `alloc`, in any function.
  bool hasHostAccess(memref::AllocOp alloc) {
    for (Value alias : flow.aliasesOf(alloc.getResult())) {
      for (Operation *user : alias.getUsers()) {
        bool direct = leavesBytesToDevice(user);
        if (isa<memref::CopyOp>(user) && !runsOnDevice(user))
          direct = deviceCopies.contains(user);
        if (auto call = dyn_cast<CallOpInterface>(user)) {
          auto callee = dyn_cast_or_null<FunctionOpInterface>(call.resolveCallable());
          direct = callee && !callee.isExternal();
        }
        if (!direct)
          return true;
      }
    }
    return false;
  }

  /// Device memory where the host touches nothing; mirrored where the sides take
  /// turns in phases; else shared.
  void decideSide(memref::AllocOp alloc) {
    if (!hasHostAccess(alloc))
      return;
    vyre::MirrorPlan plan = vyre::planMirror(alloc, flow, deviceCopies);
    if (plan.refusal.empty()) {
      mirrored.insert({alloc, std::move(plan)});
      return;
    }
    shared.insert(alloc);
    vyre::missedRemark(alloc, DEBUG_TYPE, "NotMirrored") << vyre::remarkReason(plan.refusal);
  }

  /// True if the copy can run in stream order, between memory of known places.
  bool isDeviceCopy(memref::CopyOp copy) {
    return isa<MemRefType>(copy.getSource().getType()) &&
           isa<MemRefType>(copy.getTarget().getType()) && areReachable(copy.getSource()) &&
           areReachable(copy.getTarget());
  }

  void rewrite() {
    SmallVector<memref::DeallocOp> placedDeallocs;
    for (memref::DeallocOp dealloc : deallocs)
      if (isPlaced(flow.rootsOf(dealloc.getMemref()).front()))
        placedDeallocs.push_back(dealloc);
    vyre::mirrorMemory(mirrored, flow, deviceCopies); // the flow's last use
    for (memref::CopyOp copy : copies) {
      if (!deviceCopies.contains(copy))
        continue;
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
    for (memref::AllocOp alloc : candidates)
      replace(alloc);
  }

  void replace(memref::AllocOp alloc) {
    OpBuilder b(alloc);
    bool isShared = shared.contains(alloc);
    auto placed = gpu::AllocOp::create(b, alloc.getLoc(), alloc.getType(), /*asyncToken=*/Type(),
                                       /*asyncDependencies=*/ValueRange{}, alloc.getDynamicSizes(),
                                       /*symbolOperands=*/ValueRange{}, isShared);
    if (auto plan = mirrored.find(alloc); plan != mirrored.end()) {
      placed->setAttr(vyre::attr_name::kMirrored, b.getUnitAttr());
      auto in = llvm::count_if(plan->second.copies,
                               [](const vyre::SideCopy &copy) { return copy.toDevice; });
      vyre::passedRemark(placed, DEBUG_TYPE, "Placed")
          << "device memory and host memory, with copies"
          << remark::metric("CopiesIn", static_cast<int64_t>(in))
          << remark::metric("CopiesOut", static_cast<int64_t>(plan->second.copies.size() - in));
    } else {
      vyre::passedRemark(placed, DEBUG_TYPE, "Placed")
          << (isShared ? "shared memory" : "device memory");
    }
    alloc.replaceAllUsesWith(placed.getMemref());
    alloc.erase();
  }

  ModuleOp module;
  vyre::MemRefFlow flow;
  SmallVector<memref::DeallocOp> deallocs;
  SmallVector<memref::CopyOp> copies; // of host code
  vyre::DeviceCopies deviceCopies;    // those between memory of known places
  llvm::SetVector<Value> seenByKernels;
  llvm::SetVector<memref::AllocOp> candidates;
  llvm::DenseSet<memref::AllocOp> shared;
  vyre::MirrorPlans mirrored;
};

struct PlaceMemory : vyre::impl::PlaceMemoryPassBase<PlaceMemory> {
  void runOnOperation() override { Placer(getOperation()).run(); }
};

} // namespace
