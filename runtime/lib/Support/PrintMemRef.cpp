// printMemref*: prints memrefs on stdout, byte for byte as upstream's runner
// utilities do, so that tests written against those pass unchanged.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "MemRef.h"
#include "TextOut.h"

using namespace vyre::rt::support;

namespace {

using Complex32 = std::complex<float>;
using Complex64 = std::complex<double>;
/// vector<4x4xf32> as it lies in memory.
struct Vector4x4 {
  float rows[4][4];
};

void printElement(TextOut &out, const Vector4x4 &vector) {
  // The spacing is upstream's, irregular as it is.
  static const char *const before[4] = {"(", "  ", "  ", " "};
  static const char *const after[4] = {", ", ", ", ", ", ")"};
  for (int row = 0; row < 4; ++row) {
    out.add(before[row]).add("(");
    for (int column = 0; column < 4; ++column)
      out.add(column ? ", " : "").add(vector.rows[row][column]);
    out.add(")").add(after[row]);
  }
}

template <typename T> void printElement(TextOut &out, const T &value) { out.add(value); }

void printList(TextOut &out, const int64_t *values, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    out.add(i ? ", " : "").add(values[i]);
}

template <typename T> void printShape(TextOut &out, const MemRefView<T> &view) {
  out.add("base@ = ").addAddress(view.data).add(" rank = ").add(view.rank);
  out.add(" offset = ").add(view.offset).add(" sizes = [");
  printList(out, view.sizes, view.rank);
  out.add("] strides = [");
  printList(out, view.strides, view.rank);
  out.add("]");
}

/// Prints dimensions `dim` and inwards; entries after the first are indented by
/// their depth. An empty dimension is "[]": upstream reads past the end of an
/// empty memref to print an element that is not there.
template <typename T>
void printData(TextOut &out, const MemRefView<T> &view, int64_t dim, int64_t offset) {
  if (dim == view.rank) {
    printElement(out, view.data[offset]);
    return;
  }
  bool innermost = dim + 1 == view.rank;
  int64_t size = view.sizes[dim];
  out.add("[");
  for (int64_t i = 0; i < size; ++i) {
    if (i > 0)
      out.add(innermost ? ", " : ", \n").addSpaces(dim + 1);
    printData(out, view, dim + 1, offset + i * view.strides[dim]);
  }
  out.add("]");
}

template <typename T> void printMemRef(const char *heading, const MemRefView<T> &view) {
  StdoutLock lock;
  TextOut out(stdout);
  out.add(heading);
  printShape(out, view);
  out.add(" data = \n");
  if (view.rank == 0)
    out.add("[");
  printData(out, view, 0, view.offset);
  if (view.rank == 0)
    out.add("]");
  out.add("\n").drain();
}

template <typename T> void printMemRefShape(const UnrankedDescriptor &memref) {
  StdoutLock lock;
  TextOut out(stdout);
  out.add("Unranked Memref ");
  printShape(out, MemRefView<T>(memref));
  out.add("\n").drain();
}

} // namespace

// An unranked memref arrives as (rank, pointer), or as a pointer to that pair
// when the function asked for the C interface.
#define VYRE_PRINT_UNRANKED(suffix, type)                                                          \
  VYRE_SUPPORT_EXPORT void printMemref##suffix(int64_t rank, void *descriptor) {                   \
    printMemRef("Unranked Memref ", MemRefView<type>(rank, descriptor));                           \
  }                                                                                                \
  VYRE_SUPPORT_EXPORT void _mlir_ciface_printMemref##suffix(UnrankedDescriptor *memref) {          \
    printMemRef("Unranked Memref ", MemRefView<type>(*memref));                                    \
  }
#define VYRE_PRINT_SHAPE(suffix, type)                                                             \
  VYRE_SUPPORT_EXPORT void _mlir_ciface_printMemrefShape##suffix(UnrankedDescriptor *memref) {     \
    printMemRefShape<type>(*memref);                                                               \
  }
#define VYRE_PRINT_RANKED(suffix, type, rank)                                                      \
  VYRE_SUPPORT_EXPORT void _mlir_ciface_printMemref##suffix(void *descriptor) {                    \
    printMemRef("Memref ", MemRefView<type>(rank, descriptor));                                    \
  }
#define VYRE_FOR_EACH_TYPE(apply)                                                                  \
  apply(I8, int8_t) apply(I16, int16_t) apply(I32, int32_t) apply(I64, int64_t) apply(F16, Half)   \
      apply(BF16, BFloat) apply(F32, float) apply(F64, double) apply(Ind, uint64_t)                \
          apply(C32, Complex32) apply(C64, Complex64)

VYRE_FOR_EACH_TYPE(VYRE_PRINT_UNRANKED)
VYRE_FOR_EACH_TYPE(VYRE_PRINT_SHAPE)

VYRE_PRINT_RANKED(0dF32, float, 0)
VYRE_PRINT_RANKED(1dF32, float, 1)
VYRE_PRINT_RANKED(2dF32, float, 2)
VYRE_PRINT_RANKED(3dF32, float, 3)
VYRE_PRINT_RANKED(4dF32, float, 4)
VYRE_PRINT_RANKED(1dI8, int8_t, 1)
VYRE_PRINT_RANKED(1dI32, int32_t, 1)
VYRE_PRINT_RANKED(1dI64, int64_t, 1)
VYRE_PRINT_RANKED(1dF64, double, 1)
VYRE_PRINT_RANKED(1dInd, uint64_t, 1)
VYRE_PRINT_RANKED(1dC32, Complex32, 1)
VYRE_PRINT_RANKED(1dC64, Complex64, 1)
VYRE_PRINT_RANKED(Vector4x4xf32, Vector4x4, 2)
