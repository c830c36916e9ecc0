// Range arithmetic of the present table; see the header for what it promises.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "PresentTable.h"

#include <algorithm>
#include <iterator>

namespace vyre::rt::cuda {

void RangeSet::add(Range range) {
  if (range.empty())
    return;
  auto first = ranges.lower_bound(range.begin);
  if (first != ranges.begin() && std::prev(first)->second >= range.begin)
    --first;
  while (first != ranges.end() && first->first <= range.end) {
    range.begin = std::min(range.begin, first->first);
    range.end = std::max(range.end, first->second);
    first = ranges.erase(first);
  }
  ranges.emplace(range.begin, range.end);
}

void RangeSet::remove(Range range) {
  for (Range part : common(range)) {
    auto holder = std::prev(ranges.upper_bound(part.begin));
    Range whole = {holder->first, holder->second};
    ranges.erase(holder);
    if (whole.begin < part.begin)
      ranges.emplace(whole.begin, part.begin);
    if (part.end < whole.end)
      ranges.emplace(part.end, whole.end);
  }
}

std::vector<Range> RangeSet::common(Range range) const {
  std::vector<Range> parts;
  if (range.empty())
    return parts;
  auto next = ranges.upper_bound(range.begin);
  if (next != ranges.begin())
    --next;
  for (; next != ranges.end() && next->first < range.end; ++next) {
    Range part = {std::max(range.begin, next->first), std::min(range.end, next->second)};
    if (!part.empty())
      parts.push_back(part);
  }
  return parts;
}

std::vector<Range> RangeSet::missing(Range range) const {
  std::vector<Range> parts;
  for (Range held : common(range)) {
    if (range.begin < held.begin)
      parts.push_back({range.begin, held.begin});
    range.begin = held.end;
  }
  if (!range.empty())
    parts.push_back(range);
  return parts;
}

bool RangeSet::overlaps(Range range) const { return !common(range).empty(); }

std::vector<Range> RangeSet::all() const {
  std::vector<Range> parts;
  for (auto [begin, end] : ranges)
    parts.push_back({begin, end});
  return parts;
}

PresentTable::Need PresentTable::need(Range range) const {
  Need result;
  Range whole = {range.begin / granule * granule, (range.end + granule - 1) / granule * granule};
  auto after = table.upper_bound(whole.begin);
  if (after != table.begin()) {
    auto holder = std::prev(after);
    if (holder->second.end >= whole.end) {
      result.memory = holder->second.memory.missing(whole);
      return result;
    }
    result.straddles = holder->second.end > whole.begin;
  }
  result.straddles |= after != table.end() && after->first < whole.end;
  if (result.straddles)
    return result;
  // As far as the reach goes on both sides, up to the neighbouring windows.
  uint64_t low = after == table.begin() ? 0 : std::prev(after)->second.end;
  uint64_t high = after == table.end() ? UINT64_MAX / granule * granule : after->first;
  result.window.begin = whole.begin - std::min(whole.begin - low, windowReach / granule * granule);
  result.window.end = whole.end + std::min(high - whole.end, windowReach / granule * granule);
  return result;
}

void PresentTable::addWindow(Range host, uint64_t device) {
  table.emplace(host.begin, Window{host.end, device, {}});
}

void PresentTable::addMemory(Range host) {
  std::prev(table.upper_bound(host.begin))->second.memory.add(host);
}

uint64_t PresentTable::device(uint64_t host) const {
  auto holder = std::prev(table.upper_bound(host));
  return holder->second.device + (host - holder->first);
}

std::vector<Range> PresentTable::use(Range range, bool writes, User user) {
  std::vector<Range> stale = current.missing(range);
  current.add(range);
  Asked &asked = users[user].pending;
  asked.used.add(range);
  if (writes) {
    written.add(range);
    asked.written.add(range);
  }
  return stale;
}

void PresentTable::forget(Range range, User user) {
  // What is not current was not written by anyone before.
  current.remove(range);
  written.remove(range);
  users[user].pending.used.remove(range);
  users[user].pending.written.remove(range);
}

void PresentTable::launched(User user) {
  Asking &asking = users[user];
  for (Range part : asking.pending.used.all())
    asking.running.used.add(part);
  for (Range part : asking.pending.written.all())
    asking.running.written.add(part);
  asking.pending.clear();
  ++asking.launches;
}

uint64_t PresentTable::launches(User user) const {
  auto known = users.find(user);
  return known == users.end() ? 0 : known->second.launches;
}

void PresentTable::finished(User user, uint64_t launches) {
  auto known = users.find(user);
  if (known != users.end() && known->second.launches == launches)
    known->second.running.clear();
}

bool PresentTable::busy(User user) const {
  auto known = users.find(user);
  return known != users.end() && !(known->second.pending.empty() && known->second.running.empty());
}

std::vector<Range> PresentTable::hostAccess(User user) {
  std::vector<Range> back = written.all();
  current.clear();
  written.clear();
  users[user].pending.clear();
  for (const auto &[other, asking] : users)
    for (const Asked *asked : {&asking.pending, &asking.running}) {
      for (Range part : asked->used.all())
        current.add(part);
      for (Range part : asked->written.all())
        written.add(part);
    }
  return back;
}

} // namespace vyre::rt::cuda
