// D2 (may two launches run side by side?) and D3 (may a copy overlap a kernel?).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_POLICY_ARMS_H
#define VYRE_POLICY_ARMS_H

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <vector>

namespace vyre::policy {

/// A borrowed set of buffer slots, in strictly ascending order.
struct SlotView {
  const uint32_t *data = nullptr;
  size_t size = 0;

  constexpr bool contains(uint32_t slot) const {
    for (size_t i = 0; i < size && data[i] <= slot; ++i)
      if (data[i] == slot)
        return true;
    return false;
  }
};

/// True if the sets share a slot. Walks both once.
constexpr bool intersects(SlotView a, SlotView b) {
  size_t i = 0, j = 0;
  while (i < a.size && j < b.size) {
    const uint32_t x = a.data[i], y = b.data[j];
    if (x == y)
      return true;
    // Without a branch: which set advances is rarely predictable.
    i += x < y;
    j += y < x;
  }
  return false;
}

/// An owned, sorted set of buffer slots. Up to 8 slots live inside the object;
/// the ninth moves them all to the heap.
class SlotSet {
public:
  static constexpr size_t kInlineSlots = 8;

  SlotSet() = default;
  SlotSet(std::initializer_list<uint32_t> slots) {
    for (uint32_t slot : slots)
      insert(slot);
  }

  void insert(uint32_t slot) {
    const uint32_t *end = data() + count;
    const uint32_t *at = std::lower_bound(data(), end, slot);
    if (at != end && *at == slot)
      return;
    const size_t index = static_cast<size_t>(at - data());
    if (count == kInlineSlots && spilled.empty())
      spilled.assign(inlined.begin(), inlined.end());
    if (spilled.empty()) {
      std::copy_backward(inlined.begin() + index, inlined.begin() + count,
                         inlined.begin() + count + 1);
      inlined[index] = slot;
    } else {
      spilled.insert(spilled.begin() + static_cast<std::ptrdiff_t>(index), slot);
    }
    ++count;
  }

  size_t size() const { return count; }
  SlotView view() const { return {data(), count}; }
  operator SlotView() const { return view(); }

private:
  const uint32_t *data() const { return spilled.empty() ? inlined.data() : spilled.data(); }

  std::array<uint32_t, kInlineSlots> inlined{};
  std::vector<uint32_t> spilled; ///< Holds every slot once there are more than 8.
  size_t count = 0;
};

/// What one launch reads and writes.
struct Arm {
  SlotView reads;
  SlotView writes;
};

/// D2's answer.
enum class ArmVerdict : uint8_t {
  Independent,
  WriteWrite,
  ReadAfterWrite,
  WriteAfterRead,
};

/// The order of the tests is the precedence of the reason.
constexpr ArmVerdict evaluateArms(const Arm &a, const Arm &b) {
  if (intersects(a.writes, b.writes))
    return ArmVerdict::WriteWrite;
  if (intersects(a.writes, b.reads))
    return ArmVerdict::ReadAfterWrite;
  if (intersects(a.reads, b.writes))
    return ArmVerdict::WriteAfterRead;
  return ArmVerdict::Independent;
}

/// D3's answer; None when no copy is queued.
enum class OverlapVerdict : uint8_t { None, Overlap, Serialize };

/// A host-to-device copy into `copySlot` beside a kernel with `arm`.
constexpr OverlapVerdict evaluateOverlap(std::optional<uint32_t> copySlot, const Arm &arm) {
  if (!copySlot)
    return OverlapVerdict::None;
  return arm.reads.contains(*copySlot) || arm.writes.contains(*copySlot) ? OverlapVerdict::Serialize
                                                                         : OverlapVerdict::Overlap;
}

} // namespace vyre::policy

#endif // VYRE_POLICY_ARMS_H
