// Completion of events and waiting for them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Event.h"
#include "Wait.h"

namespace vyre::rt::host {

void HostEvent::complete(uint32_t ticket, const Status &failure) {
  if (!failure.ok()) {
    std::lock_guard<std::mutex> hold(failureLock);
    recordedFailure = failure;
  }
  uint32_t now = done.load(std::memory_order_relaxed);
  while (int32_t(ticket - now) > 0 &&
         !done.compare_exchange_weak(now, ticket, std::memory_order_seq_cst))
    ;
  if (waiters.load(std::memory_order_seq_cst) != 0)
    futexWake(done, INT32_MAX);
}

void HostEvent::wait(uint32_t ticket) {
  Spinner spin(idleYieldNs);
  while (!reached(ticket)) {
    if (spin.step())
      continue;
    waiters.fetch_add(1, std::memory_order_seq_cst);
    uint32_t seen = done.load(std::memory_order_seq_cst);
    if (int32_t(seen - ticket) < 0)
      futexWait(done, seen, sleepBoundNs);
    waiters.fetch_sub(1, std::memory_order_relaxed);
  }
}

Status HostEvent::failure() {
  std::lock_guard<std::mutex> hold(failureLock);
  return recordedFailure;
}

} // namespace vyre::rt::host
