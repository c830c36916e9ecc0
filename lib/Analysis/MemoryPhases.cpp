// When the host and when kernels use an allocation.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// (1) Every use of every alias becomes an access: read or write, host or device.
// (2) A forward walk over the allocation's block knows which sides are current.
// An op, with all that is nested in it, that only one side uses is one access: a
// copy before it, where its side is stale, serves every iteration inside. (3) An
// scf.if that both sides use is entered; a branch that ends with no current side
// in common with the other gets a copy at its end. (4) Anything else that both
// sides use is refused. Every doubt errs towards "may read, may write".
#include "vyre/Analysis/MemoryPhases.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

using namespace mlir;
using namespace vyre;

bool vyre::startsKernel(Operation *op) {
  return isa<gpu::LaunchFuncOp, gpu::LaunchOp, LaunchPersistentOp>(op);
}

/// True if the use only hands the pointer on, to values that MemRefFlow follows.
static bool handsOn(OpOperand &use) {
  Operation *op = use.getOwner();
  if (auto view = dyn_cast<ViewLikeOpInterface>(op))
    return view.getViewSource() == use.get(); // not so for the shape of a reshape
  return isa<arith::SelectOp, scf::ForOp, scf::WhileOp>(op) ||
         (op->hasTrait<OpTrait::IsTerminator>() && !isa<BranchOpInterface>(op));
}

MemorySide vyre::getMemorySide(OpOperand &use, const DeviceCopies &deviceCopies) {
  Operation *op = use.getOwner();
  if (startsKernel(op) || isa<gpu::MemcpyOp, gpu::MemsetOp>(op) || deviceCopies.contains(op))
    return MemorySide::Device;
  if (handsOn(use) || isa<memref::DeallocOp, memref::DimOp>(op))
    return MemorySide::None;
  return MemorySide::Host;
}

namespace {

/// What an op, or all in it, may do to one allocation.
struct Access {
  bool hostRead = false, hostWrite = false, deviceRead = false, deviceWrite = false;

  bool host() const { return hostRead || hostWrite; }
  bool device() const { return deviceRead || deviceWrite; }
  void add(const Access &other) {
    hostRead |= other.hostRead;
    hostWrite |= other.hostWrite;
    deviceRead |= other.deviceRead;
    deviceWrite |= other.deviceWrite;
  }
};

/// Which sides hold the program's bytes; never none.
struct Current {
  bool host = true, device = true;
};

class Planner {
public:
  Planner(memref::AllocOp alloc, const MemRefFlow &flow, const DeviceCopies &deviceCopies)
      : alloc(alloc), flow(flow), deviceCopies(deviceCopies) {}

  MirrorPlan run() {
    collect();
    if (plan.refusal.empty())
      walk(*alloc->getBlock(), {});
    if (!plan.refusal.empty())
      plan.copies.clear();
    return std::move(plan);
  }

private:
  void refuse(const Twine &why) {
    if (plan.refusal.empty())
      plan.refusal = why.str();
  }

  //===--------------------------------------------------------------------===//
  // Accesses
  //===--------------------------------------------------------------------===//

  void collect() {
    for (Value alias : flow.aliasesOf(alloc.getResult())) {
      auto type = dyn_cast<MemRefType>(alias.getType());
      if (!alias.getDefiningOp<ViewLikeOpInterface>() && (!type || !type.isStrided()))
        refuse("memory-type: a loop or branch hands on a memref without strides");
      for (OpOperand &use : alias.getUses())
        if (plan.refusal.empty())
          collectUse(use);
    }
  }

  void collectUse(OpOperand &use) {
    Operation *user = use.getOwner();
    if (!checkPlace(user))
      return;
    Access access;
    switch (getMemorySide(use, deviceCopies)) {
    case MemorySide::None:
      return;
    case MemorySide::Device:
      access = deviceAccess(use);
      break;
    case MemorySide::Host:
      access = hostAccess(use);
      break;
    }
    // All forms of a group do what the plain one does, of which more is known.
    for (Operation *op = user; op != alloc->getParentOp(); op = op->getParentOp())
      if (auto group = dyn_cast<LaunchGroupOp>(op->getParentOp());
          group && op->getParentRegion() != &group.getPlain())
        return;
    accesses.emplace_back(user, access);
  }

  /// Refuses uses that do not run, in order, after the allocation in its block.
  bool checkPlace(Operation *user) {
    if (!alloc->getBlock()->findAncestorOpInBlock(*user)) {
      refuse("other-block: code outside of the block of the allocation uses it");
      return false;
    }
    for (Operation *op = user->getParentOp(); op != alloc->getParentOp(); op = op->getParentOp())
      if (!isa_and_present<scf::SCFDialect, affine::AffineDialect, VyreDialect>(op->getDialect()) &&
          !isa<memref::AllocaScopeOp>(op)) {
        refuse("nested-in: it is used inside '" + op->getName().getStringRef() + "'");
        return false;
      }
    return true;
  }

  Access deviceAccess(OpOperand &use) {
    Operation *op = use.getOwner();
    auto async = dyn_cast<gpu::AsyncOpInterface>(op);
    if (async && (async.getAsyncToken() || !async.getAsyncDependencies().empty()))
      refuse("async-token: '" + op->getName().getStringRef() + "' orders itself with async tokens");
    Access access;
    access.deviceRead = access.deviceWrite = true;
    auto launch = dyn_cast<gpu::LaunchFuncOp>(op);
    auto reads = op->getAttrOfType<DenseI32ArrayAttr>(attr_name::kReads);
    auto writes = op->getAttrOfType<DenseI32ArrayAttr>(attr_name::kWrites);
    if (launch && reads && writes) {
      OperandRange operands = launch.getKernelOperands();
      auto number = static_cast<int32_t>(use.getOperandNumber() - operands.getBeginOperandIndex());
      access.deviceRead = llvm::is_contained(reads.asArrayRef(), number);
      access.deviceWrite = llvm::is_contained(writes.asArrayRef(), number);
    } else if (isa<memref::CopyOp>(op) || isa<gpu::MemcpyOp>(op)) {
      // The source of memref.copy is operand 0, the target of gpu.memcpy as well.
      bool isTarget = (use.getOperandNumber() == 1) == isa<memref::CopyOp>(op);
      access.deviceRead = !isTarget;
      access.deviceWrite = isTarget;
    } else if (isa<gpu::MemsetOp>(op)) {
      access.deviceRead = false;
    }
    return access;
  }

  Access hostAccess(OpOperand &use) {
    Operation *op = use.getOwner();
    Access access;
    if (auto call = dyn_cast<CallOpInterface>(op)) {
      auto callee = dyn_cast_or_null<FunctionOpInterface>(call.resolveCallable());
      if (callee && !callee.isExternal())
        refuse("called-function: '" + callee.getName() + "' uses it");
      access.hostRead = access.hostWrite = true;
      return access;
    }
    if (auto effects = dyn_cast<MemoryEffectOpInterface>(op)) {
      SmallVector<MemoryEffects::EffectInstance> instances;
      effects.getEffects(instances);
      for (const MemoryEffects::EffectInstance &effect : instances) {
        if (effect.getValue() && effect.getValue() != use.get())
          continue;
        access.hostRead |= isa<MemoryEffects::Read>(effect.getEffect());
        access.hostWrite |= isa<MemoryEffects::Write>(effect.getEffect());
      }
    }
    if (!access.host())
      refuse("unknown-use: '" + op->getName().getStringRef() + "' may keep its address");
    return access;
  }

  //===--------------------------------------------------------------------===//
  // Which side is current
  //===--------------------------------------------------------------------===//

  Current walk(Block &block, Current current) {
    llvm::DenseMap<Operation *, Access> here;
    for (auto &[user, access] : accesses)
      if (Operation *op = block.findAncestorOpInBlock(*user))
        here[op].add(access);
    for (Operation &op : block)
      if (auto known = here.find(&op); known != here.end())
        current = step(op, known->second, current);
    return current;
  }

  Current step(Operation &op, const Access &access, Current current) {
    if (access.host() && access.device()) {
      if (auto branch = dyn_cast<scf::IfOp>(op))
        return walkBranches(branch, current);
      StringRef name = op.getName().getStringRef();
      if (isa<LoopLikeOpInterface, LaunchGroupOp>(op))
        refuse("turns-in-loop: the host and kernels take turns with it inside '" + name + "'");
      else
        refuse("turns-in-op: the host and kernels both use it inside '" + name + "'");
      return current;
    }
    // A write may miss some bytes, or all: the rest must be there.
    require(op, access.device(), current);
    current.device &= !access.hostWrite;
    current.host &= !access.deviceWrite;
    return current;
  }

  /// Copies to one side before `op` if that side is stale.
  void require(Operation &op, bool device, Current &current) {
    bool &side = device ? current.device : current.host;
    if (!side)
      plan.copies.push_back({&op, device});
    side = true;
  }

  Current walkBranches(scf::IfOp branch, Current current) {
    Current yes = walk(*branch.thenBlock(), current);
    Current no = branch.elseBlock() ? walk(*branch.elseBlock(), current) : current;
    if (!(yes.host && no.host) && !(yes.device && no.device))
      require(*branch.thenBlock()->getTerminator(), no.device, yes);
    return {yes.host && no.host, yes.device && no.device};
  }

  memref::AllocOp alloc;
  const MemRefFlow &flow;
  const DeviceCopies &deviceCopies;
  SmallVector<std::pair<Operation *, Access>> accesses;
  MirrorPlan plan;
};

} // namespace

MirrorPlan vyre::planMirror(memref::AllocOp alloc, const MemRefFlow &flow,
                            const DeviceCopies &deviceCopies) {
  return Planner(alloc, flow, deviceCopies).run();
}
