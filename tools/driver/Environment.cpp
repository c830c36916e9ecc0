// What the tools and the runtime agree on through the environment.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Environment.h"

#include "Options.h"
#include "vyre-rt/vyre_rt.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/raw_ostream.h"
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace vyre::driver;

void vyre::driver::exportSetting(const char *name, llvm::StringRef value) {
  if (!value.empty())
    setenv(name, value.str().c_str(), /*overwrite=*/1);
}

std::string vyre::driver::pickCodeDevice(llvm::StringRef device) {
  std::string choice = device.str();
  if (const char *variable = std::getenv("VYRE_DEVICE"); choice.empty() && variable)
    choice = variable;
  if (choice == "host")
    return "host";
  if (llvm::StringRef(choice).starts_with("cuda"))
    return "fat";
  std::string error;
  bool hasDriver = llvm::sys::DynamicLibrary::getPermanentLibrary("libcuda.so.1", &error).isValid();
  return hasDriver ? "fat" : "host";
}

std::string vyre::driver::oldestChip(const vyre::PipelineOptions &options) {
  unsigned oldest = ~0u;
  auto consider = [&](llvm::StringRef chip) {
    unsigned number;
    if (chip.consume_front("sm_") && !chip.getAsInteger(10, number))
      oldest = std::min(oldest, number);
  };
  for (const std::string &chip : options.chips)
    consider(chip);
  if (options.chips.empty())
    consider(vyre::kDefaultChip);
  return std::to_string(oldest);
}

int vyre::driver::checkSettings() {
  vyre_status status = vyreRtCheckOptions();
  if (status == VYRE_OK)
    return kOk;
  reportError(vyreRtMessage());
  return status == VYRE_INVALID_ARGUMENT ? kBadUsage : kRuntimeFailed;
}

bool vyre::driver::flushOutput() {
  llvm::outs().flush();
  std::string why;
  if (llvm::outs().has_error()) {
    why = llvm::outs().error().message();
    llvm::outs().clear_error(); // else LLVM ends the process with a message of its own
  }
  // What was lost earlier has left its mark, but not its reason.
  errno = 0;
  if (std::fflush(stdout) != 0 || std::ferror(stdout))
    why = errno != 0 ? std::strerror(errno) : "a write failed";
  if (!why.empty())
    reportError("cannot write standard output: " + why);
  return why.empty();
}

vyre_status vyre::driver::finishReports(vyre_status status) {
  vyre_status written = vyreReportFlush();
  return status == VYRE_OK ? written : status;
}
