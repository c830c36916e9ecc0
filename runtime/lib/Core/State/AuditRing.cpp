// Turns verdicts into audit events and keeps the newest of them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "AuditRing.h"

#include <algorithm>

namespace vyre::rt {
namespace {

AuditEvent queueBatch(policy::u128 savedNs) {
  return {"persistent_kernel", "queue_batch", savedNs, "launch_overhead"};
}

AuditEvent recordAndReplay(policy::u128 savedNs) {
  return {"command_reuse", "record_and_replay", savedNs, "repeat_shape"};
}

} // namespace

std::string formatAuditEvent(const AuditEvent &event) {
  return std::string(event.substrate) + ' ' + event.action +
         " saved=" + policy::toDecimal(event.savedNs) + "ns " + event.detail;
}

AuditEvents auditEvents(const policy::DispatchVerdicts &verdicts) {
  AuditEvents events;
  if (verdicts.persistent.profitable())
    events.add(queueBatch(verdicts.persistent.savedNs));
  if (verdicts.commandReuse.profitable())
    events.add(recordAndReplay(verdicts.commandReuse.savedNs));
  if (verdicts.bindless.profitable())
    events.add({"bindless", "descriptor_array", 0, "resource_count_threshold"});
  if (verdicts.speculation.profitable())
    events.add({"trace_jit", "speculate", verdicts.speculation.savedNs, "predicted_shape"});
  return events;
}

AuditEvents auditEvents(const policy::GroupVerdict &verdict) {
  const auto legal = [&](policy::Form form) {
    return (verdict.facts.legalForms & policy::formBit(form)) != 0;
  };
  AuditEvents events;
  if (legal(policy::Form::Persistent) && verdict.persistent.profitable())
    events.add(queueBatch(verdict.persistent.savedNs));
  policy::u128 reuse = 0;
  if (legal(policy::Form::Graph))
    reuse = verdict.commandReuse.savedNs;
  if (legal(policy::Form::LoopInGraph))
    reuse = std::max(reuse, verdict.loopInGraph.savedNs);
  if (reuse != 0)
    events.add(recordAndReplay(reuse));
  return events;
}

void AuditRing::record(const AuditEvent &event) {
  StateLock lock(mutex);
  ring[recorded % kCapacity] = event;
  ++recorded;
}

void AuditRing::record(const AuditEvents &events) {
  for (const AuditEvent &event : events)
    record(event);
}

std::vector<AuditEvent> AuditRing::snapshot() const {
  StateLock lock(mutex);
  std::vector<AuditEvent> events;
  const uint64_t kept = std::min<uint64_t>(recorded, kCapacity);
  events.reserve(kept);
  for (uint64_t i = recorded - kept; i < recorded; ++i)
    events.push_back(ring[i % kCapacity]);
  return events;
}

uint64_t AuditRing::dropped() const {
  StateLock lock(mutex);
  return recorded > kCapacity ? recorded - kCapacity : 0;
}

std::string AuditRing::log() const {
  std::string text;
  for (const AuditEvent &event : snapshot())
    text += formatAuditEvent(event) + '\n';
  if (const uint64_t lost = dropped())
    text += "audit dropped=" + std::to_string(lost) + '\n';
  return text;
}

} // namespace vyre::rt
