// Lowers vyre.table_entry to loads of a descriptor, in kernels for both devices.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "PackedArguments.h"
#include "mlir/Conversion/GPUCommon/GPUCommonPass.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "vyre/Conversion/Passes.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

using namespace mlir;

namespace vyre {
#define GEN_PASS_DEF_LOWERTABLEENTRIESPASS
#include "vyre/Conversion/Passes.h.inc"

namespace {

/// Reads one descriptor. No kernel that uses a table runs while it is written, so the
/// loads may move freely and use the read-only cache.
Value readEntry(TableEntryOp op, OpBuilder &builder, const LLVMTypeConverter &converter) {
  Location loc = op.getLoc();
  Type i64 = builder.getI64Type(), pointer = LLVM::LLVMPointerType::get(op.getContext());
  Value address = arith::IndexCastOp::create(builder, loc, i64, op.getTable());
  Value first = arith::IndexCastOp::create(builder, loc, i64, op.getWord());
  Value table = LLVM::IntToPtrOp::create(builder, loc, pointer, address);
  Value entry =
      LLVM::GEPOp::create(builder, loc, pointer, i64, table, ArrayRef<LLVM::GEPArg>{first});
  int32_t next = 0;
  auto take = [&](Type type) -> Value {
    Value word =
        LLVM::GEPOp::create(builder, loc, pointer, i64, entry, ArrayRef<LLVM::GEPArg>{next++});
    return LLVM::LoadOp::create(builder, loc, type, word, /*alignment=*/8, /*isVolatile=*/false,
                                /*isNonTemporal=*/false, /*isInvariant=*/true);
  };
  return buildArgument(builder, loc, converter, op.getBuffer().getType(), take);
}

struct LowerTableEntriesPass : public impl::LowerTableEntriesPassBase<LowerTableEntriesPass> {
  void runOnOperation() override {
    LLVMTypeConverter converter(&getContext());
    // Kernels' buffers are in global memory, however their types spell it.
    populateGpuMemorySpaceAttributeConversions(converter, [](gpu::AddressSpace) { return 0; });
    getOperation().walk([&](TableEntryOp op) {
      OpBuilder builder(op);
      op.replaceAllUsesWith(readEntry(op, builder, converter));
      op.erase();
    });
  }
};

} // namespace
} // namespace vyre
