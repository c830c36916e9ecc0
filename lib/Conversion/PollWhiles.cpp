// Looks at the abort word on the back edges of `scf.while` in device code.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A look is a read of host memory and costs more than most iterations, so loops look by
// time: every few iterations they read the clock, which is cheap. A thread that finds
// the word set exits where it stands. A barrier of its block does not wait for threads
// that have exited; it counts those that came, and if some are missing they exit, too.
// Blocks that wait for this one look at the same word.
#include "PollWhiles.h"

#include "DeviceCode.h"
#include "KernelsToHost/HostKernel.h"
#include "Meetings.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace vyre {
namespace {

/// Iterations between two reads of the clock; a power of two.
constexpr int32_t kTurnsPerClock = 64;
/// Cycles between two looks: about half a millisecond, in which a look of one or two
/// microseconds does not count.
constexpr int32_t kCyclesPerLook = 1 << 20;

/// True if every iteration looks at the abort word by itself.
bool looksItself(scf::WhileOp loop) {
  auto looks = [](Operation &op) {
    auto sync = dyn_cast<SyncOp>(op);
    return isa<NextItemOp>(op) || (sync && meetsOtherBlocks(sync));
  };
  return llvm::any_of(*loop.getBeforeBody(), looks) || llvm::any_of(*loop.getAfterBody(), looks);
}

/// What a function calls, itself included, as far as it is in the module.
struct Callees {
  bool loops = false;     ///< One of them holds a while loop.
  bool recursive = false; ///< One of them calls itself.
};

void findCallees(Operation *function, SymbolTable &symbols, SmallVectorImpl<Operation *> &stack,
                 Callees &found) {
  stack.push_back(function);
  function->walk([&](Operation *op) {
    found.loops |= stack.size() > 1 && isa<scf::WhileOp>(op);
    auto call = dyn_cast<func::CallOp>(op);
    auto callee = call ? symbols.lookup<func::FuncOp>(call.getCallee()) : nullptr;
    if (!callee)
      return;
    if (llvm::is_contained(stack, callee.getOperation()))
      found.recursive = true;
    else
      findCallees(callee, symbols, stack, found);
  });
  stack.pop_back();
}

/// Takes loops in functions into the kernel, which alone knows the abort word.
void inlineLoops(gpu::GPUFuncOp kernel) {
  auto gpuModule = kernel->getParentOfType<gpu::GPUModuleOp>();
  SymbolTable symbols(gpuModule);
  SmallVector<Operation *> stack;
  Callees callees;
  findCallees(kernel, symbols, stack, callees);
  if (callees.loops && !callees.recursive)
    (void)inlineDeviceCalls(gpuModule, kernel); // fails on recursion alone
}

class WhilePolling : DeviceCode {
public:
  using DeviceCode::DeviceCode;

  bool run() {
    SmallVector<scf::WhileOp> loops;
    kernel.walk([&](scf::WhileOp loop) {
      if (!looksItself(loop))
        loops.push_back(loop);
    });
    if (loops.empty())
      return false;
    Location loc = kernel.getLoc();
    rewriter.setInsertionPointToStart(&kernel.getBody().front());
    turns = createSlot(loc);
    lastLook = createSlot(loc);
    for (scf::WhileOp loop : loops)
      poll(loop);
    return true;
  }

private:
  /// A number of this thread, 0 at first, which a register takes the place of later.
  Value createSlot(Location loc) {
    Value slot =
        LLVM::AllocaOp::create(rewriter, loc, LLVM::LLVMPointerType::get(rewriter.getContext()),
                               rewriter.getI32Type(), number(loc, 1));
    LLVM::StoreOp::create(rewriter, loc, number(loc, 0), slot);
    return slot;
  }

  Value load(Location loc, Value slot) {
    return LLVM::LoadOp::create(rewriter, loc, rewriter.getI32Type(), slot);
  }

  void enter(Location loc, Value condition) {
    auto branch = scf::IfOp::create(rewriter, loc, condition);
    rewriter.setInsertionPointToStart(branch.thenBlock());
  }

  void poll(scf::WhileOp loop) {
    Location loc = loop.getLoc();
    rewriter.setInsertionPoint(loop.getAfterBody()->getTerminator());
    Value turn = load(loc, turns);
    LLVM::StoreOp::create(rewriter, loc, arith::AddIOp::create(rewriter, loc, turn, number(loc, 1)),
                          turns);
    enter(loc, comesRound(loc, turn, kTurnsPerClock));
    Value now = NVVM::ClockOp::create(rewriter, loc, rewriter.getI32Type());
    Value passed = arith::SubIOp::create(rewriter, loc, now, load(loc, lastLook));
    enter(loc, arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::uge, passed,
                                     number(loc, kCyclesPerLook)));
    LLVM::StoreOp::create(rewriter, loc, now, lastLook);
    enter(loc, arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::ne, emitLook(loc),
                                     number(loc, 0)));
    NVVM::Exit::create(rewriter, loc);
  }

  Value turns, lastLook;
};

} // namespace

bool pollWhiles(gpu::GPUFuncOp kernel, IRRewriter &rewriter) {
  inlineLoops(kernel);
  return WhilePolling(kernel, rewriter).run();
}

void checkBarriers(gpu::GPUFuncOp kernel, IRRewriter &rewriter) {
  SmallVector<gpu::BarrierOp> barriers;
  kernel.walk([&](gpu::BarrierOp barrier) { barriers.push_back(barrier); });
  Type i32 = rewriter.getI32Type();
  auto count = NVVM::BarrierReductionAttr::get(rewriter.getContext(), NVVM::BarrierReduction::POPC);
  for (gpu::BarrierOp barrier : barriers) {
    Location loc = barrier.getLoc();
    rewriter.setInsertionPoint(barrier);
    Value here =
        LLVM::ConstantOp::create(rewriter, loc, i32, rewriter.getI32IntegerAttr(1)).getResult();
    Value came = NVVM::BarrierOp::create(rewriter, loc, i32, /*barrierId=*/Value(),
                                         /*numberOfThreads=*/Value(), count, here)
                     .getRes();
    Value all =
        arith::IndexCastOp::create(rewriter, loc, i32, Arithmetic{rewriter, loc}.blockThreads());
    Value missing = arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::ne, came, all);
    auto leave = scf::IfOp::create(rewriter, loc, missing);
    rewriter.setInsertionPointToStart(leave.thenBlock());
    NVVM::Exit::create(rewriter, loc);
    rewriter.eraseOp(barrier);
  }
}

} // namespace vyre
