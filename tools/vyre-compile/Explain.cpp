// What was decided at compile time about each group of launches.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Explain.h"

#include "mlir/IR/Matchers.h"
#include "vyre/Conversion/Records.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace vyre::driver {

namespace {

constexpr StringLiteral kDeferred = "deferred";

/// A verdict's field; what it leaves out is left to run time.
json::Value field(StringRef text) { return text.empty() ? StringRef(kDeferred) : text; }

json::Array list(mlir::ArrayAttr values) {
  json::Array entries;
  if (values)
    for (mlir::Attribute value : values)
      entries.push_back(cast<mlir::StringAttr>(value).getValue());
  return entries;
}

json::Value refusal(std::optional<StringRef> text) {
  return text ? json::Value(*text) : json::Value(nullptr);
}

/// The trip count where it is a constant, else null.
json::Value tripCount(LaunchGroupOp group) {
  APInt trips;
  if (group.getTripCount() && mlir::matchPattern(group.getTripCount(), mlir::m_ConstantInt(&trips)))
    return trips.getSExtValue();
  return nullptr;
}

json::Object explain(LaunchGroupOp group) {
  json::Object verdict;
  int64_t saved = 0;
  StringRef reason;
  if (VerdictAttr attr = group.getVerdictAttr()) {
    verdict = json::Object{{"D1", field(attr.getD1())},    {"D2", list(attr.getD2())},
                           {"D3", list(attr.getD3())},     {"D4", field(attr.getD4())},
                           {"D9", field(attr.getD9())},    {"I2", field(attr.getI2())},
                           {"mode", field(attr.getMode())}};
    // A mode that saves time ends with how much; else nothing is saved.
    (void)attr.getMode().rsplit(':').second.getAsInteger(10, saved);
    reason = attr.getReason();
  }
  bool plainOnly = group.getGraph().empty() && group.getPersistent().empty();
  return json::Object{
      {"location", getLocationText(group.getLoc())},
      {"trip_count", tripCount(group)},
      {"launches_per_iteration", int64_t(group.getLaunchesPerIteration())},
      {"verdict", std::move(verdict)},
      {"chosen", plainOnly ? StringRef("plain") : StringRef(kDeferred)},
      {"saved_ns", plainOnly ? 0 : saved},
      {"reason", reason},
      {"refused", json::Object{{"graph", refusal(group.getGraphRefusal())},
                               {"persistent", refusal(group.getPersistentRefusal())}}}};
}

} // namespace

json::Value explainGroups(mlir::ModuleOp module) {
  json::Array groups;
  module.walk<mlir::WalkOrder::PreOrder>(
      [&](LaunchGroupOp group) { groups.push_back(explain(group)); });
  return json::Object{{"launch_groups", std::move(groups)}};
}

std::string explanationText(const json::Value &explanation) {
  std::string text;
  raw_string_ostream out(text);
  for (const json::Value &value : *explanation.getAsObject()->getArray("launch_groups")) {
    const json::Object &group = *value.getAsObject();
    const json::Object &verdict = *group.getObject("verdict");
    auto word = [](const json::Object &object, StringRef key) {
      return object.getString(key).value_or("none");
    };
    std::optional<int64_t> trips = group.getInteger("trip_count");
    out << word(group, "location") << ": " << (trips ? std::to_string(*trips) : "unknown")
        << " iterations of " << *group.getInteger("launches_per_iteration") << " launches, form "
        << word(group, "chosen") << " (" << word(group, "reason") << ")\n"
        << "  D1 " << word(verdict, "D1") << "\n  D4 " << word(verdict, "D4") << "\n  mode "
        << word(verdict, "mode") << "\n";
    for (StringRef form : {"graph", "persistent"})
      if (std::optional<StringRef> why = group.getObject("refused")->getString(form))
        out << "  no " << form << " form: " << *why << "\n";
  }
  return text;
}

} // namespace vyre::driver
