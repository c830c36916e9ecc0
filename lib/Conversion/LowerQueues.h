// Lowers how a resident kernel takes items of a live queue, for a GPU.
//
// Thread 0 of block 0 is the only one to read the ring, which lies across the bus:
// it polls `tail` with acquire loads of system scope, with growing pauses. Its block
// copies the new items to device memory, and thread 0 publishes their number with a
// release at GPU scope. Thread 0 of every block acquires that number. Unless
// an item and the one before it have VYRE_QUEUE_CONCURRENT it also waits until
// `arrived`, to which each block adds 1 after each item, says that all blocks are done
// with all earlier ones; bar.sync tells the rest of its block. Thread 0 of block 0 then knows that
// these items are done, and tells the host by a release store of system scope: at once when there
// is nothing else to do, else now and then, because such a store waits for the bus.
//
// All waits look at the launch's abort word. Pauses between polls double up to a
// limit below the time that a poll takes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_CONVERSION_LOWERQUEUES_H
#define VYRE_LIB_CONVERSION_LOWERQUEUES_H

#include "DeviceCode.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

namespace vyre {

/// The queue's part of one resident kernel, which has its barrier's argument already.
class QueueLowering : DeviceCode {
public:
  QueueLowering(mlir::gpu::GPUFuncOp kernel, mlir::IRRewriter &rewriter);

  /// Gives the kernel what the rest needs. Fails, with an error, if a queue is not the
  /// kernel's first argument, or an item has arguments that no launch can pack.
  mlir::LogicalResult prepare();
  /// The number of the item that runs, the same for all threads of the block.
  mlir::Value itemNumber(mlir::Location loc);
  /// Lowers the ops.
  void run();

private:
  mlir::LogicalResult checkOps();
  mlir::LogicalResult packedTypes(ItemArgsOp op, llvm::SmallVector<mlir::Type> &types);
  void lowerNextItem(NextItemOp op);
  void lowerItemArgs(ItemArgsOp op);
  void lowerFinishItem(FinishItemOp op);

  mlir::Value emitFetch(mlir::Location loc, mlir::Value n);
  mlir::Value emitPoll(mlir::Location loc, mlir::Value n);
  void emitCopy(mlir::Location loc, mlir::Value count);
  mlir::Value emitVerdict(mlir::Location loc, mlir::Value n, mlir::Value item, mlir::Value end);
  void emitEnd(mlir::Location loc, mlir::Value n, mlir::Value end);
  mlir::Value emitWait(mlir::Location loc, int32_t longestPause,
                       llvm::function_ref<mlir::Value()> isOver);
  mlir::Value emitAllArrived(mlir::Location loc, mlir::Value n);
  void emitPause(mlir::Location loc, mlir::Value polls, int32_t longest);
  void reportDone(mlir::Location loc, mlir::Value n);

  mlir::Value wide(mlir::Location loc, int64_t n);
  mlir::Value compare(mlir::Location loc, mlir::arith::CmpIPredicate how, mlir::Value a,
                      mlir::Value b) {
    return mlir::arith::CmpIOp::create(rewriter, loc, how, a, b);
  }
  mlir::Value isLeader(mlir::Location loc);
  mlir::Value isFirstBlock(mlir::Location loc);
  mlir::Value countOf(mlir::Location loc, mlir::Value published);
  mlir::Value place(mlir::Location loc, mlir::Value base, int64_t offset);
  mlir::Value itemIn(mlir::Location loc, mlir::Value memory, mlir::Value n);
  mlir::Value load(mlir::Location loc, mlir::Type type, mlir::Value from,
                   mlir::LLVM::AtomicOrdering ordering = mlir::LLVM::AtomicOrdering::not_atomic,
                   llvm::StringRef scope = "");
  void store(mlir::Location loc, mlir::Value value, mlir::Value to,
             mlir::LLVM::AtomicOrdering ordering = mlir::LLVM::AtomicOrdering::not_atomic,
             llvm::StringRef scope = "");
  mlir::Value readShared(mlir::Location loc, int64_t word);
  void writeShared(mlir::Location loc, mlir::Value value, int64_t word);

  mlir::LLVMTypeConverter converter;
  mlir::Type i64, pointer;
  int64_t itemBytes = VYRE_QUEUE_ITEM_ARGS_OFFSET; ///< Of an item, what its kernels read.
  mlir::Value shared;                              ///< Words of the block.
  mlir::Value ring, state;                         ///< Global addresses.
  mlir::Value first;                               ///< The item that the ring begins with, i64.
  mlir::Value known;    ///< Slot of a thread: what it knows to be published.
  mlir::Value reported; ///< Slot: items that block 0's leader has reported as done.
  mlir::Value previous; ///< Slot of a leader: 1 if the item before was concurrent.
};

} // namespace vyre

#endif // VYRE_LIB_CONVERSION_LOWERQUEUES_H
