// The bundle allocates nothing for sets of up to 8 slots: every operator new of
// this program is counted.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Policy/Bundle.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<size_t> allocations{0};
} // namespace

void *operator new(std::size_t bytes) {
  ++allocations;
  if (void *p = std::malloc(bytes ? bytes : 1))
    return p;
  throw std::bad_alloc();
}
void operator delete(void *p) noexcept { std::free(p); }
void operator delete(void *p, std::size_t) noexcept { std::free(p); }

namespace vyre::policy {
namespace {

size_t allocationsOfBundle(uint32_t slotsPerSet, DispatchVerdicts &verdicts) {
  const size_t before = allocations;
  SlotSet aReads, aWrites, bReads, bWrites;
  for (uint32_t i = slotsPerSet; i-- > 0;) {
    aReads.insert(i);
    aWrites.insert(100 + i);
    bReads.insert(200 + i);
    bWrites.insert(300 + i);
  }
  DispatchInputs in;
  in.persistent = {500, 5000, 1000, 50000};
  in.armA = {aReads, aWrites};
  in.armB = {bReads, bWrites};
  in.copySlot = 7;
  in.commandReuse = {500, 5000, 25000, 500};
  in.bindless = {40, BindlessSupport::Full, true};
  in.speculation = {100, 9000, 10000, 100000};
  verdicts = evaluateDispatchPolicy(in);
  return allocations - before;
}

TEST(Allocation, NoneForEightSlotsASet) {
  DispatchVerdicts verdicts;
  EXPECT_EQ(allocationsOfBundle(8, verdicts), 0u);
  EXPECT_EQ(verdicts.arms, ArmVerdict::Independent);
  EXPECT_EQ(verdicts.overlap, OverlapVerdict::Serialize);
}

// The counter works: the ninth slot does allocate.
TEST(Allocation, NinthSlotUsesTheHeap) {
  DispatchVerdicts verdicts;
  EXPECT_GE(allocationsOfBundle(9, verdicts), 4u);
}

} // namespace
} // namespace vyre::policy
