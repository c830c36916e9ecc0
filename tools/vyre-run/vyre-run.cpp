// Compiles an MLIR program in memory and runs it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "AllModes.h"
#include "Jit.h"
#include "driver/Compile.h"
#include "driver/Crash.h"
#include "driver/Environment.h"
#include "vyre-abi/vyre_abi.h"

using namespace vyre::driver;

namespace {
namespace cl = llvm::cl;

/// Options of vyre-run alone.
struct RunOptions {
  cl::opt<std::string> device{"device", cl::desc("auto, host, cuda or cuda:N")};
  cl::opt<std::string> mode{"mode",
                            cl::desc("auto, plain, graph, persistent, or all to compare them")};
  cl::opt<std::string> profile{"profile",
                               cl::desc("native, portable or FILE.toml (default: measured)")};
  cl::opt<std::string> entryResult{"entry-point-result",
                                   cl::desc("Type of the entry's result; its value is printed")};
  cl::opt<std::string> explain{"explain", cl::ValueOptional,
                               cl::desc("Print each decision to stderr, or as json:FILE")};
  cl::opt<std::string> stats{"stats", cl::desc("Write run statistics to FILE.json")};
  cl::opt<std::string> trace{"trace", cl::desc("Write a Chrome/Perfetto trace to FILE.json")};
  // A sanitizer build instruments what it generates, as it is instrumented itself.
  cl::opt<std::string> sanitize{"sanitize-kernels", cl::Hidden, cl::init(VYRE_SANITIZE),
                                cl::desc("Instrument generated code: address or thread")};
};

/// True if the options' values are known ones; prints what is wrong.
bool checkUsage(const SharedOptions &shared, const RunOptions &run) {
  llvm::StringRef where = run.device;
  unsigned ordinal;
  if (!where.empty() && where != "auto" && where != "host" && where != "cuda" &&
      !(where.consume_front("cuda:") && !where.getAsInteger(10, ordinal))) {
    reportError("unknown --device '" + run.device + "'; expected auto, host, cuda or cuda:N");
    return false;
  }
  if (!run.mode.empty() &&
      !llvm::is_contained({"auto", "plain", "graph", "persistent", "all"}, run.mode)) {
    reportError("unknown --mode '" + run.mode +
                "'; expected auto, plain, graph, persistent or all");
    return false;
  }
  if (!run.entryResult.empty() &&
      !llvm::is_contained({"void", "i32", "i64", "f32", "f64"}, run.entryResult)) {
    reportError("unknown --entry-point-result '" + run.entryResult +
                "'; expected void, i32, i64, f32 or f64");
    return false;
  }
  if (run.mode == "all" && shared.input == "-") {
    reportError("--mode=all needs a file: every mode's run reads the program anew");
    return false;
  }
  if (run.mode == "all" && (!run.stats.empty() || !run.trace.empty())) {
    reportError("--stats and --trace are of one run; name a --mode other than all");
    return false;
  }
  return checkShared(shared);
}

/// Gives the runtime its settings: the same as an executable's environment.
void exportSettings(const RunOptions &run) {
  exportSetting("VYRE_DEVICE", run.device);
  if (run.mode != "all") // each mode's process gets its own
    exportSetting("VYRE_MODE", run.mode);
  exportSetting("VYRE_PROFILE", run.profile);
  exportSetting("VYRE_STATS", run.stats);
  exportSetting("VYRE_TRACE_FILE", run.trace);
  if (run.explain.getNumOccurrences())
    exportSetting("VYRE_EXPLAIN", run.explain.empty() ? std::string("-") : run.explain.getValue());
}

} // namespace

int main(int argc, char **argv) {
  installCrashHandler(argv[0]);
  dropLibraryOptions();
  SharedOptions options;
  RunOptions run;
  if (!parseCommandLine(argc, argv, "Compiles an MLIR program in memory and runs it\n") ||
      !checkUsage(options, run))
    return kBadUsage;

  vyre::PipelineOptions pipeline;
  pipeline.device = pickCodeDevice(run.device);
  for (const std::string &chip : options.chips)
    pipeline.chips.push_back(chip);
  pipeline.fastMath = options.fastMath;
  pipeline.earlyStart = options.earlyStart;
  pipeline.tables = options.tables;
  pipeline.reorderFloatAtomics = options.reorderFloatAtomics;
  if (std::string problem = vyre::checkPipelineOptions(pipeline); !problem.empty()) {
    reportError(problem);
    return kBadUsage;
  }

  exportSettings(run);
  if (pipeline.wantsCuda())
    exportSetting("VYRE_MIN_CHIP", oldestChip(pipeline));
  if (int code = checkSettings(); code != kOk)
    return code;

  Compilation compilation(options.remarksFilter);
  std::string resultType;
  if (!compilation.parse(options.input) || !compilation.checkEntry(options.entry, resultType))
    return kBadInput;
  if (!run.entryResult.empty() && run.entryResult != resultType) {
    reportError("function '" + options.entry + "' returns " + resultType + ", not " +
                run.entryResult);
    return kBadInput;
  }
  if (run.mode == "all") // each mode in a process of its own, compiled there
    return runAllModes(argc, argv);

  if (!compilation.run([&](mlir::OpPassManager &pm) { vyre::buildVyrePipeline(pm, pipeline); }))
    return kBadInput;
  for (const Ungrouped &entry : compilation.getUngrouped())
    vyreExplainUngrouped(entry.location.c_str(), entry.reason.c_str());
  return runInProcess(compilation, {options.entry,
                                    resultType,
                                    !run.entryResult.empty(),
                                    options.optLevel,
                                    run.sanitize,
                                    {options.sharedLibs.begin(), options.sharedLibs.end()}});
}
