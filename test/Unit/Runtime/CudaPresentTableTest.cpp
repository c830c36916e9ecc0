// The present table's range logic, without any device.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CUDA/PresentTable.h"

#include <gtest/gtest.h>

#include <bitset>
#include <random>

using namespace vyre::rt::cuda;
using Ranges = std::vector<Range>;

namespace {

// Ranges that touch or overlap become one; removing splits.
TEST(RangeSet, AddMergesAndRemoveSplits) {
  RangeSet set;
  set.add({10, 20});
  set.add({30, 40});
  set.add({20, 30});
  EXPECT_EQ(set.all(), (Ranges{{10, 40}}));
  set.remove({15, 18});
  set.remove({35, 50});
  EXPECT_EQ(set.all(), (Ranges{{10, 15}, {18, 35}}));
  EXPECT_EQ(set.missing({5, 45}), (Ranges{{5, 10}, {15, 18}, {35, 45}}));
  EXPECT_EQ(set.common({12, 20}), (Ranges{{12, 15}, {18, 20}}));
  EXPECT_FALSE(set.overlaps({15, 18}));
  set.add({7, 7});
  EXPECT_EQ(set.all().size(), 2u);
}

// Against a bit per address, over random operations.
TEST(RangeSet, EqualsBitsetModel) {
  std::mt19937 random(7);
  RangeSet set;
  std::bitset<64> model;
  for (int step = 0; step < 5000; ++step) {
    Range range = {random() % 64, random() % 65};
    bool adding = random() % 2;
    adding ? set.add(range) : set.remove(range);
    for (uint64_t i = range.begin; i < range.end; ++i)
      model[i] = adding;
    std::bitset<64> seen;
    uint64_t previousEnd = 0;
    bool first = true;
    for (Range held : set.all()) {
      ASSERT_FALSE(held.empty());
      ASSERT_TRUE(first || held.begin > previousEnd);
      for (uint64_t i = held.begin; i < held.end; ++i)
        seen[i] = true;
      previousEnd = held.end;
      first = false;
    }
    ASSERT_EQ(seen, model) << "after step " << step;
  }
}

/// Does everything that a range needs; false if it straddles.
bool provide(PresentTable &table, Range range, uint64_t device) {
  PresentTable::Need need = table.need(range);
  if (need.straddles)
    return false;
  if (!need.window.empty()) {
    table.addWindow(need.window, device);
    need = table.need(range);
  }
  for (Range granules : need.memory)
    table.addMemory(granules);
  return need.window.empty();
}

// A second range that overlaps the first, on either side, shares its image, and
// the first keeps its address.
TEST(PresentTable, OverlappingRangesShareOneImage) {
  PresentTable table(16, 1024);
  ASSERT_TRUE(provide(table, {5000, 5100}, 0x100000));
  uint64_t first = table.device(5000);
  ASSERT_TRUE(provide(table, {4900, 5010}, 0));
  ASSERT_TRUE(provide(table, {5090, 5300}, 0));
  EXPECT_EQ(table.windows().size(), 1u);
  EXPECT_EQ(table.device(5000), first);
  EXPECT_EQ(table.device(4900), first - 100);
  EXPECT_EQ(table.device(5299), first + 299);
  EXPECT_TRUE(table.need({4900, 5300}).memory.empty());
}

// Memory is asked for in whole granules, and only where there is none.
TEST(PresentTable, MemoryComesInWholeGranules) {
  PresentTable table(16, 1024);
  table.addWindow(table.need({5000, 5001}).window, 0);
  EXPECT_EQ(table.need({5000, 5001}).memory, (Ranges{{4992, 5008}}));
  table.addMemory({4992, 5008});
  EXPECT_EQ(table.need({4990, 5020}).memory, (Ranges{{4976, 4992}, {5008, 5024}}));
}

// A new window stops where a neighbour begins; a range across a border is refused.
TEST(PresentTable, WindowsNeverOverlap) {
  PresentTable table(16, 1024);
  ASSERT_TRUE(provide(table, {10000, 10016}, 0));
  uint64_t begin = table.windows().begin()->first, end = table.windows().begin()->second.end;
  PresentTable::Need above = table.need({end + 64, end + 80});
  EXPECT_EQ(above.window.begin, end);
  PresentTable::Need below = table.need({begin - 80, begin - 64});
  EXPECT_EQ(below.window.end, begin);
  EXPECT_TRUE(table.need({end - 8, end + 8}).straddles);
  EXPECT_TRUE(table.need({begin - 8, begin + 8}).straddles);
  EXPECT_TRUE(table.need({begin - 8, end + 8}).straddles);
  PresentTable::Need low = table.need({0, 8});
  EXPECT_EQ(low.window.begin, 0u);
}

// Bytes are copied in once, and again after the host had access.
TEST(PresentTable, CopiesInOncePerHostAccess) {
  PresentTable table(16, 1024);
  ASSERT_TRUE(provide(table, {100, 200}, 0));
  EXPECT_EQ(table.use({100, 200}, false, 1), (Ranges{{100, 200}}));
  EXPECT_TRUE(table.use({120, 180}, true, 1).empty());
  EXPECT_EQ(table.use({150, 250}, false, 1), (Ranges{{200, 250}}));
  table.launched(1);
  table.finished(1, table.launches(1));
  EXPECT_TRUE(table.touches({199, 201}));
  EXPECT_EQ(table.hostAccess(1), (Ranges{{120, 180}}));
  EXPECT_TRUE(table.idle());
  EXPECT_EQ(table.use({100, 200}, false, 1), (Ranges{{100, 200}}));
}

// Another thread's host access does not lose what a kernel that is not launched
// yet will write, and does not make it run on an image that was given up.
TEST(PresentTable, UnlaunchedUseSurvivesAnothersHostAccess) {
  PresentTable table(16, 1024);
  ASSERT_TRUE(provide(table, {0, 64}, 0));
  table.use({0, 32}, true, 1);
  EXPECT_EQ(table.hostAccess(2), (Ranges{{0, 32}}));
  EXPECT_TRUE(table.use({0, 32}, false, 1).empty());
  table.launched(1);
  // Its end must have been seen: a later launch is another matter.
  uint64_t seen = table.launches(1);
  table.use({32, 48}, false, 1);
  table.launched(1);
  table.finished(1, seen);
  EXPECT_TRUE(table.busy(1));
  EXPECT_EQ(table.hostAccess(2), (Ranges{{0, 32}}));
  EXPECT_TRUE(table.touches({0, 48}));
  table.finished(1, table.launches(1));
  EXPECT_FALSE(table.busy(1));
  EXPECT_EQ(table.hostAccess(2), (Ranges{{0, 32}}));
  EXPECT_TRUE(table.idle());
}

// A failed copy leaves the range to be copied by the next use, and nothing of it
// to be copied back.
TEST(PresentTable, FailedCopyIsRepeated) {
  PresentTable table(16, 1024);
  ASSERT_TRUE(provide(table, {0, 64}, 0));
  table.use({0, 64}, true, 1);
  table.forget({16, 32}, 1);
  EXPECT_EQ(table.use({0, 64}, false, 1), (Ranges{{16, 32}}));
  EXPECT_EQ(table.hostAccess(1), (Ranges{{0, 16}, {32, 64}}));
  EXPECT_TRUE(table.idle());
}

} // namespace
