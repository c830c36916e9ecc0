// Loads policy-vectors.json, the numeric cases of the decision contract.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TEST_POLICY_VECTORS_H
#define VYRE_TEST_POLICY_VECTORS_H

#include "vyre/Policy/Policy.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace vyre::policy::test {

using Json = nlohmann::json;

/// One case of one section.
struct Case {
  std::string name; ///< Letters, digits and underscores, unique in the section.
  Json data;
};

void PrintTo(const Case &testCase, std::ostream *out);

/// The cases of `section`; the test program fails to start without the file.
std::vector<Case> loadSection(const char *section);

/// Names parameterized tests by their case.
struct CaseName {
  template <typename Info> std::string operator()(const Info &info) const {
    return info.param.name;
  }
};

/// 64-bit figures are decimal strings, because JSON numbers are doubles to many.
uint64_t asU64(const Json &value);
SlotSet asSlots(const Json &value);
std::optional<uint32_t> asSlot(const Json &value);

} // namespace vyre::policy::test

#endif // VYRE_TEST_POLICY_VECTORS_H
