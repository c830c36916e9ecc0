// The compiler's view of the runtime ABI's records, generated from the same
// field list as the C header, so that no layout is typed twice.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_CONVERSION_ABIRECORDS_H
#define VYRE_CONVERSION_ABIRECORDS_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace vyre::abi {
/// Field numbers per record: `HostCtxField::block_begin`, to use in GEPs.
#define VYRE_RECORD(name) enum class name##_field : int32_t {
#define VYRE_U32(field) field,
#define VYRE_I64(field) field,
#define VYRE_U64(field) field,
#define VYRE_PTR(type, field) field,
#define VYRE_END(name)                                                                             \
  }                                                                                                \
  ;
#include "vyre-abi/vyre_abi_records.def"
#undef VYRE_RECORD
#undef VYRE_U32
#undef VYRE_I64
#undef VYRE_U64
#undef VYRE_PTR
#undef VYRE_END

/// The LLVM struct type of each record: `getType_vyre_host_ctx(context)`.
#define VYRE_RECORD(name) mlir::LLVM::LLVMStructType getType_##name(mlir::MLIRContext *context);
#define VYRE_U32(field)
#define VYRE_I64(field)
#define VYRE_U64(field)
#define VYRE_PTR(type, field)
#define VYRE_END(name)
#include "vyre-abi/vyre_abi_records.def"
#undef VYRE_RECORD
#undef VYRE_U32
#undef VYRE_I64
#undef VYRE_U64
#undef VYRE_PTR
#undef VYRE_END
} // namespace vyre::abi

#endif // VYRE_CONVERSION_ABIRECORDS_H
