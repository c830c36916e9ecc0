// What programs print: fixed expected text, taken once from upstream's runner
// utilities, which tests of programs are written against.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Support/MemRef.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

using vyre::rt::support::DescriptorHead;
using vyre::rt::support::UnrankedDescriptor;

extern "C" {
void printMemrefI32(int64_t, void *);
void printMemrefF32(int64_t, void *);
void printMemrefF64(int64_t, void *);
void printMemrefInd(int64_t, void *);
void printMemrefC32(int64_t, void *);
void _mlir_ciface_printMemrefI8(UnrankedDescriptor *);
void _mlir_ciface_printMemrefF16(UnrankedDescriptor *);
void _mlir_ciface_printMemrefBF16(UnrankedDescriptor *);
void _mlir_ciface_printMemrefI64(UnrankedDescriptor *);
void _mlir_ciface_printMemref2dF32(void *);
void _mlir_ciface_printMemrefShapeF32(UnrankedDescriptor *);
void _mlir_ciface_printMemrefVector4x4xf32(void *);
void printI64(int64_t);
void printU64(uint64_t);
void printF16(uint16_t);
void printBF16(uint16_t);
void printF32(float);
void printF64(double);
void printString(const char *);
void printOpen();
void printClose();
void printComma();
void printNewline();
int64_t _mlir_ciface_verifyMemRefF32(UnrankedDescriptor *, UnrankedDescriptor *);
int64_t verifyMemRefI32(int64_t, void *, void *);
void memrefCopy(int64_t, UnrankedDescriptor *, UnrankedDescriptor *);
void *rtsrand(uint64_t);
uint64_t rtrand(void *, uint64_t);
void rtdrand(void *);
void _mlir_ciface_shuffle(void *, void *);
void _mlir_ciface_stdSortI64(uint64_t, void *);
float __truncsfbf2(float);
float __truncdfbf2(double);
}

namespace {

/// A descriptor of any rank over caller's memory.
struct MemRef {
  DescriptorHead head;
  int64_t shape[8] = {}; // sizes, then strides
  int64_t rank;
  UnrankedDescriptor unranked;

  MemRef(void *data, std::vector<int64_t> sizes, std::vector<int64_t> strides, int64_t offset = 0)
      : head{data, data, offset}, rank(sizes.size()), unranked{rank, this} {
    for (int64_t dim = 0; dim < rank; ++dim) {
      shape[dim] = sizes[dim];
      shape[rank + dim] = strides[dim];
    }
  }
};

/// The text that `print` writes, without the address that its first line shows.
template <typename F> std::string printed(F print) {
  testing::internal::CaptureStdout();
  print();
  std::fflush(stdout);
  std::string text = testing::internal::GetCapturedStdout();
  size_t base = text.find("base@ = ");
  if (base != std::string::npos)
    text.replace(base, text.find(" rank") - base, "base@");
  return text;
}

// Two dimensions, an offset, a stride that skips: both calling forms agree.
TEST(SupportPrint, RowsColumnsOffsetAndStride) {
  int32_t data[16];
  for (int i = 0; i < 16; ++i)
    data[i] = i - 3;
  MemRef m(data, {2, 3}, {8, 2}, 1);
  EXPECT_EQ(printed([&] { printMemrefI32(m.rank, &m); }),
            "Unranked Memref base@ rank = 2 offset = 1 sizes = [2, 3] strides = [8, 2] data = \n"
            "[[-2,   0,   2], \n [6,   8,   10]]\n");
}

// Rank 0 keeps its brackets; depth 3 indents by depth.
TEST(SupportPrint, ScalarAndThreeDimensions) {
  double scalar = 0.1;
  MemRef zero(&scalar, {}, {});
  EXPECT_EQ(printed([&] { printMemrefF64(0, &zero); }),
            "Unranked Memref base@ rank = 0 offset = 0 sizes = [] strides = [] data = \n[0.1]\n");
  int64_t data[8] = {1, -2, 3, 4, 5, 6, 7, INT64_MIN};
  MemRef cube(data, {2, 2, 2}, {4, 2, 1});
  EXPECT_EQ(
      printed([&] { _mlir_ciface_printMemrefI64(&cube.unranked); }),
      "Unranked Memref base@ rank = 3 offset = 0 sizes = [2, 2, 2] strides = [4, 2, 1] data "
      "= \n[[[1,    -2], \n  [3,    4]], \n [[5,    6], \n  [7,    -9223372036854775808]]]\n");
}

// Six significant digits, the names of special values, signed zero.
TEST(SupportPrint, Floats) {
  float data[] = {1.0f, 1e6f, 999999.5f, 1e-5f, 0.0001f, -0.0f, NAN, -INFINITY, 3.14159274f};
  MemRef m(data, {9}, {1});
  EXPECT_EQ(printed([&] { printMemrefF32(1, &m); }),
            "Unranked Memref base@ rank = 1 offset = 0 sizes = [9] strides = [1] data = \n"
            "[1,  1e+06,  1e+06,  1e-05,  0.0001,  -0,  nan,  -inf,  3.14159]\n");
  MemRef row(data, {1, 2}, {2, 1});
  EXPECT_EQ(printed([&] { _mlir_ciface_printMemref2dF32(&row); }),
            "Memref base@ rank = 2 offset = 0 sizes = [1, 2] strides = [2, 1] data = \n"
            "[[1,   1e+06]]\n");
  EXPECT_EQ(printed([&] { _mlir_ciface_printMemrefShapeF32(&row.unranked); }),
            "Unranked Memref base@ rank = 2 offset = 0 sizes = [1, 2] strides = [2, 1]\n");
}

// 16-bit floats, indices without a sign, bytes as characters, complex numbers.
TEST(SupportPrint, OtherElementTypes) {
  const std::string head = "Unranked Memref base@ rank = 1 offset = 0 sizes = [3] strides = [1] "
                           "data = \n";
  uint16_t half[] = {0x3c00, 0x8001, 0x7bff};
  MemRef f16(half, {3}, {1});
  EXPECT_EQ(printed([&] { _mlir_ciface_printMemrefF16(&f16.unranked); }),
            head + "[1,  -5.96046e-08,  65504]\n");
  EXPECT_EQ(printed([&] { _mlir_ciface_printMemrefBF16(&f16.unranked); }),
            head + "[0.0078125,  -9.18355e-41,  2.64807e+36]\n");
  uint64_t index[] = {0, 7, UINT64_MAX};
  MemRef ind(index, {3}, {1});
  EXPECT_EQ(printed([&] { printMemrefInd(1, &ind); }), head + "[0,  7,  18446744073709551615]\n");
  int8_t bytes[] = {'a', 'B', '0'};
  MemRef i8(bytes, {3}, {1});
  EXPECT_EQ(printed([&] { _mlir_ciface_printMemrefI8(&i8.unranked); }), head + "[a,  B,  0]\n");
  std::complex<float> complex[] = {{1, -2}, {0, 0.5f}, {1e9f, 3}};
  MemRef c32(complex, {3}, {1});
  EXPECT_EQ(printed([&] { printMemrefC32(1, &c32); }), head + "[(1,-2),  (0,0.5),  (1e+09,3)]\n");
  float vector[16];
  for (int i = 0; i < 16; ++i)
    vector[i] = i;
  MemRef v(vector, {1, 1}, {1, 1});
  EXPECT_EQ(printed([&] { _mlir_ciface_printMemrefVector4x4xf32(&v); }),
            "Memref base@ rank = 2 offset = 0 sizes = [1, 1] strides = [1, 1] data = \n"
            "[[((0, 1, 2, 3),   (4, 5, 6, 7),   (8, 9, 10, 11),  (12, 13, 14, 15))]]\n");
}

// Nothing is read from an empty memref.
TEST(SupportPrint, EmptyMemRef) {
  MemRef m(nullptr, {2, 0}, {1, 1});
  EXPECT_NE(printed([&] { printMemrefI32(2, &m); }).find("[[], \n []]\n"), std::string::npos);
}

// vector.print's pieces keep their order with the program's own printf.
TEST(SupportPrint, ScalarsAndPunctuation) {
  EXPECT_EQ(printed([&] {
              printOpen();
              printI64(-5);
              printComma();
              printU64(UINT64_MAX);
              printComma();
              std::printf("x");
              printF32(1.1f);
              printComma();
              printF64(-1e-9);
              printComma();
              printF16(0x3800);
              printComma();
              printBF16(0x3f80);
              printClose();
              printNewline();
              printString("end\n");
            }),
            "( -5, 18446744073709551615, x1.1, -1e-09, 0.5, 1 )\nend\n");
}

// The verifier tolerates rounding, counts differences, reports at most ten, and
// says -1 for differing shapes.
TEST(SupportVerify, CountsDifferences) {
  float a[32], b[32];
  for (int i = 0; i < 32; ++i)
    a[i] = b[i] = 1.0f + i;
  b[0] = std::nextafter(b[0], 2.0f);
  MemRef ma(a, {32}, {1}), mb(b, {32}, {1}), shorter(b, {31}, {1});
  EXPECT_EQ(_mlir_ciface_verifyMemRefF32(&ma.unranked, &mb.unranked), 0);
  for (int i = 1; i < 16; ++i)
    b[i] += 1;
  testing::internal::CaptureStderr();
  EXPECT_EQ(_mlir_ciface_verifyMemRefF32(&ma.unranked, &mb.unranked), 15);
  std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(text.substr(0, text.find('\n')), "2 != 3 offset = 1");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 10);
  testing::internal::CaptureStderr();
  EXPECT_EQ(_mlir_ciface_verifyMemRefF32(&ma.unranked, &shorter.unranked), -1);
  testing::internal::GetCapturedStderr();
  int32_t i = 4, j = 4;
  MemRef si(&i, {}, {}), sj(&j, {}, {});
  EXPECT_EQ(verifyMemRefI32(0, &si, &sj), 0);
}

// Transposing copy with offsets; a scalar; an empty shape that must not be read.
TEST(SupportCopy, StridedScalarAndEmpty) {
  int32_t from[6] = {0, 1, 2, 3, 4, 5}, to[8] = {};
  MemRef src(from, {2, 2}, {2, 1}, 1), dst(to, {2, 2}, {1, 3}, 2);
  memrefCopy(4, &src.unranked, &dst.unranked);
  EXPECT_EQ(std::vector<int32_t>(to, to + 8), (std::vector<int32_t>{0, 0, 1, 3, 0, 2, 4, 0}));
  MemRef one(from + 5, {}, {}), target(to, {}, {});
  memrefCopy(4, &one.unranked, &target.unranked);
  EXPECT_EQ(to[0], 5);
  MemRef none(nullptr, {3, 0}, {1, 1});
  memrefCopy(4, &none.unranked, &none.unranked);
}

// The generator's sequence is part of what programs print.
TEST(SupportRandom, SequenceShuffleAndSort) {
  void *generator = rtsrand(42);
  uint64_t bound = 1000, first = rtrand(generator, bound), second = rtrand(generator, bound);
  EXPECT_EQ(first, 374u);
  EXPECT_EQ(second, 797u);
  int64_t data[9];
  MemRef m(data, {8}, {1}, 1);
  _mlir_ciface_shuffle(&m, generator);
  rtdrand(generator);
  _mlir_ciface_stdSortI64(8, &m);
  for (int64_t i = 0; i < 8; ++i)
    EXPECT_EQ(data[i + 1], i);
}

/// The bfloat16 bits that the compiler helper returns in a float register.
template <typename T> uint32_t truncated(float (*helper)(T), T value) {
  float result = helper(value);
  uint32_t bits;
  std::memcpy(&bits, &result, sizeof(bits));
  return bits & 0xffff;
}

// Ties to even, no double rounding from double, overflow to infinity, NaN stays.
TEST(SupportFloat16, TruncationToBFloat16) {
  EXPECT_EQ(truncated<float>(__truncsfbf2, 1.0f), 0x3f80u);
  EXPECT_EQ(truncated<float>(__truncsfbf2, 1.00390625f), 0x3f80u);
  EXPECT_EQ(truncated<float>(__truncsfbf2, 1.01171875f), 0x3f82u);
  EXPECT_EQ(truncated<float>(__truncsfbf2, 3.4028235e38f), 0x7f80u);
  EXPECT_EQ(truncated<float>(__truncsfbf2, NAN) & 0x7fc0u, 0x7fc0u);
  EXPECT_EQ(truncated<double>(__truncdfbf2, 1.00390625 + 0x1p-40), 0x3f81u);
  EXPECT_EQ(truncated<double>(__truncdfbf2, -1.01171875 + 0x1p-40), 0xbf81u);
}

} // namespace
