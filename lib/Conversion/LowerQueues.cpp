// Lowers how a resident kernel takes items of a live queue, for a GPU. The protocol
// is in LowerQueues.h.
//
// Item numbers here count from the ring's `first`, so that memory of zeros is where
// every launch begins.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "LowerQueues.h"

#include "PackedArguments.h"
#include "mlir/Conversion/GPUToNVVM/GPUToNVVMPass.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "vyre-abi/vyre_queue_state.h"
#include "vyre/Dialect/Vyre/IR/ByteLayout.h"

using namespace mlir;
using namespace vyre;
using Ordering = LLVM::AtomicOrdering;

namespace {

/// Words in shared memory by which a leader tells its block.
enum SharedWord : int64_t {
  kSeen,   // block 0: what is going to be published
  kGoesOn, // 1 if there is an item to run
  kItem,   // its number
  kSharedWords
};

/// How the poll of the ring ended, beside "there is more".
enum End : int32_t { kNoEnd, kClosed, kIdle, kAborted };

/// Longest pauses between polls in ns: of the ring across the bus, and of L2.
constexpr int32_t kRingPause = 1024, kPause = 256;
/// The shortest one.
constexpr int32_t kFirstPause = 16;
/// A block that always has work looks at the abort word once in so many items.
constexpr int64_t kItemsPerLook = 64;
/// While there is work, `done` is stored once in so many items: often enough that a
/// host whose ring is full has room again long before the rest of the ring has run.
constexpr int64_t kItemsPerReport = VYRE_QUEUE_ITEMS / 8;
/// What a thread copies at once.
constexpr int64_t kChunk = 16;
static_assert(VYRE_QUEUE_HEADER_BYTES % kChunk == 0 && VYRE_QUEUE_ITEM_BYTES % kChunk == 0);

constexpr StringLiteral kGpu = "device";

} // namespace

QueueLowering::QueueLowering(gpu::GPUFuncOp kernel, IRRewriter &rewriter)
    : DeviceCode(kernel, rewriter), converter(kernel.getContext()), i64(rewriter.getI64Type()),
      pointer(LLVM::LLVMPointerType::get(kernel.getContext(),
                                         static_cast<unsigned>(NVVM::NVVMMemorySpace::Global))) {
  // The types that the kernel's own arguments would get.
  configureGpuToNVVMTypeConverter(converter);
}

//===----------------------------------------------------------------------===//
// Small parts
//===----------------------------------------------------------------------===//

Value QueueLowering::wide(Location loc, int64_t n) {
  return LLVM::ConstantOp::create(rewriter, loc, i64, rewriter.getI64IntegerAttr(n));
}

Value QueueLowering::isLeader(Location loc) {
  Arithmetic math{rewriter, loc};
  return equal(loc, math.linearThread(), math.constant(0));
}

Value QueueLowering::isFirstBlock(Location loc) {
  Value block = gpu::BlockIdOp::create(rewriter, loc, gpu::Dimension::x);
  return equal(loc, block, arith::ConstantIndexOp::create(rewriter, loc, 0));
}

/// The number of items in a published word.
Value QueueLowering::countOf(Location loc, Value published) {
  return arith::AndIOp::create(rewriter, loc, published, wide(loc, ~VYRE_QUEUE_LEAVE));
}

Value QueueLowering::place(Location loc, Value base, int64_t offset) {
  return LLVM::GEPOp::create(rewriter, loc, base.getType(), rewriter.getI8Type(), base,
                             ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(offset)});
}

/// The address of item `n` in the ring or its copy, which are laid out alike.
Value QueueLowering::itemIn(Location loc, Value memory, Value n) {
  Value number = arith::AddIOp::create(rewriter, loc, first, n);
  Value slot = arith::AndIOp::create(rewriter, loc, number, wide(loc, VYRE_QUEUE_ITEMS - 1));
  Value bytes = arith::MulIOp::create(rewriter, loc, slot, wide(loc, VYRE_QUEUE_ITEM_BYTES));
  Value items = place(loc, memory, VYRE_QUEUE_HEADER_BYTES);
  return LLVM::GEPOp::create(rewriter, loc, pointer, rewriter.getI8Type(), items,
                             ArrayRef<LLVM::GEPArg>{bytes});
}

Value QueueLowering::load(Location loc, Type type, Value from, Ordering ordering, StringRef scope) {
  unsigned alignment = std::min<uint64_t>(getByteLayout(type).align, 16);
  return LLVM::LoadOp::create(rewriter, loc, type, from, alignment, /*isVolatile=*/false,
                              /*isNonTemporal=*/false, /*isInvariant=*/false,
                              /*isInvariantGroup=*/false, ordering, scope);
}

void QueueLowering::store(Location loc, Value value, Value to, Ordering ordering, StringRef scope) {
  unsigned alignment = std::min<uint64_t>(getByteLayout(value.getType()).align, 16);
  LLVM::StoreOp::create(rewriter, loc, value, to, alignment, /*isVolatile=*/false,
                        /*isNonTemporal=*/false, /*isInvariantGroup=*/false, ordering, scope);
}

Value QueueLowering::readShared(Location loc, int64_t word) {
  Value index = arith::ConstantIndexOp::create(rewriter, loc, word);
  return memref::LoadOp::create(rewriter, loc, shared, index);
}

void QueueLowering::writeShared(Location loc, Value value, int64_t word) {
  Value index = arith::ConstantIndexOp::create(rewriter, loc, word);
  memref::StoreOp::create(rewriter, loc, value, shared, index);
}

Value QueueLowering::itemNumber(Location loc) {
  Value item = readShared(loc, kItem);
  return arith::IndexCastOp::create(rewriter, loc, rewriter.getIndexType(), item);
}

//===----------------------------------------------------------------------===//
// Waiting
//===----------------------------------------------------------------------===//

/// Sleeps after the poll with number `polls`.
void QueueLowering::emitPause(Location loc, Value polls, int32_t longest) {
  Value most = number(loc, llvm::Log2_32(longest / kFirstPause));
  Value shift = arith::MinUIOp::create(rewriter, loc, polls, most);
  Value pause = arith::ShLIOp::create(rewriter, loc, number(loc, kFirstPause), shift);
  NVVM::NanosleepOp::create(rewriter, loc, pause);
}

/// Polls until `isOver` gives true. Gives nonzero if the launch was aborted meanwhile.
Value QueueLowering::emitWait(Location loc, int32_t longestPause,
                              llvm::function_ref<Value()> isOver) {
  OpBuilder::InsertionGuard guard(rewriter);
  Type i32 = rewriter.getI32Type();
  auto spin = scf::WhileOp::create(rewriter, loc, TypeRange{i32, i32}, number(loc, 0));
  Block *poll = rewriter.createBlock(&spin.getBefore(), {}, i32, loc);
  Value polls = poll->getArgument(0);
  Value isWaiting =
      equal(loc, isOver(), arith::ConstantOp::create(rewriter, loc, rewriter.getBoolAttr(false)));
  Value abort = emitLook(loc, comesRound(loc, polls, kPollsPerLook));
  Value waits = arith::AndIOp::create(rewriter, loc, isWaiting, equal(loc, abort, number(loc, 0)));
  scf::ConditionOp::create(rewriter, loc, waits, ValueRange{abort, polls});
  Block *again = rewriter.createBlock(&spin.getAfter(), {}, {i32, i32}, {loc, loc});
  emitPause(loc, again->getArgument(1), longestPause);
  Value more = arith::AddIOp::create(rewriter, loc, again->getArgument(1), number(loc, 1));
  scf::YieldOp::create(rewriter, loc, more);
  return spin.getResult(0);
}

/// True if all blocks are done with the first `n` items; what they wrote is visible then.
Value QueueLowering::emitAllArrived(Location loc, Value n) {
  Value word = place(loc, state, VYRE_QUEUE_STATE_ARRIVED_OFFSET);
  Value arrived = load(loc, i64, word, Ordering::acquire, kGpu);
  Value blocks = gpu::GridDimOp::create(rewriter, loc, gpu::Dimension::x);
  Value each = arith::IndexCastOp::create(rewriter, loc, i64, blocks);
  // Not `equal`: others may see it, run the item that waits for it and add to it first.
  return compare(loc, arith::CmpIPredicate::uge, arrived,
                 arith::MulIOp::create(rewriter, loc, n, each));
}

/// Tells the host that the first `n` items are done.
void QueueLowering::reportDone(Location loc, Value n) {
  Value done = arith::AddIOp::create(rewriter, loc, first, n);
  store(loc, done, place(loc, ring, VYRE_QUEUE_DONE_OFFSET), Ordering::release);
  store(loc, n, reported);
}

/// Block 0's leader waits for item `n`, which was not there when it last looked. Gives
/// how the wait ended; the number of items goes to the block's shared words.
Value QueueLowering::emitPoll(Location loc, Value n) {
  OpBuilder::InsertionGuard guard(rewriter);
  Type i32 = rewriter.getI32Type();
  Value begin = NVVM::GlobalTimerOp::create(rewriter, loc, i64);
  auto spin = scf::WhileOp::create(rewriter, loc, TypeRange{i64, i32, i32}, number(loc, 0));
  Block *poll = rewriter.createBlock(&spin.getBefore(), {}, i32, loc);
  Value polls = poll->getArgument(0);
  Value tail = load(loc, i64, place(loc, ring, VYRE_QUEUE_TAIL_OFFSET), Ordering::acquire);
  Value total = arith::AndIOp::create(rewriter, loc, tail, wide(loc, ~VYRE_QUEUE_CLOSED));
  Value count = arith::SubIOp::create(rewriter, loc, total, first);
  Value isEmpty = compare(loc, arith::CmpIPredicate::ule, count, n);
  Value isClosed = compare(loc, arith::CmpIPredicate::slt, tail, wide(loc, 0));
  // Nothing to do: a good time to see whether all is done.
  Value isNew = compare(loc, arith::CmpIPredicate::ne, load(loc, i64, reported), n);
  auto idle =
      scf::IfOp::create(rewriter, loc, arith::AndIOp::create(rewriter, loc, isEmpty, isNew));
  {
    OpBuilder::InsertionGuard inner(rewriter);
    rewriter.setInsertionPointToStart(idle.thenBlock());
    auto all = scf::IfOp::create(rewriter, loc, emitAllArrived(loc, n));
    rewriter.setInsertionPointToStart(all.thenBlock());
    reportDone(loc, n);
  }
  Value now = NVVM::GlobalTimerOp::create(rewriter, loc, i64);
  Value spent = arith::SubIOp::create(rewriter, loc, now, begin);
  Value isLate = compare(loc, arith::CmpIPredicate::ugt, spent, wide(loc, VYRE_QUEUE_IDLE_NS));
  Value abort = emitLook(loc, comesRound(loc, polls, kPollsPerLook));
  Value isAborted = compare(loc, arith::CmpIPredicate::ne, abort, number(loc, 0));
  auto choose = [&](Value condition, Value yes, Value no) -> Value {
    return arith::SelectOp::create(rewriter, loc, condition, yes, no);
  };
  Value end = choose(isLate, number(loc, kIdle), number(loc, kNoEnd));
  end = choose(isClosed, number(loc, kClosed), end);
  end = choose(isAborted, number(loc, kAborted), end);
  end = choose(isEmpty, end, number(loc, kNoEnd));
  Value waits = arith::AndIOp::create(rewriter, loc, isEmpty, equal(loc, end, number(loc, kNoEnd)));
  scf::ConditionOp::create(rewriter, loc, waits, ValueRange{count, end, polls});
  Block *again = rewriter.createBlock(&spin.getAfter(), {}, {i64, i32, i32}, {loc, loc, loc});
  emitPause(loc, again->getArgument(2), kRingPause);
  Value more = arith::AddIOp::create(rewriter, loc, again->getArgument(2), number(loc, 1));
  scf::YieldOp::create(rewriter, loc, more);

  rewriter.setInsertionPointAfter(spin);
  Value ends = compare(loc, arith::CmpIPredicate::ne, spin.getResult(1), number(loc, kNoEnd));
  Value leave = arith::OrIOp::create(rewriter, loc, n, wide(loc, VYRE_QUEUE_LEAVE));
  writeShared(loc, choose(ends, leave, spin.getResult(0)), kSeen);
  return spin.getResult(1);
}

//===----------------------------------------------------------------------===//
// Taking an item
//===----------------------------------------------------------------------===//

/// The threads of block 0 copy the items from those known up to `count`.
void QueueLowering::emitCopy(Location loc, Value count) {
  OpBuilder::InsertionGuard guard(rewriter);
  Arithmetic math{rewriter, loc};
  Value from = countOf(loc, load(loc, i64, known));
  Value chunks = wide(loc, itemBytes / kChunk);
  Value items = arith::SubIOp::create(rewriter, loc, count, from);
  Value total = arith::MulIOp::create(rewriter, loc, items, chunks);
  Value end = arith::IndexCastOp::create(rewriter, loc, rewriter.getIndexType(), total);
  auto loop = scf::ForOp::create(rewriter, loc, math.linearThread(), end, math.blockThreads());
  rewriter.setInsertionPointToStart(loop.getBody());
  Value at = arith::IndexCastOp::create(rewriter, loc, i64, loop.getInductionVar());
  Value item =
      arith::AddIOp::create(rewriter, loc, from, arith::DivUIOp::create(rewriter, loc, at, chunks));
  Value chunk = arith::RemUIOp::create(rewriter, loc, at, chunks);
  Value offset = arith::MulIOp::create(rewriter, loc, chunk, wide(loc, kChunk));
  auto part = [&](Value memory) -> Value {
    return LLVM::GEPOp::create(rewriter, loc, pointer, rewriter.getI8Type(),
                               itemIn(loc, memory, item), ArrayRef<LLVM::GEPArg>{offset});
  };
  Type type = VectorType::get(2, i64);
  store(loc, load(loc, type, part(ring)), part(state));
}

/// Block 0 gets what the ring has, if it knows of no item `n`. Gives, in its leader,
/// how the wait for it ended.
Value QueueLowering::emitFetch(Location loc, Value n) {
  OpBuilder::InsertionGuard guard(rewriter);
  Type i32 = rewriter.getI32Type();
  Value count = countOf(loc, load(loc, i64, known));
  Value isMissing = compare(loc, arith::CmpIPredicate::ule, count, n);
  // The same for all threads of a block, so the barriers below are no hazard.
  Value polls = arith::AndIOp::create(rewriter, loc, isFirstBlock(loc), isMissing);
  auto fetch = scf::IfOp::create(rewriter, loc, i32, polls, /*withElse=*/true);
  rewriter.setInsertionPointToStart(fetch.elseBlock());
  scf::YieldOp::create(rewriter, loc, number(loc, kNoEnd));

  rewriter.setInsertionPointToStart(fetch.thenBlock());
  auto leader = scf::IfOp::create(rewriter, loc, i32, isLeader(loc), /*withElse=*/true);
  {
    OpBuilder::InsertionGuard inner(rewriter);
    rewriter.setInsertionPointToStart(leader.elseBlock());
    scf::YieldOp::create(rewriter, loc, number(loc, kNoEnd));
    rewriter.setInsertionPointToStart(leader.thenBlock());
    Value end = emitPoll(loc, n);
    scf::YieldOp::create(rewriter, loc, end);
  }
  gpu::BarrierOp::create(rewriter, loc); // all see what the leader acquired
  Value seen = readShared(loc, kSeen);
  emitCopy(loc, countOf(loc, seen));
  store(loc, seen, known);
  gpu::BarrierOp::create(rewriter, loc); // the leader releases what all copied
  auto publish = scf::IfOp::create(rewriter, loc, isLeader(loc));
  {
    OpBuilder::InsertionGuard inner(rewriter);
    rewriter.setInsertionPointToStart(publish.thenBlock());
    store(loc, seen, place(loc, state, VYRE_QUEUE_STATE_PUBLISHED_OFFSET), Ordering::release, kGpu);
  }
  scf::YieldOp::create(rewriter, loc, leader.getResult(0));
  return fetch.getResult(0);
}

/// In block 0's leader, after the last item: unless the launch was aborted, waits until
/// all items are done, and says so; then that the kernel left by itself.
void QueueLowering::emitEnd(Location loc, Value n, Value end) {
  OpBuilder::InsertionGuard guard(rewriter);
  Value isClosed = equal(loc, end, number(loc, kClosed));
  Value isIdle = equal(loc, end, number(loc, kIdle));
  auto leaves =
      scf::IfOp::create(rewriter, loc, arith::OrIOp::create(rewriter, loc, isClosed, isIdle));
  rewriter.setInsertionPointToStart(leaves.thenBlock());
  Value abort = emitWait(loc, kPause, [&] { return emitAllArrived(loc, n); });
  auto healthy = scf::IfOp::create(rewriter, loc, equal(loc, abort, number(loc, 0)));
  rewriter.setInsertionPointToStart(healthy.thenBlock());
  reportDone(loc, n);
  auto left = scf::IfOp::create(rewriter, loc, isIdle);
  rewriter.setInsertionPointToStart(left.thenBlock());
  store(loc, number(loc, 1), place(loc, ring, VYRE_QUEUE_LEFT_OFFSET), Ordering::release);
}

/// A block's leader waits until item `n`, whose copy is at `item`, is there and may
/// begin. Gives 1 then, 0 if the block leaves. `end`: how block 0's wait for it ended.
Value QueueLowering::emitVerdict(Location loc, Value n, Value item, Value end) {
  Type i32 = rewriter.getI32Type();
  OpBuilder::InsertionGuard guard(rewriter);
  auto isThere = [&] {
    Value count = countOf(loc, load(loc, i64, known));
    return compare(loc, arith::CmpIPredicate::ugt, count, n);
  };
  // Block 0 knows by now, the others may from earlier.
  Value leaves = compare(loc, arith::CmpIPredicate::slt, load(loc, i64, known), wide(loc, 0));
  Value isKnown = arith::OrIOp::create(rewriter, loc, isThere(), leaves);
  auto asks = scf::IfOp::create(rewriter, loc, i32, isKnown, /*withElse=*/true);
  Value none = number(loc, 0);
  {
    OpBuilder::InsertionGuard inner(rewriter);
    rewriter.setInsertionPointToStart(asks.thenBlock());
    // Blocks that always know of more would never look.
    Value low = arith::TruncIOp::create(rewriter, loc, i32, n);
    scf::YieldOp::create(rewriter, loc, emitLook(loc, comesRound(loc, low, kItemsPerLook)));
    rewriter.setInsertionPointToStart(asks.elseBlock());
    Value abort = emitWait(loc, kPause, [&] {
      Value word = place(loc, state, VYRE_QUEUE_STATE_PUBLISHED_OFFSET);
      Value published = load(loc, i64, word, Ordering::acquire, kGpu);
      store(loc, published, known);
      Value ends = compare(loc, arith::CmpIPredicate::slt, published, wide(loc, 0));
      return arith::OrIOp::create(rewriter, loc, isThere(), ends).getResult();
    });
    scf::YieldOp::create(rewriter, loc, abort);
  }
  Value isHealthy = equal(loc, asks.getResult(0), none);
  Value takes = arith::AndIOp::create(rewriter, loc, isThere(), isHealthy);
  auto order = scf::IfOp::create(rewriter, loc, i64, takes, /*withElse=*/true);
  rewriter.setInsertionPointToStart(order.elseBlock());
  emitEnd(loc, n, end);
  scf::YieldOp::create(rewriter, loc, wide(loc, 0));

  rewriter.setInsertionPointToStart(order.thenBlock());
  Value flags = load(loc, i32, place(loc, item, VYRE_QUEUE_ITEM_FLAGS_OFFSET));
  Value bit = arith::AndIOp::create(rewriter, loc, flags, number(loc, VYRE_QUEUE_CONCURRENT));
  // A concurrent item needs the last one in order, which may be the one before it.
  Value isConcurrent = arith::ExtUIOp::create(rewriter, loc, i64, bit);
  Value both = arith::AndIOp::create(rewriter, loc, isConcurrent, load(loc, i64, previous));
  store(loc, isConcurrent, previous);
  auto inOrder = scf::IfOp::create(rewriter, loc, i64, equal(loc, both, wide(loc, 0)),
                                   /*withElse=*/true);
  scf::YieldOp::create(rewriter, loc, inOrder.getResult(0));
  rewriter.setInsertionPointToStart(inOrder.elseBlock());
  scf::YieldOp::create(rewriter, loc, wide(loc, 1));
  rewriter.setInsertionPointToStart(inOrder.thenBlock());
  Value abort = emitWait(loc, kPause, [&] { return emitAllArrived(loc, n); });
  isHealthy = equal(loc, abort, none);
  Value news = arith::SubIOp::create(rewriter, loc, n, load(loc, i64, reported));
  Value isDue = compare(loc, arith::CmpIPredicate::uge, news, wide(loc, kItemsPerReport));
  isDue = arith::AndIOp::create(rewriter, loc, isDue, isFirstBlock(loc));
  auto report =
      scf::IfOp::create(rewriter, loc, arith::AndIOp::create(rewriter, loc, isDue, isHealthy));
  {
    OpBuilder::InsertionGuard inner(rewriter);
    rewriter.setInsertionPointToStart(report.thenBlock());
    reportDone(loc, n);
  }
  scf::YieldOp::create(rewriter, loc,
                       arith::ExtUIOp::create(rewriter, loc, i64, isHealthy).getResult());
  return order.getResult(0);
}

void QueueLowering::lowerNextItem(NextItemOp op) {
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  Value n = arith::IndexCastOp::create(rewriter, loc, i64, op.getAt());
  Value end = emitFetch(loc, n);
  Value item = itemIn(loc, state, n);
  auto leader = scf::IfOp::create(rewriter, loc, isLeader(loc));
  {
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPointToStart(leader.thenBlock());
    writeShared(loc, emitVerdict(loc, n, item, end), kGoesOn);
    writeShared(loc, n, kItem);
  }
  gpu::BarrierOp::create(rewriter, loc); // all see what the leader acquired
  Type index = rewriter.getIndexType();
  auto toIndex = [&](Value value) -> Value {
    return arith::IndexCastUIOp::create(rewriter, loc, index, value);
  };
  Value address = LLVM::PtrToIntOp::create(rewriter, loc, i64, item);
  Value kernelNumber =
      load(loc, rewriter.getI32Type(), place(loc, item, VYRE_QUEUE_ITEM_KERNEL_OFFSET));
  SmallVector<Value> results = {
      compare(loc, arith::CmpIPredicate::ne, readShared(loc, kGoesOn), wide(loc, 0)),
      toIndex(address), toIndex(kernelNumber)};
  for (int64_t base : {VYRE_QUEUE_ITEM_GRID_OFFSET, VYRE_QUEUE_ITEM_BLOCK_OFFSET})
    for (int64_t dim = 0; dim < 3; ++dim)
      results.push_back(toIndex(load(loc, i64, place(loc, item, base + 8 * dim))));
  rewriter.replaceOp(op, results);
}

void QueueLowering::lowerFinishItem(FinishItemOp op) {
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  gpu::BarrierOp::create(rewriter, loc); // what all threads wrote comes before
  auto leader = scf::IfOp::create(rewriter, loc, isLeader(loc));
  {
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPointToStart(leader.thenBlock());
    // NVPTX drops the ordering of atomicrmw.
    LLVM::FenceOp::create(rewriter, loc, Ordering::acq_rel, kGpu);
    LLVM::AtomicRMWOp::create(rewriter, loc, LLVM::AtomicBinOp::add,
                              place(loc, state, VYRE_QUEUE_STATE_ARRIVED_OFFSET), wide(loc, 1),
                              Ordering::monotonic, kGpu);
  }
  rewriter.eraseOp(op);
}

//===----------------------------------------------------------------------===//
// Arguments of an item
//===----------------------------------------------------------------------===//

/// The LLVM-level types of an item's arguments, as launches pack them. Fails, with an
/// error, for a type that is no argument of a kernel.
LogicalResult QueueLowering::packedTypes(ItemArgsOp op, SmallVector<Type> &types) {
  for (Type type : op.getResultTypes())
    if (!appendPackedTypes(converter, type, types))
      return op.emitError("an item has no arguments of type ") << type;
  return success();
}

void QueueLowering::lowerItemArgs(ItemArgsOp op) {
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  SmallVector<Type> types;
  (void)packedTypes(op, types); // checked before
  auto packed = LLVM::LLVMStructType::getLiteral(op.getContext(), types);
  Value address = arith::IndexCastOp::create(rewriter, loc, i64, op.getItem());
  Value item = LLVM::IntToPtrOp::create(rewriter, loc, pointer, address);
  Value args = place(loc, item, VYRE_QUEUE_ITEM_ARGS_OFFSET);
  int32_t next = 0;
  auto take = [&](Type type) -> Value {
    Value field = LLVM::GEPOp::create(rewriter, loc, pointer, packed, args,
                                      ArrayRef<LLVM::GEPArg>{0, next++});
    return load(loc, type, field);
  };
  SmallVector<Value> results;
  for (Type type : op.getResultTypes())
    results.push_back(buildArgument(rewriter, loc, converter, type, take));
  rewriter.replaceOp(op, results);
}

//===----------------------------------------------------------------------===//
// The kernel
//===----------------------------------------------------------------------===//

/// Checks the queue's ops; notes how much of an item they read.
LogicalResult QueueLowering::checkOps() {
  WalkResult result = kernel.walk([&](Operation *op) {
    Value queue;
    if (auto next = dyn_cast<NextItemOp>(op))
      queue = next.getQueue();
    if (auto finish = dyn_cast<FinishItemOp>(op))
      queue = finish.getQueue();
    if (queue && queue != kernel.getArgument(0)) {
      op->emitError("a resident kernel's queue is its first argument");
      return WalkResult::interrupt();
    }
    if (auto args = dyn_cast<ItemArgsOp>(op)) {
      SmallVector<Type> types;
      if (failed(packedTypes(args, types)))
        return WalkResult::interrupt();
      uint64_t bytes = VYRE_QUEUE_ITEM_ARGS_OFFSET;
      for (Type type : types)
        bytes = llvm::alignTo(bytes, getByteLayout(type).align) + getByteLayout(type).size;
      itemBytes = std::max<int64_t>(itemBytes, llvm::alignTo(bytes, kChunk));
    }
    return WalkResult::advance();
  });
  // More than an item can hold never gets into the ring.
  itemBytes = std::min<int64_t>(itemBytes, VYRE_QUEUE_ITEM_BYTES);
  return failure(result.wasInterrupted());
}

LogicalResult QueueLowering::prepare() {
  if (kernel.getNumArguments() != 2 || !kernel.getArgument(0).getType().isIndex())
    return kernel.emitError("a resident kernel's only argument is the address of its queue");
  if (failed(checkOps()))
    return failure();
  Location loc = kernel.getLoc();
  rewriter.setInsertionPointToStart(&kernel.getBody().front());
  auto space = gpu::AddressSpaceAttr::get(kernel.getContext(), gpu::AddressSpace::Workgroup);
  auto words = MemRefType::get({kSharedWords}, i64, MemRefLayoutAttrInterface(), space);
  shared = kernel.addWorkgroupAttribution(words, loc);
  Value address = arith::IndexCastOp::create(rewriter, loc, i64, kernel.getArgument(0));
  ring = LLVM::IntToPtrOp::create(rewriter, loc, pointer, address);
  // The host wrote both before it started the kernel.
  first = load(loc, i64, place(loc, ring, VYRE_QUEUE_FIRST_OFFSET));
  Value memory = load(loc, i64, place(loc, ring, VYRE_QUEUE_DEVICE_STATE_OFFSET));
  state = LLVM::IntToPtrOp::create(rewriter, loc, pointer, memory);
  // Registers take the place of these slots later.
  for (Value *slot : {&known, &reported, &previous}) {
    *slot = LLVM::AllocaOp::create(rewriter, loc, LLVM::LLVMPointerType::get(kernel.getContext()),
                                   i64, number(loc, 1));
    store(loc, wide(loc, 0), *slot);
  }
  return success();
}

void QueueLowering::run() {
  SmallVector<Operation *> ops;
  kernel.walk([&](Operation *op) {
    if (isa<NextItemOp, ItemArgsOp, FinishItemOp>(op))
      ops.push_back(op);
  });
  for (Operation *op : ops) {
    if (auto next = dyn_cast<NextItemOp>(op))
      lowerNextItem(next);
    else if (auto args = dyn_cast<ItemArgsOp>(op))
      lowerItemArgs(args);
    else
      lowerFinishItem(cast<FinishItemOp>(op));
  }
}
