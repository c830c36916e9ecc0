// Spans of device work for the Chrome/Perfetto trace (VYRE_TRACE_FILE).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Recording is bounded: beyond the limit spans are dropped and counted, so that
// a long run cannot exhaust memory.
#ifndef VYRE_RT_CORE_TRACE_H
#define VYRE_RT_CORE_TRACE_H

#include <atomic>
#include <cstdint>
#include <string>

namespace vyre::rt {

extern std::atomic<bool> traceOn;
inline bool tracing() { return traceOn.load(std::memory_order_relaxed); }

// Monotonic nanoseconds; the clock of every span.
uint64_t nowNs();

// `category` is a literal: "kernel", "persistent", "graph", "copy", "fill",
// "sync", "group". `name` is copied. Times come from nowNs().
void traceSpan(uint32_t stream, const char *category, const char *name, uint64_t beginNs,
               uint64_t endNs);

// The whole trace as Chrome's JSON.
std::string traceJson();

} // namespace vyre::rt

#endif // VYRE_RT_CORE_TRACE_H
