// What a kernel does to memory and which operations it contains.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_ANALYSIS_KERNELFACTS_H
#define VYRE_ANALYSIS_KERNELFACTS_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/SymbolTable.h"
#include "vyre/Analysis/BufferRoots.h"

#include <memory>

namespace vyre {

/// Facts about one kernel, function or launch body, callees included.
/// Arguments are numbered as the kernel operands of its launch.
struct KernelFacts {
  llvm::SmallBitVector reads, writes; ///< By argument; never too small.
  bool unknownEffects = false;        ///< Reads and writes anything.
  // The first operation of each kind, or null.
  mlir::Operation *printf = nullptr;
  mlir::Operation *assertion = nullptr;
  mlir::Operation *floatAtomic = nullptr; ///< Its result depends on the order of threads.
  mlir::Operation *collective = nullptr;  ///< Exchanges values between threads of a block.
  mlir::Operation *cudaOnly = nullptr;
  mlir::Operation *barrier = nullptr;
  mlir::Operation *unknownCall = nullptr; ///< Calls code that is not in this program.
  mlir::Operation *shape = nullptr;       ///< Reads a thread id, block id or dimension.
  mlir::Operation *calleeShape = nullptr; ///< The same, or a barrier, in a called function.
};

/// Computes and keeps the facts of kernels. Valid as long as no kernel changes.
class KernelAnalysis {
public:
  /// `reorderFloatAtomics`: the user accepts any order of float atomics in any form.
  explicit KernelAnalysis(bool reorderFloatAtomics = false)
      : reorderFloatAtomics(reorderFloatAtomics) {}

  bool mayReorderFloatAtomics() const { return reorderFloatAtomics; }
  /// Facts of what a `gpu.launch` or `gpu.launch_func` runs. Operand numbers of
  /// a `gpu.launch` are those of its captures (KernelCaptures.h).
  const KernelFacts &getFacts(mlir::Operation *launch);
  /// Facts of a kernel by itself.
  const KernelFacts &getKernelFacts(mlir::gpu::GPUFuncOp kernel) {
    return getFunctionFacts(kernel);
  }
  /// The kernel of a launch_func; null if it is not in this program.
  mlir::gpu::GPUFuncOp getKernel(mlir::gpu::LaunchFuncOp launch);

private:
  const KernelFacts &getFunctionFacts(mlir::Operation *func);
  KernelFacts analyze(mlir::Region &body, mlir::ValueRange arguments);

  const bool reorderFloatAtomics;
  mlir::SymbolTableCollection symbols;
  llvm::DenseMap<mlir::Operation *, std::unique_ptr<KernelFacts>> known;
};

/// Kernel operands of either kind of launch, in the numbering above.
llvm::SmallVector<mlir::Value> getKernelOperands(mlir::Operation *launch);

/// True for `gpu.launch` and `gpu.launch_func`.
bool isLaunch(mlir::Operation *op);

} // namespace vyre

#endif // VYRE_ANALYSIS_KERNELFACTS_H
