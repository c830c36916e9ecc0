// Reads typed fields of a TOML table; the first failure, with file and line,
// sticks. Included only where TOML is parsed: the header behind it is large.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_STATE_TOMLREADER_H
#define VYRE_RT_STATE_TOMLREADER_H

#include "Status.h"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_WINDOWS_COMPAT 0
#include <toml++/toml.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace vyre::rt {

/// Parses `text`; failures name `path` and the line.
Status parseToml(const std::string &text, const std::string &path, toml::table &table);

class TomlReader {
public:
  TomlReader(const toml::table &table, const std::string &path, Status &failure)
      : table(table), path(path), failure(failure) {}

  /// Fails unless every key is one of `known`.
  void allowOnly(std::initializer_list<std::string_view> known);
  /// Fails unless `schema` is there and is `supported`.
  void requireSchema(int64_t supported);

  std::string text(std::string_view key);
  /// An integer within the bounds.
  uint64_t number(std::string_view key, uint64_t max = INT64_MAX);
  /// As number(), but one beyond TOML's 63 bits may be a decimal string.
  uint64_t wideNumber(std::string_view key);
  std::array<uint32_t, 3> triple(std::string_view key);
  /// An offset date-time, in seconds since 1970.
  int64_t time(std::string_view key);
  /// A local date, as "YYYY-MM-DD".
  std::string date(std::string_view key);
  /// The elements of an array of tables; none if the key is absent.
  const toml::array *tables(std::string_view key);

  void failAt(std::string_view key, const std::string &message);
  bool ok() const { return failure.ok(); }

private:
  /// The value of `key`, or null after a failure, now or before.
  const toml::node *require(std::string_view key);

  const toml::table &table;
  const std::string &path;
  Status &failure;
};

/// "2026-01-31T23:59:59Z"; times outside the years 1970 to 9999 are clamped.
std::string formatTime(int64_t seconds);
/// `text` as a TOML basic string, quotes included.
std::string quoteToml(std::string_view text);

} // namespace vyre::rt

#endif // VYRE_RT_STATE_TOMLREADER_H
