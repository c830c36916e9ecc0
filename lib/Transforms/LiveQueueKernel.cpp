// The resident kernel: a loop over items with a stage for each kernel.
//
// Items of one block's threads follow each other without a meeting of the threads but
// for those in vyre.next_item and vyre.finish_item, which every thread takes part in:
// stages may therefore share workgroup memory.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "LiveQueueKernel.h"

#include "StageBodies.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace vyre;

/// Emits one case of the switch: the item as a launch of `kernel`.
static void createItemStage(OpBuilder &builder, Location loc, NextItemOp next,
                            gpu::GPUFuncOp kernel, StageBodies &bodies) {
  SmallVector<Type> types(kernel.getArgumentTypes().take_front(kernel.getNumArguments()));
  auto args = ItemArgsOp::create(builder, loc, types, next.getItem());
  auto symbol = SymbolRefAttr::get(kernel->getParentOfType<gpu::GPUModuleOp>().getNameAttr(),
                                   {FlatSymbolRefAttr::get(kernel)});
  auto stage = StageOp::create(builder, loc, next.getGridX(), next.getGridY(), next.getGridZ(),
                               next.getBlockX(), next.getBlockY(), next.getBlockZ(), symbol,
                               kernel.getKnownBlockSizeAttr());
  bodies.fill(stage, kernel, args.getValues());
}

gpu::GPUFuncOp vyre::buildResidentKernel(Location loc, StringRef name,
                                         ArrayRef<gpu::GPUFuncOp> kernels, int64_t threads) {
  OpBuilder builder(kernels.front()->getContext());
  StageBodies bodies;
  for (gpu::GPUFuncOp kernel : kernels)
    bodies.add(kernel);
  gpu::GPUFuncOp func = bodies.createKernel(builder, loc, name,
                                            builder.getFunctionType({builder.getIndexType()}, {}));
  func->setAttr(attr_name::kQueue, builder.getUnitAttr());
  func.setKnownBlockSize(ArrayRef<int32_t>{int32_t(threads), 1, 1});
  builder.setInsertionPointToEnd(&func.getBody().front());
  bodies.createViews(builder, func);
  Value queue = func.getArgument(0);
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);

  Type index = builder.getIndexType();
  auto loop = scf::WhileOp::create(builder, loc, TypeRange{index}, ValueRange{zero});
  gpu::ReturnOp::create(builder, loc);
  Block *take = builder.createBlock(&loop.getBefore(), {}, index, loc);
  auto next = NextItemOp::create(builder, loc, queue, take->getArgument(0));
  auto choose = scf::IfOp::create(builder, loc, next.getMore(), /*withElseRegion=*/false);
  scf::ConditionOp::create(builder, loc, next.getMore(), take->getArguments());

  builder.setInsertionPointToStart(choose.thenBlock());
  SmallVector<int64_t> cases = llvm::to_vector(llvm::seq<int64_t>(1, kernels.size()));
  auto select = scf::IndexSwitchOp::create(builder, loc, TypeRange{}, next.getKernel(), cases,
                                           unsigned(cases.size()));
  for (auto [number, kernel] : llvm::enumerate(kernels)) {
    // Number 0 is the default: a switch has one.
    Region &region = number == 0 ? select.getDefaultRegion() : select.getCaseRegions()[number - 1];
    builder.createBlock(&region);
    createItemStage(builder, loc, next, kernel, bodies);
    scf::YieldOp::create(builder, loc);
  }
  builder.setInsertionPointAfter(select);
  FinishItemOp::create(builder, loc, queue, take->getArgument(0));

  Block *again = builder.createBlock(&loop.getAfter(), {}, index, loc);
  Value number = arith::AddIOp::create(builder, loc, again->getArgument(0), one);
  scf::YieldOp::create(builder, loc, number);
  return func;
}
