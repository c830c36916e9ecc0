// mlir-opt with every upstream dialect and pass plus Vyre's.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "vyre/Pipelines/Pipelines.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  vyre::registerAllDialects(registry);
  vyre::registerAllPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "Vyre optimizer driver\n", registry));
}
