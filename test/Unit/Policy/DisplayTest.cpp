// Display forms read back as what they were, and nothing else reads.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Vectors.h"

#include <gtest/gtest.h>

namespace vyre::policy::test {
namespace {

template <typename Verdict> void expectRoundTrip(const Verdict &verdict, const char *text) {
  EXPECT_EQ(display(verdict), text);
  const auto parsed = parseDisplay<Verdict>(text);
  ASSERT_TRUE(parsed) << text;
  EXPECT_TRUE(*parsed == verdict) << text;
  EXPECT_FALSE(parseDisplay<Verdict>(std::string(text) + " "));
  EXPECT_FALSE(parseDisplay<Verdict>(std::string(text) + ":1"));
  EXPECT_FALSE(parseDisplay<Verdict>(""));
}

TEST(Display, RoundTripsSavings) {
  using P = PersistentVerdict;
  expectRoundTrip(P{P::Kind::StandardLaunches, {}, 0}, "standard-launches");
  expectRoundTrip(P{P::Kind::PersistentKernel, {}, kMaxU128},
                  "persistent-kernel:340282366920938463463374607431768211455");
  using R = ReuseVerdict;
  expectRoundTrip(R{R::Kind::PlainLaunches, {}, 0}, "plain-launches");
  expectRoundTrip(R{R::Kind::RecordAndReplay, {}, kMaxU64},
                  "record-and-replay:18446744073709551615");
  using S = SpeculationVerdict;
  expectRoundTrip(S{S::Kind::HoldSteady, {}, 0}, "hold-steady");
  expectRoundTrip(S{S::Kind::Speculate, {}, 7}, "speculate:7");
  using L = LoopInGraphVerdict;
  expectRoundTrip(L{L::Kind::None, {}, 0}, "none");
  expectRoundTrip(L{L::Kind::LoopInGraph, {}, 274500}, "loop-in-graph:274500");
  using M = ExecutionMode;
  expectRoundTrip(M{M::Kind::PlainLaunches, {}, 0}, "plain-launches");
  expectRoundTrip(M{M::Kind::CommandReuse, {}, 260000}, "command-reuse:260000");
  expectRoundTrip(M{M::Kind::PersistentKernel, {}, 9}, "persistent-kernel:9");
  using B = BindlessVerdict;
  expectRoundTrip(B{B::Kind::TraditionalBindings, {}}, "traditional-bindings");
  expectRoundTrip(B{B::Kind::Bindless, {}}, "bindless");
}

TEST(Display, RoundTripsWords) {
  expectRoundTrip(ArmVerdict::Independent, "independent");
  expectRoundTrip(ArmVerdict::WriteWrite, "serialize:write-write");
  expectRoundTrip(ArmVerdict::ReadAfterWrite, "serialize:read-after-write");
  expectRoundTrip(ArmVerdict::WriteAfterRead, "serialize:write-after-read");
  expectRoundTrip(OverlapVerdict::None, "none");
  expectRoundTrip(OverlapVerdict::Overlap, "overlap");
  expectRoundTrip(OverlapVerdict::Serialize, "serialize");
  expectRoundTrip(RaceVerdict::KeepRacing, "keep-racing");
  expectRoundTrip(RaceVerdict::Adopt, "adopt");
  expectRoundTrip(RaceVerdict::Reject, "reject");
  expectRoundTrip(BindlessSupport::Unsupported, "unsupported");
  expectRoundTrip(BarrierTier::Neighbours, "neighbours");
  expectRoundTrip(ProfileSource::Measured, "measured");
  expectRoundTrip(Form::LoopInGraph, "loop-in-graph");
  expectRoundTrip(RequestedMode::Auto, "auto");
}

// Savings are plain decimals above 0 that fit; the bare word carries none.
TEST(Display, RefusesMalformedSavings) {
  for (const char *text : {"persistent-kernel", "persistent-kernel:", "persistent-kernel:0",
                           "persistent-kernel:01", "persistent-kernel:+1", "persistent-kernel:1x",
                           "persistent-kernel:340282366920938463463374607431768211456",
                           "standard-launches:1", "Persistent-kernel:1"})
    EXPECT_FALSE(parseDisplay<PersistentVerdict>(text)) << text;
  EXPECT_FALSE(parseDisplay<ReuseVerdict>("record-and-replay:18446744073709551616"));
}

// Every reason has a word of its own.
TEST(Display, ReasonsAreDistinct) {
  std::vector<std::string> seen;
  for (int i = 0; i <= static_cast<int>(Reason::ForcedModeNotLegal); ++i) {
    const std::string name = reasonName(static_cast<Reason>(i));
    EXPECT_NE(name, "unknown");
    EXPECT_EQ(std::find(seen.begin(), seen.end(), name), seen.end()) << name;
    seen.push_back(name);
  }
}

} // namespace
} // namespace vyre::policy::test
