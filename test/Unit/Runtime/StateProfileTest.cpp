// Device profile files: round trip, and an exact complaint for each fault.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ProfileFile.h"
#include "StateTesting.h"

namespace vyre::rt::test {
namespace {

using StateProfile = StateFolder;
using policy::BarrierTier;

const char *const kGood = "schema = 1\n"
                          "device = \"cuda-sm_90-NVIDIA H200\"\n"
                          "date = 2026-11-21\n"
                          "launch_ns = 2000\n"
                          "persistent_setup_ns = 9000\n"
                          "record_ns = 16000\n"
                          "graph_launch_ns = 2500\n"
                          "graph_node_ns = 600\n"
                          "bindless = \"full\"\n";

TEST_F(StateProfile, RoundTrips) {
  ProfileFile file;
  file.device = "host-\"odd\" name";
  file.date = "2026-11-21";
  file.profile = {policy::ProfileSource::Measured, 1, 2, 3, 4, 5,
                  policy::BindlessSupport::Static, {}};
  ASSERT_TRUE(file.profile.barriers.add(BarrierTier::Grid, 132, 1500));
  ASSERT_TRUE(file.profile.barriers.add(BarrierTier::Grid, 8, 700));
  ASSERT_TRUE(file.profile.barriers.add(BarrierTier::Block, 1, 20));
  EXPECT_OK(writeProfileFile(path(), file));

  ProfileFile read;
  EXPECT_OK(readProfileFile(path(), read));
  EXPECT_EQ(read.device, file.device);
  EXPECT_EQ(read.date, file.date);
  EXPECT_TRUE(read.profile.measured());
  EXPECT_EQ(read.profile.launchNs, 1u);
  EXPECT_EQ(read.profile.persistentSetupNs, 2u);
  EXPECT_EQ(read.profile.recordNs, 3u);
  EXPECT_EQ(read.profile.graphLaunchNs, 4u);
  EXPECT_EQ(read.profile.graphNodeNs, 5u);
  EXPECT_EQ(read.profile.bindless, policy::BindlessSupport::Static);
  EXPECT_EQ(read.profile.barriers.costNs(BarrierTier::Grid, 8), 700u);
  EXPECT_EQ(read.profile.barriers.costNs(BarrierTier::Grid, 132), 1500u);
  EXPECT_EQ(read.profile.barriers.costNs(BarrierTier::Block, 1), 20u);
  EXPECT_EQ(list().size(), 1u) << "a temporary file is left";
}

TEST(StateProfileText, AcceptsTheDocumentedForm) {
  ProfileFile file;
  EXPECT_OK(parseProfile(kGood, "p.toml", file));
  EXPECT_EQ(file.profile.graphNodeNs, 600u);
}

/// Parses kGood with `line` replaced, or `replacement` appended if it is empty.
void expectFault(const std::string &line, const std::string &replacement,
                 const std::string &message) {
  std::string text = kGood;
  if (line.empty()) {
    text += replacement;
  } else {
    const size_t at = text.find(line);
    ASSERT_NE(at, std::string::npos) << line;
    text.replace(at, line.size(), replacement);
  }
  ProfileFile file;
  file.device = "untouched";
  const Status status = parseProfile(text, "p.toml", file);
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(std::string(status.message()), message);
  EXPECT_EQ(file.device, "untouched");
}

TEST(StateProfileText, NamesFileAndLine) {
  expectFault("schema = 1", "schema = 9",
              "p.toml:1: schema 9 is unknown: this version reads schema 1");
  expectFault("schema = 1", "schema = 1.0", "p.toml:1: 'schema' must be an integer");
  expectFault("launch_ns = 2000", "launch_ns = \"fast\"",
              "p.toml:4: 'launch_ns' must be an integer from 0 to 9223372036854775807");
  expectFault("launch_ns = 2000", "launch_ns = -1",
              "p.toml:4: 'launch_ns' must be an integer from 0 to 9223372036854775807");
  expectFault("date = 2026-11-21", "date = \"today\"",
              "p.toml:3: 'date' must be a date, as 2026-01-31");
  expectFault("device = \"cuda-sm_90-NVIDIA H200\"", "device = 1",
              "p.toml:2: 'device' must be a string");
  expectFault("bindless = \"full\"", "bindless = \"half\"",
              "p.toml:9: 'bindless' must be \"full\", \"static\" or \"unsupported\"");
  expectFault("", "warp_ns = 3\n", "p.toml:10: unknown key 'warp_ns'");
  expectFault("", "[[barrier]]\ntier = \"warp\"\nblocks = 1\nns = 1\n",
              "p.toml:11: 'tier' must be \"block\", \"neighbours\" or \"grid\"");
  expectFault("", "[[barrier]]\ntier = \"grid\"\nblocks = 0\nns = 1\n",
              "p.toml:12: 'blocks' must be at least 1");
  expectFault("", "[[barrier]]\ntier = \"grid\"\nblocks = 1\nns = 1\ncolour = 2\n",
              "p.toml:14: unknown key 'colour'");
}

TEST(StateProfileText, NamesMissingKeys) {
  ProfileFile file;
  expectFailure(parseProfile("schema = 1\n", "p.toml", file), "missing key 'device'");
}

TEST(StateProfileText, RefusesWhatIsNotToml) {
  ProfileFile file;
  const Status status = parseProfile("schema = 1\nlaunch_ns = = 3\n", "p.toml", file);
  EXPECT_EQ(std::string(status.message()).rfind("p.toml:2: not TOML: ", 0), 0u) << status.message();
}

// Seventeen figures for one tier are one too many.
TEST(StateProfileText, BoundsBarriers) {
  std::string extra;
  for (int i = 1; i <= 17; ++i)
    extra += "[[barrier]]\ntier = \"grid\"\nblocks = " + std::to_string(i) + "\nns = 1\n";
  expectFault("", extra, "p.toml:76: more than 16 barrier figures for one tier");
}

TEST_F(StateProfile, LoadsByNameOrPath) {
  policy::DeviceProfile profile;
  EXPECT_OK(loadProfile("portable", profile));
  EXPECT_EQ(profile.launchNs, 25000u);
  EXPECT_OK(loadProfile("native", profile));
  EXPECT_EQ(profile.launchNs, 5000u);
  expectFailure(loadProfile(path(), profile), "profile '" + path() + "' does not exist");
  writeText(path(), kGood);
  EXPECT_OK(loadProfile(path(), profile));
  EXPECT_EQ(profile.launchNs, 2000u);
}

// What could not be read back is not written.
TEST_F(StateProfile, RefusesToWriteNonsense) {
  ProfileFile file;
  file.date = "soon";
  EXPECT_FALSE(writeProfileFile(path(), file).ok());
  file.date = "2026-11-21";
  file.profile.launchNs = UINT64_MAX;
  EXPECT_FALSE(writeProfileFile(path(), file).ok());
  EXPECT_TRUE(list().empty());
}

} // namespace
} // namespace vyre::rt::test
