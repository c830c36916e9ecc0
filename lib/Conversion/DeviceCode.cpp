// Device code of persistent kernels, as far as the lowerings of their parts share it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "DeviceCode.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace vyre;

SmallVector<Value, 3> Arithmetic::split(Value linear, Value sizeX, Value sizeY) {
  Value x = arith::RemUIOp::create(builder, loc, linear, sizeX);
  Value rest = arith::DivUIOp::create(builder, loc, linear, sizeX);
  Value y = arith::RemUIOp::create(builder, loc, rest, sizeY);
  Value z = arith::DivUIOp::create(builder, loc, rest, sizeY);
  return {x, y, z};
}

Value Arithmetic::linearThread() {
  auto id = [&](gpu::Dimension dim) -> Value { return gpu::ThreadIdOp::create(builder, loc, dim); };
  auto size = [&](gpu::Dimension dim) -> Value {
    return gpu::BlockDimOp::create(builder, loc, dim);
  };
  Value upper = add(id(gpu::Dimension::y), mul(size(gpu::Dimension::y), id(gpu::Dimension::z)));
  return add(id(gpu::Dimension::x), mul(size(gpu::Dimension::x), upper));
}

Value Arithmetic::blockThreads() {
  auto size = [&](gpu::Dimension dim) -> Value {
    return gpu::BlockDimOp::create(builder, loc, dim);
  };
  return mul(size(gpu::Dimension::x), mul(size(gpu::Dimension::y), size(gpu::Dimension::z)));
}

Value DeviceCode::comesRound(Location loc, Value counter, int32_t period) {
  Value rest = arith::AndIOp::create(rewriter, loc, counter, number(loc, period - 1));
  return equal(loc, rest, number(loc, period - 1));
}

Value DeviceCode::stateWord(Location loc, int32_t offset) {
  Value state = kernel.getArgument(kernel.getNumArguments() - 1);
  return LLVM::GEPOp::create(rewriter, loc, state.getType(), rewriter.getI8Type(), state,
                             ArrayRef<LLVM::GEPArg>{offset});
}

Value DeviceCode::emitLook(Location loc) {
  Value place = stateWord(loc, kAbortAddress);
  Value word = LLVM::LoadOp::create(rewriter, loc, place.getType(), place, /*alignment=*/8);
  // The host writes it, so the read has the scope of the whole system.
  return LLVM::LoadOp::create(rewriter, loc, rewriter.getI32Type(), word, /*alignment=*/4,
                              /*isVolatile=*/false, /*isNonTemporal=*/false,
                              /*isInvariant=*/false, /*isInvariantGroup=*/false,
                              LLVM::AtomicOrdering::monotonic, /*syncscope=*/"");
}

Value DeviceCode::emitLook(Location loc, Value isDue) {
  auto look = scf::IfOp::create(rewriter, loc, rewriter.getI32Type(), isDue, /*withElse=*/true);
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointToStart(look.thenBlock());
  scf::YieldOp::create(rewriter, loc, emitLook(loc));
  rewriter.setInsertionPointToStart(look.elseBlock());
  scf::YieldOp::create(rewriter, loc, number(loc, 0));
  return look.getResult(0);
}
