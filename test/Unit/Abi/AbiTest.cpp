// The layout of the ABI's records is that of every version so far: programs of
// an old version meet a new runtime.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre-abi/vyre_abi.h"

#include <algorithm>
#include <cstddef>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <vector>

// A record may have grown, but what version 1 knows stays where it was.
#define VYRE_GOLDEN_RECORD(record, bytes) static_assert(sizeof(record) >= bytes, #record);
#define VYRE_GOLDEN_FIELD(record, field, offset, bytes)                                            \
  static_assert(offsetof(record, field) == offset, #record "." #field);                            \
  static_assert(sizeof(record::field) == bytes, #record "." #field);
#include "abi-v1.def"
#undef VYRE_GOLDEN_RECORD
#undef VYRE_GOLDEN_FIELD

namespace {

using Fields = std::map<std::string, std::vector<std::string>>;

Fields goldenFields() {
  Fields fields;
#define VYRE_GOLDEN_RECORD(record, bytes)
#define VYRE_GOLDEN_FIELD(record, field, offset, bytes) fields[#record].push_back(#field);
#include "abi-v1.def"
#undef VYRE_GOLDEN_RECORD
#undef VYRE_GOLDEN_FIELD
  return fields;
}

Fields declaredFields() {
  Fields fields;
  std::string record;
#define VYRE_RECORD(name) record = #name;
#define VYRE_U32(field) fields[record].push_back(#field);
#define VYRE_I64(field) fields[record].push_back(#field);
#define VYRE_U64(field) fields[record].push_back(#field);
#define VYRE_PTR(type, field) fields[record].push_back(#field);
#define VYRE_END(name)
#include "vyre-abi/vyre_abi_records.def"
#undef VYRE_RECORD
#undef VYRE_U32
#undef VYRE_I64
#undef VYRE_U64
#undef VYRE_PTR
#undef VYRE_END
  return fields;
}

// Fields are added at the end, and only by a new version.
TEST(Abi, RecordsOnlyGrow) {
  Fields declared = declaredFields();
  for (const auto &[record, fields] : goldenFields()) {
    const std::vector<std::string> &now = declared[record];
    ASSERT_GE(now.size(), fields.size()) << record;
    EXPECT_TRUE(std::equal(fields.begin(), fields.end(), now.begin())) << record;
    if (VYRE_ABI_VERSION == 1)
      EXPECT_EQ(now.size(), fields.size()) << record << ": a new field needs a new version";
  }
}

// Every record begins with its size and version.
TEST(Abi, RecordsSayTheirSizeAndVersion) {
  for (const auto &[record, fields] : declaredFields()) {
    ASSERT_GE(fields.size(), 2u) << record;
    EXPECT_EQ(fields[0], "struct_size") << record;
    EXPECT_EQ(fields[1], "version") << record;
  }
}

// The runtime takes programs of its own version and older ones.
TEST(Abi, VersionsUpToTheRuntimesAreTaken) {
  for (uint32_t version = 1; version <= VYRE_ABI_VERSION; ++version)
    EXPECT_EQ(vyreAbiCheck(version), VYRE_OK);
  EXPECT_EQ(vyreAbiCheck(VYRE_ABI_VERSION + 1), VYRE_UNAVAILABLE);
  EXPECT_EQ(vyreAbiCheck(0), VYRE_UNAVAILABLE);
}

} // namespace
