// The shape predictor, the hit and confidence window, and the N2 race.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Vectors.h"

#include <gtest/gtest.h>

#include <map>

namespace vyre::policy::test {
namespace {

class Predictor : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Vectors, Predictor, testing::ValuesIn(loadSection("predictor")),
                         CaseName());
TEST_P(Predictor, Predicts) {
  ShapePredictor predictor;
  for (const Json &shape : GetParam().data["history"])
    predictor.observe(shape.get<uint64_t>());
  const Json &expect = GetParam().data["expect"];
  const auto predicted = predictor.predict();
  ASSERT_EQ(predicted.has_value(), !expect.is_null());
  if (predicted) {
    EXPECT_EQ(*predicted, expect.get<uint64_t>());
  }
}

// Seven misses are too few to be confident; the eighth counts all eight.
TEST(SpeculationWindow, NeedsEightMisses) {
  SpeculationWindow window;
  for (int i = 0; i < 7; ++i)
    window.recordMiss(5);
  EXPECT_EQ(window.confidenceBps(), 0u);
  window.recordMiss(5);
  // The first two had no prediction, which counts as wrong: 6 of 8.
  EXPECT_EQ(window.confidenceBps(), 7500u);
}

// Only the last 16 misses count.
TEST(SpeculationWindow, ForgetsOldMisses) {
  SpeculationWindow window;
  for (uint64_t i = 0; i < 20; ++i)
    window.recordMiss(i);
  EXPECT_EQ(window.confidenceBps(), 0u);
  for (int i = 0; i < 18; ++i)
    window.recordMiss(99);
  EXPECT_EQ(window.confidenceBps(), 10000u);
}

// Hits are counted over the last 64 launches.
TEST(SpeculationWindow, CountsHitsOfSixtyFour) {
  SpeculationWindow window;
  for (int i = 0; i < 10; ++i)
    window.recordLaunch(1);
  EXPECT_EQ(window.hitCount(1), 10u);
  for (int i = 0; i < 60; ++i)
    window.recordLaunch(2);
  EXPECT_EQ(window.hitCount(1), 4u);
  EXPECT_EQ(window.hitCount(2), 60u);
  EXPECT_EQ(window.hitCount(3), 0u);
}

class Race : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Vectors, Race, testing::ValuesIn(loadSection("N2")), CaseName());
TEST_P(Race, Decides) {
  const Json &c = GetParam().data;
  EXPECT_EQ(
      display(evaluateRace({c["baselineDispatches"].get<uint32_t>(), asU64(c["baselineMeanNs"]),
                            c["speculativeDispatches"].get<uint32_t>(),
                            asU64(c["speculativeMeanNs"]), asU64(c["sideCompileCostNs"])})),
      c["expect"]);
}

class Window : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Vectors, Window, testing::ValuesIn(loadSection("N2_window")), CaseName());
TEST_P(Window, Decides) {
  const Json &c = GetParam().data;
  RaceSample sample;
  sample.conservative.dispatchNs = asU64(c["conservativeNs"]);
  sample.speculative = {asU64(c["speculativeNs"]), asU64(c["specCompileNs"])};
  RaceWindow window;
  std::map<RaceSide, int> recordsByWinner;
  for (unsigned i = 0; i < c["samples"].get<unsigned>(); ++i) {
    ASSERT_EQ(window.add(sample), RaceStatus::Ok);
    ++recordsByWinner[decideSample(sample).winner];
  }
  EXPECT_EQ(display(window.verdict()), c["expect"]);
  if (c.contains("winner")) {
    const RaceSide winner =
        c["winner"] == "speculative" ? RaceSide::Speculative : RaceSide::Conservative;
    EXPECT_EQ(recordsByWinner.count(winner), 1u);
  }
  if (c.contains("storeRecords")) {
    EXPECT_EQ(recordsByWinner.size(), c["storeRecords"].get<size_t>());
  }
  if (c.contains("sideCompileCostNs")) {
    EXPECT_EQ(window.sideCompileCostNs(), asU64(c["sideCompileCostNs"]));
  }
}

// A tie goes to the conservative side; totals past 64 bits stay exact.
TEST(RaceSample, DecidesByExactTotals) {
  const RaceOutcome tie = decideSample({{60, 40}, {100, 0}});
  EXPECT_EQ(tie.winner, RaceSide::Conservative);
  EXPECT_TRUE(tie.savedNs == 0);
  const RaceOutcome wide = decideSample({{kMaxU64, kMaxU64}, {0, 1}});
  EXPECT_EQ(wide.winner, RaceSide::Speculative);
  EXPECT_EQ(toDecimal(wide.savedNs), "36893488147419103229");
}

/// Adds `sample` to a window that cannot take it; the window must not change.
void expectRefused(RaceWindow window, const RaceSample &sample, RaceStatus expected) {
  const RaceInputs before = window.inputs();
  EXPECT_EQ(window.add(sample), expected);
  const RaceInputs after = window.inputs();
  EXPECT_EQ(after.baselineDispatches, before.baselineDispatches);
  EXPECT_EQ(after.baselineMeanNs, before.baselineMeanNs);
  EXPECT_EQ(after.speculativeDispatches, before.speculativeDispatches);
  EXPECT_EQ(after.sideCompileCostNs, before.sideCompileCostNs);
  EXPECT_NE(std::string(raceStatusMessage(expected)).find("reset the speculation window"),
            std::string::npos);
  window.reset();
  EXPECT_EQ(window.add(sample), RaceStatus::Ok);
}

// Each overflow is an error with its remedy, and leaves the window as it was.
TEST(RaceWindow, RefusesOverflow) {
  const RaceSample sample{{1, 0}, {1, 1}};
  expectRefused(RaceWindow({kMaxU32, 1}, {1, 1}, 0), sample, RaceStatus::CountOverflow);
  expectRefused(RaceWindow({1, 1}, {kMaxU32, 1}, 0), sample, RaceStatus::CountOverflow);
  expectRefused(RaceWindow({1, kMaxU128}, {1, 1}, 0), sample, RaceStatus::TotalOverflow);
  expectRefused(RaceWindow({1, 1}, {1, kMaxU128}, 0), sample, RaceStatus::TotalOverflow);
  expectRefused(RaceWindow({1, 1}, {1, 1}, kMaxU64), sample, RaceStatus::CompileOverflow);
}

// The mean is the floor, and 0 before the first dispatch.
TEST(RaceWindow, MeansAreFloors) {
  EXPECT_EQ(RaceWindow().inputs().baselineMeanNs, 0u);
  EXPECT_EQ(RaceWindow({3, 11}, {2, 5}, 0).inputs().baselineMeanNs, 3u);
  EXPECT_EQ(RaceWindow({3, 11}, {2, 5}, 0).inputs().speculativeMeanNs, 2u);
}

} // namespace
} // namespace vyre::policy::test
