// 16-bit floats: conversions, their scalar printers, and the bfloat16 compiler
// helpers that LLVM calls on targets without the instructions. Older libgcc
// releases lack those, so they are defined here, weakly.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Float16.h"

#include "MemRef.h"
#include "TextOut.h"

#include <cmath>
#include <cstring>

namespace vyre::rt::support {

float toFloat(Half value) {
  float magnitude;
  uint32_t exponent = (value.bits >> 10) & 0x1f;
  uint32_t mantissa = value.bits & 0x3ff;
  if (exponent == 0x1f) {
    uint32_t bits = 0x7f800000u | (mantissa << 13);
    std::memcpy(&magnitude, &bits, sizeof(magnitude));
  } else if (exponent == 0) {
    magnitude = std::ldexp(static_cast<float>(mantissa), -24);
  } else {
    magnitude = std::ldexp(static_cast<float>(mantissa | 0x400), static_cast<int>(exponent) - 25);
  }
  return std::copysign(magnitude, (value.bits & 0x8000) ? -1.0f : 1.0f);
}

float toFloat(BFloat value) {
  uint32_t bits = static_cast<uint32_t>(value.bits) << 16;
  float result;
  std::memcpy(&result, &bits, sizeof(result));
  return result;
}

BFloat toBFloat(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  if (std::isnan(value))
    return {static_cast<uint16_t>((bits >> 16) | 0x40)};
  uint32_t lowestKept = (bits >> 16) & 1;
  return {static_cast<uint16_t>((bits + 0x7fff + lowestKept) >> 16)};
}

BFloat toBFloat(double value) {
  float nearest = static_cast<float>(value);
  double back = static_cast<double>(nearest);
  if (std::isfinite(nearest) && back != value) {
    // Round to odd: the float keeps, in its last bit, that something was lost,
    // so that the second rounding cannot mistake the result for a tie.
    if (std::fabs(back) > std::fabs(value))
      nearest = std::nextafter(nearest, 0.0f);
    uint32_t bits;
    std::memcpy(&bits, &nearest, sizeof(bits));
    bits |= 1;
    std::memcpy(&nearest, &bits, sizeof(nearest));
  }
  return toBFloat(nearest);
}

/// A bfloat16 result is returned in the low bits of the first float register.
static float inFloatRegister(BFloat value) {
  uint32_t bits = value.bits;
  float result;
  std::memcpy(&result, &bits, sizeof(result));
  return result;
}

} // namespace vyre::rt::support

using namespace vyre::rt::support;

VYRE_SUPPORT_EXPORT void printF16(uint16_t bits) { printText(TextOut().add(toFloat(Half{bits}))); }
VYRE_SUPPORT_EXPORT void printBF16(uint16_t bits) {
  printText(TextOut().add(toFloat(BFloat{bits})));
}

VYRE_SUPPORT_EXPORT __attribute__((weak)) float __truncsfbf2(float value) {
  return inFloatRegister(toBFloat(value));
}
VYRE_SUPPORT_EXPORT __attribute__((weak)) float __truncdfbf2(double value) {
  return inFloatRegister(toBFloat(value));
}
