// From a launch group's facts and a device profile to the form it runs in.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_POLICY_GROUP_H
#define VYRE_POLICY_GROUP_H

#include "vyre/Policy/Mode.h"
#include "vyre/Policy/Profile.h"

namespace vyre::policy {

/// Forms of a launch group. The first three have the numbers of the ABI.
enum class Form : uint8_t { Plain = 0, Graph = 1, Persistent = 2, LoopInGraph = 3 };

constexpr uint32_t formBit(Form form) { return 1u << static_cast<uint32_t>(form); }

struct GroupFacts {
  uint64_t iterations = 0;                    ///< N
  bool iterationsKnown = true;                ///< False: N is what is assumed, and reasons say so.
  uint32_t launchesPerIteration = 0;          ///< k
  uint32_t barriersPerIteration = 0;          ///< b, of all blocks of the persistent form
  uint32_t neighboursPerIteration = 0;        ///< Meetings of blocks with those near them.
  uint32_t sessionsPerIteration = 0;          ///< How often a live queue is closed or drained.
  uint32_t barriersOnce = 0;                  ///< Of a batch, for all iterations together.
  uint32_t blocks = 1;                        ///< Resident blocks of the persistent form.
  uint32_t legalForms = formBit(Form::Plain); ///< Bits formBit(form).
  uint64_t threads = 0;                       ///< Of the largest launch; 0 unknown.
};

/// The whole loop as one graph; under a measured profile only.
struct LoopInGraphVerdict {
  enum class Kind : uint8_t { None, LoopInGraph };
  Kind kind = Kind::None;
  Reason reason = Reason::Unstated;
  u128 savedNs = 0;

  constexpr bool profitable() const { return kind == Kind::LoopInGraph; }
};

constexpr bool operator==(const LoopInGraphVerdict &a, const LoopInGraphVerdict &b) {
  return a.kind == b.kind && a.savedNs == b.savedNs;
}

/// Verdicts with the inputs they came from. The verdicts are about cost alone;
/// `mode` and `form` are the best among the legal forms.
struct GroupVerdict {
  GroupFacts facts;
  PersistentInputs persistentInputs;
  uint64_t gridBarrierNs = 0; ///< One barrier of all blocks.
  uint64_t neighboursNs = 0;  ///< One meeting of neighbours.
  u128 barrierCostNs = 0;     ///< All of both, and set-up for each reopening of a queue.
  ReuseInputs reuseInputs;

  PersistentVerdict persistent; ///< D1 after the price of synchronization.
  ReuseVerdict commandReuse;    ///< D4, one recording per iteration.
  LoopInGraphVerdict loopInGraph;

  ExecutionMode mode;
  Form form = Form::Plain;

  constexpr u128 savedNs() const { return mode.savedNs; }
  const char *reason() const { return reasonName(mode.reason); }
};

/// N and k are clamped to D1's 32 bits; products that 128 bits cannot hold
/// saturate on the side that keeps plain launches.
GroupVerdict evaluateGroup(const GroupFacts &facts, const DeviceProfile &profile);

/// What a user asked for.
enum class RequestedMode : uint8_t { Auto, Plain, Graph, Persistent };

struct FormChoice {
  Form form = Form::Plain;
  Reason reason = Reason::Unstated;
};

/// A forced mode holds where its form is legal; elsewhere the group runs plain.
FormChoice chooseForm(const GroupVerdict &verdict, RequestedMode requested);

} // namespace vyre::policy

#endif // VYRE_POLICY_GROUP_H
