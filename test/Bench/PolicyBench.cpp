// Time of one dispatch policy call, with the inputs hidden from the optimizer.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Policy/Bundle.h"
#include "vyre/Policy/Group.h"

#include <benchmark/benchmark.h>

namespace {

using namespace vyre::policy;

/// `range(0)` slots in each of the four sets.
void dispatchPolicy(benchmark::State &state) {
  SlotSet sets[4];
  for (uint32_t set = 0; set < 4; ++set)
    for (uint32_t i = 0; i < state.range(0); ++i)
      sets[set].insert(4 * i + set);
  DispatchInputs in;
  in.persistent = {500, 5000, 1000, 50000};
  in.armA = {sets[0], sets[1]};
  in.armB = {sets[2], sets[3]};
  in.copySlot = 1000;
  in.commandReuse = {500, 5000, 25000, 500};
  in.bindless = {40, BindlessSupport::Full, true};
  in.speculation = {100, 9000, 10000, 100000};
  for (auto _ : state) {
    benchmark::DoNotOptimize(in);
    DispatchVerdicts verdicts = evaluateDispatchPolicy(in);
    benchmark::DoNotOptimize(verdicts);
  }
}
BENCHMARK(dispatchPolicy)->Arg(2)->Arg(8);

void groupPolicy(benchmark::State &state) {
  DeviceProfile profile = nativeProfile();
  GroupFacts facts;
  facts.iterations = 1000;
  facts.launchesPerIteration = 2;
  facts.legalForms = 7;
  for (auto _ : state) {
    benchmark::DoNotOptimize(facts);
    GroupVerdict verdict = evaluateGroup(facts, profile);
    benchmark::DoNotOptimize(verdict);
  }
}
BENCHMARK(groupPolicy);

} // namespace

BENCHMARK_MAIN();
