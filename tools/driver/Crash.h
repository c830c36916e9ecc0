// What a tool says when it crashes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TOOLS_DRIVER_CRASH_H
#define VYRE_TOOLS_DRIVER_CRASH_H

namespace vyre::driver {

/// Makes a fatal signal or a fatal error of LLVM end the process with one line
/// and the exit code for a failed runtime, in place of a stack dump.
void installCrashHandler(const char *toolName);

/// From now on a crash is the running program's, not the compiler's.
void programRuns();

} // namespace vyre::driver

#endif // VYRE_TOOLS_DRIVER_CRASH_H
