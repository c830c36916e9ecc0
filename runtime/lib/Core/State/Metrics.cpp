// The counter registry and its rendering.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Metrics.h"

namespace vyre::rt {
namespace {

/// True for a letter, an underscore, or (not in front) a digit.
bool isNameCharacter(char c, bool front) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (!front && c >= '0' && c <= '9');
}

/// True for a name the exposition format allows; only metrics may have colons.
bool isName(std::string_view name, bool colons) {
  for (size_t i = 0; i < name.size(); ++i)
    if (!isNameCharacter(name[i], i == 0) && !(colons && name[i] == ':'))
      return false;
  return !name.empty();
}

std::string escape(std::string_view text, bool quotes) {
  std::string out;
  for (char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || (quotes && c == '"'))
      out += '\\';
    out += c;
  }
  return out;
}

} // namespace

void MetricCounter::add(uint64_t amount) {
  uint64_t old = count.load(std::memory_order_relaxed);
  uint64_t next = 0;
  do {
    if (__builtin_add_overflow(old, amount, &next))
      next = ~uint64_t(0);
  } while (!count.compare_exchange_weak(old, next, std::memory_order_relaxed));
}

MetricCounter *Metrics::counter(std::string_view name, std::string_view help,
                                const Labels &labels) {
  if (!isName(name, /*colons=*/true))
    return nullptr;
  std::string rendered;
  for (const auto &[label, value] : labels) {
    if (!isName(label, /*colons=*/false))
      return nullptr;
    rendered += (rendered.empty() ? "" : ",") + label + "=\"" + escape(value, true) + '"';
  }
  StateLock lock(mutex);
  auto family = families.find(name);
  if (family == families.end())
    family = families.emplace(std::string(name), Family{std::string(help), {}}).first;
  std::unique_ptr<MetricCounter> &slot = family->second.counters[rendered];
  if (!slot)
    slot = std::make_unique<MetricCounter>();
  return slot.get();
}

void Metrics::count(const AuditEvent &event) {
  const Labels labels = {{"substrate", event.substrate}, {"action", event.action}};
  counter("vyre_policy_verdicts_total", "Profitable verdicts of the launch policy.", labels)->add();
  counter("vyre_policy_saved_nanoseconds_total", "Nanoseconds that those verdicts save.", labels)
      ->add(policy::saturateToU64(event.savedNs));
}

void Metrics::count(const AuditEvents &events) {
  for (const AuditEvent &event : events)
    count(event);
}

std::string Metrics::prometheusText() const {
  StateLock lock(mutex);
  std::string text;
  for (const auto &[name, family] : families) {
    text += "# HELP " + name + ' ' + escape(family.help, false) + '\n';
    text += "# TYPE " + name + " counter\n";
    for (const auto &[labels, counter] : family.counters) {
      text += name;
      if (!labels.empty())
        text += '{' + labels + '}';
      text += ' ' + std::to_string(counter->value()) + '\n';
    }
  }
  return text;
}

} // namespace vyre::rt
