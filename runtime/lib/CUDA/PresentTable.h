// Which host memory has an image on the device, and how current it is. Pure
// bookkeeping over addresses: it moves no byte and knows no driver.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Host addresses map to device addresses window by window, at a fixed distance
// within a window. So ranges that overlap share one image by construction, in
// whatever order they turn up, and an address once handed out never changes.
// Only the granules of a window that are touched get memory.
#ifndef VYRE_RT_CUDA_PRESENTTABLE_H
#define VYRE_RT_CUDA_PRESENTTABLE_H

#include <cstdint>
#include <map>
#include <vector>

namespace vyre::rt::cuda {

/// Half-open: [begin, end).
struct Range {
  uint64_t begin = 0, end = 0;
  bool empty() const { return begin >= end; }
  uint64_t bytes() const { return empty() ? 0 : end - begin; }
  friend bool operator==(const Range &a, const Range &b) {
    return a.begin == b.begin && a.end == b.end;
  }
};

/// A set of addresses, as disjoint ranges that do not touch.
class RangeSet {
public:
  void add(Range range);
  void remove(Range range);
  void clear() { ranges.clear(); }
  bool empty() const { return ranges.empty(); }
  bool overlaps(Range range) const;
  /// The parts of `range` that are not in the set, in order.
  std::vector<Range> missing(Range range) const;
  /// The parts of `range` that are in the set, in order.
  std::vector<Range> common(Range range) const;
  std::vector<Range> all() const;

private:
  std::map<uint64_t, uint64_t> ranges; // begin -> end
};

class PresentTable {
public:
  /// Whose use of the table something is: a stream's id.
  using User = uint32_t;

  /// `granule`: the unit of device memory, a power of two. A window reaches
  /// `reach` bytes to both sides of the range that it was made for.
  PresentTable(uint64_t granule, uint64_t reach) : granule(granule), windowReach(reach) {}

  /// What must be done before `range` has an image.
  struct Need {
    /// Not empty: no window covers the range. Reserve as many bytes of device
    /// addresses as this host range has, call addWindow, and ask again.
    Range window;
    /// True: the range lies only partly in a window. It cannot have an image.
    bool straddles = false;
    /// Whole granules (host addresses) that need device memory; report each
    /// with addMemory.
    std::vector<Range> memory;
  };
  Need need(Range range) const;
  void addWindow(Range host, uint64_t device);
  void addMemory(Range host);

  /// The device address of a host address that lies in a window.
  uint64_t device(uint64_t host) const;

  /// `user` is about to run a kernel on `range`: the parts to copy in first.
  /// They count as current from now on. `writes`: the kernel may write it.
  std::vector<Range> use(Range range, bool writes, User user);
  /// A part that use() returned to `user` could not be copied in: the image has
  /// nothing to give back there either.
  void forget(Range range, User user);
  /// `user`'s kernel is in its stream, or never will be.
  void launched(User user);
  /// How often that was said.
  uint64_t launches(User user) const;
  /// `user`'s stream was seen to have done what it had when launches() gave this.
  void finished(User user, uint64_t launches);
  /// True if `user` has asked for something that may still be in use.
  bool busy(User user) const;
  void removeUser(User user) { users.erase(user); }

  /// The host is about to touch memory, on behalf of `user`: the parts to copy
  /// back. After it, the host's bytes are the valid ones, except for what
  /// another user has asked for and may still use: that stays as it is.
  std::vector<Range> hostAccess(User user);

  /// True if a copy that touches this host range must call hostAccess first.
  bool touches(Range range) const { return current.overlaps(range); }
  bool idle() const { return current.empty() && written.empty(); }

  struct Window {
    uint64_t end;    // host
    uint64_t device; // of the first host address
    RangeSet memory; // granules that have device memory, as host ranges
  };
  const std::map<uint64_t, Window> &windows() const { return table; }

private:
  struct Asked {
    RangeSet used, written;
    bool empty() const { return used.empty(); } // what is written is used
    void clear() { used.clear(), written.clear(); }
  };
  struct Asking {
    Asked pending; // for the next launch
    Asked running; // for launches whose end nobody has seen
    uint64_t launches = 0;
  };

  uint64_t granule, windowReach;
  std::map<uint64_t, Window> table; // by first host address; never overlap
  RangeSet current;                 // the image equals or is newer than the host's bytes
  RangeSet written;                 // the image may be newer
  std::map<User, Asking> users;
};

} // namespace vyre::rt::cuda

#endif // VYRE_RT_CUDA_PRESENTTABLE_H
