// Small text helpers of the reports: JSON quoting, and files written so that a
// reader sees the whole new content or the old one.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_CORE_TEXT_H
#define VYRE_RT_CORE_TEXT_H

#include "Status.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace vyre::rt {

// `text` as a JSON string literal, quotes included.
std::string jsonString(std::string_view text);
// Nanoseconds as microseconds with three decimals.
std::string microseconds(uint64_t nanoseconds);
// Fails if a later writeFileAtomically(path) would, as far as can be seen.
Status checkWritable(const std::string &path);
// Writes beside `path` and renames over it.
Status writeFileAtomically(const std::string &path, std::string_view content);

} // namespace vyre::rt

#endif // VYRE_RT_CORE_TEXT_H
