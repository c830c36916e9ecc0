// Every numeric case of D1, D2, D3, D4, D9, I2, the resolver and the bundle.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Vectors.h"

#include <gtest/gtest.h>

namespace vyre::policy::test {
namespace {

#define VYRE_CASES(Suite, Section)                                                                 \
  class Suite : public testing::TestWithParam<Case> {};                                            \
  INSTANTIATE_TEST_SUITE_P(Vectors, Suite, testing::ValuesIn(loadSection(Section)), CaseName())

VYRE_CASES(PersistentKernel, "D1");
TEST_P(PersistentKernel, Decides) {
  const Json &c = GetParam().data;
  const PersistentVerdict verdict = evaluatePersistentKernel(
      {c["batchSize"].get<uint32_t>(), asU64(c["perLaunchOverheadNs"]), asU64(c["perItemKernelNs"]),
       asU64(c["persistentSetupOverheadNs"])});
  EXPECT_EQ(display(verdict), c["expect"]);
  EXPECT_EQ(verdict.profitable(), verdict.reason == Reason::Profitable);
}

VYRE_CASES(Arms, "D2");
TEST_P(Arms, Decide) {
  const Json &c = GetParam().data;
  const SlotSet aReads = asSlots(c["aReads"]), aWrites = asSlots(c["aWrites"]),
                bReads = asSlots(c["bReads"]), bWrites = asSlots(c["bWrites"]);
  EXPECT_EQ(display(evaluateArms({aReads, aWrites}, {bReads, bWrites})), c["expect"]);
}

VYRE_CASES(Overlap, "D3");
TEST_P(Overlap, Decides) {
  const Json &c = GetParam().data;
  const SlotSet reads = asSlots(c["kernelReads"]), writes = asSlots(c["kernelWrites"]);
  EXPECT_EQ(display(evaluateOverlap(asSlot(c["copySlot"]), {reads, writes})), c["expect"]);
}

VYRE_CASES(CommandReuse, "D4");
TEST_P(CommandReuse, Decides) {
  const Json &c = GetParam().data;
  const ReuseVerdict verdict =
      evaluateCommandReuse({c["repeatCount"].get<uint32_t>(), asU64(c["perLaunchOverheadNs"]),
                            asU64(c["recordOverheadNs"]), asU64(c["replayOverheadNs"])});
  EXPECT_EQ(display(verdict), c["expect"]);
  EXPECT_EQ(verdict.profitable(), verdict.reason == Reason::Profitable);
}

VYRE_CASES(Bindless, "D9");
TEST_P(Bindless, Decides) {
  const Json &c = GetParam().data;
  const auto support = parseDisplay<BindlessSupport>(c["support"].get<std::string>());
  ASSERT_TRUE(support);
  EXPECT_EQ(display(evaluateBindless(
                {c["resourceCount"].get<uint32_t>(), *support, c["dynamicIndexing"].get<bool>()})),
            c["expect"]);
}

VYRE_CASES(Speculation, "I2");
TEST_P(Speculation, Decides) {
  const Json &c = GetParam().data;
  const SpeculationVerdict verdict =
      evaluateSpeculation({c["hitCount"].get<uint32_t>(), c["confidenceBps"].get<uint32_t>(),
                           asU64(c["specCostNs"]), asU64(c["missCostNs"])});
  EXPECT_EQ(display(verdict), c["expect"]);
}

VYRE_CASES(Mode, "mode");
TEST_P(Mode, Resolves) {
  const Json &c = GetParam().data;
  const auto persistent = parseDisplay<PersistentVerdict>(c["persistent"].get<std::string>());
  const auto reuse = parseDisplay<ReuseVerdict>(c["commandReuse"].get<std::string>());
  ASSERT_TRUE(persistent && reuse);
  EXPECT_EQ(display(primaryExecutionMode(*persistent, *reuse)), c["expect"]);
}

VYRE_CASES(Bundle, "bundle");
TEST_P(Bundle, DecidesAllAtOnce) {
  const Json &c = GetParam().data;
  const SlotSet aReads = asSlots(c["armA"][0]), aWrites = asSlots(c["armA"][1]),
                bReads = asSlots(c["armB"][0]), bWrites = asSlots(c["armB"][1]);
  const Json &d1 = c["D1"], &d4 = c["D4"], &d9 = c["D9"], &i2 = c["I2"];
  DispatchInputs in;
  in.persistent = {d1[0].get<uint32_t>(), asU64(d1[1]), asU64(d1[2]), asU64(d1[3])};
  in.armA = {aReads, aWrites};
  in.armB = {bReads, bWrites};
  in.copySlot = asSlot(c["copySlot"]);
  in.commandReuse = {d4[0].get<uint32_t>(), asU64(d4[1]), asU64(d4[2]), asU64(d4[3])};
  const auto support = parseDisplay<BindlessSupport>(d9[1].get<std::string>());
  ASSERT_TRUE(support);
  in.bindless = {d9[0].get<uint32_t>(), *support, d9[2].get<bool>()};
  in.speculation = {i2[0].get<uint32_t>(), i2[1].get<uint32_t>(), asU64(i2[2]), asU64(i2[3])};

  const DispatchVerdicts out = evaluateDispatchPolicy(in);
  const Json &expect = c["expect"];
  EXPECT_EQ(display(out.persistent), expect["D1"]);
  EXPECT_EQ(display(out.arms), expect["D2"]);
  EXPECT_EQ(display(out.overlap), expect["D3"]);
  EXPECT_EQ(display(out.commandReuse), expect["D4"]);
  EXPECT_EQ(display(out.bindless), expect["D9"]);
  EXPECT_EQ(display(out.speculation), expect["I2"]);
  EXPECT_EQ(display(out.primaryExecutionMode()), expect["mode"]);
}

// The whole bundle is usable where the compiler evaluates it.
constexpr DispatchVerdicts kAtCompileTime =
    evaluateDispatchPolicy({{100, 5000, 0, 50000}, {}, {}, std::nullopt, {}, {}, {}});
static_assert(kAtCompileTime.persistent.savedNs == 450000);
static_assert(kAtCompileTime.overlap == OverlapVerdict::None);

// Inserting in any order, and twice, leaves a sorted set; the ninth slot keeps
// the first eight.
TEST(SlotSet, StaysSortedAndUniquePastEight) {
  SlotSet slots;
  for (uint32_t slot : {9u, 3u, 7u, 1u, 3u, 8u, 2u, 6u, 5u, 4u, 9u, 0u})
    slots.insert(slot);
  const SlotView view = slots;
  ASSERT_EQ(view.size, 10u);
  for (uint32_t i = 0; i < 10; ++i)
    EXPECT_EQ(view.data[i], i);
  EXPECT_FALSE(view.contains(10));
}

} // namespace
} // namespace vyre::policy::test
