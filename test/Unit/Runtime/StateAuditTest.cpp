// The audit ring and the metrics that count the same events.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "AuditRing.h"
#include "Metrics.h"

#include <gtest/gtest.h>

#include <thread>

namespace vyre::rt {
namespace {

using namespace policy;

DispatchVerdicts aggressive() {
  DispatchInputs in;
  in.persistent = {500, 5000, 1000, 50000};
  in.commandReuse = {500, 5000, 25000, 500};
  in.bindless = {40, BindlessSupport::Full, true};
  in.speculation = {100, 9000, 10000, 100000};
  return evaluateDispatchPolicy(in);
}

// One line per profitable verdict, in the fixed form.
TEST(StateAudit, LogsEachProfitableVerdict) {
  AuditRing ring;
  ring.record(auditEvents(aggressive()));
  EXPECT_EQ(ring.log(), "persistent_kernel queue_batch saved=2450000ns launch_overhead\n"
                        "command_reuse record_and_replay saved=2225000ns repeat_shape\n"
                        "bindless descriptor_array saved=0ns resource_count_threshold\n"
                        "trace_jit speculate saved=80000ns predicted_shape\n");
}

// A verdict that is not profitable is no event.
TEST(StateAudit, IgnoresUnprofitableVerdicts) {
  EXPECT_EQ(auditEvents(evaluateDispatchPolicy({})).size(), 0u);
}

// A group's events are those of its legal forms.
TEST(StateAudit, GroupEventsRespectLegality) {
  GroupFacts facts;
  facts.iterations = 30;
  facts.launchesPerIteration = 2;
  EXPECT_EQ(auditEvents(evaluateGroup(facts, nativeProfile())).size(), 0u);
  facts.legalForms |= formBit(Form::Graph);
  AuditRing ring;
  ring.record(auditEvents(evaluateGroup(facts, nativeProfile())));
  EXPECT_EQ(ring.log(), "command_reuse record_and_replay saved=260000ns repeat_shape\n");
}

// A saving beyond 64 bits is logged exactly.
TEST(StateAudit, LogsWideSavings) {
  EXPECT_EQ(formatAuditEvent({"persistent_kernel", "queue_batch", kMaxU128, "launch_overhead"}),
            "persistent_kernel queue_batch saved=340282366920938463463374607431768211455ns "
            "launch_overhead");
}

// The 257th event drops the first, and the log says how many went.
TEST(StateAudit, DropsTheOldestAndCounts) {
  AuditRing ring;
  for (uint32_t i = 0; i < AuditRing::kCapacity + 3; ++i)
    ring.record(AuditEvent{"s", "a", i, "d"});
  const std::vector<AuditEvent> kept = ring.snapshot();
  ASSERT_EQ(kept.size(), AuditRing::kCapacity);
  EXPECT_TRUE(kept.front().savedNs == 3);
  EXPECT_TRUE(kept.back().savedNs == AuditRing::kCapacity + 2);
  EXPECT_EQ(ring.dropped(), 3u);
  EXPECT_NE(ring.log().find("audit dropped=3\n"), std::string::npos);
}

// No event of concurrent writers is lost or torn.
TEST(StateAudit, TakesConcurrentWriters) {
  AuditRing ring;
  Metrics metrics;
  const auto write = [&] {
    for (int i = 0; i < 1000; ++i) {
      ring.record(AuditEvent{"s", "a", 7, "d"});
      metrics.count(AuditEvent{"s", "a", 7, "d"});
    }
  };
  std::thread other(write);
  write();
  other.join();
  EXPECT_EQ(ring.dropped() + ring.snapshot().size(), 2000u);
  EXPECT_NE(metrics.prometheusText().find("{substrate=\"s\",action=\"a\"} 14000\n"),
            std::string::npos);
}

// The exposition of verdict counters, complete.
TEST(StateMetrics, RendersVerdicts) {
  Metrics metrics;
  AuditEvents events;
  events.add({"command_reuse", "record_and_replay", 260000, "repeat_shape"});
  metrics.count(events);
  metrics.count(events);
  EXPECT_EQ(metrics.prometheusText(),
            "# HELP vyre_policy_saved_nanoseconds_total Nanoseconds that those verdicts save.\n"
            "# TYPE vyre_policy_saved_nanoseconds_total counter\n"
            "vyre_policy_saved_nanoseconds_total"
            "{substrate=\"command_reuse\",action=\"record_and_replay\"} 520000\n"
            "# HELP vyre_policy_verdicts_total Profitable verdicts of the launch policy.\n"
            "# TYPE vyre_policy_verdicts_total counter\n"
            "vyre_policy_verdicts_total"
            "{substrate=\"command_reuse\",action=\"record_and_replay\"} 2\n");
}

// Quotes, backslashes and newlines are escaped where the format asks for it.
TEST(StateMetrics, EscapesHelpAndLabels) {
  Metrics metrics;
  metrics.counter("x_total", "a \\ \"b\"\nc", {{"l", "a \\ \"b\"\nc"}})->add(3);
  EXPECT_EQ(metrics.prometheusText(), "# HELP x_total a \\\\ \"b\"\\nc\n"
                                      "# TYPE x_total counter\n"
                                      "x_total{l=\"a \\\\ \\\"b\\\"\\nc\"} 3\n");
}

// Names that Prometheus would refuse are refused here.
TEST(StateMetrics, RefusesBadNames) {
  Metrics metrics;
  for (const char *name : {"", "1x", "a b", "a-b", "\xc3\xa9"})
    EXPECT_EQ(metrics.counter(name, ""), nullptr) << name;
  EXPECT_EQ(metrics.counter("ok", "", {{"a:b", "v"}}), nullptr);
  EXPECT_EQ(metrics.prometheusText(), "");
  EXPECT_NE(metrics.counter("a:b", ""), nullptr);
}

// One name and label set is one counter; it saturates instead of wrapping.
TEST(StateMetrics, CountersAreSharedAndSaturate) {
  Metrics metrics;
  MetricCounter *counter = metrics.counter("n_total", "n");
  EXPECT_EQ(metrics.counter("n_total", "other"), counter);
  counter->add(kMaxU64);
  counter->add(2);
  EXPECT_EQ(counter->value(), kMaxU64);
}

} // namespace
} // namespace vyre::rt
