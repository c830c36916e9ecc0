// Counters with names and labels, shown as Prometheus text.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_STATE_METRICS_H
#define VYRE_RT_STATE_METRICS_H

#include "AuditRing.h"
#include "Mutex.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vyre::rt {

/// Only ever grows; stays at the 64-bit maximum instead of wrapping.
class MetricCounter {
public:
  void add(uint64_t amount = 1);
  uint64_t value() const { return count.load(std::memory_order_relaxed); }

private:
  std::atomic<uint64_t> count{0};
};

class Metrics {
public:
  using Labels = std::vector<std::pair<std::string, std::string>>;

  /// The counter of this name and these labels, made on first use. It lives as
  /// long as the registry, so a caller keeps the pointer. Null when a name is
  /// not one that Prometheus allows. The first help text of a name holds.
  MetricCounter *counter(std::string_view name, std::string_view help, const Labels &labels = {});

  /// Counts an audit event, and its saving, by substrate and action.
  void count(const AuditEvent &event);
  void count(const AuditEvents &events);

  /// Text exposition format 0.0.4, sorted by name and labels.
  std::string prometheusText() const;

private:
  struct Family {
    std::string help;
    std::map<std::string, std::unique_ptr<MetricCounter>> counters; ///< By rendered labels.
  };

  mutable StateMutex mutex;
  std::map<std::string, Family, std::less<>> families VYRE_THREAD_SAFETY(guarded_by(mutex));
};

} // namespace vyre::rt

#endif // VYRE_RT_STATE_METRICS_H
