// Display forms: one table per enumeration, one shape for "word:<ns>".
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Policy/Display.h"

#include <cstddef>

namespace vyre::policy {
namespace {

/// Words in the order of the enumerators.
template <typename E> struct Words;
#define VYRE_WORDS(Enum, ...)                                                                      \
  template <> struct Words<Enum> {                                                                 \
    static constexpr const char *list[] = {__VA_ARGS__};                                           \
  };
VYRE_WORDS(PersistentVerdict::Kind, "standard-launches", "persistent-kernel")
VYRE_WORDS(ReuseVerdict::Kind, "plain-launches", "record-and-replay")
VYRE_WORDS(BindlessVerdict::Kind, "traditional-bindings", "bindless")
VYRE_WORDS(SpeculationVerdict::Kind, "hold-steady", "speculate")
VYRE_WORDS(LoopInGraphVerdict::Kind, "none", "loop-in-graph")
VYRE_WORDS(ExecutionMode::Kind, "plain-launches", "command-reuse", "persistent-kernel")
VYRE_WORDS(ArmVerdict, "independent", "serialize:write-write", "serialize:read-after-write",
           "serialize:write-after-read")
VYRE_WORDS(OverlapVerdict, "none", "overlap", "serialize")
VYRE_WORDS(RaceVerdict, "keep-racing", "adopt", "reject")
VYRE_WORDS(BindlessSupport, "full", "static", "unsupported")
VYRE_WORDS(BarrierTier, "none", "block", "neighbours", "grid")
VYRE_WORDS(ProfileSource, "native", "portable", "measured")
VYRE_WORDS(Form, "plain", "graph", "persistent", "loop-in-graph")
VYRE_WORDS(RequestedMode, "auto", "plain", "graph", "persistent")
#undef VYRE_WORDS

template <typename E> std::string word(E value) {
  return Words<E>::list[static_cast<size_t>(value)];
}

template <typename E> std::optional<E> parseWord(std::string_view text) {
  size_t index = 0;
  for (const char *candidate : Words<E>::list) {
    if (text == candidate)
      return static_cast<E>(index);
    ++index;
  }
  return std::nullopt;
}

/// The first enumerator stands alone; every other one carries its saving.
template <typename Verdict> std::string displaySaving(const Verdict &verdict) {
  std::string text = word(verdict.kind);
  if (static_cast<size_t>(verdict.kind) != 0)
    text += ":" + toDecimal(verdict.savedNs);
  return text;
}

template <typename Verdict> std::optional<Verdict> parseSaving(std::string_view text) {
  const size_t colon = text.find(':');
  const auto kind = parseWord<decltype(Verdict::kind)>(text.substr(0, colon));
  if (!kind)
    return std::nullopt;
  Verdict verdict;
  verdict.kind = *kind;
  const bool carriesSaving = static_cast<size_t>(*kind) != 0;
  if (carriesSaving != (colon != std::string_view::npos))
    return std::nullopt;
  if (!carriesSaving)
    return verdict;
  const std::optional<u128> saved = parseDecimal(text.substr(colon + 1));
  if (!saved || *saved == 0)
    return std::nullopt;
  verdict.savedNs = static_cast<decltype(Verdict::savedNs)>(*saved);
  if (verdict.savedNs != *saved)
    return std::nullopt;
  return verdict;
}

} // namespace

std::string display(const BindlessVerdict &verdict) { return word(verdict.kind); }

template <> std::optional<BindlessVerdict> parseDisplay<BindlessVerdict>(std::string_view text) {
  const auto kind = parseWord<BindlessVerdict::Kind>(text);
  return kind ? std::optional(BindlessVerdict{*kind, Reason::Unstated}) : std::nullopt;
}

#define VYRE_SAVING(Type)                                                                          \
  std::string display(const Type &verdict) { return displaySaving(verdict); }                      \
  template <> std::optional<Type> parseDisplay<Type>(std::string_view text) {                      \
    return parseSaving<Type>(text);                                                                \
  }
VYRE_SAVING(PersistentVerdict)
VYRE_SAVING(ReuseVerdict)
VYRE_SAVING(SpeculationVerdict)
VYRE_SAVING(LoopInGraphVerdict)
VYRE_SAVING(ExecutionMode)
#undef VYRE_SAVING

#define VYRE_WORD(Type)                                                                            \
  std::string display(Type value) { return word(value); }                                          \
  template <> std::optional<Type> parseDisplay<Type>(std::string_view text) {                      \
    return parseWord<Type>(text);                                                                  \
  }
VYRE_WORD(ArmVerdict)
VYRE_WORD(OverlapVerdict)
VYRE_WORD(RaceVerdict)
VYRE_WORD(BindlessSupport)
VYRE_WORD(BarrierTier)
VYRE_WORD(ProfileSource)
VYRE_WORD(Form)
VYRE_WORD(RequestedMode)
#undef VYRE_WORD

} // namespace vyre::policy
