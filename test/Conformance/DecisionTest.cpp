// Forms of launch groups: what is chosen, and what the reports say.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Conformance.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

using namespace conformance;

namespace {

struct Group {
  vyre_group_desc record = {};

  explicit Group(const char *location, uint32_t forms) {
    record.struct_size = sizeof record;
    record.version = VYRE_ABI_VERSION;
    record.location = location;
    record.legal_forms = forms;
    record.launches_per_iteration = 2;
    record.explain = "\"D9\": \"deferred\", \"I2\": \"deferred\", \"D2\": [], \"D3\": []";
  }
};

constexpr uint32_t plainBit = 1u << VYRE_FORM_PLAIN;
constexpr uint32_t graphBit = 1u << VYRE_FORM_GRAPH;

std::string explanation() {
  std::string text(vyreRtExplainJson(nullptr, 0) + 1, '\0');
  vyreRtExplainJson(&text[0], text.size());
  return text;
}

// Only legal forms are ever chosen.
TEST_F(Device, PlainOnlyGroupStaysPlain) {
  Group group("plain-only", plainBit);
  EXPECT_EQ(vyreGroupSelect(&group.record, 1000000), VYRE_FORM_PLAIN);
  EXPECT_EQ(vyreGroupSelect(&group.record, 0), VYRE_FORM_PLAIN);
  EXPECT_EQ(vyreGroupSelect(&group.record, -1), VYRE_FORM_PLAIN);
}

// The explanation has an object for the group, with the run-time trip count.
TEST_F(Device, ExplanationNamesTheGroup) {
  Group group("explained.mlir:7:1", plainBit | graphBit);
  (void)vyreGroupSelect(&group.record, 33);
  std::string text = explanation();
  size_t at = text.find("\"location\": \"explained.mlir:7:1\", \"trip_count\": 33, "
                        "\"launches_per_iteration\": 2, \"verdict\": {\"D1\": ");
  ASSERT_NE(at, std::string::npos) << text;
  EXPECT_NE(text.find("\"D9\": \"traditional-bindings\", \"I2\": \"hold-steady\"", at),
            std::string::npos)
      << text;
}

// One iteration cannot pay for a recording.
TEST_F(Device, OneIterationIsPlain) {
  Group group("one", plainBit | graphBit);
  EXPECT_EQ(vyreGroupSelect(&group.record, 1), VYRE_FORM_PLAIN);
}

// What a form is said to save is part of what the launches take: the device
// measures launches as programs make them. The factor is for a machine that was
// slower while it measured than at the best of five runs.
TEST_F(HostKernels, SavesNoMoreThanTheLaunchesTake) {
  constexpr int launches = 4000;
  constexpr uint64_t slack = 3;
  Kernel kernel("tiny", [](const void *, vyre_host_ctx *) {}, sizeof(int));
  int args = 0;
  uint64_t tookNs = UINT64_MAX;
  for (int run = 0; run != 5; ++run) {
    auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i != launches; ++i)
      ASSERT_EQ(conformance::run(kernel, args, 1), VYRE_OK);
    ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
    std::chrono::nanoseconds time = std::chrono::steady_clock::now() - begin;
    tookNs = std::min(tookNs, uint64_t(time.count()));
  }
  Group group("tiny.mlir:1:1", plainBit | 1u << VYRE_FORM_PERSISTENT);
  group.record.launches_per_iteration = 1;
  group.record.persistent_kernel = &kernel.record;
  group.record.persistent_block = group.record.persistent_max_blocks = 1;
  (void)vyreGroupSelect(&group.record, launches); // plain, where starting threads takes long
  std::string text = explanation();
  const std::string label = "\"saved_ns\": ";
  size_t at = text.find(label, text.find("tiny.mlir:1:1"));
  ASSERT_NE(at, std::string::npos) << text;
  EXPECT_LT(std::strtoull(text.c_str() + at + label.size(), nullptr, 10), slack * tookNs) << text;
}

} // namespace
