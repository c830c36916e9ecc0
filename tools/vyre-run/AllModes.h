// vyre-run --mode=all: every mode in a process of its own, compared.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TOOLS_RUN_ALLMODES_H
#define VYRE_TOOLS_RUN_ALLMODES_H

namespace vyre::driver {

/// Runs this command once per mode, compares what the runs print byte by byte
/// and prints a table of mode, time, launches, speedup and result to stdout.
/// Gives the exit code: kModesDisagree when outputs differ.
int runAllModes(int argc, char **argv);

} // namespace vyre::driver

#endif // VYRE_TOOLS_RUN_ALLMODES_H
