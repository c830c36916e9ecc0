// Ends kernels that run longer than VYRE_TIMEOUT_MS.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A thread looks at every executing thread's deadline and sends a signal to one
// that is late; the signal's handler leaves the kernel as a trap would. Kernels
// pay nothing for it, and need no back edge that polls. The runtime is never
// interrupted, because it may hold a lock: it sees that time is up on its way
// back into the kernel (RuntimeSection).
#ifndef VYRE_RT_HOST_WATCHDOG_H
#define VYRE_RT_HOST_WATCHDOG_H

#include <cstdint>

namespace vyre::rt::host {

struct ExecState;

// Starts the watchdog, once per process. Without a thread for it, kernels run as
// long as they like.
void startWatchdog(uint64_t timeoutMs);

// Threads that execute kernels, from their first kernel to their end.
void watch(ExecState &state);
void unwatch(ExecState &state);

} // namespace vyre::rt::host

#endif // VYRE_RT_HOST_WATCHDOG_H
