// Turns outermost host-level scf.parallel loops into gpu.launch ops.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Per outermost loop: (1) ask whether its body can run in a kernel; (2) if so,
// pick a block shape from the trip counts, launch ceildiv(count, shape) blocks
// and move the body into the launch; (3) if not, spell the loop as sequential
// scf.for ops, say why, and try the parallel loops inside it.
#include "vyre/Transforms/Passes.h"

#include "ParallelBody.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "vyre/Dialect/Vyre/IR/DeviceLimits.h"
#include "vyre/Dialect/Vyre/IR/Remarks.h"
#include "llvm/Support/MathExtras.h"

#define DEBUG_TYPE "vyre-map-parallel-loops"

namespace vyre {
#define GEN_PASS_DEF_MAPPARALLELLOOPSPASS
#include "vyre/Transforms/Passes.h.inc"
} // namespace vyre

using namespace mlir;
using vyre::lowerToSequential;
using vyre::prepareBody;
using vyre::whyHostOnly;

namespace {

/// The parallel loops below `root` that no other one encloses.
SmallVector<scf::ParallelOp> outermostLoops(Region &region) {
  SmallVector<scf::ParallelOp> loops;
  region.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<gpu::LaunchOp, gpu::GPUModuleOp, vyre::LaunchGroupOp>(op))
      return WalkResult::skip();
    if (auto loop = dyn_cast<scf::ParallelOp>(op)) {
      loops.push_back(loop);
      return WalkResult::skip();
    }
    return WalkResult::advance();
  });
  return loops;
}

//===----------------------------------------------------------------------===//
// The launch
//===----------------------------------------------------------------------===//

/// One dimension of a launch, x first.
struct Dim {
  Value count;                  // iterations, on the host; never negative
  std::optional<int64_t> known; // the same, where it is a constant
  int64_t block = 1;            // threads of a block
};

std::optional<int64_t> constantOf(Value value) {
  APInt number;
  if (matchPattern(value, m_ConstantInt(&number)))
    return number.getSExtValue();
  return std::nullopt;
}

/// ceildiv(max(upper - lower, 0), step), folded where it can be.
Value tripCount(OpBuilder &b, Location loc, Value lower, Value upper, Value step) {
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  Value span = b.createOrFold<arith::SubIOp>(loc, upper, lower);
  span = b.createOrFold<arith::MaxSIOp>(loc, span, zero);
  if (constantOf(step) == 1)
    return span;
  Value last = b.createOrFold<arith::SubIOp>(loc, step, one);
  Value sum = b.createOrFold<arith::AddIOp>(loc, span, last);
  return b.createOrFold<arith::DivUIOp>(loc, sum, step);
}

/// Shapes a block: at most `shape`, no wider than the next power of two of a
/// known extent, then grown from x on until it has as many threads as `shape`.
void chooseBlock(MutableArrayRef<Dim> dims, ArrayRef<int64_t> shape) {
  int64_t wanted = 1, threads = 1;
  auto limit = [&](size_t d) {
    int64_t device = d == 2 ? vyre::kMaxBlockZ : vyre::kMaxThreadsPerBlock;
    return dims[d].known
               ? std::min<int64_t>(device, llvm::PowerOf2Ceil(std::max<int64_t>(1, *dims[d].known)))
               : device;
  };
  for (auto [d, dim] : llvm::enumerate(dims)) {
    dim.block = std::min(shape[d], limit(d));
    wanted *= shape[d];
    threads *= dim.block;
  }
  for (size_t d = 0; d < dims.size(); ++d)
    while (threads * 2 <= wanted && dims[d].block * 2 <= limit(d)) {
      dims[d].block *= 2;
      threads *= 2;
    }
}

/// True if the grid may exceed what CUDA takes in y and z. Only x is unlimited
/// for practical sizes; an unknown extent is assumed to fit. On CUDA the runtime
/// refuses it else; the host device takes it (vyre.loop_grid).
bool exceedsGrid(ArrayRef<Dim> dims) {
  for (const Dim &dim : dims.drop_front())
    if (dim.known &&
        int64_t(llvm::divideCeil(std::max<int64_t>(0, *dim.known), dim.block)) > vyre::kMaxGridYZ)
      return true;
  return false;
}

/// Default block shapes by rank, x first.
struct Shapes {
  SmallVector<int64_t> one{256}, two{64, 4}, three{64, 2, 2};
};

/// How a loop is spread over a grid.
struct Plan {
  SmallVector<Dim> loops; // the loop's dimensions, innermost first
  SmallVector<Dim> dims;  // the launch's, x first: the same, or all in one
  bool isLinear() const { return dims.size() != loops.size(); }
};

Plan makePlan(OpBuilder &b, scf::ParallelOp loop, const Shapes &shapes) {
  Location loc = loop.getLoc();
  unsigned rank = loop.getNumLoops();
  Plan plan;
  for (unsigned i = rank; i-- > 0;) {
    Dim dim;
    dim.count =
        tripCount(b, loc, loop.getLowerBound()[i], loop.getUpperBound()[i], loop.getStep()[i]);
    dim.known = constantOf(dim.count);
    plan.loops.push_back(dim);
  }
  if (rank <= 3) {
    plan.dims = plan.loops;
    chooseBlock(plan.dims, rank == 1 ? shapes.one : rank == 2 ? shapes.two : shapes.three);
    if (!exceedsGrid(plan.dims))
      return plan;
  }
  Dim all = plan.loops.front();
  for (const Dim &dim : ArrayRef(plan.loops).drop_front())
    all.count = b.createOrFold<arith::MulIOp>(loc, all.count, dim.count);
  all.known = constantOf(all.count);
  plan.dims.assign(1, all);
  chooseBlock(plan.dims, shapes.one);
  return plan;
}

/// `value`, as a constant of its own where it is one: constants are not arguments.
Value insideKernel(OpBuilder &b, Location loc, Value value) {
  if (std::optional<int64_t> known = constantOf(value))
    return arith::ConstantIndexOp::create(b, loc, *known);
  return value;
}

/// Emits the thread's index in each dimension of the launch and, where threads
/// may be beyond the range, the condition that this one is not; else null.
Value emitIndices(OpBuilder &b, gpu::LaunchOp launch, ArrayRef<Dim> dims,
                  SmallVector<Value> &index) {
  Location loc = launch.getLoc();
  gpu::KernelDim3 blocks = launch.getBlockIds(), threads = launch.getThreadIds();
  Value blockIds[] = {blocks.x, blocks.y, blocks.z},
        threadIds[] = {threads.x, threads.y, threads.z};
  Value guard;
  for (auto [d, dim] : llvm::enumerate(dims)) {
    Value size = arith::ConstantIndexOp::create(b, loc, dim.block);
    Value base = arith::MulIOp::create(b, loc, blockIds[d], size);
    index.push_back(arith::AddIOp::create(b, loc, base, threadIds[d]));
    if (dim.known && *dim.known % dim.block == 0)
      continue; // every thread has an iteration
    Value count = insideKernel(b, loc, dim.count);
    Value in = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, index.back(), count);
    guard = guard ? arith::AndIOp::create(b, loc, guard, in).getResult() : in;
  }
  return guard;
}

/// Splits a linear index into one for each dimension of the loop, innermost first.
SmallVector<Value> delinearize(OpBuilder &b, Location loc, Value linear, ArrayRef<Dim> loops) {
  SmallVector<Value> index;
  for (const Dim &dim : loops.drop_back()) {
    Value count = insideKernel(b, loc, dim.count);
    index.push_back(arith::RemUIOp::create(b, loc, linear, count));
    linear = arith::DivUIOp::create(b, loc, linear, count);
  }
  index.push_back(linear);
  return index;
}

/// Builds the launch for `loop` and moves the body into it.
gpu::LaunchOp buildLaunch(scf::ParallelOp loop, const Shapes &shapes) {
  OpBuilder b(loop);
  Location loc = loop.getLoc();
  Plan plan = makePlan(b, loop, shapes);
  SmallVector<Value> grid(3, arith::ConstantIndexOp::create(b, loc, 1)), block = grid;
  for (auto [d, dim] : llvm::enumerate(plan.dims)) {
    block[d] = arith::ConstantIndexOp::create(b, loc, dim.block);
    grid[d] = tripCount(b, loc, arith::ConstantIndexOp::create(b, loc, 0), dim.count, block[d]);
  }
  auto launch =
      gpu::LaunchOp::create(b, loc, grid[0], grid[1], grid[2], block[0], block[1], block[2]);
  launch->setDiscardableAttrs(loop->getDiscardableAttrDictionary());
  if (llvm::any_of(plan.dims, [](const Dim &dim) { return !dim.known; }))
    launch->setAttr(vyre::attr_name::kLoopGrid, b.getUnitAttr());

  b.setInsertionPointToEnd(&launch.getBody().front());
  SmallVector<Value> index;
  Value guard = emitIndices(b, launch, plan.dims, index);
  scf::IfOp branch;
  if (guard)
    branch = scf::IfOp::create(b, loc, guard, /*withElseRegion=*/false);
  auto end = gpu::TerminatorOp::create(b, loc);
  b.setInsertionPoint(branch ? branch.thenBlock()->getTerminator() : end.getOperation());
  if (plan.isLinear())
    index = delinearize(b, loc, index.front(), plan.loops);
  unsigned rank = loop.getNumLoops();
  for (unsigned i = 0; i < rank; ++i) {
    Value step = insideKernel(b, loc, loop.getStep()[i]);
    Value scaled = b.createOrFold<arith::MulIOp>(loc, index[rank - 1 - i], step);
    Value lower = insideKernel(b, loc, loop.getLowerBound()[i]);
    loop.getInductionVars()[i].replaceAllUsesWith(
        b.createOrFold<arith::AddIOp>(loc, scaled, lower));
  }
  b.getInsertionBlock()->getOperations().splice(
      b.getInsertionPoint(), loop.getBody()->getOperations(), loop.getBody()->begin(),
      std::prev(loop.getBody()->end()));
  loop.erase();
  return launch;
}

/// Erases what folding left without a use.
void eraseDeadOps(Operation *root) {
  SmallVector<Operation *> ops;
  root->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op != root)
      ops.push_back(op);
  });
  for (Operation *op : llvm::reverse(ops)) // users before what they use
    if (op->getDialect() &&
        op->getDialect()->getNamespace() == arith::ArithDialect::getDialectNamespace() &&
        isOpTriviallyDead(op))
      op->erase();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

struct MapParallelLoops : vyre::impl::MapParallelLoopsPassBase<MapParallelLoops> {
  using Base::Base;

  Shapes shapes;

  /// Takes the options over the defaults; false shapes fail the pass.
  LogicalResult initialize(MLIRContext *context) override {
    auto take = [](SmallVector<int64_t> &shape, ArrayRef<int64_t> given) {
      if (!given.empty())
        shape.assign(given.begin(), given.end());
    };
    take(shapes.one, block1d);
    take(shapes.two, block2d);
    take(shapes.three, block3d);
    auto fine = [](ArrayRef<int64_t> shape, size_t rank) {
      int64_t threads = 1;
      for (int64_t size : shape) {
        if (size < 1 || size > vyre::kMaxThreadsPerBlock)
          return false;
        threads *= size;
      }
      return shape.size() == rank && threads <= vyre::kMaxThreadsPerBlock;
    };
    if (fine(shapes.one, 1) && fine(shapes.two, 2) && fine(shapes.three, 3) &&
        shapes.three[2] <= vyre::kMaxBlockZ)
      return success();
    return emitError(UnknownLoc::get(context),
                     "vyre-map-parallel-loops: a block shape has one positive size per dimension, "
                     "at most 64 in z, and at most 1,024 threads");
  }

  void map(scf::ParallelOp loop) {
    std::string reason = whyHostOnly(loop, maxPrivateBytes);
    if (reason.empty()) {
      prepareBody(loop);
      gpu::LaunchOp launch = buildLaunch(loop, shapes);
      vyre::passedRemark(launch, DEBUG_TYPE, "Launched") << "parallel loop becomes a kernel launch";
      return;
    }
    vyre::missedRemark(loop, DEBUG_TYPE, "HostLoop")
        << "parallel loop stays on the host" << vyre::remarkReason(reason);
    SmallVector<scf::ParallelOp> inner = outermostLoops(loop.getRegion());
    if (Operation *outer = lowerToSequential(loop))
      outer->setAttr("vyre.host_loop", StringAttr::get(&getContext(), reason));
    for (scf::ParallelOp next : inner)
      map(next);
  }

  void runOnOperation() override {
    if (getOperation()->getParentOfType<gpu::GPUModuleOp>())
      return; // a helper of kernels
    for (scf::ParallelOp loop : outermostLoops(getOperation().getBody()))
      map(loop);
    eraseDeadOps(getOperation());
  }
};

} // namespace
