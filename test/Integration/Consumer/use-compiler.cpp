// Parses, verifies and optimizes a program with the installed compiler libraries.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"
#include "vyre/Pipelines/Pipelines.h"
#include "llvm/Support/raw_ostream.h"

static const char program[] = R"(
func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c1000 = arith.constant 1000 : index
  %one = arith.constant 1.0 : f32
  %a = memref.alloc() : memref<1000xf32>
  scf.parallel (%i) = (%c0) to (%c1000) step (%c1) {
    memref.store %one, %a[%i] : memref<1000xf32>
    scf.reduce
  }
  memref.dealloc %a : memref<1000xf32>
  return
})";

int main() {
  mlir::DialectRegistry registry;
  vyre::registerAllDialects(registry);
  vyre::registerAllPasses();
  mlir::MLIRContext context(registry);
  if (!context.getOrLoadDialect<vyre::VyreDialect>()) {
    llvm::errs() << "the vyre dialect does not load\n";
    return 1;
  }
  auto module = mlir::parseSourceString<mlir::ModuleOp>(program, &context);
  if (!module)
    return 1;
  mlir::PassManager pipeline(&context);
  if (mlir::failed(mlir::parsePassPipeline("canonicalize,cse", pipeline)))
    return 1;
  return mlir::failed(pipeline.run(*module));
}
