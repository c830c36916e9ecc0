// Conversions between the two 16-bit float formats and float.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_SUPPORT_FLOAT16_H
#define VYRE_SUPPORT_FLOAT16_H

#include <cstdint>

namespace vyre::rt::support {

/// IEEE binary16 and bfloat16 as they lie in memory.
struct Half {
  uint16_t bits;
};
struct BFloat {
  uint16_t bits;
};

/// Exact: every 16-bit value is a float.
float toFloat(Half value);
float toFloat(BFloat value);

/// Rounds to nearest, ties to even; a NaN stays a (quiet) NaN of its sign.
BFloat toBFloat(float value);
/// As above, rounding once: going through float would round twice.
BFloat toBFloat(double value);

} // namespace vyre::rt::support

#endif // VYRE_SUPPORT_FLOAT16_H
