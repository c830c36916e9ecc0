// vyre-run --mode=all: every mode in a process of its own, compared.
//
// Each run writes its statistics to a temporary file; its stdout is captured
// and compared with the first plain run's. One run says little about time, so all
// modes run in turn several times, A B C D A B C D, and the medians are shown: a
// machine that is busy for a while then slows all of them. Only the first round's
// messages are shown, and the first auto run's explanation.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "AllModes.h"

#include "driver/Environment.h"
#include "driver/Options.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>
#include <cstdlib>
#include <optional>
#include <vector>

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

/// Rounds of runs: a median of five hides two disturbed runs, and no more rounds
/// begin than end about within the budget, so that a long program runs once.
constexpr size_t kMaxRounds = 5;
constexpr auto kBudget = std::chrono::seconds(4);

/// What one run printed and measured.
struct Run {
  int exitCode = 0;
  std::string output;
  double milliseconds = 0;
  int64_t launches = 0; // of any kind: kernels, cooperative kernels and graphs
};

/// A mode and what its runs had in common.
struct Mode {
  std::string name;
  int64_t launches = 0; // of the first run
  std::vector<double> milliseconds;
  std::optional<std::string> different; // the first output that is not the reference
};

/// True for an option that every mode's run gets anew or not at all.
bool isPerRunOption(StringRef argument) {
  argument = argument.ltrim('-');
  StringRef name = argument.split('=').first;
  return is_contained({"mode", "stats", "trace", "explain"}, name);
}

/// Takes time and launches from the statistics that a run wrote.
void readStats(StringRef text, Run &run) {
  Expected<json::Value> parsed = json::parse(text);
  if (!parsed) {
    consumeError(parsed.takeError());
    return;
  }
  if (const json::Object *object = parsed->getAsObject()) {
    // Measuring the device is paid once a process, and not by any form.
    double ns =
        object->getNumber("wall_ns").value_or(0) - object->getNumber("calibration_ns").value_or(0);
    run.milliseconds = ns / 1e6;
    for (StringRef key : {"kernel_launches", "cooperative_launches", "graph_launches"})
      run.launches += object->getInteger(key).value_or(0);
  }
}

/// Runs this program in `mode` with `options`; unless `quiet` its messages are shown
/// as they come, else only those of a failure.
Run runMode(StringRef program, ArrayRef<StringRef> options, StringRef mode, bool quiet) {
  TemporaryFile output("out"), messages("err"), stats("json");
  std::string modeFlag = ("--mode=" + mode).str();
  std::string statsFlag = ("--stats=" + stats.path).str();
  SmallVector<StringRef> command = {program};
  append_range(command, options);
  command.push_back(modeFlag);
  command.push_back(statsFlag);
  std::optional<StringRef> redirects[] = {std::nullopt, StringRef(output.path), std::nullopt};
  if (quiet)
    redirects[2] = StringRef(messages.path);
  Run run;
  run.exitCode = sys::ExecuteAndWait(program, command, std::nullopt, redirects);
  if (quiet && run.exitCode != 0)
    errs() << messages.read();
  run.output = output.read();
  readStats(stats.read(), run);
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

double median(std::vector<double> values) {
  llvm::sort(values);
  size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// The modes' runs, round after round.
class Comparison {
public:
  Comparison(int argc, char **argv);
  int run();

private:
  int runRound();
  void printDifference(const Mode &mode) const;
  bool printTable() const;

  std::string program;
  SmallVector<StringRef> common, explain;
  std::string inherited; // VYRE_EXPLAIN: holds for the first auto run alone, too
  SmallVector<Mode> modes;
  std::string reference; // what the first plain run printed, without addresses
  size_t rounds = 0;
};

Comparison::Comparison(int argc, char **argv)
    : program(sys::fs::getMainExecutable(argv[0], nullptr)) {
  for (int i = 1; i < argc; ++i) {
    StringRef argument = argv[i];
    if (!isPerRunOption(argument))
      common.push_back(argument);
    else if (argument.ltrim('-').starts_with("explain"))
      explain.push_back(argument);
  }
  if (const char *variable = std::getenv("VYRE_EXPLAIN"))
    inherited = variable;
  for (StringRef name : {"plain", "graph", "persistent", "auto"})
    modes.push_back({name.str(), 0, {}, std::nullopt});
}

/// Runs every mode once; gives the exit code of the first that fails.
int Comparison::runRound() {
  bool first = rounds++ == 0;
  for (Mode &mode : modes) {
    bool explains = first && mode.name == "auto";
    setenv("VYRE_EXPLAIN", explains ? inherited.c_str() : "", /*overwrite=*/1);
    SmallVector<StringRef> options(common);
    if (explains)
      append_range(options, explain);
    Run run = runMode(program, options, mode.name, /*quiet=*/!first);
    if (run.exitCode != 0) {
      reportError("the run with --mode=" + mode.name + " failed");
      return run.exitCode > 0 ? run.exitCode : int(kRuntimeFailed);
    }
    std::string output = hideAddresses(run.output);
    if (first && &mode == modes.begin())
      reference = output;
    else if (output != reference && !mode.different)
      mode.different = std::move(output);
    if (first)
      mode.launches = run.launches;
    mode.milliseconds.push_back(run.milliseconds);
  }
  return kOk;
}

/// Prints where a mode's output leaves that of the first plain run.
void Comparison::printDifference(const Mode &mode) const {
  StringRef other = *mode.different;
  size_t at = 0;
  while (at < reference.size() && at < other.size() && reference[at] == other[at])
    ++at;
  auto show = [&](StringRef text) { printEscapedString(text.substr(at, 40), errs()); };
  errs() << "vyre-run: error: modes disagree: output of " << mode.name
         << (mode.name == "plain" ? " differs from its first run's at byte "
                                  : " differs from plain at byte ")
         << at << ": '";
  show(reference);
  errs() << "' became '";
  show(other);
  errs() << "'\n";
}

/// False if the table could not be written; says so.
bool Comparison::printTable() const {
  outs() << formatv("{0,-12} {1,12} {2,10} {3,9}  {4}\n", "mode", "time", "launches", "speedup",
                    "result");
  const Mode &plain = modes.front();
  for (const Mode &mode : modes) {
    // Runs of one round are neighbours: their ratio cancels what slowed both.
    std::vector<double> ratios;
    for (auto [base, own] : zip(plain.milliseconds, mode.milliseconds))
      ratios.push_back(own > 0 ? base / own : 0);
    outs() << formatv("{0,-12} {1,9:f3} ms {2,10} {3,8:f2}x  {4}\n", mode.name,
                      median(mode.milliseconds), mode.launches, median(ratios),
                      mode.different    ? "DIFFERENT"
                      : &mode == &plain ? "reference"
                                        : "identical");
  }
  return flushOutput();
}

int Comparison::run() {
  auto start = std::chrono::steady_clock::now();
  std::chrono::steady_clock::duration took{};
  do {
    auto begin = std::chrono::steady_clock::now();
    if (int code = runRound(); code != kOk)
      return code;
    took = std::chrono::steady_clock::now() - begin;
  } while (rounds < kMaxRounds && std::chrono::steady_clock::now() + took < start + kBudget &&
           none_of(modes, [](const Mode &mode) { return mode.different.has_value(); }));
  if (!printTable())
    return kRuntimeFailed;
  for (const Mode &mode : modes)
    if (mode.different) {
      printDifference(mode);
      return kModesDisagree;
    }
  errs() << "vyre-run: each mode ran " << rounds << (rounds == 1 ? " time" : " times, in turn")
         << "; time and speedup are medians\n";
  return kOk;
}

} // namespace

int vyre::driver::runAllModes(int argc, char **argv) { return Comparison(argc, argv).run(); }
