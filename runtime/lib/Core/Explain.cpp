// The explanation of every decision that was made, as JSON and as text.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Decision.h"
#include "Report.h"
#include "Text.h"
#include "vyre/Policy/Display.h"

namespace vyre::rt {

namespace {

std::string decimal(policy::u128 value) {
  std::string digits;
  do
    digits.insert(digits.begin(), char('0' + int(value % 10)));
  while ((value /= 10) != 0);
  return digits;
}

// What the chosen form saves against plain launches; 0 for a form that was
// forced although it does not pay off.
policy::u128 savedNs(const Decision &decision) {
  const policy::GroupVerdict &verdict = decision.verdict;
  switch (decision.choice.form) {
  case policy::Form::Plain:
    return 0;
  case policy::Form::Graph:
    return verdict.commandReuse.savedNs;
  case policy::Form::Persistent:
    return verdict.persistent.savedNs;
  case policy::Form::LoopInGraph:
    return verdict.loopInGraph.savedNs;
  }
  return 0;
}

// The members that the compiler wrote, with what it deferred filled in.
std::string compiledMembers(const Decision &decision) {
  std::string members = decision.compiledVerdicts;
  auto fill = [&](const std::string &name, const std::string &answer) {
    std::string deferred = "\"" + name + "\": \"deferred\"";
    size_t at = members.find(deferred);
    if (at != std::string::npos)
      members.replace(at, deferred.size(), "\"" + name + "\": " + jsonString(answer));
    else if (members.find("\"" + name + "\":") == std::string::npos)
      members += (members.empty() ? "\"" : ", \"") + name + "\": " + jsonString(answer);
  };
  fill("D9", policy::display(
                 policy::evaluateBindless({decision.resourceCount, decision.bindless, false})));
  // No speculation window exists for a group that has only just begun.
  fill("I2", policy::display(policy::evaluateSpeculation({})));
  for (const char *list : {"D2", "D3"})
    if (members.find("\"" + std::string(list) + "\":") == std::string::npos)
      members += ", \"" + std::string(list) + "\": []";
  return members;
}

std::string tripText(const Decision &decision, const char *unknown) {
  return decision.tripCount < 0 ? unknown : std::to_string(decision.tripCount);
}

std::string listOf(const std::vector<std::string> &texts) {
  std::string list;
  for (const std::string &text : texts)
    list += (list.empty() ? "" : ", ") + jsonString(text);
  return "[" + list + "]";
}

std::string jsonOf(const Decision &decision) {
  const policy::GroupVerdict &verdict = decision.verdict;
  const policy::PersistentInputs &persistent = verdict.persistentInputs;
  const policy::ReuseInputs &reuse = verdict.reuseInputs;
  auto refusal = [](const std::string &text) { return text.empty() ? "null" : jsonString(text); };
  return "{\"location\": " + jsonString(decision.location) +
         ", \"trip_count\": " + tripText(decision, "null") +
         ", \"launches_per_iteration\": " + std::to_string(decision.launchesPerIteration) +
         ", \"verdict\": {\"D1\": " + jsonString(policy::display(verdict.persistent)) +
         ", \"D4\": " + jsonString(policy::display(verdict.commandReuse)) + ", " +
         compiledMembers(decision) + ", \"mode\": " + jsonString(policy::display(verdict.mode)) +
         "}, \"reasons\": {\"D1\": " + jsonString(policy::reasonName(verdict.persistent.reason)) +
         ", \"D4\": " + jsonString(policy::reasonName(verdict.commandReuse.reason)) +
         "}, \"chosen\": " + jsonString(policy::display(decision.choice.form)) +
         ", \"saved_ns\": " + decimal(savedNs(decision)) +
         ", \"reason\": " + jsonString(policy::reasonName(decision.choice.reason)) +
         ", \"costs\": {\"source\": " + jsonString(policy::display(decision.costs)) +
         ", \"launch_ns\": " + std::to_string(persistent.perLaunchOverheadNs) +
         ", \"persistent_setup_ns\": " + std::to_string(persistent.persistentSetupOverheadNs) +
         ", \"barriers_ns\": " + decimal(verdict.barrierCostNs) +
         ", \"grid_barrier_ns\": " + std::to_string(verdict.gridBarrierNs) +
         ", \"neighbours_ns\": " + std::to_string(verdict.neighboursNs) +
         ", \"record_ns\": " + std::to_string(reuse.recordOverheadNs) +
         ", \"replay_ns\": " + std::to_string(reuse.replayOverheadNs) +
         "}, \"refused\": {\"graph\": " + refusal(decision.graphRefusal) +
         ", \"persistent\": " + refusal(decision.persistentRefusal) +
         "}, \"syncs\": " + listOf(decision.syncs) + "}";
}

// Says what an unknown length was taken for.
std::string pricedText(const Decision &decision) {
  return decision.tripCount < 0 ? "(length unknown, priced as one iteration) " : "";
}

// How many synchronizations an iteration has of each tier, and what one costs.
std::string meetingsText(const policy::GroupVerdict &verdict) {
  std::string text;
  auto add = [&](uint32_t count, const char *tier, uint64_t ns) {
    if (count != 0)
      text += (text.empty() ? " (an iteration: " : ", ") + std::to_string(count) + " " + tier +
              " at " + std::to_string(ns) + " ns";
  };
  add(verdict.facts.barriersPerIteration, "grid", verdict.gridBarrierNs);
  add(verdict.facts.neighboursPerIteration, "neighbours", verdict.neighboursNs);
  add(verdict.facts.sessionsPerIteration, "queue drained",
      verdict.persistentInputs.persistentSetupOverheadNs);
  if (!text.empty())
    text += ")";
  if (verdict.facts.barriersOnce != 0)
    text += " (once: " + std::to_string(verdict.facts.barriersOnce) + " grid at " +
            std::to_string(verdict.gridBarrierNs) + " ns)";
  return text;
}

// True for a note that says of a forced form what its refusal says.
bool repeatsRefusal(const Decision &decision) {
  for (const std::string &refusal : {decision.graphRefusal, decision.persistentRefusal})
    if (!refusal.empty() && decision.note.find(refusal) != std::string::npos)
      return true;
  return false;
}

// The verdicts of one group with the prices that they came from.
std::string textOf(const Decision &decision) {
  const policy::GroupVerdict &verdict = decision.verdict;
  const policy::PersistentInputs &persistent = verdict.persistentInputs;
  const policy::ReuseInputs &reuse = verdict.reuseInputs;
  auto ns = [](policy::u128 value) { return decimal(value) + " ns"; };
  std::string out =
      (decision.location.empty() ? "launch group" : decision.location) + ": " +
      tripText(decision, "unknown") + " iterations " + pricedText(decision) + "of " +
      std::to_string(decision.launchesPerIteration) + " launches run as " +
      policy::display(decision.choice.form) + " (" + policy::reasonName(decision.choice.reason) +
      ", saves " + ns(savedNs(decision)) + ")\n  D1 " + policy::display(verdict.persistent) + " (" +
      policy::reasonName(verdict.persistent.reason) + "): launch " +
      ns(persistent.perLaunchOverheadNs) + ", set-up " + ns(persistent.persistentSetupOverheadNs) +
      ", barriers in all " + ns(verdict.barrierCostNs) + meetingsText(verdict) + "\n  D4 " +
      policy::display(verdict.commandReuse) + " (" +
      policy::reasonName(verdict.commandReuse.reason) + "): one iteration launched " +
      ns(reuse.perLaunchOverheadNs) + ", replayed " + ns(reuse.replayOverheadNs) + ", recorded " +
      ns(reuse.recordOverheadNs) + "\n  mode " + policy::display(verdict.mode) + ", by " +
      policy::display(decision.costs) + " costs\n";
  if (!decision.graphRefusal.empty())
    out += "  no graph form: " + decision.graphRefusal + "\n";
  if (!decision.persistentRefusal.empty())
    out += "  no persistent form: " + decision.persistentRefusal + "\n";
  for (const std::string &sync : decision.syncs)
    out += "  persistent form: " + sync + "\n";
  if (!decision.note.empty() && !repeatsRefusal(decision))
    out += "  note " + decision.note + "\n";
  return out;
}

} // namespace

std::string explainJson() {
  std::string out = "{\"launch_groups\": [";
  bool first = true;
  for (const Decision &decision : decisions()) {
    out += (first ? "\n" : ",\n") + jsonOf(decision);
    first = false;
  }
  out += "\n], \"ungrouped\": [";
  first = true;
  for (const Ungrouped &entry : ungrouped()) {
    out += (first ? "\n" : ",\n") + ("{\"location\": " + jsonString(entry.location)) +
           ", \"reason\": " + jsonString(entry.reason) + "}";
    first = false;
  }
  return out + "\n]}\n";
}

std::string explainText() {
  std::string out;
  for (const Decision &decision : decisions())
    out += textOf(decision);
  for (const Ungrouped &entry : ungrouped())
    out += entry.location + ": no launch group: " + entry.reason + "\n";
  return out;
}

} // namespace vyre::rt
