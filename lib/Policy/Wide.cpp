// Decimal text of 128-bit numbers, which the standard library does not print.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Policy/Wide.h"

#include <algorithm>

namespace vyre::policy {

std::string toDecimal(u128 value) {
  std::string digits;
  do {
    digits.push_back(static_cast<char>('0' + static_cast<int>(value % 10)));
    value /= 10;
  } while (value != 0);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

std::optional<u128> parseDecimal(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text.front() == '0'))
    return std::nullopt;
  u128 value = 0;
  for (char c : text) {
    if (c < '0' || c > '9')
      return std::nullopt;
    const u128 digit = static_cast<u128>(c - '0');
    if (value > (kMaxU128 - digit) / 10)
      return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

} // namespace vyre::policy
