// The store's TOML form. Every entry ends in a closing bracket or quote and the
// head counts the entries, so a cut text never reads as a smaller store.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "StoreText.h"

#include "TomlReader.h"

#include <algorithm>
#include <tuple>
#include <vector>

namespace vyre::rt {
namespace {

constexpr int64_t kSchema = 1;
constexpr const char *kVerdictWords[] = {"adopt", "reject", "undecided"};

std::string triple(const std::array<uint32_t, 3> &v) {
  return "[" + std::to_string(v[0]) + ", " + std::to_string(v[1]) + ", " + std::to_string(v[2]) +
         "]";
}

/// TOML integers have 63 bits; larger figures become decimal strings.
std::string wide(uint64_t value) {
  const std::string digits = std::to_string(value);
  return value <= INT64_MAX ? digits : '"' + digits + '"';
}

std::string format(const StoreKey &key, const TuningRecord &r) {
  return "\n[[record]]\nkey = " + quoteToml(key.hash) + "\nadapter = " + quoteToml(key.adapter) +
         "\nrecorded_at = " + formatTime(r.recordedAt) + "\nunroll = " + std::to_string(r.unroll) +
         "\nworkgroup_size = " + triple(r.workgroupSize) + "\ntile = " + triple(r.tile) + "\n";
}

std::string format(const RacePair &pair, const RaceRecord &r) {
  return "\n[[verdict]]\nconservative = " + quoteToml(pair.conservative) +
         "\nspeculative = " + quoteToml(pair.speculative) +
         "\nadapter = " + quoteToml(pair.adapter) + "\ndecided_at = " + formatTime(r.decidedAt) +
         "\nbaseline_dispatches = " + std::to_string(r.baselineDispatches) +
         "\nbaseline_mean_ns = " + wide(r.baselineMeanNs) +
         "\nspeculative_dispatches = " + std::to_string(r.speculativeDispatches) +
         "\nspeculative_mean_ns = " + wide(r.speculativeMeanNs) +
         "\ncompile_cost_ns = " + wide(r.compileCostNs) + "\nverdict = \"" +
         kVerdictWords[static_cast<size_t>(r.verdict)] + "\"\n";
}

std::string head(size_t entries) {
  return "# Autotune store of Vyre. Rewritten as a whole; delete it to start afresh.\nentries = " +
         std::to_string(entries) + "\nschema = " + std::to_string(kSchema) + "\n";
}

struct Text {
  int64_t time;
  size_t order; ///< Among equal times, the key's.
  size_t bytes;
  const StoreKey *key;
  const RacePair *pair;
};

/// Drops the oldest entries until the rest fits.
void dropOldest(StoreContent &content, size_t maxBytes) {
  std::vector<Text> texts;
  size_t total = head(content.size()).size();
  for (const auto &[key, record] : content.records)
    texts.push_back({record.recordedAt, texts.size(), format(key, record).size(), &key, nullptr});
  for (const auto &[pair, record] : content.verdicts)
    texts.push_back({record.decidedAt, texts.size(), format(pair, record).size(), nullptr, &pair});
  for (const Text &text : texts)
    total += text.bytes;
  if (total <= maxBytes)
    return;
  std::sort(texts.begin(), texts.end(), [](const Text &a, const Text &b) {
    return std::tie(a.time, a.order) < std::tie(b.time, b.order);
  });
  for (const Text &text : texts) {
    if (total <= maxBytes)
      break;
    total -= text.bytes;
    if (text.key)
      content.records.erase(content.records.find(*text.key));
    else
      content.verdicts.erase(content.verdicts.find(*text.pair));
  }
}

std::string hashField(TomlReader &reader, std::string_view key) {
  std::string hash = reader.text(key);
  if (reader.ok() && !isHashText(hash))
    reader.failAt(key, "'" + std::string(key) + "' must be 32 hexadecimal characters");
  return hash;
}

void readRecord(TomlReader reader, StoreContent &content) {
  StoreKey key;
  key.hash = hashField(reader, "key");
  key.adapter = reader.text("adapter");
  TuningRecord record;
  record.recordedAt = reader.time("recorded_at");
  record.unroll = static_cast<uint32_t>(reader.number("unroll", UINT32_MAX));
  record.workgroupSize = reader.triple("workgroup_size");
  record.tile = reader.triple("tile");
  reader.allowOnly({"key", "adapter", "recorded_at", "unroll", "workgroup_size", "tile"});
  if (reader.ok())
    content.put(key, record);
}

void readVerdict(TomlReader reader, StoreContent &content) {
  RacePair pair;
  pair.conservative = hashField(reader, "conservative");
  pair.speculative = hashField(reader, "speculative");
  pair.adapter = reader.text("adapter");
  RaceRecord r;
  r.decidedAt = reader.time("decided_at");
  r.baselineDispatches = static_cast<uint32_t>(reader.number("baseline_dispatches", UINT32_MAX));
  r.baselineMeanNs = reader.wideNumber("baseline_mean_ns");
  r.speculativeDispatches =
      static_cast<uint32_t>(reader.number("speculative_dispatches", UINT32_MAX));
  r.speculativeMeanNs = reader.wideNumber("speculative_mean_ns");
  r.compileCostNs = reader.wideNumber("compile_cost_ns");
  const std::string word = reader.text("verdict");
  const auto *at = std::find(std::begin(kVerdictWords), std::end(kVerdictWords), word);
  if (at == std::end(kVerdictWords))
    reader.failAt("verdict", "'verdict' must be \"adopt\", \"reject\" or \"undecided\"");
  reader.allowOnly({"conservative", "speculative", "adapter", "decided_at", "baseline_dispatches",
                    "baseline_mean_ns", "speculative_dispatches", "speculative_mean_ns",
                    "compile_cost_ns", "verdict"});
  if (!reader.ok())
    return;
  r.verdict = static_cast<StoredVerdict>(at - std::begin(kVerdictWords));
  content.put(pair, r);
}

} // namespace

std::string formatStore(StoreContent &content, size_t maxBytes) {
  dropOldest(content, maxBytes);
  std::string text = head(content.size());
  for (const auto &[key, record] : content.records)
    text += format(key, record);
  for (const auto &[pair, record] : content.verdicts)
    text += format(pair, record);
  return text;
}

Status parseStore(const std::string &text, const std::string &path, StoreContent &content) {
  toml::table table;
  if (Status status = parseToml(text, path, table); !status.ok())
    return status;
  Status failure;
  TomlReader reader(table, path, failure);
  reader.requireSchema(kSchema);
  reader.allowOnly({"entries", "schema", "record", "verdict"});
  StoreContent parsed;
  size_t entries = 0;
  const auto readEach = [&](const char *name, void (*readOne)(TomlReader, StoreContent &)) {
    const toml::array *tables = reader.tables(name);
    for (size_t i = 0; tables && i < tables->size() && failure.ok(); ++i, ++entries)
      readOne(TomlReader(*tables->get(i)->as_table(), path, failure), parsed);
  };
  readEach("record", readRecord);
  readEach("verdict", readVerdict);
  // A file written by hand need not count its entries.
  if (failure.ok() && table.contains("entries")) {
    const uint64_t counted = reader.number("entries");
    if (failure.ok() && counted != entries)
      reader.failAt("entries", "the file was cut: it has " + std::to_string(entries) + " of " +
                                   std::to_string(counted) + " entries");
  }
  if (failure.ok())
    content = std::move(parsed);
  return failure;
}

} // namespace vyre::rt
