// Splits allocations into a host's and a device's side.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An allocation and its views are host values by nature; the device's versions are
// vyre.to_device of the allocation and clones of the views. Any other alias (of a
// loop, an scf.if, a group, a select) carries one side, the same for all aliases
// that memory flows between: the device's if a kernel uses one of them, and then
// vyre.to_host serves the host's uses. So no launch waits for a look-up, and what
// rotates through a loop is looked up once, after it.
#include "MirrorMemory.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"
#include "llvm/ADT/EquivalenceClasses.h"

using namespace mlir;

namespace {

class Splitter {
public:
  Splitter(const vyre::MirrorPlans &plans, const vyre::MemRefFlow &flow,
           const vyre::DeviceCopies &deviceCopies)
      : plans(plans), flow(flow), deviceCopies(deviceCopies) {}

  void run() {
    collectAliases();
    joinCarriers();
    SmallVector<OpOperand *> uses;
    for (Value alias : aliases)
      for (OpOperand &use : alias.getUses())
        uses.push_back(&use);
    chooseSides(uses);
    SmallVector<Value> replacements;
    for (OpOperand *use : uses)
      replacements.push_back(replacementFor(*use));
    for (auto [use, value] : llvm::zip_equal(uses, replacements))
      use->set(value);
    addCopies();
  }

private:
  void collectAliases() {
    for (auto &[alloc, plan] : plans) {
      SetVector<Value> found = flow.aliasesOf(alloc->getResult(0));
      aliases.insert(found.begin(), found.end());
    }
  }

  static Value viewSource(Value value) {
    auto view = value.getDefiningOp<ViewLikeOpInterface>();
    return view ? view.getViewSource() : Value();
  }

  /// True for a planned allocation and views of it: every other alias carries
  /// whichever side it is given.
  bool isHostByNature(Value value) const {
    while (Value source = viewSource(value))
      value = source;
    auto alloc = value.getDefiningOp<memref::AllocOp>();
    return alloc && plans.contains(alloc);
  }

  /// The op whose results and block arguments a use hands its pointer to; null if
  /// it hands on nothing, or makes a view.
  static Operation *receiverOf(OpOperand &use) {
    Operation *op = use.getOwner();
    if (op->hasTrait<OpTrait::IsTerminator>())
      return op->getParentOp();
    return isa<arith::SelectOp>(op) || op->getNumRegions() ? op : nullptr;
  }

  /// The op that an alias belongs to: it defines it or has it as an argument.
  static Operation *carrierOf(Value value) {
    if (auto argument = dyn_cast<BlockArgument>(value))
      return argument.getOwner()->getParentOp();
    return value.getDefiningOp();
  }

  /// Aliases that one carries to another, and all of one loop or branch, are on
  /// the same side.
  void joinCarriers() {
    for (Value alias : aliases) {
      if (isHostByNature(alias))
        continue;
      Operation *carrier = carrierOf(alias);
      carriers.insert(carrier);
      for (Value target : flow.targetsOf(alias))
        carriers.unionSets(carrier, carrierOf(target));
    }
  }

  void chooseSides(ArrayRef<OpOperand *> uses) {
    for (OpOperand *use : uses)
      if (!isHostByNature(use->get()) &&
          vyre::getMemorySide(*use, deviceCopies) == vyre::MemorySide::Device)
        onDevice.insert(carriers.getLeaderValue(carrierOf(use->get())));
  }

  bool carriesDevice(Operation *carrier) const {
    auto known = carriers.findLeader(carrier);
    return known != carriers.member_end() && onDevice.contains(*known);
  }

  /// What the use is to name instead, or the value it names now.
  Value replacementFor(OpOperand &use) {
    Value value = use.get();
    switch (vyre::getMemorySide(use, deviceCopies)) {
    case vyre::MemorySide::Device:
      return deviceOf(value);
    case vyre::MemorySide::Host:
      return hostOf(value);
    case vyre::MemorySide::None:
      break;
    }
    if (isa<memref::DeallocOp>(use.getOwner()))
      return hostOf(value);
    if (Operation *receiver = receiverOf(use))
      return carriesDevice(receiver) ? deviceOf(value) : hostOf(value);
    return value;
  }

  Value deviceOf(Value value) {
    if (!isHostByNature(value))
      return value; // its class is on the device, because of this use
    return otherSide<vyre::ToDeviceOp>(value, [&](Value source) { return deviceOf(source); });
  }

  Value hostOf(Value value) {
    if (isHostByNature(value) || !carriesDevice(carrierOf(value)))
      return value;
    return otherSide<vyre::ToHostOp>(value, [&](Value source) { return hostOf(source); });
  }

  /// The other side of `value`, made where `value` is: a clone of a view, else a
  /// conversion.
  template <typename OpTy> Value otherSide(Value value, function_ref<Value(Value)> ofSource) {
    if (Value known = others.lookup(value))
      return known;
    OpBuilder builder(value.getContext());
    builder.setInsertionPointAfterValue(value);
    Value made;
    if (Value source = viewSource(value)) {
      IRMapping mapping;
      mapping.map(source, ofSource(source));
      Operation *clone = builder.clone(*value.getDefiningOp(), mapping);
      made = clone->getResult(cast<OpResult>(value).getResultNumber());
    } else {
      made = OpTy::create(builder, value.getLoc(), value);
    }
    others[value] = made;
    return made;
  }

  void addCopies() {
    for (auto &[alloc, plan] : plans)
      for (const vyre::SideCopy &copy : plan.copies) {
        OpBuilder builder(copy.before);
        Value host = alloc->getResult(0), device = deviceOf(host);
        gpu::MemcpyOp::create(builder, copy.before->getLoc(), TypeRange{}, ValueRange{},
                              copy.toDevice ? device : host, copy.toDevice ? host : device);
      }
  }

  const vyre::MirrorPlans &plans;
  const vyre::MemRefFlow &flow;
  const vyre::DeviceCopies &deviceCopies;
  llvm::SetVector<Value> aliases;
  llvm::EquivalenceClasses<Operation *> carriers; // ops whose aliases share one side
  llvm::DenseSet<Operation *> onDevice;           // leaders of those on the device's
  llvm::DenseMap<Value, Value> others;            // of an alias, on its other side
};

} // namespace

void vyre::mirrorMemory(const MirrorPlans &plans, const MemRefFlow &flow,
                        const DeviceCopies &deviceCopies) {
  if (!plans.empty())
    Splitter(plans, flow, deviceCopies).run();
}
