// Field access with messages that say where and what was expected.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "TomlReader.h"

#include "vyre/Policy/Wide.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace vyre::rt {
namespace {

constexpr int64_t kLastSecond = 253402300799; // 9999-12-31T23:59:59Z

Status failure(const std::string &path, const toml::source_region &where,
               const std::string &message) {
  std::string text = path;
  if (where.begin.line != 0)
    text += ":" + std::to_string(where.begin.line);
  return Status(VYRE_INVALID_ARGUMENT, text + ": " + message);
}

std::string quoted(std::string_view key) { return "'" + std::string(key) + "'"; }

} // namespace

Status parseToml(const std::string &text, const std::string &path, toml::table &table) {
  toml::parse_result result = toml::parse(text, path);
  if (!result)
    return failure(path, result.error().source(),
                   "not TOML: " + std::string(result.error().description()));
  table = std::move(result).table();
  return {};
}

void TomlReader::failAt(std::string_view key, const std::string &message) {
  if (!ok())
    return;
  const toml::node *node = table.get(key);
  failure = rt::failure(path, node ? node->source() : table.source(), message);
}

void TomlReader::allowOnly(std::initializer_list<std::string_view> known) {
  for (const auto &entry : table) {
    const std::string_view key = entry.first.str();
    if (std::find(known.begin(), known.end(), key) == known.end())
      failAt(key, "unknown key " + quoted(key));
  }
}

void TomlReader::requireSchema(int64_t supported) {
  const toml::node *node = require("schema");
  if (!node)
    return;
  const auto schema = node->value_exact<int64_t>();
  if (!schema)
    return failAt("schema", "'schema' must be an integer");
  if (*schema != supported)
    failAt("schema", "schema " + std::to_string(*schema) +
                         " is unknown: this version reads schema " + std::to_string(supported));
}

const toml::node *TomlReader::require(std::string_view key) {
  if (!ok())
    return nullptr;
  const toml::node *node = table.get(key);
  if (!node)
    failAt(key, "missing key " + quoted(key));
  return node;
}

std::string TomlReader::text(std::string_view key) {
  const toml::node *node = require(key);
  if (!node)
    return {};
  const auto value = node->value_exact<std::string>();
  if (!value)
    failAt(key, quoted(key) + " must be a string");
  return value.value_or("");
}

uint64_t TomlReader::number(std::string_view key, uint64_t max) {
  const toml::node *node = require(key);
  if (!node)
    return 0;
  const auto value = node->value_exact<int64_t>();
  if (value && *value >= 0 && static_cast<uint64_t>(*value) <= max)
    return static_cast<uint64_t>(*value);
  failAt(key, quoted(key) + " must be an integer from 0 to " + std::to_string(max));
  return 0;
}

uint64_t TomlReader::wideNumber(std::string_view key) {
  const toml::node *node = require(key);
  if (!node || !node->is_string())
    return number(key);
  const auto value = policy::parseDecimal(text(key));
  if (value && *value <= policy::kMaxU64)
    return static_cast<uint64_t>(*value);
  failAt(key, quoted(key) + " must be a 64-bit number in decimal");
  return 0;
}

std::array<uint32_t, 3> TomlReader::triple(std::string_view key) {
  std::array<uint32_t, 3> values{};
  const toml::node *node = require(key);
  if (!node)
    return values;
  const toml::array *array = node->as_array();
  bool good = array && array->size() == 3;
  for (size_t i = 0; good && i < 3; ++i) {
    const auto value = array->get(i)->value_exact<int64_t>();
    good = value && *value >= 0 && *value <= UINT32_MAX;
    values[i] = good ? static_cast<uint32_t>(*value) : 0;
  }
  if (!good)
    failAt(key, quoted(key) + " must be an array of 3 integers from 0 to 4294967295");
  return values;
}

int64_t TomlReader::time(std::string_view key) {
  const toml::node *node = require(key);
  if (!node)
    return 0;
  const auto value = node->value_exact<toml::date_time>();
  if (!value || !value->offset || value->date.year < 1970) {
    failAt(key, quoted(key) + " must be a date-time with offset, from 1970 on");
    return 0;
  }
  std::tm parts{};
  parts.tm_year = value->date.year - 1900;
  parts.tm_mon = value->date.month - 1;
  parts.tm_mday = value->date.day;
  parts.tm_hour = value->time.hour;
  parts.tm_min = value->time.minute;
  parts.tm_sec = value->time.second;
  return static_cast<int64_t>(::timegm(&parts)) - int64_t(value->offset->minutes) * 60;
}

std::string TomlReader::date(std::string_view key) {
  const toml::node *node = require(key);
  if (!node)
    return {};
  const auto value = node->value_exact<toml::date>();
  if (!value) {
    failAt(key, quoted(key) + " must be a date, as 2026-01-31");
    return {};
  }
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%04u-%02u-%02u", unsigned(value->year),
                unsigned(value->month), unsigned(value->day));
  return buffer;
}

const toml::array *TomlReader::tables(std::string_view key) {
  const toml::node *node = ok() ? table.get(key) : nullptr;
  if (!node)
    return nullptr;
  const toml::array *array = node->as_array();
  if (array && array->is_homogeneous<toml::table>())
    return array;
  failAt(key, quoted(key) + " must be an array of tables");
  return nullptr;
}

std::string formatTime(int64_t seconds) {
  const std::time_t time = std::min(std::max<int64_t>(seconds, 0), kLastSecond);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  char buffer[32];
  std::strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return buffer;
}

std::string quoteToml(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "\\u%04x", byte);
      out += buffer;
    } else {
      out += c;
    }
  }
  return out + '"';
}

} // namespace vyre::rt
