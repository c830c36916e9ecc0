// verifyMemRef*: compares two memrefs and reports the first differences on
// stderr; what upstream's integration tests call to check a result.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "MemRef.h"
#include "TextOut.h"

#include <cmath>

using namespace vyre::rt::support;

namespace {

using Complex32 = std::complex<float>;
using Complex64 = std::complex<double>;

constexpr int maxReported = 10;

template <typename T> bool equal(T actual, T expected) { return actual == expected; }
bool equal(Half actual, Half expected) { return toFloat(actual) == toFloat(expected); }
bool equal(BFloat actual, BFloat expected) { return toFloat(actual) == toFloat(expected); }

/// True if the values differ by at most `epsilon` of the expected one; an
/// infinity or a NaN equals nothing.
template <typename T> bool close(T actual, T expected, T epsilon) {
  if (!std::isfinite(actual) || !std::isfinite(expected))
    return false;
  return std::abs(actual - expected) <= epsilon * std::abs(expected);
}
bool equal(float actual, float expected) { return close(actual, expected, 1e-6f); }
bool equal(double actual, double expected) { return close(actual, expected, 1e-12); }

template <typename T> void describe(TextOut &out, const MemRefView<T> &view) {
  auto list = [&](const int64_t *values) {
    for (int64_t dim = 0; dim < view.rank; ++dim)
      out.add(dim ? ", " : "").add(values[dim]);
  };
  out.add("base@ = ").addAddress(view.data).add(" rank = ").add(view.rank);
  out.add(" offset = ").add(view.offset).add(" sizes = [");
  list(view.sizes);
  out.add("] strides = [");
  list(view.strides);
  out.add("]");
}

template <typename T> bool sameShape(const MemRefView<T> &a, const MemRefView<T> &b) {
  if (a.rank != b.rank)
    return false;
  if (a.rank > 0 && a.offset != b.offset)
    return false;
  for (int64_t dim = 0; dim < a.rank; ++dim)
    if (a.sizes[dim] != b.sizes[dim] || a.strides[dim] != b.strides[dim])
      return false;
  return true;
}

template <typename T> class Verifier {
public:
  Verifier(const MemRefView<T> &actual, const MemRefView<T> &expected)
      : actual(actual), expected(expected) {}

  /// The number of differing elements; -1 if the shapes differ.
  int64_t run() {
    if (!sameShape(actual, expected)) {
      describe(out, actual);
      describe(out, expected);
      out.drain();
      return -1;
    }
    visit(0, actual.offset);
    out.drain();
    return errors;
  }

private:
  void visit(int64_t dim, int64_t offset) {
    if (dim < actual.rank) {
      for (int64_t i = 0; i < actual.sizes[dim]; ++i)
        visit(dim + 1, offset + i * actual.strides[dim]);
      return;
    }
    if (equal(actual.data[offset], expected.data[offset]))
      return;
    if (errors++ < maxReported) {
      out.add(actual.data[offset]).add(" != ").add(expected.data[offset]);
      out.add(" offset = ").add(offset).add("\n");
    }
  }

  const MemRefView<T> actual, expected;
  TextOut out{stderr};
  int64_t errors = 0;
};

template <typename T> int64_t verify(const MemRefView<T> &actual, const MemRefView<T> &expected) {
  return Verifier<T>(actual, expected).run();
}

} // namespace

#define VYRE_VERIFY(suffix, type)                                                                  \
  VYRE_SUPPORT_EXPORT int64_t _mlir_ciface_verifyMemRef##suffix(UnrankedDescriptor *actual,        \
                                                                UnrankedDescriptor *expected) {    \
    return verify(MemRefView<type>(*actual), MemRefView<type>(*expected));                         \
  }                                                                                                \
  VYRE_SUPPORT_EXPORT int64_t verifyMemRef##suffix(int64_t rank, void *actual, void *expected) {   \
    return verify(MemRefView<type>(rank, actual), MemRefView<type>(rank, expected));               \
  }

VYRE_VERIFY(I8, int8_t)
VYRE_VERIFY(I16, int16_t)
VYRE_VERIFY(I32, int32_t)
VYRE_VERIFY(I64, int64_t)
VYRE_VERIFY(F16, Half)
VYRE_VERIFY(BF16, BFloat)
VYRE_VERIFY(F32, float)
VYRE_VERIFY(F64, double)
VYRE_VERIFY(Ind, uint64_t)
VYRE_VERIFY(C32, Complex32)
VYRE_VERIFY(C64, Complex64)
