// Which allocations have memory on both sides, and the way from an address on one
// side to its counterpart.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_CORE_MIRRORTABLE_H
#define VYRE_RT_CORE_MIRRORTABLE_H

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>

namespace vyre::rt {

// Thread-safe. Sizes are in bytes and at least 1, so that no two entries of a
// side begin at the same address.
class MirrorTable {
public:
  void add(void *host, void *device, uint64_t bytes);
  // Forgets the allocation whose host memory begins at `host`. False if there is
  // none; else `device` gets its other address and `bytes` its size.
  bool remove(void *host, void *&device, uint64_t &bytes);
  // The counterpart of an address inside an entry's host (device) memory. Any
  // other address is its own counterpart.
  void *toDevice(void *pointer) const;
  void *toHost(void *pointer) const;

private:
  struct Entry {
    uint64_t other, bytes;
  };
  using Side = std::map<uint64_t, Entry>; // by first address
  static const Side::value_type *find(const Side &side, uint64_t address);
  void *across(const Side &side, void *pointer) const;

  std::atomic<uint64_t> entries{0}; // spares the lock where nothing is mirrored
  mutable std::mutex lock;
  Side hostSide, deviceSide;
};

} // namespace vyre::rt

#endif // VYRE_RT_CORE_MIRRORTABLE_H
