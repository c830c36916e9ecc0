// Remarks of the passes: printed for the user, and kept for the explanation.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TOOLS_DRIVER_REMARKS_H
#define VYRE_TOOLS_DRIVER_REMARKS_H

#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/LogicalResult.h"
#include <string>
#include <vector>

namespace vyre::driver {

/// A loop or a run of launches that is in no launch group, and why.
struct Ungrouped {
  std::string location; // file:line:col
  std::string reason;
};

/// From now on, prints remarks of categories that match the regular expression
/// `filter`, unless it is empty, and adds to `ungrouped` what passes say about
/// loops and launches outside of groups, each once. Once per context.
mlir::LogicalResult listenToRemarks(mlir::MLIRContext &context, llvm::StringRef filter,
                                    std::vector<Ungrouped> &ungrouped);

} // namespace vyre::driver

#endif // VYRE_TOOLS_DRIVER_REMARKS_H
