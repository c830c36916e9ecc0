// vyre-run --mode=all: every mode in a process of its own, compared.
//
// Each run writes its statistics to a temporary file; its stdout is captured
// and compared with the plain run's. Explanations of the auto run go to stderr.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "AllModes.h"

#include "driver/Options.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>
#include <unistd.h>

using namespace llvm;
using namespace vyre::driver;

namespace {

/// A temporary file that is removed when this goes out of scope.
struct TemporaryFile {
  explicit TemporaryFile(StringRef suffix) {
    if (!sys::fs::createTemporaryFile("vyre-run", suffix, path))
      remover.setFile(path);
  }
  std::string read() const {
    auto buffer = MemoryBuffer::getFile(path);
    return buffer ? (*buffer)->getBuffer().str() : std::string();
  }
  SmallString<128> path;
  FileRemover remover;
};

/// What one mode's run printed and measured.
struct ModeRun {
  std::string mode;
  int exitCode = 0;
  std::string output;
  double milliseconds = 0;
  int64_t launches = 0; // of any kind: kernels, cooperative kernels and graphs
};

/// True for an option that every mode's run gets anew or not at all.
bool isPerRunOption(StringRef argument) {
  argument = argument.ltrim('-');
  StringRef name = argument.split('=').first;
  return is_contained({"mode", "stats", "trace", "explain"}, name);
}

/// Runs this program in `mode`; `extra` are options of this run alone.
ModeRun runMode(StringRef program, ArrayRef<StringRef> common, StringRef mode,
                ArrayRef<StringRef> extra) {
  TemporaryFile output("out"), stats("json");
  std::string modeFlag = ("--mode=" + mode).str();
  std::string statsFlag = ("--stats=" + stats.path).str();
  SmallVector<StringRef> command = {program};
  append_range(command, common);
  append_range(command, extra);
  command.push_back(modeFlag);
  command.push_back(statsFlag);
  std::optional<StringRef> redirects[] = {std::nullopt, StringRef(output.path), std::nullopt};
  ModeRun run;
  run.mode = mode.str();
  run.exitCode = sys::ExecuteAndWait(program, command, std::nullopt, redirects);
  run.output = output.read();
  Expected<json::Value> parsed = json::parse(stats.read());
  if (!parsed) {
    consumeError(parsed.takeError());
    return run;
  }
  if (const json::Object *object = parsed->getAsObject()) {
    // Measuring the device is paid once a process, and not by any form.
    double ns =
        object->getNumber("wall_ns").value_or(0) - object->getNumber("calibration_ns").value_or(0);
    run.milliseconds = ns / 1e6;
    for (StringRef key : {"kernel_launches", "cooperative_launches", "graph_launches"})
      run.launches += object->getInteger(key).value_or(0);
  }
  return run;
}

/// Addresses differ from run to run and mean nothing: `base@ = 0x...` of a
/// printed memref is not compared.
std::string hideAddresses(StringRef text) {
  std::string result;
  StringRef marker = "base@ = 0x";
  while (true) {
    size_t at = text.find(marker);
    if (at == StringRef::npos)
      return result + text.str();
    result += text.take_front(at + marker.size());
    text = text.drop_front(at + marker.size()).drop_while(isHexDigit);
  }
}

/// Prints where two outputs part.
void printDifference(const ModeRun &plain, const ModeRun &other) {
  std::string a = hideAddresses(plain.output), b = hideAddresses(other.output);
  size_t at = 0;
  while (at < a.size() && at < b.size() && a[at] == b[at])
    ++at;
  auto show = [&](StringRef text) {
    std::string around = text.substr(at, 40).str();
    printEscapedString(around, errs());
  };
  errs() << "vyre-run: error: modes disagree: output of " << other.mode
         << " differs from plain at byte " << at << ": '";
  show(a);
  errs() << "' became '";
  show(b);
  errs() << "'\n";
}

void printTable(ArrayRef<ModeRun> runs) {
  outs() << formatv("{0,-12} {1,12} {2,10} {3,9}  {4}\n", "mode", "time", "launches", "speedup",
                    "result");
  double plain = runs.front().milliseconds;
  for (const ModeRun &run : runs) {
    bool same = hideAddresses(run.output) == hideAddresses(runs.front().output);
    std::string result = run.exitCode != 0       ? "failed"
                         : &run == &runs.front() ? "reference"
                         : same                  ? "identical"
                                                 : "DIFFERENT";
    outs() << formatv("{0,-12} {1,9:f3} ms {2,10} {3,8:f2}x  {4}\n", run.mode, run.milliseconds,
                      run.launches, run.milliseconds > 0 ? plain / run.milliseconds : 0.0, result);
  }
  outs().flush();
}

} // namespace

int vyre::driver::runAllModes(int argc, char **argv) {
  std::string program = sys::fs::getMainExecutable(argv[0], nullptr);
  SmallVector<StringRef> common, explain;
  for (int i = 1; i < argc; ++i) {
    StringRef argument = argv[i];
    if (!isPerRunOption(argument))
      common.push_back(argument);
    else if (argument.ltrim('-').starts_with("explain"))
      explain.push_back(argument);
  }
  // An inherited VYRE_EXPLAIN holds for the auto run alone, too.
  const char *inherited = std::getenv("VYRE_EXPLAIN");
  std::string explanation = inherited ? inherited : "";
  SmallVector<ModeRun> runs;
  for (StringRef mode : {"plain", "graph", "persistent", "auto"}) {
    setenv("VYRE_EXPLAIN", mode == "auto" ? explanation.c_str() : "", /*overwrite=*/1);
    runs.push_back(
        runMode(program, common, mode, mode == "auto" ? ArrayRef(explain) : ArrayRef<StringRef>()));
    if (runs.back().exitCode != 0) {
      reportError("the run with --mode=" + mode.str() + " failed");
      return runs.back().exitCode > 0 ? runs.back().exitCode : int(kRuntimeFailed);
    }
  }
  printTable(runs);
  for (const ModeRun &run : drop_begin(runs))
    if (hideAddresses(run.output) != hideAddresses(runs.front().output)) {
      printDifference(runs.front(), run);
      return kModesDisagree;
    }
  return kOk;
}
