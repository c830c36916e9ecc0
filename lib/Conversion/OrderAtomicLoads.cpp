// Makes the first read of a compare-and-exchange loop atomic.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "vyre/Conversion/Passes.h"

using namespace mlir;

namespace vyre {
#define GEN_PASS_DEF_ORDERATOMICLOADSPASS
#include "vyre/Conversion/Passes.h.inc"

namespace {

struct OrderAtomicLoadsPass : public impl::OrderAtomicLoadsPassBase<OrderAtomicLoadsPass> {
  void runOnOperation() override {
    getOperation()->walk([](LLVM::AtomicCmpXchgOp exchange) {
      for (Operation *user : exchange.getPtr().getUsers()) {
        auto load = dyn_cast<LLVM::LoadOp>(user);
        if (!load || load.getOrdering() != LLVM::AtomicOrdering::not_atomic)
          continue;
        load.setOrdering(LLVM::AtomicOrdering::monotonic);
        // An atomic load says its alignment; an exchanged value has its own size's.
        load.setAlignment(DataLayout::closest(load).getTypeSize(load.getType()));
      }
    });
  }
};

} // namespace
} // namespace vyre
