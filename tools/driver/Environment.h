// What the tools and the runtime agree on through the environment.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TOOLS_DRIVER_ENVIRONMENT_H
#define VYRE_TOOLS_DRIVER_ENVIRONMENT_H

#include "vyre-abi/vyre_abi.h"
#include "vyre/Pipelines/Pipelines.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace vyre::driver {

/// Sets an environment variable for the runtime unless `value` is empty.
void exportSetting(const char *name, llvm::StringRef value);

/// What code to emit for a --device or VYRE_DEVICE setting: host code alone, or
/// device code as well ("fat") where a CUDA driver is to be used.
std::string pickCodeDevice(llvm::StringRef device);

/// The number of the oldest chip that `options` make code for, as 90 for sm_90.
std::string oldestChip(const vyre::PipelineOptions &options);

/// Checks the runtime's settings without starting it, and says what is wrong: a
/// wrong setting is to be known before the work. Gives the exit code.
int checkSettings();

/// Writes out what standard output still holds. False if any of it was lost, on a full
/// disk for example; prints so.
bool flushOutput();

/// Writes the runtime's reports (explain, stats, trace); a failure to write
/// becomes the status if the run itself was fine.
vyre_status finishReports(vyre_status status);

} // namespace vyre::driver

#endif // VYRE_TOOLS_DRIVER_ENVIRONMENT_H
