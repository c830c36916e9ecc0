// Shared pieces of the lowering of kernels to host functions.
//
// Each body of GPU threads (a kernel, or a stage of a persistent kernel) is
// first brought into one form: a region with the twelve index arguments of
// vyre.stage. One of three emitters then runs it for all threads of a block:
// plain loops, loops split at barriers, or fibers.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_CONVERSION_KERNELSTOHOST_HOSTKERNEL_H
#define VYRE_LIB_CONVERSION_KERNELSTOHOST_HOSTKERNEL_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "vyre/Conversion/AbiRecords.h"
#include "vyre/Conversion/Records.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

namespace vyre {

/// The host function under construction.
struct HostKernel {
  mlir::ModuleOp module;
  mlir::func::FuncOp function;
  mlir::Value context; // !llvm.ptr to the vyre_host_ctx
  ModuleRecords &records;
  mlir::IRRewriter &rewriter;
  mlir::SmallVector<mlir::func::FuncOp, 0> threads = {}; // functions that run as fibers
  int64_t stackBytes = 0;                                // of the slots so far, those on the stack
  int64_t heapFrames = 0;                                // and how many are not

  /// Reads a field of the context as an index (or a pointer).
  mlir::Value readContext(mlir::Location loc, abi::vyre_host_ctx_field field);
  /// Marks the launch failed, with a message. The function goes on.
  void fail(mlir::Location loc, llvm::StringRef message);
  /// A slot in the function's frame: memref<count x type>. A block's threads may
  /// have more private memory than a CPU thread has stack, so what is large comes
  /// from the runtime.
  mlir::Value allocateFrame(mlir::Location loc, mlir::MemRefType type);
};

/// Block of threads to run: ids and sizes as values at block level.
struct BlockShape {
  mlir::SmallVector<mlir::Value, 3> blockId, gridDim, blockDim;
  int64_t maxThreads; // known product of the block's sizes, else 1,024
};

/// The shape of virtual block number `linear` of a grid, x fastest.
BlockShape decodeBlock(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value linear,
                       llvm::ArrayRef<mlir::Value> gridDim, llvm::ArrayRef<mlir::Value> blockDim);

/// Inlines device functions into a kernel. Fails, with an error, on a recursive function.
mlir::LogicalResult inlineDeviceCalls(mlir::gpu::GPUModuleOp device, mlir::gpu::GPUFuncOp kernel);

/// Inlines device functions into a kernel's copy, and gives it its own buffers
/// for globals in shared memory. Fails, with an error, on a recursive function.
mlir::LogicalResult inlineDeviceFunctions(mlir::gpu::GPUModuleOp device,
                                          mlir::gpu::GPUFuncOp kernel);

/// Expands the shuffles that are left in a kernel's copy. Their barriers carry
/// `kSubgroupBarrier`: they join the threads of a subgroup only.
void expandSubgroupShuffles(mlir::gpu::GPUFuncOp kernel);
inline constexpr llvm::StringLiteral kSubgroupBarrier = "vyre.subgroup";

/// What only CUDA can run, and where it stands; no place if the host can run all.
struct CudaOnlyOp {
  std::string name;
  mlir::LocationAttr at;
};

/// Name of an op or function that only CUDA can run, in `kernel` or in what it
/// calls; empty if the host can run all of it.
CudaOnlyOp findCudaOnly(mlir::gpu::GPUModuleOp device, mlir::Operation *kernel);

/// Copies the functions and globals that the kernel's copy names into the host
/// module and makes it name the copies.
void copyUsedSymbols(mlir::ModuleOp module, mlir::gpu::GPUModuleOp device, mlir::Operation *kernel);

/// Lowers the stages and synchronizations of a persistent kernel's function.
mlir::LogicalResult emitPersistent(HostKernel &kernel);

/// Removes memory spaces from every type: the host has one.
void removeMemorySpaces(mlir::Operation *root);

/// True if the buffer, or a view of it, is handed on by a terminator or an op with
/// regions: it could outlive the place where it is made, or a loop could carry it
/// into its next iteration.
bool isHandedOn(mlir::Value buffer);

/// Moves stack buffers of fixed size to the function's frame: threads that run
/// one after the other can share one.
void hoistAllocations(mlir::func::FuncOp function);

/// Brings a kernel's body into the form of a stage: moves `body` (the blocks of
/// a gpu.func) into `into`, whose entry gets the twelve arguments, and replaces
/// every id and dimension op.
void normalizeBody(mlir::Region &body, mlir::Region &into, mlir::IRRewriter &rewriter);

/// Removes GPU memory spaces from all types and replaces gpu ops that are not
/// about threads: printf, dynamic shared memory.
void lowerHostOps(HostKernel &kernel);

/// Emits the body for all threads of a block at the insertion point. `body` is
/// consumed.
mlir::LogicalResult emitBlock(HostKernel &kernel, mlir::Location loc, mlir::Region &body,
                              const BlockShape &shape);

/// Emits `each` in loops over the threads of a block, x innermost. `each` gets
/// x, y, z and the linear number of the thread.
void emitThreadLoops(
    mlir::OpBuilder &builder, mlir::Location loc, const BlockShape &shape,
    llvm::function_ref<void(mlir::OpBuilder &, llvm::ArrayRef<mlir::Value>, mlir::Value)> each);

/// Makes the loop over a row of threads end where the guard of its body ends, if
/// the body is guarded and that is exact.
void boundThreads(mlir::OpBuilder &builder, mlir::scf::ForOp loop, const BlockShape &shape,
                  llvm::ArrayRef<mlir::Value> threadId);

/// Splits the body at its barriers. Fails, with nothing emitted, if a barrier is
/// under control flow that is not proven uniform or not structured.
bool canSplitBarriers(mlir::Region &body);
void emitSplit(HostKernel &kernel, mlir::Location loc, mlir::Region &body, const BlockShape &shape);

/// Runs every thread as a fiber: for any control flow.
mlir::LogicalResult emitFibers(HostKernel &kernel, mlir::Location loc, mlir::Region &body,
                               const BlockShape &shape);

/// True if `op` is or holds an op of the given type.
template <typename OpTy> bool holds(mlir::Operation *op) {
  return op->walk([](OpTy) { return mlir::WalkResult::interrupt(); }).wasInterrupted();
}
template <typename OpTy> bool holds(mlir::Region &region) {
  return region.walk([](OpTy) { return mlir::WalkResult::interrupt(); }).wasInterrupted();
}

} // namespace vyre

#endif // VYRE_LIB_CONVERSION_KERNELSTOHOST_HOSTKERNEL_H
