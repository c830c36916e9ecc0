// Fills the persistent form of launch groups. Legality is Analysis's answer
// (findPersistentBlocker), the kernel is built in PersistentKernel.cpp; this file
// builds the host side: checks of launch sizes, the loop's results, the launch.
//
// Launches with sizes out of range are errors in every form. Where a size is not
// provably in range, the host runs the loop without its launches first (the
// skeleton), checks all sizes, and falls back to the plain loop, which reports
// the error in place. The skeleton also yields the loop's results.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Transforms/Passes.h"

#include "PersistentKernel.h"
#include "mlir/Analysis/DataFlow/IntegerRangeAnalysis.h"
#include "mlir/Analysis/DataFlow/Utils.h"
#include "mlir/Analysis/DataFlowFramework.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "vyre/Analysis/LaunchLoops.h"
#include "vyre/Dialect/Vyre/IR/DeviceLimits.h"
#include "vyre/Dialect/Vyre/IR/Remarks.h"

#define DEBUG_TYPE "vyre-form-persistent-kernels"

namespace vyre {
#define GEN_PASS_DEF_FORMPERSISTENTKERNELSPASS
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

using namespace mlir;
using namespace vyre;

namespace {

std::optional<int64_t> getConstant(Value value) {
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return constant.getSExtValue();
  return std::nullopt;
}

/// Knows bounds of integers by range analysis.
class RangeOracle {
public:
  /// False if the analysis failed; then only constants are known.
  bool run(Operation *root) {
    dataflow::loadBaselineAnalyses(solver);
    solver.load<dataflow::IntegerRangeAnalysis>();
    return ready = succeeded(solver.initializeAndRun(root));
  }

  /// True if `value` is proven to be from 0 to `most` as a signed integer.
  bool isWithin(Value value, int64_t most) {
    if (std::optional<int64_t> constant = getConstant(value))
      return *constant >= 0 && *constant <= most;
    auto *state = ready ? solver.lookupState<dataflow::IntegerValueRangeLattice>(value) : nullptr;
    if (!state || state->getValue().isUninitialized())
      return false;
    const ConstantIntRanges &range = state->getValue().getValue();
    return range.smin().isNonNegative() && range.smax().sle(most);
  }

private:
  DataFlowSolver solver;
  bool ready = false;
};

/// Takes the addresses of globals out of a group's loop. They are the same in all
/// iterations, and the persistent kernel gets them as arguments: a copy of
/// `memref.get_global` would name a symbol that its module does not have, and a
/// copy of a mutable global would be another object.
void hoistGlobals(LaunchGroupOp group) {
  DenseMap<StringAttr, memref::GetGlobalOp> first;
  group.getPlain().walk([&](memref::GetGlobalOp get) {
    auto [it, inserted] = first.try_emplace(get.getNameAttr().getAttr(), get);
    if (inserted) {
      get->moveBefore(group);
      return;
    }
    get.replaceAllUsesWith(it->second.getResult());
    get.erase();
  });
}

/// Builds the host side of one group's persistent form.
class PersistentFormBuilder {
public:
  PersistentFormBuilder(LaunchGroupOp group, KernelAnalysis &kernels, RangeOracle &ranges,
                        SymbolTableCollection &symbols)
      : group(group), loop(&group.getPlain().front().front()), kernels(kernels), ranges(ranges),
        symbols(symbols), builder(group.getContext()) {
    loop->walk([&](gpu::LaunchFuncOp launch) { launches.push_back(launch); });
  }

  PersistentKernel build(StringRef name);

private:
  static std::array<Value, 3> gridOf(gpu::LaunchFuncOp launch) {
    gpu::KernelDim3 grid = launch.getGridSizeOperandValues();
    return {grid.x, grid.y, grid.z};
  }
  /// The most that each grid size may be. The launches of a loop of unknown extents
  /// are as many as it needs.
  static std::array<int64_t, 3> gridLimits(gpu::LaunchFuncOp launch) {
    if (launch->hasAttr(attr_name::kLoopGrid))
      return {INT64_MAX, INT64_MAX, INT64_MAX};
    return {kMaxGridX, kMaxGridYZ, kMaxGridYZ};
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

  Value createThreads();
  Value createSharedSize();
  std::optional<int64_t> largestGrid();
  Value createSkeleton(bool checksGrids, SmallVectorImpl<Value> &results);
  bool mayExceedGrid(gpu::LaunchFuncOp launch);
  void checkGrid(gpu::LaunchFuncOp original, gpu::LaunchFuncOp copy, Value flag);

  LaunchGroupOp group;
  Operation *loop;
  KernelAnalysis &kernels;
  RangeOracle &ranges;
  SymbolTableCollection &symbols;
  OpBuilder builder;
  SmallVector<gpu::LaunchFuncOp> launches;
  Value blocksValid; ///< An i1, or null if all block sizes are constant.
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
    Value product, valid;
    auto require = [&](Value fits) { valid = valid ? both(valid, fits) : fits; };
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
    if (product) {
      product = arith::MulIOp::create(builder, loc, product, constant(known));
      require(isInRange(product, 1, kMaxThreadsPerBlock));
    }
    if (valid)
      blocksValid = blocksValid ? both(blocksValid, valid) : valid;
    if (!product) {
      largest = std::max(largest, known);
      continue;
    }
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

/// True if a grid size of the launch may be negative or above its limit.
bool PersistentFormBuilder::mayExceedGrid(gpu::LaunchFuncOp launch) {
  return llvm::any_of(llvm::zip(gridOf(launch), gridLimits(launch)), [&](auto pair) {
    return !ranges.isWithin(std::get<0>(pair), std::get<1>(pair));
  });
}

/// In the skeleton: clears `flag` if a grid size of the launch is out of range.
void PersistentFormBuilder::checkGrid(gpu::LaunchFuncOp original, gpu::LaunchFuncOp copy,
                                      Value flag) {
  Location loc = original.getLoc();
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(copy);
  for (auto [size, copied, most] :
       llvm::zip(gridOf(original), gridOf(copy), gridLimits(original))) {
    if (ranges.isWithin(size, most))
      continue;
    Type type = copied.getType();
    int64_t highest = type.isInteger(32) ? INT32_MAX : INT64_MAX;
    Value limit = arith::ConstantOp::create(builder, loc,
                                            builder.getIntegerAttr(type, std::min(most, highest)));
    // A negative size is huge as an unsigned one.
    Value fits = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ule, copied, limit);
    Value before = memref::LoadOp::create(builder, loc, flag, ValueRange());
    memref::StoreOp::create(builder, loc, both(before, fits), flag, ValueRange());
  }
}

/// Emits the loop without its launches. Gives its results and, if asked to check
/// the grids, whether all of them are in range.
Value PersistentFormBuilder::createSkeleton(bool checksGrids, SmallVectorImpl<Value> &results) {
  Location loc = group.getLoc();
  Value flag;
  if (checksGrids) {
    // At the function's entry: a group may itself be in a loop.
    OpBuilder::InsertionGuard guard(builder);
    auto func = group->getParentOfType<FunctionOpInterface>();
    builder.setInsertionPointToStart(&func.getFunctionBody().front());
    flag = memref::AllocaOp::create(builder, loc, MemRefType::get({}, builder.getI1Type()));
  }
  if (flag)
    memref::StoreOp::create(builder, loc, truth(true), flag, ValueRange());
  IRMapping mapping;
  Operation *copy = builder.clone(*loop, mapping);
  for (gpu::LaunchFuncOp launch : launches) {
    auto copied = cast<gpu::LaunchFuncOp>(mapping.lookup(launch.getOperation()));
    if (flag)
      checkGrid(launch, copied, flag);
    copied.erase();
  }
  llvm::append_range(results, copy->getResults());
  return flag ? Value(memref::LoadOp::create(builder, loc, flag, ValueRange())) : Value();
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

PersistentKernel PersistentFormBuilder::build(StringRef name) {
  Location loc = group.getLoc();
  builder.setInsertionPointToEnd(&group.getPersistent().emplaceBlock());
  Value threads = createThreads();
  Value shared = createSharedSize();
  bool checksGrids =
      llvm::any_of(launches, [&](gpu::LaunchFuncOp launch) { return mayExceedGrid(launch); });
  SmallVector<Value> results;
  Value valid = blocksValid;
  if (checksGrids || loop->getNumResults() > 0)
    if (Value grids = createSkeleton(checksGrids, results))
      valid = valid ? both(valid, grids) : grids;

  PersistentKernel kernel = buildPersistentKernel(loop, name, getConstant(threads), kernels);
  gpu::GPUFuncOp first = kernels.getKernel(launches.front());
  auto module = first->getParentOfType<gpu::GPUModuleOp>();
  symbols.getSymbolTable(module).insert(kernel.func); // Makes the name unique.
  auto symbol = SymbolRefAttr::get(SymbolTable::getSymbolName(module),
                                   {SymbolRefAttr::get(SymbolTable::getSymbolName(kernel.func))});
  Value one = constant(1);
  auto launch = [&](OpBuilder &at) {
    auto op = LaunchPersistentOp::create(at, loc, symbol, gpu::KernelDim3{threads, one, one},
                                         shared, kernel.arguments);
    if (std::optional<int64_t> blocks = largestGrid())
      op.setMaxBlocks(*blocks);
  };
  if (valid) {
    auto guard = scf::IfOp::create(builder, loc, valid, /*withElseRegion=*/true);
    guard.getElseBodyBuilder().clone(*loop);
    OpBuilder then = guard.getThenBodyBuilder();
    launch(then);
  } else {
    launch(builder);
  }
  YieldOp::create(builder, loc, results);
  return kernel;
}

struct FormPersistentKernelsPass
    : public vyre::impl::FormPersistentKernelsPassBase<FormPersistentKernelsPass> {
  void runOnOperation() override {
    KernelAnalysis kernels;
    SymbolTableCollection symbols;
    for (Operation &op : llvm::make_early_inc_range(getOperation().getOps()))
      if (auto func = dyn_cast<FunctionOpInterface>(op))
        formKernels(func, kernels, symbols);
  }

private:
  void formKernels(FunctionOpInterface func, KernelAnalysis &kernels,
                   SymbolTableCollection &symbols) {
    SmallVector<LaunchGroupOp> groups;
    func->walk([&](LaunchGroupOp group) {
      if (group.getPersistent().empty() && !group.getPersistentRefusal())
        groups.push_back(group);
    });
    if (groups.empty())
      return;
    RangeOracle ranges;
    if (!ranges.run(func))
      return signalPassFailure();
    for (auto [number, group] : llvm::enumerate(groups)) {
      Operation *loop = &group.getPlain().front().front();
      if (std::optional<Refusal> refusal = findPersistentBlocker(loop, kernels)) {
        group.setPersistentRefusal(refusal->str());
        missedRemark(refusal->at, DEBUG_TYPE, "Persistent") << remarkReason(refusal->str());
        continue;
      }
      hoistGlobals(group);
      std::string name = (func.getName() + "_loop" + Twine(number) + "_persistent").str();
      PersistentKernel kernel = PersistentFormBuilder(group, kernels, ranges, symbols).build(name);
      passedRemark(group, DEBUG_TYPE, "Persistent")
          << remark::metric("BarriersPerIteration", group.getBarriersPerIteration())
          << remark::metric("Kernel", kernel.func.getName())
          << remark::metric("SharedBytes", kernel.sharedBytes);
    }
  }
};

} // namespace
