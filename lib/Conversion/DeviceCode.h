// Device code of persistent kernels, as far as the lowerings of their parts share it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_CONVERSION_DEVICECODE_H
#define VYRE_LIB_CONVERSION_DEVICECODE_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/PatternMatch.h"
#include "vyre-abi/vyre_abi.h"

namespace vyre {

/// Words of the barrier state, one 32-byte sector apart so that spinning on the
/// generation does not disturb the count. The ABI says where the address of the
/// abort word lies.
enum StateOffset : int32_t {
  kCount = 0,
  kGeneration = 32,
  kAbortAddress = VYRE_BARRIER_ABORT_OFFSET,
  kFlagsAddress = VYRE_BARRIER_FLAGS_OFFSET
};
static_assert(kGeneration + 32 <= kAbortAddress);

/// The abort word lies in host memory, so a read costs about as much as a whole
/// barrier. A waiting block looks at it each time this many polls of the
/// generation were in vain (about 0.1 ms), the last block to arrive, which never
/// waits, once in so many generations. Powers of two.
constexpr int32_t kPollsPerLook = 1024, kGenerationsPerLook = 64;

/// Builds ops of index arithmetic at one place.
struct Arithmetic {
  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::Value constant(int64_t value) {
    return mlir::arith::ConstantIndexOp::create(builder, loc, value);
  }
  mlir::Value mul(mlir::Value a, mlir::Value b) {
    return mlir::arith::MulIOp::create(builder, loc, a, b);
  }
  mlir::Value add(mlir::Value a, mlir::Value b) {
    return mlir::arith::AddIOp::create(builder, loc, a, b);
  }
  /// Splits a linear id into x, y, z of an x-fastest shape.
  llvm::SmallVector<mlir::Value, 3> split(mlir::Value linear, mlir::Value sizeX, mlir::Value sizeY);
  /// The linear number of this thread in its physical block, and how many it has.
  mlir::Value linearThread();
  mlir::Value blockThreads();
};

/// What lowerings of one persistent kernel have in common. The kernel's last argument
/// is the address of its barrier state.
class DeviceCode {
public:
  DeviceCode(mlir::gpu::GPUFuncOp kernel, mlir::IRRewriter &rewriter)
      : kernel(kernel), rewriter(rewriter) {}

protected:
  mlir::Value number(mlir::Location loc, int32_t n) {
    return mlir::LLVM::ConstantOp::create(rewriter, loc, rewriter.getI32Type(),
                                          rewriter.getI32IntegerAttr(n));
  }
  mlir::Value equal(mlir::Location loc, mlir::Value a, mlir::Value b) {
    return mlir::arith::CmpIOp::create(rewriter, loc, mlir::arith::CmpIPredicate::eq, a, b);
  }
  /// True each time `counter` has come round by `period`, a power of two.
  mlir::Value comesRound(mlir::Location loc, mlir::Value counter, int32_t period);
  /// The address of a word of the barrier state.
  mlir::Value stateWord(mlir::Location loc, int32_t offset);
  /// Reads the abort word.
  mlir::Value emitLook(mlir::Location loc);
  /// Reads the abort word if `isDue`; gives 0 otherwise.
  mlir::Value emitLook(mlir::Location loc, mlir::Value isDue);

  mlir::gpu::GPUFuncOp kernel;
  mlir::IRRewriter &rewriter;
};

} // namespace vyre

#endif // VYRE_LIB_CONVERSION_DEVICECODE_H
