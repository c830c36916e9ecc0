// How LLVM lays values out in memory, for code that places them by hand.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_DIALECT_VYRE_IR_BYTELAYOUT_H
#define VYRE_DIALECT_VYRE_IR_BYTELAYOUT_H

#include "mlir/IR/Types.h"

namespace vyre {

/// Bytes from one element of an array to the next, and alignment in bytes.
struct ByteLayout {
  uint64_t size = 0;
  uint64_t align = 1;
};

/// Layout of an index, integer, float, complex or vector, or of what the LLVM
/// dialect makes of one (pointer, array, struct), by the data layouts of x86-64
/// and NVPTX, which agree. A width that is no power of two is rounded up: an
/// array of i24 has an element every 4 bytes.
ByteLayout getByteLayout(mlir::Type type);

} // namespace vyre

#endif // VYRE_DIALECT_VYRE_IR_BYTELAYOUT_H
