// From a loop's facts to verdicts, mode, form and reason.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Vectors.h"

#include <gtest/gtest.h>

namespace vyre::policy::test {
namespace {

constexpr uint32_t kAllForms = formBit(Form::Plain) | formBit(Form::Graph) |
                               formBit(Form::Persistent) | formBit(Form::LoopInGraph);
constexpr uint32_t kPlain = formBit(Form::Plain);

class Group : public testing::TestWithParam<Case> {
protected:
  GroupFacts facts;
  DeviceProfile profile;

  void SetUp() override {
    const Json &c = GetParam().data;
    facts.iterations = c["iterations"].get<uint64_t>();
    facts.launchesPerIteration = c["launchesPerIteration"].get<uint32_t>();
    facts.barriersPerIteration = c["barriersPerIteration"].get<uint32_t>();
    facts.legalForms = kAllForms;
    profile = c["profile"] == "native" ? nativeProfile() : portableProfile();
    if (const uint64_t barrierNs = asU64(c["barrierNs"])) {
      ASSERT_TRUE(profile.barriers.add(BarrierTier::Grid, 1, barrierNs));
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Vectors, Group, testing::ValuesIn(loadSection("group")), CaseName());

TEST_P(Group, DecidesUnderANamedProfile) {
  const Json &c = GetParam().data;
  const GroupVerdict verdict = evaluateGroup(facts, profile);
  EXPECT_EQ(display(verdict.persistent), c["D1"]);
  EXPECT_EQ(display(verdict.commandReuse), c["D4"]);
  EXPECT_EQ(display(verdict.mode), c["mode"]);
  EXPECT_EQ(display(verdict.loopInGraph), "none");
  EXPECT_EQ(verdict.loopInGraph.reason, Reason::UnmeasuredProfile);
}

// A measured profile offers the loop in one graph, and the larger saving wins.
TEST_P(Group, OffersLoopInGraphWhenMeasured) {
  const Json &c = GetParam().data;
  profile.source = ProfileSource::Measured;
  const GroupVerdict verdict = evaluateGroup(facts, profile);
  EXPECT_EQ(display(verdict.loopInGraph), c["loopInGraphIfMeasured"]);
  const u128 reuse = std::max(u128(verdict.commandReuse.savedNs), verdict.loopInGraph.savedNs);
  EXPECT_TRUE(verdict.savedNs() == std::max(reuse, verdict.persistent.savedNs));
  if (verdict.savedNs() != 0 && reuse >= verdict.persistent.savedNs) {
    EXPECT_EQ(verdict.mode.kind, ExecutionMode::Kind::CommandReuse);
  }
}

GroupFacts loop(uint64_t iterations, uint32_t launches, uint32_t legal) {
  GroupFacts facts;
  facts.iterations = iterations;
  facts.launchesPerIteration = launches;
  facts.legalForms = legal;
  return facts;
}

// The reason names what decided.
TEST(GroupReason, NamesWhatDecided) {
  const DeviceProfile native = nativeProfile();
  EXPECT_STREQ(evaluateGroup(loop(30, 2, kAllForms), native).reason(), "larger-saving");
  EXPECT_STREQ(evaluateGroup(loop(1, 100, kAllForms), native).reason(), "only-profitable-form");
  EXPECT_STREQ(evaluateGroup(loop(1, 1, kAllForms), native).reason(), "single-launch");
  EXPECT_STREQ(evaluateGroup(loop(5, 1, kAllForms), native).reason(), "setup-cost");
  EXPECT_STREQ(evaluateGroup(loop(5, 1, kPlain | formBit(Form::Graph)), native).reason(),
               "record-cost");
  EXPECT_STREQ(evaluateGroup(loop(1, 1, kPlain), native).reason(), "no-other-legal-form");
  EXPECT_STREQ(evaluateGroup(loop(30, 2, kPlain), native).reason(), "profitable-form-not-legal");

  GroupFacts synchronized = loop(1000, 1, kPlain | formBit(Form::Persistent));
  synchronized.barriersPerIteration = 1;
  DeviceProfile slow = nativeProfile();
  ASSERT_TRUE(slow.barriers.add(BarrierTier::Grid, 1, 5000));
  slow.recordNs = kMaxU64; // Nothing else pays, so the barrier is the whole story.
  EXPECT_STREQ(evaluateGroup(synchronized, slow).reason(), "barrier-cost");
}

// A count that is only assumed is named, in place of the figures that it gave;
// what no count would change is not.
TEST(GroupReason, NamesAnUnknownTripCount) {
  const DeviceProfile native = nativeProfile();
  for (uint32_t launches : {1u, 5u})
    for (uint32_t legal : {kAllForms, kPlain | formBit(Form::Graph)}) {
      GroupFacts facts = loop(1, launches, legal);
      EXPECT_STRNE(evaluateGroup(facts, native).reason(), "trip-count-unknown");
      facts.iterationsKnown = false;
      const GroupVerdict verdict = evaluateGroup(facts, native);
      EXPECT_STREQ(verdict.reason(), "trip-count-unknown");
      EXPECT_STREQ(reasonName(verdict.persistent.reason), "trip-count-unknown");
      EXPECT_STREQ(reasonName(verdict.commandReuse.reason), "trip-count-unknown");
      EXPECT_EQ(verdict.form, Form::Plain);
    }
  GroupFacts facts = loop(1, 100, kAllForms);
  facts.iterationsKnown = false;
  EXPECT_STREQ(evaluateGroup(facts, native).reason(), "only-profitable-form");
  facts = loop(1, 1, kPlain);
  facts.iterationsKnown = false;
  EXPECT_STREQ(evaluateGroup(facts, native).reason(), "no-other-legal-form");
  DeviceProfile freeLaunches = nativeProfile();
  freeLaunches.launchNs = 0;
  facts = loop(1, 2, kPlain | formBit(Form::Persistent));
  facts.iterationsKnown = false;
  EXPECT_STREQ(evaluateGroup(facts, freeLaunches).reason(), "free-launch");
}

// Where workers share large grids, launches and nodes of such cost more by the
// same; of grids whose size nobody knows the lower price counts.
TEST(GroupSharing, PricesLargeGridsHigher) {
  DeviceProfile profile = nativeProfile();
  profile.sharingNs = 1000;
  profile.sharedFromThreads = 4096;
  GroupFacts facts = loop(30, 2, kAllForms);
  for (uint64_t small : {uint64_t(0), uint64_t(1), uint64_t(4095)}) {
    facts.threads = small;
    EXPECT_EQ(display(evaluateGroup(facts, profile).persistent), "persistent-kernel:250000");
    EXPECT_EQ(display(evaluateGroup(facts, profile).commandReuse), "record-and-replay:260000");
  }
  facts.threads = 4096;
  const GroupVerdict large = evaluateGroup(facts, profile);
  EXPECT_EQ(display(large.persistent), "persistent-kernel:310000"); // 60 * 6,000 - 50,000
  EXPECT_EQ(display(large.commandReuse), "record-and-replay:260000");
  EXPECT_EQ(large.reuseInputs.perLaunchOverheadNs, 12000u);
  EXPECT_EQ(large.reuseInputs.replayOverheadNs, 2500u);
}

// Equal savings: reuse wins, and says so.
TEST(GroupReason, NamesTies) {
  DeviceProfile profile = nativeProfile();
  profile.persistentSetupNs = 30000;
  profile.graphLaunchNs = 0;
  profile.recordNs = 30000;
  const GroupVerdict verdict = evaluateGroup(loop(30, 2, kAllForms), profile);
  EXPECT_EQ(display(verdict.mode), "command-reuse:270000");
  EXPECT_STREQ(verdict.reason(), "tie-prefers-reuse");
  EXPECT_EQ(verdict.form, Form::Graph);
}

// An illegal form never wins, however much it saves.
TEST(GroupLegality, LimitsTheMode) {
  const DeviceProfile native = nativeProfile();
  const auto persistentOnly =
      evaluateGroup(loop(30, 2, kPlain | formBit(Form::Persistent)), native);
  EXPECT_EQ(display(persistentOnly.mode), "persistent-kernel:250000");
  EXPECT_EQ(persistentOnly.form, Form::Persistent);
  EXPECT_EQ(display(persistentOnly.commandReuse), "record-and-replay:260000");
  const auto graphOnly = evaluateGroup(loop(1000, 1, kPlain | formBit(Form::Graph)), native);
  EXPECT_EQ(display(graphOnly.mode), "command-reuse:4475000");
  EXPECT_EQ(graphOnly.form, Form::Graph);
}

// A forced mode holds where legal, else the group runs plain and says so.
TEST(GroupChoice, HonoursForcedModes) {
  const auto verdict =
      evaluateGroup(loop(30, 2, kPlain | formBit(Form::Persistent)), nativeProfile());
  EXPECT_EQ(chooseForm(verdict, RequestedMode::Auto).form, Form::Persistent);
  EXPECT_EQ(chooseForm(verdict, RequestedMode::Plain).form, Form::Plain);
  EXPECT_EQ(chooseForm(verdict, RequestedMode::Plain).reason, Reason::ForcedMode);
  EXPECT_EQ(chooseForm(verdict, RequestedMode::Persistent).form, Form::Persistent);
  EXPECT_EQ(chooseForm(verdict, RequestedMode::Graph).form, Form::Plain);
  EXPECT_EQ(chooseForm(verdict, RequestedMode::Graph).reason, Reason::ForcedModeNotLegal);
}

// Extreme figures clamp and saturate toward plain launches, and never wrap.
TEST(GroupExtremes, SaturateTowardPlain) {
  DeviceProfile profile = nativeProfile();
  profile.source = ProfileSource::Measured;
  GroupFacts facts = loop(kMaxU64, kMaxU32, kAllForms);
  const auto counted = evaluateGroup(facts, profile);
  EXPECT_EQ(counted.persistentInputs.batchSize, kMaxU32);
  EXPECT_EQ(counted.reuseInputs.repeatCount, kMaxU32);
  EXPECT_EQ(display(counted.persistent), "persistent-kernel:21474836425000");

  facts.barriersPerIteration = kMaxU32;
  ASSERT_TRUE(profile.barriers.add(BarrierTier::Grid, 1, kMaxU64));
  const auto barriered = evaluateGroup(facts, profile);
  EXPECT_TRUE(barriered.barrierCostNs == kMaxU128);
  EXPECT_EQ(display(barriered.persistent), "standard-launches");
  EXPECT_EQ(barriered.persistent.reason, Reason::BarrierCost);

  profile.launchNs = kMaxU64;
  EXPECT_EQ(evaluateGroup(facts, profile).reuseInputs.perLaunchOverheadNs, kMaxU64);
  EXPECT_TRUE(evaluateGroup(facts, profile).loopInGraph.savedNs ==
              kMaxU128 - profile.recordNs - profile.graphLaunchNs);
}

// Meetings of neighbours have a price of their own; unmeasured they cost what a
// barrier of all does.
TEST(GroupSynchronization, PricesTiersApart) {
  DeviceProfile profile = nativeProfile();
  ASSERT_TRUE(profile.barriers.add(BarrierTier::Grid, 1, 1500));
  GroupFacts facts = loop(30, 2, kAllForms);
  facts.barriersPerIteration = 1;
  facts.neighboursPerIteration = 2;
  GroupVerdict verdict = evaluateGroup(facts, profile);
  EXPECT_TRUE(verdict.barrierCostNs == 30 * (1500 + 2 * 1500));
  EXPECT_EQ(display(verdict.persistent), "persistent-kernel:115000");
  ASSERT_TRUE(profile.barriers.add(BarrierTier::Neighbours, 1, 150));
  verdict = evaluateGroup(facts, profile);
  EXPECT_EQ(verdict.gridBarrierNs, 1500u);
  EXPECT_EQ(verdict.neighboursNs, 150u);
  EXPECT_EQ(display(verdict.persistent), "persistent-kernel:196000"); // 250,000 - 30 * 1,800
  facts.neighboursPerIteration = kMaxU32;
  EXPECT_EQ(evaluateGroup(facts, profile).persistent.reason, Reason::BarrierCost);
}

// A batch meets a few times in all, whatever the number of iterations.
TEST(GroupSynchronization, PricesTheBarriersOfABatchOnce) {
  DeviceProfile profile = nativeProfile();
  ASSERT_TRUE(profile.barriers.add(BarrierTier::Grid, 1, 1500));
  GroupFacts facts = loop(30, 2, kAllForms);
  facts.barriersOnce = 3;
  GroupVerdict verdict = evaluateGroup(facts, profile);
  EXPECT_TRUE(verdict.barrierCostNs == 3 * 1500);
  EXPECT_EQ(display(verdict.persistent), "persistent-kernel:245500"); // 250,000 - 4,500
  facts = loop(3000, 2, kAllForms);
  facts.barriersOnce = 3;
  EXPECT_TRUE(evaluateGroup(facts, profile).barrierCostNs == 3 * 1500);
  facts.barriersPerIteration = kMaxU32;
  facts.iterations = kMaxU64;
  DeviceProfile slow = nativeProfile();
  ASSERT_TRUE(slow.barriers.add(BarrierTier::Grid, 1, kMaxU64));
  EXPECT_TRUE(evaluateGroup(facts, slow).barrierCostNs == kMaxU128);
}

// A live queue that is reopened in every iteration pays for its kernel each time.
TEST(GroupSynchronization, PricesSessions) {
  DeviceProfile profile = nativeProfile();
  GroupFacts facts = loop(30, 20, kAllForms);
  EXPECT_EQ(display(evaluateGroup(facts, profile).persistent), "persistent-kernel:2950000");
  facts.sessionsPerIteration = 1;
  GroupVerdict verdict = evaluateGroup(facts, profile);
  EXPECT_TRUE(verdict.barrierCostNs == 30 * 50000);
  EXPECT_EQ(display(verdict.persistent), "persistent-kernel:1450000");
  facts.sessionsPerIteration = 2;
  EXPECT_EQ(evaluateGroup(facts, profile).persistent.reason, Reason::BarrierCost);
}

// Barrier prices err high between, beyond and outside the measured points.
TEST(BarrierTable, ErrsHigh) {
  BarrierTable table;
  EXPECT_EQ(table.costNs(BarrierTier::Grid, 64), 0u);
  ASSERT_TRUE(table.add(BarrierTier::Grid, 64, 1500));
  ASSERT_TRUE(table.add(BarrierTier::Grid, 16, 900));
  EXPECT_EQ(table.costNs(BarrierTier::Grid, 1), 900u);
  EXPECT_EQ(table.costNs(BarrierTier::Grid, 17), 1500u);
  EXPECT_EQ(table.costNs(BarrierTier::Grid, 65), 1524u); // ceil(1500 * 65 / 64)
  EXPECT_EQ(table.costNs(BarrierTier::Neighbours, 16), 900u);
  ASSERT_TRUE(table.add(BarrierTier::Block, 16, 40));
  EXPECT_EQ(table.costNs(BarrierTier::Block, 16), 40u);
  EXPECT_EQ(table.costNs(BarrierTier::None, 16), 0u);
  ASSERT_TRUE(table.add(BarrierTier::Grid, 16, 950));
  EXPECT_EQ(table.size(BarrierTier::Grid), 2u);
  EXPECT_EQ(table.costNs(BarrierTier::Grid, 16), 950u);
  EXPECT_FALSE(table.add(BarrierTier::None, 16, 1));
}

// The seventeenth point of a tier does not fit.
TEST(BarrierTable, IsBounded) {
  BarrierTable table;
  for (uint32_t i = 1; i <= BarrierTable::kMaxPoints; ++i)
    EXPECT_TRUE(table.add(BarrierTier::Grid, i, i));
  EXPECT_FALSE(table.add(BarrierTier::Grid, 100, 1));
  EXPECT_TRUE(table.add(BarrierTier::Grid, 3, 7));
}

} // namespace
} // namespace vyre::policy::test
