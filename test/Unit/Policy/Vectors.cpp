// Reads the vectors file that the build names.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Vectors.h"

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace vyre::policy::test {
namespace {

const Json &vectors() {
  static const Json all = [] {
    std::ifstream file(VYRE_POLICY_VECTORS);
    if (!file) {
      std::fprintf(stderr, "cannot open %s\n", VYRE_POLICY_VECTORS);
      std::exit(1);
    }
    return Json::parse(file);
  }();
  return all;
}

std::string identifier(const std::string &text) {
  std::string name;
  for (char c : text)
    name.push_back(std::isalnum(static_cast<unsigned char>(c)) ? c : '_');
  return name;
}

} // namespace

void PrintTo(const Case &testCase, std::ostream *out) { *out << testCase.data.dump(); }

std::vector<Case> loadSection(const char *section) {
  std::vector<Case> cases;
  for (const Json &data : vectors().at(section)) {
    std::string name = data.contains("name") ? identifier(data["name"]) : "case";
    if (!data.contains("name"))
      name += std::to_string(cases.size());
    cases.push_back({name, data});
  }
  return cases;
}

uint64_t asU64(const Json &value) {
  if (value.is_number_unsigned())
    return value.get<uint64_t>();
  const std::optional<u128> parsed = parseDecimal(value.get<std::string>());
  if (!parsed || *parsed > kMaxU64) {
    std::fprintf(stderr, "not a 64-bit number: %s\n", value.dump().c_str());
    std::exit(1);
  }
  return static_cast<uint64_t>(*parsed);
}

SlotSet asSlots(const Json &value) {
  SlotSet slots;
  for (const Json &slot : value)
    slots.insert(slot.get<uint32_t>());
  return slots;
}

std::optional<uint32_t> asSlot(const Json &value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<uint32_t>());
}

} // namespace vyre::policy::test
