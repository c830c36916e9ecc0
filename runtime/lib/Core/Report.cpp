// Formats the statistics and writes the reports that the options ask for.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Report.h"
#include "Counters.h"
#include "Decision.h"
#include "Process.h"
#include "Text.h"
#include "Trace.h"

#include <cstdio>

namespace vyre::rt {

namespace {

struct Metric {
  const char *name;
  uint64_t value;
};

std::vector<Metric> metrics() {
  Counters &all = counters();
  auto read = [](const std::atomic<uint64_t> &value) {
    return value.load(std::memory_order_relaxed);
  };
  uint64_t launches = read(all.kernelLaunches), items = read(all.queueItems);
  for (const StreamRef &stream : Process::get().liveStreams()) {
    launches += stream->launches();
    items += stream->items();
  }
  return {{"kernel_launches", launches},
          {"cooperative_launches", read(all.cooperativeLaunches)},
          {"graph_instantiations", read(all.graphInstantiations)},
          {"graph_launches", read(all.graphLaunches)},
          {"graph_updates", read(all.graphUpdates)},
          {"graph_evictions", read(all.graphEvictions)},
          {"graph_refusals", read(all.graphRefusals)},
          {"table_uploads", read(all.tableUploads)},
          {"queue_items", items},
          {"host_syncs", read(all.hostSyncs)},
          {"h2d_bytes", read(all.h2dBytes)},
          {"d2h_bytes", read(all.d2hBytes)},
          {"variants_compiled", read(all.variantsCompiled)}};
}

} // namespace

std::string statsJson() {
  Process &process = Process::get();
  Device *device = process.device();
  std::string out = "{\"device\":" + jsonString(device ? device->name() : "none") +
                    ",\"mode\":" + jsonString(process.options().mode) +
                    ",\"wall_ns\":" + std::to_string(nowNs() - process.startNs()) +
                    ",\"calibration_ns\":" + std::to_string(counters().calibrationNs.load());
  for (const Metric &metric : metrics())
    out += ",\"" + std::string(metric.name) + "\":" + std::to_string(metric.value);
  out += ",\"fallbacks\":[";
  bool first = true;
  for (const std::string &reason : fallbacks()) {
    out += (first ? "" : ",") + jsonString(reason);
    first = false;
  }
  return out + "]}\n";
}

std::string metricsText() {
  std::string out;
  for (const Metric &metric : metrics()) {
    std::string name = "vyre_" + std::string(metric.name) + "_total";
    out += "# TYPE " + name + " counter\n" + name + " " + std::to_string(metric.value) + "\n";
  }
  return out + decisionMetrics();
}

// The file "-" is stderr: stdout is the program's.
static Status writeReport(const std::string &path, const std::string &text) {
  if (path != "-")
    return writeFileAtomically(path, text);
  std::fputs(text.c_str(), stderr);
  return {};
}

// "-" is text for stderr; else "text:FILE" or "json:FILE".
static Status writeExplanation(const std::string &where) {
  if (where == "-")
    return writeReport(where, explainText());
  return writeReport(where.substr(5), where[0] == 'j' ? explainJson() : explainText());
}

Status writeReports() {
  const Options &options = Process::get().options();
  Status first;
  auto keep = [&](const Status &status) {
    if (first.ok() && !status.ok())
      first = status;
  };
  if (!options.statsFile.empty())
    keep(writeReport(options.statsFile, statsJson()));
  if (!options.traceFile.empty())
    keep(writeReport(options.traceFile, traceJson()));
  if (!options.explain.empty())
    keep(writeExplanation(options.explain));
  if (options.audit)
    std::fputs(auditLog().c_str(), stderr);
  return first;
}

} // namespace vyre::rt
