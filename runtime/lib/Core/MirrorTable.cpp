// Allocations with memory on both sides.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "MirrorTable.h"

namespace vyre::rt {

static uint64_t number(const void *pointer) { return reinterpret_cast<uintptr_t>(pointer); }
static void *pointerTo(uint64_t address) {
  return reinterpret_cast<void *>(static_cast<uintptr_t>(address));
}

void MirrorTable::add(void *host, void *device, uint64_t bytes) {
  std::lock_guard<std::mutex> hold(lock);
  hostSide[number(host)] = {number(device), bytes};
  deviceSide[number(device)] = {number(host), bytes};
  entries.store(hostSide.size(), std::memory_order_release);
}

bool MirrorTable::remove(void *host, void *&device, uint64_t &bytes) {
  if (entries.load(std::memory_order_acquire) == 0)
    return false;
  std::lock_guard<std::mutex> hold(lock);
  auto known = hostSide.find(number(host));
  if (known == hostSide.end())
    return false;
  device = pointerTo(known->second.other);
  bytes = known->second.bytes;
  deviceSide.erase(known->second.other);
  hostSide.erase(known);
  entries.store(hostSide.size(), std::memory_order_release);
  return true;
}

// The entry that `address` lies in, or null.
const MirrorTable::Side::value_type *MirrorTable::find(const Side &side, uint64_t address) {
  auto after = side.upper_bound(address);
  if (after == side.begin())
    return nullptr;
  --after;
  return address - after->first < after->second.bytes ? &*after : nullptr;
}

void *MirrorTable::across(const Side &side, void *pointer) const {
  if (entries.load(std::memory_order_acquire) == 0)
    return pointer;
  std::lock_guard<std::mutex> hold(lock);
  const Side::value_type *entry = find(side, number(pointer));
  return entry ? pointerTo(entry->second.other + (number(pointer) - entry->first)) : pointer;
}

void *MirrorTable::toDevice(void *pointer) const { return across(hostSide, pointer); }
void *MirrorTable::toHost(void *pointer) const { return across(deviceSide, pointer); }

} // namespace vyre::rt
