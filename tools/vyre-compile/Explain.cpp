// What was decided at compile time about each group of launches.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Explain.h"

#include "mlir/IR/Matchers.h"
#include "vyre/Conversion/Records.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace llvm;

namespace vyre::driver {

namespace {

constexpr StringLiteral kDeferred = "deferred";

/// What the explanation says about one group.
struct Explanation {
  explicit Explanation(LaunchGroupOp group);

  std::string location, trips, saved = "0";
  uint64_t launchesPerIteration;
  std::string d1, d4, d9, i2, mode; // empty if the group has no verdict
  mlir::ArrayAttr d2, d3, syncs;
  StringRef chosen, reason;
  std::optional<StringRef> graphRefusal, persistentRefusal;
};

/// A verdict's field; what it leaves out is left to run time.
std::string field(StringRef text) { return (text.empty() ? StringRef(kDeferred) : text).str(); }

/// The trip count where it is a constant, else empty.
std::string tripCount(LaunchGroupOp group) {
  APInt trips;
  if (group.getTripCount() && mlir::matchPattern(group.getTripCount(), mlir::m_ConstantInt(&trips)))
    return std::to_string(trips.getSExtValue());
  return "";
}

Explanation::Explanation(LaunchGroupOp group)
    : location(getLocationText(group.getLoc())), trips(tripCount(group)),
      launchesPerIteration(group.getLaunchesPerIteration()), syncs(group.getPersistentSyncsAttr()),
      graphRefusal(group.getGraphRefusal()), persistentRefusal(group.getPersistentRefusal()) {
  bool plainOnly = group.getGraph().empty() && group.getPersistent().empty();
  chosen = plainOnly ? StringRef("plain") : StringRef(kDeferred);
  VerdictAttr verdict = group.getVerdictAttr();
  d1 = field(verdict ? verdict.getD1() : "");
  d4 = field(verdict ? verdict.getD4() : "");
  d9 = field(verdict ? verdict.getD9() : "");
  i2 = field(verdict ? verdict.getI2() : "");
  mode = field(verdict ? verdict.getMode() : "");
  if (!verdict)
    return;
  d2 = verdict.getD2();
  d3 = verdict.getD3();
  reason = verdict.getReason();
  // A mode that saves time ends with how much; else nothing is saved.
  uint64_t number;
  StringRef tail = verdict.getMode().rsplit(':').second;
  if (!plainOnly && !tail.getAsInteger(10, number))
    saved = tail.str();
}

std::string quote(StringRef text) { return formatv("{0}", json::Value(text)); }

std::string list(mlir::ArrayAttr values) {
  std::string text = "[";
  if (values)
    for (mlir::Attribute value : values)
      text += (text.size() == 1 ? "" : ", ") + quote(cast<mlir::StringAttr>(value).getValue());
  return text + "]";
}

std::string refusal(std::optional<StringRef> text) { return text ? quote(*text) : "null"; }

std::string jsonOf(const Explanation &group) {
  return "{\"location\": " + quote(group.location) +
         ", \"trip_count\": " + (group.trips.empty() ? "null" : group.trips) +
         ", \"launches_per_iteration\": " + std::to_string(group.launchesPerIteration) +
         ", \"verdict\": {\"D1\": " + quote(group.d1) + ", \"D4\": " + quote(group.d4) +
         ", \"D9\": " + quote(group.d9) + ", \"I2\": " + quote(group.i2) +
         ", \"D2\": " + list(group.d2) + ", \"D3\": " + list(group.d3) +
         ", \"mode\": " + quote(group.mode) + "}, \"reasons\": " + quote(kDeferred) +
         ", \"chosen\": " + quote(group.chosen) + ", \"saved_ns\": " + group.saved +
         ", \"reason\": " + quote(group.reason) + ", \"costs\": " + quote(kDeferred) +
         ", \"refused\": {\"graph\": " + refusal(group.graphRefusal) +
         ", \"persistent\": " + refusal(group.persistentRefusal) +
         "}, \"syncs\": " + list(group.syncs) + "}";
}

std::string textOf(const Explanation &group) {
  std::string text = group.location + ": " + (group.trips.empty() ? "unknown" : group.trips) +
                     " iterations of " + std::to_string(group.launchesPerIteration) +
                     " launches, form " + group.chosen.str() + " (" + group.reason.str() +
                     ")\n  D1 " + group.d1 + "\n  D4 " + group.d4 + "\n  mode " + group.mode + "\n";
  if (group.graphRefusal)
    text += ("  no graph form: " + *group.graphRefusal + "\n").str();
  if (group.persistentRefusal)
    text += ("  no persistent form: " + *group.persistentRefusal + "\n").str();
  if (group.syncs)
    for (StringRef sync : group.syncs.getAsValueRange<mlir::StringAttr>())
      text += ("  persistent form: " + sync + "\n").str();
  return text;
}

} // namespace

std::string explanationJson(mlir::ModuleOp module, ArrayRef<Ungrouped> ungrouped) {
  std::string text = "{\"launch_groups\": [";
  StringRef separator = "\n";
  auto add = [&](const std::string &entry) {
    text += separator.str() + entry;
    separator = ",\n";
  };
  module.walk<mlir::WalkOrder::PreOrder>(
      [&](LaunchGroupOp group) { add(jsonOf(Explanation(group))); });
  text += "\n], \"ungrouped\": [";
  separator = "\n";
  for (const Ungrouped &entry : ungrouped)
    add("{\"location\": " + quote(entry.location) + ", \"reason\": " + quote(entry.reason) + "}");
  return text + "\n]}\n";
}

std::string explanationText(mlir::ModuleOp module, ArrayRef<Ungrouped> ungrouped) {
  std::string text;
  module.walk<mlir::WalkOrder::PreOrder>(
      [&](LaunchGroupOp group) { text += textOf(Explanation(group)); });
  for (const Ungrouped &entry : ungrouped)
    text += entry.location + ": no launch group: " + entry.reason + "\n";
  return text;
}

} // namespace vyre::driver
