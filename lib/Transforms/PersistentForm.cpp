// The host side of a persistent form.
//
// Launches with sizes out of range are errors in every form, and so is an integer
// division by zero on the host. What is not provably in range is checked before
// the launch, and where the check fails the plain loop runs, which reports the
// error in place. Values from outside of the loop are checked as they are; a grid
// size that changes is checked by the skeleton: the loop without its launches and
// the host code around them, run on the host first. The skeleton also yields those
// of the loop's results that do not depend on loaded memory. The others the kernel
// leaves in slots, rank-0 buffers that the host reads after it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "PersistentForm.h"

#include "LoopSkeleton.h"
#include "mlir/Analysis/DataFlow/IntegerRangeAnalysis.h"
#include "mlir/Analysis/DataFlow/Utils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "vyre/Analysis/HostGlue.h"
#include "vyre/Analysis/LaunchLoops.h"
#include "vyre/Dialect/Vyre/IR/DeviceLimits.h"

using namespace mlir;
using namespace vyre;

static std::optional<int64_t> getConstant(Value value) {
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return constant.getSExtValue();
  return std::nullopt;
}

bool RangeOracle::run(Operation *root) {
  dataflow::loadBaselineAnalyses(solver);
  solver.load<dataflow::IntegerRangeAnalysis>();
  return ready = succeeded(solver.initializeAndRun(root));
}

bool RangeOracle::isWithin(Value value, int64_t most) {
  if (std::optional<int64_t> constant = getConstant(value))
    return *constant >= 0 && *constant <= most;
  if (most == INT64_MAX && isPlainlyNonNegative(value))
    return true;
  auto *state = ready ? solver.lookupState<dataflow::IntegerValueRangeLattice>(value) : nullptr;
  if (!state || state->getValue().isUninitialized())
    return false;
  const ConstantIntRanges &range = state->getValue().getValue();
  return range.smin().isNonNegative() && range.smax().sle(most);
}

namespace {

/// Builds the host side of one group's persistent form.
class PersistentFormBuilder {
public:
  PersistentFormBuilder(LaunchGroupOp group, KernelAnalysis &kernels, RangeOracle &ranges,
                        SymbolTableCollection &symbols)
      : group(group), loop(&group.getPlain().front().front()), kernels(kernels), ranges(ranges),
        symbols(symbols), loaded(loop), builder(group.getContext()) {
    loop->walk([&](gpu::LaunchFuncOp launch) { launches.push_back(launch); });
  }

  PersistentKernel build(StringRef name);

private:
  static std::array<Value, 3> gridOf(gpu::LaunchFuncOp launch) {
    gpu::KernelDim3 grid = launch.getGridSizeOperandValues();
    return {grid.x, grid.y, grid.z};
  }
  static std::array<Value, 3> blockOf(gpu::LaunchFuncOp launch) {
    gpu::KernelDim3 block = launch.getBlockSizeOperandValues();
    return {block.x, block.y, block.z};
  }

  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(builder, group.getLoc(), value);
  }
  Value truth(bool value) {
    return arith::ConstantIntOp::create(builder, group.getLoc(), builder.getI1Type(), value);
  }
  Value asIndex(Value value) {
    if (std::optional<int64_t> number = getConstant(value))
      return constant(*number);
    if (value.getType().isIndex())
      return value;
    return arith::IndexCastOp::create(builder, group.getLoc(), builder.getIndexType(), value);
  }
  Value both(Value a, Value b) { return arith::AndIOp::create(builder, group.getLoc(), a, b); }
  Value isInRange(Value value, int64_t low, int64_t high) {
    Location loc = group.getLoc();
    auto least =
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge, value, constant(low));
    auto most =
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sle, value, constant(high));
    return both(least, most);
  }

  void require(Value condition) { valid = valid ? both(valid, condition) : condition; }
  Value createAlloca(MemRefType type) { return createHostCell(builder, group, type); }

  Value createThreads();
  Value createSharedSize();
  std::optional<int64_t> largestGrid();
  void checkOutsideValues();
  Value isGridSize(Value size, int64_t most);
  bool isCheckedInside(Value size, int64_t most);
  void createSkeleton();
  void checkGrid(gpu::LaunchFuncOp original, gpu::LaunchFuncOp copy, Value flag);
  void splitResults();
  SmallVector<Value> createLaunch(OpBuilder &at, const PersistentKernel &kernel,
                                  gpu::KernelDim3 block, Value shared);
  SymbolRefAttr addToModule(const PersistentKernel &kernel);
  void describeAccess(LaunchPersistentOp launch, gpu::GPUFuncOp kernel);
  bool isConstantGlobal(Value buffer);

  LaunchGroupOp group;
  Operation *loop;
  KernelAnalysis &kernels;
  RangeOracle &ranges;
  SymbolTableCollection &symbols;
  LoadedValues loaded;
  OpBuilder builder;
  SmallVector<gpu::LaunchFuncOp> launches;
  Value valid; ///< An i1: all sizes are in range; null if that is proven.
  SmallVector<DeviceResult> deviceResults;
  SmallVector<Value> results; ///< Of the form.
};

/// Emits the largest block in threads, and the check of sizes that only run
/// time knows. A product is taken only of sizes already known to be small, so
/// it cannot wrap around into range.
Value PersistentFormBuilder::createThreads() {
  Location loc = group.getLoc();
  int64_t largest = 1;
  Value result;
  for (gpu::LaunchFuncOp launch : launches) {
    int64_t known = 1;
    Value product;
    gpu::GPUFuncOp kernel = kernels.getKernel(launch);
    std::optional<ArrayRef<int32_t>> fixed = kernel ? kernel.getKnownBlockSize() : std::nullopt;
    for (auto [dim, size] : llvm::enumerate(blockOf(launch))) {
      int64_t most = dim == 2 ? kMaxBlockZ : kMaxThreadsPerBlock;
      if (std::optional<int64_t> number = getConstant(size)) {
        known *= *number;
        if (*number > most)
          require(truth(false)); // the plain form says what is wrong
        continue;
      }
      Value index = asIndex(size);
      require(fixed ? isInRange(index, (*fixed)[dim], (*fixed)[dim]) : isInRange(index, 1, most));
      product = product ? Value(arith::MulIOp::create(builder, loc, product, index)) : index;
    }
    if (!product) {
      largest = std::max(largest, known);
      continue;
    }
    product = arith::MulIOp::create(builder, loc, product, constant(known));
    require(isInRange(product, 1, kMaxThreadsPerBlock));
    result = result ? Value(arith::MaxUIOp::create(builder, loc, result, product)) : product;
  }
  return result ? Value(arith::MaxUIOp::create(builder, loc, result, constant(largest)))
                : constant(largest);
}

/// The most dynamic shared memory any launch asks for; null if none does.
Value PersistentFormBuilder::createSharedSize() {
  Location loc = group.getLoc();
  Value result;
  for (gpu::LaunchFuncOp launch : launches) {
    Value size = launch.getDynamicSharedMemorySize();
    if (!size)
      continue;
    if (std::optional<int64_t> number = getConstant(size))
      size = arith::ConstantIntOp::create(builder, loc, builder.getI32Type(), *number);
    if (!result)
      result = size;
    else if (result != size)
      result = builder.createOrFold<arith::MaxUIOp>(loc, result, size);
  }
  return result;
}

/// Emits a check that a grid size is from 0 to `most`.
Value PersistentFormBuilder::isGridSize(Value size, int64_t most) {
  Type type = size.getType();
  int64_t highest = type.isInteger(32) ? INT32_MAX : INT64_MAX;
  Value limit = arith::ConstantOp::create(builder, group.getLoc(),
                                          builder.getIntegerAttr(type, std::min(most, highest)));
  // A negative size is huge as an unsigned one.
  return arith::CmpIOp::create(builder, group.getLoc(), arith::CmpIPredicate::ule, size, limit);
}

/// Checks the grid sizes and divisors that are the same in all iterations.
void PersistentFormBuilder::checkOutsideValues() {
  for (gpu::LaunchFuncOp launch : launches)
    for (auto [size, most] : llvm::zip(gridOf(launch), getGridLimits(launch)))
      if (isOutside(size, loop) && !ranges.isWithin(size, most))
        require(isGridSize(size, most));
  DenseSet<Value> seen;
  loop->walk([&](Operation *op) {
    Value divisor = getDivisor(op);
    if (!divisor || isSafeDivision(op) || !seen.insert(divisor).second)
      return;
    for (int64_t number : {0, -1}) { // -1 overflows in signed division
      Value bad = arith::ConstantOp::create(builder, group.getLoc(),
                                            builder.getIntegerAttr(divisor.getType(), number));
      require(
          arith::CmpIOp::create(builder, group.getLoc(), arith::CmpIPredicate::ne, divisor, bad));
    }
  });
}

/// True for grid sizes that only the skeleton can check.
bool PersistentFormBuilder::isCheckedInside(Value size, int64_t most) {
  return !isOutside(size, loop) && !ranges.isWithin(size, most);
}

/// In the skeleton: clears `flag` if a grid size of the launch is out of range.
void PersistentFormBuilder::checkGrid(gpu::LaunchFuncOp original, gpu::LaunchFuncOp copy,
                                      Value flag) {
  Location loc = original.getLoc();
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(copy);
  for (auto [size, copied, most] :
       llvm::zip(gridOf(original), gridOf(copy), getGridLimits(original))) {
    if (!isCheckedInside(size, most))
      continue;
    Value fits = isGridSize(copied, most);
    Value before = memref::LoadOp::create(builder, loc, flag, ValueRange());
    memref::StoreOp::create(builder, loc, both(before, fits), flag, ValueRange());
  }
}

/// Emits the loop without its launches if a grid must be checked or a result is
/// known without them.
void PersistentFormBuilder::createSkeleton() {
  bool checksGrids = llvm::any_of(launches, [&](gpu::LaunchFuncOp launch) {
    return llvm::any_of(llvm::zip(gridOf(launch), getGridLimits(launch)), [&](auto pair) {
      return isCheckedInside(std::get<0>(pair), std::get<1>(pair));
    });
  });
  if (!checksGrids && deviceResults.size() == loop->getNumResults())
    return;
  Location loc = group.getLoc();
  Value flag;
  if (checksGrids) {
    flag = createAlloca(MemRefType::get({}, builder.getI1Type()));
    memref::StoreOp::create(builder, loc, truth(true), flag, ValueRange());
  }
  IRMapping mapping;
  Operation *copy = cloneSkeleton(builder, loop, mapping);
  for (gpu::LaunchFuncOp launch : launches) {
    auto copied = cast<gpu::LaunchFuncOp>(mapping.lookup(launch.getOperation()));
    if (flag)
      checkGrid(launch, copied, flag);
    copied.erase();
  }
  results.assign(copy->result_begin(), copy->result_end());
  if (flag)
    require(memref::LoadOp::create(builder, loc, flag, ValueRange()));
}

/// Finds the results that the skeleton cannot give: those that depend on loads.
void PersistentFormBuilder::splitResults() {
  results.resize(loop->getNumResults());
  bool isControlKnown = loaded.isControlKnown();
  for (auto [number, result] : llvm::enumerate(loop->getResults())) {
    if (isControlKnown && !loaded.contains(result))
      continue;
    DeviceResult device{unsigned(number), {}};
    if (isa<MemRefType>(result.getType()))
      device.buffers = findCarriedBuffers(result, loop)->takeVector();
    deviceResults.push_back(std::move(device));
  }
}

/// Blocks of the largest launch, or nothing if one is known only at run time.
std::optional<int64_t> PersistentFormBuilder::largestGrid() {
  int64_t largest = 1;
  for (gpu::LaunchFuncOp launch : launches) {
    int64_t blocks = 1;
    for (Value size : gridOf(launch)) {
      std::optional<int64_t> known = getConstantIntValue(size);
      if (!known || *known < 0 || llvm::MulOverflow(blocks, *known, blocks))
        return {};
    }
    largest = std::max(largest, blocks);
  }
  return largest;
}

SymbolRefAttr PersistentFormBuilder::addToModule(const PersistentKernel &kernel) {
  gpu::GPUFuncOp first = kernels.getKernel(launches.front());
  auto module = first->getParentOfType<gpu::GPUModuleOp>();
  symbols.getSymbolTable(module).insert(kernel.func); // Makes the name unique.
  return SymbolRefAttr::get(SymbolTable::getSymbolName(module),
                            {SymbolRefAttr::get(SymbolTable::getSymbolName(kernel.func))});
}

/// True for memory that is never written, and may not be.
bool PersistentFormBuilder::isConstantGlobal(Value buffer) {
  auto get = buffer.getDefiningOp<memref::GetGlobalOp>();
  auto global = get ? symbols.lookupNearestSymbolFrom<memref::GlobalOp>(get, get.getNameAttr())
                    : memref::GlobalOp();
  return global && global.getConstant();
}

/// Says which buffers the kernel reads and writes, for memory that is copied to a
/// device and back.
void PersistentFormBuilder::describeAccess(LaunchPersistentOp launch, gpu::GPUFuncOp kernel) {
  const KernelFacts &facts = kernels.getKernelFacts(kernel);
  SmallVector<int32_t> reads, writes;
  for (auto [number, buffer] : llvm::enumerate(launch.getArgs())) {
    if (!isa<MemRefType>(buffer.getType()))
      continue;
    if (facts.unknownEffects || facts.reads.test(number))
      reads.push_back(number);
    if ((facts.unknownEffects || facts.writes.test(number)) && !isConstantGlobal(buffer))
      writes.push_back(number);
  }
  launch->setAttr(attr_name::kReads, builder.getDenseI32ArrayAttr(reads));
  launch->setAttr(attr_name::kWrites, builder.getDenseI32ArrayAttr(writes));
}

/// Emits the launch; gives the device results, read after it.
SmallVector<Value> PersistentFormBuilder::createLaunch(OpBuilder &at,
                                                       const PersistentKernel &kernel,
                                                       gpu::KernelDim3 block, Value shared) {
  Location loc = group.getLoc();
  SmallVector<Value> arguments = kernel.arguments, slots, found;
  for (MemRefType type : kernel.slots)
    slots.push_back(createAlloca(type));
  llvm::append_range(arguments, slots);
  auto launch = LaunchPersistentOp::create(at, loc, addToModule(kernel), block, shared, arguments);
  if (std::optional<int64_t> blocks = largestGrid())
    launch.setMaxBlocks(*blocks);
  describeAccess(launch, kernel.func);
  for (auto [result, slot] : llvm::zip(deviceResults, slots)) {
    Value value = memref::LoadOp::create(at, loc, slot, ValueRange());
    if (!result.buffers.empty()) {
      Value number = value;
      value = result.buffers.front();
      for (auto [candidate, buffer] : llvm::drop_begin(llvm::enumerate(result.buffers))) {
        Value here = arith::ConstantIndexOp::create(at, loc, candidate);
        Value is = arith::CmpIOp::create(at, loc, arith::CmpIPredicate::eq, number, here);
        value = arith::SelectOp::create(at, loc, is, buffer, value);
      }
    }
    found.push_back(value);
  }
  return found;
}

PersistentKernel PersistentFormBuilder::build(StringRef name) {
  Location loc = group.getLoc();
  builder.setInsertionPointToEnd(&group.getPersistent().emplaceBlock());
  Value threads = createThreads();
  Value shared = createSharedSize();
  checkOutsideValues();
  splitResults();
  createSkeleton();
  PersistentKernel kernel =
      buildPersistentKernel(loop, name, getConstant(threads), kernels, deviceResults);
  Value one = constant(1);
  gpu::KernelDim3 block{threads, one, one};
  SmallVector<Value> found;
  if (valid) {
    SmallVector<Type> types;
    for (const DeviceResult &result : deviceResults)
      types.push_back(loop->getResult(result.number).getType());
    auto guard = scf::IfOp::create(builder, loc, types, valid, /*withElseRegion=*/true);
    OpBuilder then = guard.getThenBodyBuilder(), other = guard.getElseBodyBuilder();
    SmallVector<Value> fromKernel = createLaunch(then, kernel, block, shared), fromLoop;
    Operation *plain = other.clone(*loop);
    for (const DeviceResult &result : deviceResults)
      fromLoop.push_back(plain->getResult(result.number));
    if (!types.empty()) {
      scf::YieldOp::create(then, loc, fromKernel);
      scf::YieldOp::create(other, loc, fromLoop);
    }
    llvm::append_range(found, guard.getResults());
  } else {
    found = createLaunch(builder, kernel, block, shared);
  }
  for (auto [result, value] : llvm::zip(deviceResults, found))
    results[result.number] = value;
  YieldOp::create(builder, loc, results);
  return kernel;
}

} // namespace

PersistentKernel vyre::buildPersistentForm(LaunchGroupOp group, StringRef name,
                                           KernelAnalysis &kernels, RangeOracle &ranges,
                                           SymbolTableCollection &symbols) {
  return PersistentFormBuilder(group, kernels, ranges, symbols).build(name);
}
