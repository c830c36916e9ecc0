// Conversion of vyre.resource_table to a call of the Vyre runtime.
//
// A table is the descriptors of its buffers, one after the other: allocated pointer,
// aligned pointer, offset, sizes, strides, 8 bytes each. The runtime keeps a copy in
// device memory.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "GpuToRuntime.h"

#include "vyre/Conversion/AbiRecords.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

using namespace mlir;
using namespace vyre;

namespace {

struct ResourceTableLowering : public ConvertOpToLLVMPattern<ResourceTableOp> {
  ResourceTableLowering(LLVMTypeConverter &converter, ModuleRecords &records)
      : ConvertOpToLLVMPattern(converter), records(records) {}

  LogicalResult matchAndRewrite(ResourceTableOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value stream = LLVM::ZeroOp::create(rewriter, loc, getPtrType());
    SmallVector<Value> buffers = makeOperandsPresent(records, rewriter, *getTypeConverter(), op,
                                                     op.getBuffers(), adaptor.getBuffers(), stream);
    SmallVector<Value> words =
        getTypeConverter()->promoteOperands(loc, op.getBuffers(), buffers, rewriter,
                                            /*useBarePtrCallConv=*/false);
    uint64_t bytes = 0;
    Value slot = storePacked(rewriter, op, words, bytes);
    LLVM::GlobalOp record = records.createRecord(
        rewriter, records.uniqueName("__vyre_table_"), abi::getType_vyre_table_desc(getContext()),
        {RecordField::address(records.getString(rewriter, getLocationText(loc))), 0},
        /*constant=*/false);
    Value size = LLVM::ConstantOp::create(rewriter, loc, rewriter.getI64Type(),
                                          rewriter.getI64IntegerAttr(bytes));
    Value table = callRuntime(records, rewriter, loc, "vyreResourceTable", getPtrType(),
                              {addressOf(rewriter, loc, record.getSymName()), slot, size, stream});
    rewriter.replaceOpWithNewOp<LLVM::PtrToIntOp>(op, getIndexType(), table);
    return success();
  }

  ModuleRecords &records;
};

} // namespace

void vyre::populateTablePatterns(LLVMTypeConverter &converter, ModuleRecords &records,
                                 RewritePatternSet &patterns) {
  patterns.add<ResourceTableLowering>(converter, records);
}
