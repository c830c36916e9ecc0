// The counters' storage and the bounded list of fallback reasons.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Counters.h"

#include <algorithm>
#include <mutex>

namespace vyre::rt {

namespace {
// A program has few distinct reasons; the bound guards against unlike texts.
constexpr size_t maxFallbacks = 256;

struct FallbackList {
  std::mutex lock;
  std::vector<std::string> reasons;
};

FallbackList &fallbackList() {
  static auto *list = new FallbackList; // outlives exit handlers
  return *list;
}
} // namespace

Counters &counters() {
  static auto *all = new Counters; // outlives exit handlers
  return *all;
}

void addFallback(std::string reason) {
  FallbackList &list = fallbackList();
  std::lock_guard<std::mutex> hold(list.lock);
  if (list.reasons.size() < maxFallbacks &&
      std::find(list.reasons.begin(), list.reasons.end(), reason) == list.reasons.end())
    list.reasons.push_back(std::move(reason));
}

std::vector<std::string> fallbacks() {
  FallbackList &list = fallbackList();
  std::lock_guard<std::mutex> hold(list.lock);
  return list.reasons;
}

} // namespace vyre::rt
