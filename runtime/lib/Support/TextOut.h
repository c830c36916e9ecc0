// Text for the program's standard output, formatted as upstream's runner
// utilities do: floats with 6 significant digits, independent of the locale.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_SUPPORT_TEXTOUT_H
#define VYRE_SUPPORT_TEXTOUT_H

#include "Float16.h"

#include <charconv>
#include <complex>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace vyre::rt::support {

/// Collects text; hands full chunks to `sink` so that printing a large memref
/// needs bounded memory. Without a sink everything stays in the buffer.
class TextOut {
public:
  explicit TextOut(FILE *sink = nullptr) : sink(sink) {}

  TextOut &add(std::string_view text) {
    buffer.append(text);
    if (sink && buffer.size() >= chunkBytes)
      drain();
    return *this;
  }
  TextOut &add(const char *text) { return add(std::string_view(text)); }
  TextOut &add(float value) { return add(static_cast<double>(value)); }
  TextOut &add(double value) {
    char digits[64];
    auto end = std::to_chars(digits, digits + sizeof(digits), value, std::chars_format::general, 6);
    return add(std::string_view(digits, end.ptr - digits));
  }
  TextOut &add(Half value) { return add(toFloat(value)); }
  TextOut &add(BFloat value) { return add(toFloat(value)); }
  /// A character, not a number: upstream streams int8_t, and tests rely on it.
  TextOut &add(int8_t value) {
    char character = static_cast<char>(value);
    return add(std::string_view(&character, 1));
  }
  TextOut &add(int16_t value) { return addInteger(static_cast<int>(value)); }
  TextOut &add(int32_t value) { return addInteger(value); }
  TextOut &add(int64_t value) { return addInteger(value); }
  TextOut &add(uint64_t value) { return addInteger(value); }
  template <typename T> TextOut &add(const std::complex<T> &value) {
    return add("(").add(value.real()).add(",").add(value.imag()).add(")");
  }
  /// "0x1f"; a null address is a plain "0".
  TextOut &addAddress(const void *address) {
    char digits[32];
    auto value = reinterpret_cast<uintptr_t>(address);
    auto end = std::to_chars(digits, digits + sizeof(digits), value, 16);
    if (value != 0)
      add("0x");
    return add(std::string_view(digits, end.ptr - digits));
  }
  TextOut &addSpaces(int64_t count) {
    for (; count > 0; --count)
      add(" ");
    return *this;
  }

  std::string_view text() const { return buffer; }
  void drain() {
    if (sink)
      std::fwrite(buffer.data(), 1, buffer.size(), sink);
    buffer.clear();
  }

private:
  static constexpr size_t chunkBytes = 1 << 16;

  template <typename T> TextOut &addInteger(T value) {
    char digits[32];
    auto end = std::to_chars(digits, digits + sizeof(digits), value);
    return add(std::string_view(digits, end.ptr - digits));
  }

  FILE *sink;
  std::string buffer;
};

/// Writes collected text to stdout through C stdio, so that it keeps its place
/// among the program's own printf calls.
inline void printText(const TextOut &out) {
  std::fwrite(out.text().data(), 1, out.text().size(), stdout);
}

/// Holds the stdio lock: what one call prints stays in one piece when several
/// threads print. Flushes at the end.
class StdoutLock {
public:
  StdoutLock() { flockfile(stdout); }
  ~StdoutLock() {
    std::fflush(stdout);
    funlockfile(stdout);
  }
  StdoutLock(const StdoutLock &) = delete;
  StdoutLock &operator=(const StdoutLock &) = delete;
};

} // namespace vyre::rt::support

#endif // VYRE_SUPPORT_TEXTOUT_H
