// Gives device functions line information, so that profilers and cuda-gdb show
// the source. Upstream's pass for it takes whole modules, host code included.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "vyre/Target/Passes.h"
#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace vyre {
#define GEN_PASS_DEF_ADDLINEINFOPASS
#include "vyre/Target/Passes.h.inc"

namespace {

/// The first place in a file that `loc` names; null if it names none.
FileLineColLoc findFile(Location loc) {
  FileLineColLoc found;
  loc->walk([&](Location inner) {
    found = dyn_cast<FileLineColLoc>(inner);
    return found ? WalkResult::interrupt() : WalkResult::advance();
  });
  return found;
}

/// Makes `function` a subprogram of `unit`, which is made if there is none yet.
void describe(LLVM::LLVMFuncOp function, FileLineColLoc place, LLVM::DICompileUnitAttr &unit) {
  MLIRContext *context = function.getContext();
  StringRef path = place.getFilename().getValue();
  auto file = LLVM::DIFileAttr::get(context, llvm::sys::path::filename(path),
                                    llvm::sys::path::parent_path(path));
  // Directives only, as nvcc's -lineinfo: with more, LLVM marks the PTX's target
  // as debug, and ptxas and the driver then optimize nothing.
  if (!unit)
    unit = LLVM::DICompileUnitAttr::get(
        DistinctAttr::create(UnitAttr::get(context)), llvm::dwarf::DW_LANG_C, file,
        StringAttr::get(context, "Vyre"),
        /*isOptimized=*/true, LLVM::DIEmissionKind::DebugDirectivesOnly);
  auto type = LLVM::DISubroutineTypeAttr::get(context, {});
  StringAttr name = function.getSymNameAttr();
  auto flags = LLVM::DISubprogramFlags::Definition | LLVM::DISubprogramFlags::Optimized;
  auto subprogram = LLVM::DISubprogramAttr::get(
      context, DistinctAttr::create(UnitAttr::get(context)), unit, file, name, name, file,
      place.getLine(), place.getLine(), flags, type, /*retainedNodes=*/{}, /*annotations=*/{});
  // A call without a place may not be inlined into a function that has one.
  function.walk([&](LLVM::CallOp call) {
    if (!findFile(call.getLoc()))
      call->setLoc(place);
  });
  function->setLoc(FusedLoc::get(context, {place}, subprogram));
}

struct AddLineInfoPass : public impl::AddLineInfoPassBase<AddLineInfoPass> {
  void runOnOperation() override {
    LLVM::DICompileUnitAttr unit;
    for (auto function : getOperation().getOps<LLVM::LLVMFuncOp>())
      if (FileLineColLoc place = findFile(function.getLoc()); place && !function.isExternal())
        describe(function, place, unit);
  }
};

} // namespace
} // namespace vyre
