// The last profitable verdicts, bounded: what VYRE_TRACE=1 shows.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_STATE_AUDITRING_H
#define VYRE_RT_STATE_AUDITRING_H

#include "Mutex.h"
#include "vyre/Policy/Policy.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace vyre::rt {

/// One profitable verdict. The strings are literals: the ring keeps pointers.
struct AuditEvent {
  const char *substrate = "";
  const char *action = "";
  policy::u128 savedNs = 0;
  const char *detail = "";
};

/// "<substrate> <action> saved=<ns>ns <detail>", without a newline.
std::string formatAuditEvent(const AuditEvent &event);

/// The events of one evaluation: at most one per substrate.
class AuditEvents {
public:
  const AuditEvent *begin() const { return events.data(); }
  const AuditEvent *end() const { return events.data() + count; }
  size_t size() const { return count; }
  void add(const AuditEvent &event) { events[count++] = event; }

private:
  std::array<AuditEvent, 4> events{};
  size_t count = 0;
};

AuditEvents auditEvents(const policy::DispatchVerdicts &verdicts);
/// Verdicts of forms that are not legal for the group are no events. The whole
/// loop in one graph counts as command reuse, the larger of both savings.
AuditEvents auditEvents(const policy::GroupVerdict &verdict);

/// Keeps the newest 256 events; older ones are dropped and counted.
class AuditRing {
public:
  static constexpr size_t kCapacity = 256;

  void record(const AuditEvent &event);
  void record(const AuditEvents &events);
  /// Oldest first.
  std::vector<AuditEvent> snapshot() const;
  uint64_t dropped() const;
  /// One line per kept event, oldest first, then how many were dropped, if any.
  std::string log() const;

private:
  mutable StateMutex mutex;
  std::array<AuditEvent, kCapacity> ring VYRE_THREAD_SAFETY(guarded_by(mutex)){};
  /// Events ever recorded; event i lies in slot i % kCapacity.
  uint64_t recorded VYRE_THREAD_SAFETY(guarded_by(mutex)) = 0;
};

} // namespace vyre::rt

#endif // VYRE_RT_STATE_AUDITRING_H
