// Collects spans and prints them as Chrome's trace JSON.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Trace.h"
#include "Text.h"

#include <mutex>
#include <time.h>
#include <vector>

namespace vyre::rt {

std::atomic<bool> traceOn{false};

namespace {
// About 100 MiB of spans: hours of a usual program, and a bound on a long one.
constexpr size_t maxSpans = 1u << 20;

struct Span {
  uint32_t stream;
  const char *category;
  std::string name;
  uint64_t beginNs, endNs;
};

struct TraceLog {
  std::mutex lock;
  std::vector<Span> spans;
  uint64_t dropped = 0;
};

TraceLog &traceLog() {
  static auto *log = new TraceLog; // outlives exit handlers
  return *log;
}
} // namespace

uint64_t nowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return uint64_t(now.tv_sec) * 1000000000u + uint64_t(now.tv_nsec);
}

void traceSpan(uint32_t stream, const char *category, const char *name, uint64_t beginNs,
               uint64_t endNs) {
  TraceLog &log = traceLog();
  std::lock_guard<std::mutex> hold(log.lock);
  if (log.spans.size() >= maxSpans)
    ++log.dropped;
  else
    log.spans.push_back({stream, category, name ? name : "", beginNs, endNs});
}

std::string traceJson() {
  TraceLog &log = traceLog();
  std::lock_guard<std::mutex> hold(log.lock);
  uint64_t origin = UINT64_MAX;
  for (const Span &span : log.spans)
    origin = std::min(origin, span.beginNs);
  std::string out = "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"dropped_spans\":" +
                    std::to_string(log.dropped) + "},\"traceEvents\":[";
  bool first = true;
  for (const Span &span : log.spans) {
    out += first ? "\n" : ",\n";
    first = false;
    out += "{\"ph\":\"X\",\"pid\":1,\"tid\":" + std::to_string(span.stream) +
           ",\"cat\":" + jsonString(span.category) + ",\"name\":" + jsonString(span.name) +
           ",\"ts\":" + microseconds(span.beginNs - origin) +
           ",\"dur\":" + microseconds(span.endNs - span.beginNs) + "}";
  }
  return out + "\n]}\n";
}

} // namespace vyre::rt
