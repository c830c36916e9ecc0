// Events of the host device: a count of records issued and one of records done.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_HOST_EVENT_H
#define VYRE_RT_HOST_EVENT_H

#include "Device.h"

namespace vyre::rt::host {

class HostEvent final : public Event {
public:
  // Records still queued keep the event alive after it was destroyed.
  void retain() { users.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (users.fetch_sub(1, std::memory_order_acq_rel) == 1)
      delete this;
  }

  // The ticket of a new record; waiting for it waits for that record.
  uint32_t issue() { return issued.fetch_add(1, std::memory_order_relaxed) + 1; }
  uint32_t lastIssued() const { return issued.load(std::memory_order_relaxed); }
  // Called by the stream that reaches the record. `failure` is the stream's.
  void complete(uint32_t ticket, const Status &failure);
  void wait(uint32_t ticket);
  // The failure of a recording stream: whoever waited must not go on.
  Status failure();

private:
  // Tickets of one event may complete out of order on different streams; the
  // newest counts, as on CUDA. Differences, because tickets wrap.
  bool reached(uint32_t ticket) const {
    return int32_t(done.load(std::memory_order_acquire) - ticket) >= 0;
  }

  std::atomic<uint32_t> users{1};
  std::atomic<uint32_t> issued{0};
  std::atomic<uint32_t> done{0};
  std::atomic<uint32_t> waiters{0};
  std::mutex failureLock;
  Status recordedFailure;
};

} // namespace vyre::rt::host

#endif // VYRE_RT_HOST_EVENT_H
