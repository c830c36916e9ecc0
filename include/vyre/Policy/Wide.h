// 128-bit arithmetic of the policy library: savings are exact beyond 64 bits.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_POLICY_WIDE_H
#define VYRE_POLICY_WIDE_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vyre::policy {

__extension__ typedef unsigned __int128 u128;

inline constexpr u128 kMaxU128 = ~u128(0);
inline constexpr uint64_t kMaxU64 = ~uint64_t(0);
inline constexpr uint32_t kMaxU32 = ~uint32_t(0);

constexpr uint64_t saturateToU64(u128 value) {
  return value > kMaxU64 ? kMaxU64 : static_cast<uint64_t>(value);
}

constexpr uint32_t saturateToU32(u128 value) {
  return value > kMaxU32 ? kMaxU32 : static_cast<uint32_t>(value);
}

constexpr u128 saturatingAdd(u128 a, u128 b) { return a > kMaxU128 - b ? kMaxU128 : a + b; }

constexpr u128 saturatingMul(u128 a, u128 b) {
  return b != 0 && a > kMaxU128 / b ? kMaxU128 : a * b;
}

/// Decimal digits of `value`.
std::string toDecimal(u128 value);

/// The number that `text` spells in decimal; nothing for an empty text, another
/// character, a leading zero before further digits, or a number over 128 bits.
std::optional<u128> parseDecimal(std::string_view text);

} // namespace vyre::policy

#endif // VYRE_POLICY_WIDE_H
